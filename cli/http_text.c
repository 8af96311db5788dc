#include "http_text.h"

#include <string.h>

#include "codec.h"

/* "POST /hook/drone?x=1 HTTP/1.1" */
static bool
read_request_line(struct bytes line, struct http_text *t)
{
	struct bytes rest = line, method, target;

	if (!bytes_cut(&rest, ' ', &method) || method.len == 0 ||
	    !bytes_cut(&rest, ' ', &target) || target.len == 0 ||
	    !bytes_has_prefix(rest, "HTTP/"))
		return false;
	for (size_t i = 0; i < method.len; i++)
		if (!message_token_char(method.data[i]))
			return false;
	t->message.method = method;
	t->message.target = target;
	t->message.query = target;
	bytes_cut(&t->message.query, '?', &t->path);
	return true;
}

/* RFC 9112 7.1: size in hex, extensions, data, and a last one of size 0. */
static bool
read_chunks(struct bytes rest, struct arena *a, struct bytes *out)
{
	char *text = arena_alloc(a, rest.len + 1);
	size_t n = 0;

	while (text != NULL && rest.data != NULL) {
		struct bytes line;
		size_t size = 0, i = 0;

		bytes_cut_line(&rest, &line);
		for (; i < line.len && i < 8 && hex_digit(line.data[i]) >= 0;
		    i++)
			size = size * 16 + (size_t)hex_digit(line.data[i]);
		if (i == 0 || rest.data == NULL)
			return false;
		if (size == 0) {
			*out = (struct bytes){ text, n };
			return true;
		}
		if (size > rest.len)
			return false;
		memcpy(text + n, rest.data, size);
		n += size;
		rest = bytes_from(rest, size);
		bytes_cut_line(&rest, &line);
	}
	return false;
}

static enum status
http_text_read_body(struct bytes rest, struct arena *a, struct http_text *t,
    struct reason *why)
{
	unsigned long long length;
	struct bytes value;

	if (rest.data == NULL)
		rest = BYTES("");
	t->message.body = rest;
	if (message_headers(&t->message, "transfer-encoding", &value) == 1 &&
	    bytes_is_nocase(value, "chunked")) {
		t->chunked = read_chunks(rest, a, &t->message.body);
		if (!t->chunked && rest.len > 0 && rest.data[0] != '{')
			return fail(why, ST_MALFORMED, "the header says that "
			    "the body is chunked, but it has no chunks");
		return ST_OK;
	}
	if (message_headers(&t->message, "content-length", &value) != 1 ||
	    !bytes_to_u64(value, &length) || length > INT64_MAX)
		return ST_OK;
	/* what an editor, or a heredoc, adds at the end */
	if (rest.len == length + 1 && rest.data[length] == '\n')
		t->newline_cut = true;
	else if (rest.len == length + 2 &&
	    memcmp(rest.data + length, "\r\n", 2) == 0)
		t->newline_cut = true;
	if (t->newline_cut)
		t->message.body.len = (size_t)length;
	t->missing_bytes = (long long)length -
	    (long long)t->message.body.len;
	return ST_OK;
}

enum status
http_text_read(struct bytes text, struct arena *a, struct http_text *out,
    struct reason *why)
{
	struct http_text t = { .message.method = BYTES("POST") };
	struct bytes rest = text, before, line, headers;
	const char *end;
	bool has_line;
	enum status st;

	while (rest.len > 0 && (rest.data[0] == '\n' || rest.data[0] == '\r'))
		rest = bytes_from(rest, 1);
	before = rest;
	bytes_cut_line(&rest, &line);
	has_line = read_request_line(line, &t);
	if (!has_line)
		rest = before;
	headers = rest;
	end = headers.data;
	while (rest.data != NULL) {
		bytes_cut_line(&rest, &line);
		if (line.len == 0)
			break;
		end = line.data + line.len;
	}
	headers.len = headers.data == NULL ? 0 : (size_t)(end - headers.data);
	st = message_read_headers(headers, a, &t.message);
	if (st == ST_MALFORMED ||
	    (st == ST_OK && !has_line && t.message.header_count == 0))
		return fail(why, ST_MALFORMED, "this is not an HTTP request: "
		    "expected a line \"POST /path HTTP/1.1\", lines \"Name: "
		    "value\", an empty line, and the body");
	if (st == ST_OK)
		st = http_text_read_body(rest, a, &t, why);
	st = arena_verdict(a, st, why);
	if (st == ST_OK)
		*out = t;
	return st;
}
