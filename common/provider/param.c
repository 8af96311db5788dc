#include "param.h"

#include <stdbool.h>

#include "message.h"

/* RFC 9110 5.6.4: what may stand in quotes, a backslash before it or not. */
static bool
param_quoted_char(unsigned char c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

static size_t
param_token_length(struct bytes text)
{
	size_t n = 0;

	while (n < text.len && message_token_char(text.data[n]))
		n++;
	return n;
}

/* Cut the next element off: up to a comma outside quotes. */
static bool
param_cut_element(struct bytes *rest, struct bytes *element)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < rest->len; i++) {
		char c = rest->data[i];

		if (c == '"')
			quoted = !quoted;
		else if (c == '\\' && quoted)
			i++;
		else if (c == ',' && !quoted)
			break;
	}
	if (quoted)
		return false;
	*element = bytes_trim((struct bytes){ rest->data, i });
	*rest = i < rest->len ? bytes_from(*rest, i + 1) : BYTES_NONE;
	return true;
}

/* A quoted string's content, without its backslashes, into out, which has
 * room for text.len bytes; absent where it is not well-formed. */
static struct bytes
param_unquote(struct bytes text, char *out)
{
	size_t n = 0;

	if (text.len < 2 || text.data[text.len - 1] != '"')
		return BYTES_NONE;
	for (size_t i = 1; i < text.len - 1; i++) {
		if (text.data[i] == '"')
			return BYTES_NONE;
		if (text.data[i] == '\\' && ++i == text.len - 1)
			return BYTES_NONE;
		if (!param_quoted_char((unsigned char)text.data[i]))
			return BYTES_NONE;
		out[n++] = text.data[i];
	}
	return (struct bytes){ out, n };
}

enum status
param_next(struct bytes *rest, struct arena *a, struct param *out,
    struct reason *why)
{
	struct bytes element;
	char *room;

	if (!param_cut_element(rest, &element))
		return fail(why, ST_DENIED,
		    "the signature's parameters have an open quote");
	out->name = (struct bytes){ element.data, param_token_length(element) };
	out->value = BYTES_NONE;
	element = bytes_trim(bytes_from(element, out->name.len));
	if (element.len == 0 || element.data[0] != '=')
		return ST_OK;
	element = bytes_trim(bytes_from(element, 1));
	if (element.len > 0 && element.data[0] == '"') {
		room = arena_alloc(a, element.len);
		if (room != NULL)
			out->value = param_unquote(element, room);
	} else if (element.len > 0 &&
		   param_token_length(element) == element.len) {
		out->value = element;
	}
	return ST_OK;
}
