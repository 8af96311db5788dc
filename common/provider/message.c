#include "message.h"

#include <string.h>

enum { FORM_TYPE_MAX = 1024 };

size_t
message_headers(const struct message *m, const char *name, struct bytes *value)
{
	size_t count = 0;

	*value = BYTES_NONE;
	for (size_t i = 0; i < m->header_count; i++)
		if (bytes_is(m->headers[i].name, name))
			*value = count++ == 0 ?
			    bytes_trim(m->headers[i].value) : BYTES_NONE;
	return count;
}

enum status
message_only_header(const struct message *m, const char *name,
    struct bytes *value, struct reason *why)
{
	if (message_headers(m, name, value) > 1)
		return fail(why, ST_MALFORMED, "more than one %s header",
		    name);
	return ST_OK;
}

struct bytes
message_header_list(const struct message *m, const char *name,
    struct arena *a)
{
	struct bytes ignored, *parts;
	size_t n = 0;

	parts = arena_array(a, 2 * message_headers(m, name, &ignored),
	    sizeof(*parts));
	for (size_t i = 0; parts != NULL && i < m->header_count; i++) {
		if (!bytes_is(m->headers[i].name, name))
			continue;
		if (n > 0)
			parts[n++] = BYTES(", ");
		parts[n++] = m->headers[i].value;
	}
	return n == 0 ? BYTES_NONE : bytes_trim(arena_join(a, parts, n));
}

/* --- reading back ------------------------------------------------------- */

bool
message_token_char(char c)
{
	return ascii_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

struct bytes
message_header_name(struct bytes name, struct arena *a)
{
	char *text = arena_alloc(a, name.len + 1);

	if (text == NULL)
		return BYTES_NONE;
	for (size_t i = 0; i < name.len; i++)
		text[i] = name.data[i] == '_' ? '-' :
		    ascii_lower(name.data[i]);
	return (struct bytes){ text, name.len };
}

struct bytes
message_credentials(struct bytes value, const char *scheme)
{
	struct bytes rest = bytes_trim(value), word;

	if (!bytes_cut(&rest, ' ', &word) || !bytes_is_nocase(word, scheme))
		return BYTES_NONE;
	return bytes_trim(rest);
}

bool
message_type_is_json(struct bytes value)
{
	struct bytes type;

	bytes_cut(&value, ';', &type);
	type = bytes_trim(type);
	return bytes_is_nocase(type, "application/json") ||
	    bytes_is_nocase(type, "text/json") || (type.len > 5 &&
	    bytes_is_nocase(bytes_from(type, type.len - 5), "+json"));
}

bool
message_type_is_form(struct bytes value)
{
	struct bytes type;

	if (value.len > FORM_TYPE_MAX)	/* it would not be kept (kept.h) */
		return false;
	bytes_cut(&value, ';', &type);
	return bytes_is_nocase(bytes_trim(type),
	    "application/x-www-form-urlencoded");
}

static enum status
message_read_line(struct bytes line, struct arena *a, struct http_header *out)
{
	struct bytes name;

	if (!bytes_cut(&line, ':', &name) || name.len == 0)
		return ST_MALFORMED;
	for (size_t i = 0; i < name.len; i++)
		if (!message_token_char(name.data[i]))
			return ST_MALFORMED;
	out->name = message_header_name(name, a);
	out->value = bytes_trim(line);
	return ST_OK;
}

enum status
message_read_headers(struct bytes text, struct arena *a, struct message *m)
{
	struct http_header *headers;
	struct bytes line, rest = text;
	size_t count = 0, lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	if (lines > MESSAGE_HEADERS_MAX)
		return ST_MALFORMED;
	headers = arena_array(a, lines, sizeof(*headers));
	if (headers == NULL)
		return ST_BUSY;
	while (rest.data != NULL) {
		enum status st;

		bytes_cut_line(&rest, &line);
		if (line.len == 0)
			continue;
		st = message_read_line(line, a, &headers[count]);
		if (st != ST_OK)
			return st;
		count++;
	}
	m->headers = headers;
	m->header_count = count;
	return arena_failed(a) ? ST_BUSY : ST_OK;
}

const char *
message_reason(int http_status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 303, "See Other" }, { 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == http_status)
			return reasons[i].reason;
	return "";
}
