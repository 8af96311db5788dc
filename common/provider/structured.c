#include "structured.h"

#include <stddef.h>
#include <string.h>

enum { DIGITS_MAX = 15, DECIMALS_MAX = 12, FRACTION_MAX = 3 };

static bool
structured_at(struct bytes rest, char c)
{
	return rest.len > 0 && rest.data[0] == c;
}

static bool
structured_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
structured_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* n bytes off the front. */
static struct bytes
structured_take(struct bytes *rest, size_t n)
{
	struct bytes taken = { rest->data, n };

	*rest = (struct bytes){ rest->data + n, rest->len - n };
	return taken;
}

static void
structured_skip(struct bytes *rest, const char *blanks)
{
	while (rest->len > 0 && strchr(blanks, rest->data[0]) != NULL &&
	    rest->data[0] != '\0')
		structured_take(rest, 1);
}

/* RFC 8941 4.2.3.3 */
static bool
structured_key(struct bytes *rest, struct bytes *out)
{
	size_t n = 0;

	if (rest->len == 0 || (!structured_lower(rest->data[0]) &&
	    rest->data[0] != '*'))
		return false;
	while (n < rest->len && (structured_lower(rest->data[n]) ||
	    structured_digit(rest->data[n]) ||
	    (rest->data[n] != '\0' && strchr("_-.*", rest->data[n]) != NULL)))
		n++;
	*out = structured_take(rest, n);
	return true;
}

/* --- bare items ---------------------------------------------------------- */

/* 4.2.4 */
static bool
structured_number(struct bytes *rest, struct bytes *out)
{
	size_t n = structured_at(*rest, '-'), digits = 0, fraction = 0;

	while (n < rest->len && structured_digit(rest->data[n])) {
		n++;
		digits++;
	}
	if (digits == 0 || digits > DIGITS_MAX)
		return false;
	if (n < rest->len && rest->data[n] == '.') {
		for (n++; n < rest->len && structured_digit(rest->data[n]); n++)
			fraction++;
		if (digits > DECIMALS_MAX || fraction == 0 ||
		    fraction > FRACTION_MAX)
			return false;
	}
	*out = structured_take(rest, n);
	return true;
}

/* 4.2.5; behind the first quote */
static bool
structured_string(struct bytes *rest, struct bytes *out)
{
	size_t n = 0;

	for (; n < rest->len && rest->data[n] != '"'; n++) {
		if (rest->data[n] < ' ' || rest->data[n] > '~')
			return false;
		if (rest->data[n] == '\\' && (++n == rest->len ||
		    (rest->data[n] != '"' && rest->data[n] != '\\')))
			return false;
	}
	if (n >= rest->len)
		return false;
	*out = structured_take(rest, n);
	structured_take(rest, 1);
	return true;
}

/* 4.2.6 */
static bool
structured_token(struct bytes *rest, struct bytes *out)
{
	size_t n = 0;

	while (n < rest->len && (ascii_alnum(rest->data[n]) ||
	    (rest->data[n] != '\0' &&
	    strchr("!#$%&'*+-.^_`|~:/", rest->data[n]) != NULL)))
		n++;
	*out = structured_take(rest, n);
	return n > 0;
}

/* 4.2.7; behind the first colon. '-' is in hashes of what was there. */
static bool
structured_bytes(struct bytes *rest, struct bytes *out)
{
	size_t n = 0;

	while (n < rest->len && (ascii_alnum(rest->data[n]) ||
	    (rest->data[n] != '\0' &&
	    strchr("+/=-", rest->data[n]) != NULL)))
		n++;
	if (n == rest->len || rest->data[n] != ':')
		return false;
	*out = structured_take(rest, n);
	structured_take(rest, 1);
	return true;
}

/* 4.2.3.1 */
static bool
structured_bare(struct bytes *rest, struct structured_item *out)
{
	const char *start = rest->data;
	char first = rest->len > 0 ? rest->data[0] : '\0';
	bool good;

	if (first == '"' || first == ':' || first == '?')
		structured_take(rest, 1);
	if (first == '"') {
		out->kind = STRUCTURED_STRING;
		good = structured_string(rest, &out->text);
	} else if (first == ':') {
		out->kind = STRUCTURED_BYTES;
		good = structured_bytes(rest, &out->text);
	} else if (first == '?') {
		out->kind = STRUCTURED_BOOLEAN;
		good = structured_at(*rest, '0') || structured_at(*rest, '1');
		if (good)
			out->text = structured_take(rest, 1);
	} else if (first == '-' || structured_digit(first)) {
		out->kind = STRUCTURED_NUMBER;
		good = structured_number(rest, &out->text);
	} else {
		out->kind = STRUCTURED_TOKEN;
		good = (first == '*' || (ascii_alnum(first) &&
		    !structured_digit(first))) &&
		    structured_token(rest, &out->text);
	}
	if (good)
		out->raw = (struct bytes){ start,
			(size_t)(rest->data - start) };
	return good;
}

/* --- parameters ---------------------------------------------------------- */

/* A key, and its value if it has one; the front of rest is behind the ';'. */
static bool
structured_param(struct bytes *rest, struct bytes *key,
    struct structured_item *out)
{
	*out = (struct structured_item){ .kind = STRUCTURED_BOOLEAN,
		.text = BYTES("1"), .raw = BYTES(""), .params = BYTES("") };
	structured_skip(rest, " ");
	if (!structured_key(rest, key))
		return false;
	if (!structured_at(*rest, '='))
		return true;
	structured_take(rest, 1);
	return structured_bare(rest, out);
}

static bool
structured_params(struct bytes *rest, struct bytes *out)
{
	const char *start = rest->data;
	struct structured_item ignored;
	struct bytes key;

	while (structured_at(*rest, ';')) {
		structured_take(rest, 1);
		if (!structured_param(rest, &key, &ignored))
			return false;
	}
	*out = (struct bytes){ start, (size_t)(rest->data - start) };
	return true;
}

bool
structured_next_param(struct bytes *rest, struct bytes *key,
    struct structured_item *out)
{
	if (!structured_at(*rest, ';'))
		return false;
	structured_take(rest, 1);
	if (!structured_param(rest, key, out))
		return false;
	if (rest->len == 0)
		*rest = BYTES_NONE;
	return true;
}

/* --- lists and dictionaries ---------------------------------------------- */

bool
structured_next_item(struct bytes *rest, struct structured_item *out)
{
	if (!structured_bare(rest, out) ||
	    !structured_params(rest, &out->params))
		return false;
	if (rest->len > 0 && rest->data[0] != ' ')
		return false;
	structured_skip(rest, " ");
	if (rest->len == 0)
		*rest = BYTES_NONE;
	return true;
}

/* What is between two brackets: it is read to its end, and again by
 * structured_next_item. */
static bool
structured_list(struct bytes *rest, struct structured_item *out)
{
	struct structured_item item;
	const char *start = rest->data;

	structured_take(rest, 1);
	structured_skip(rest, " ");
	out->text.data = rest->data;
	out->kind = STRUCTURED_LIST;
	while (!structured_at(*rest, ')')) {
		if (!structured_bare(rest, &item) ||
		    !structured_params(rest, &item.params) ||
		    (!structured_at(*rest, ' ') && !structured_at(*rest, ')')))
			return false;
		structured_skip(rest, " ");
	}
	out->text.len = (size_t)(rest->data - out->text.data);
	structured_take(rest, 1);
	out->raw = (struct bytes){ start, (size_t)(rest->data - start) };
	return true;
}

bool
structured_next_member(struct bytes *rest, struct bytes *key,
    struct structured_item *out)
{
	*out = (struct structured_item){ .kind = STRUCTURED_BOOLEAN,
		.text = BYTES("1"), .raw = BYTES("") };
	structured_skip(rest, " \t");
	if (!structured_key(rest, key))
		return false;
	if (structured_at(*rest, '=')) {
		structured_take(rest, 1);
		if (!(structured_at(*rest, '(') ? structured_list(rest, out) :
		    structured_bare(rest, out)))
			return false;
	}
	if (!structured_params(rest, &out->params))
		return false;
	structured_skip(rest, " \t");
	if (rest->len == 0) {
		*rest = BYTES_NONE;
		return true;
	}
	if (!structured_at(*rest, ','))
		return false;
	structured_take(rest, 1);
	structured_skip(rest, " \t");
	return rest->len > 0;	/* a ',' at the end */
}
