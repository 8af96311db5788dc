#include "request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	BODY_FIRST = 16 * 1024,	/* most events fit: most never grow */
	BODY_SMALL = 64 * 1024	/* almost all do */
};

/* The variables that are no headers, each allowed once. */
static const struct known {
	const char *name;
	size_t offset;
} known[] = {
	{ "REQUEST_METHOD", offsetof(struct request, message.method) },
	{ "REQUEST_URI", offsetof(struct request, message.target) },
	{ "QUERY_STRING", offsetof(struct request, message.query) },
	{ "REMOTE_ADDR", offsetof(struct request, message.remote_addr) },
	{ "PATH_INFO", offsetof(struct request, path_info) },
	{ "CGIHOOK_CONFIG", offsetof(struct request, config) },
};

struct header_table {
	struct http_header *rows;
	size_t count;
};

static struct bytes *
find_known(struct request *r, struct bytes name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (bytes_is(name, known[i].name))
			return (struct bytes *)(void *)((char *)r +
			    known[i].offset);
	}
	return NULL;
}

static enum status
add_header(struct header_table *t, struct bytes variable, struct bytes value,
    struct arena *a, struct reason *why)
{
	struct http_header h = { message_header_name(variable, a), value };

	if (h.name.data == NULL)
		return fail(why, ST_BUSY, "no memory for the headers");
	/* Some servers give CONTENT_TYPE as HTTP_CONTENT_TYPE, too, and the
	 * length likewise. */
	for (size_t i = 0; i < t->count; i++) {
		if ((bytes_is(h.name, "content-type") ||
		    bytes_is(h.name, "content-length")) &&
		    bytes_equal(t->rows[i].name, h.name) &&
		    bytes_equal(t->rows[i].value, h.value))
			return ST_OK;
	}
	t->rows[t->count++] = h;
	return ST_OK;
}

static enum status
read_length(struct request *r, struct bytes value, struct reason *why)
{
	unsigned long long length;

	if (value.len == 0)
		return ST_OK;
	if (!bytes_to_u64(value, &length))
		return fail(why, ST_MALFORMED, "Content-Length is no number");
	if (r->has_length && r->length_bytes != length)
		return fail(why, ST_MALFORMED, "two different Content-Lengths");
	r->has_length = true;
	r->length_bytes = length;
	return ST_OK;
}

static enum status
read_variable(struct request *r, struct header_table *headers,
    struct bytes name, struct bytes value, struct arena *a, struct reason *why)
{
	struct bytes *field;

	if (bytes_is(name, "CONTENT_LENGTH") ||
	    bytes_is(name, "HTTP_CONTENT_LENGTH")) {
		enum status st = read_length(r, value, why);

		if (st != ST_OK)
			return st;
	}
	if (bytes_is(name, "CONTENT_TYPE") || bytes_is(name, "CONTENT_LENGTH"))
		return value.len == 0 ? ST_OK :
		    add_header(headers, name, value, a, why);
	if (bytes_has_prefix(name, "HTTP_"))
		return add_header(headers, bytes_from(name, 5), value, a, why);
	if ((field = find_known(r, name)) == NULL)
		return ST_OK;
	if (field->data != NULL && !bytes_equal(*field, value))
		return fail(why, ST_MALFORMED, "%.*s stands twice",
		    (int)name.len, name.data);
	*field = value;
	return ST_OK;
}

enum status
request_read_variables(char *const *variables, struct arena *a,
    struct request *out, struct reason *why)
{
	struct header_table headers = { NULL, 0 };
	enum status st;
	size_t n = 0;

	*out = (struct request){ 0 };
	while (variables[n] != NULL)
		n++;
	headers.rows = arena_array(a, n + 1, sizeof(*headers.rows));
	if (headers.rows == NULL)
		return fail(why, ST_BUSY, "no memory for the headers");
	for (size_t i = 0; i < n; i++) {
		struct bytes name, value = bytes_of(variables[i]);

		if (!bytes_cut(&value, '=', &name))
			continue;
		st = read_variable(out, &headers, name, value, a, why);
		if (st != ST_OK)
			return st;
	}
	out->message.headers = headers.rows;
	out->message.header_count = headers.count;
	return ST_OK;
}

/* Make room for more of the body, within the budget of all bodies. A quarter
 * of it is for small ones alone: large ones that never end keep nobody else
 * out. */
static enum status
grow(struct request *r, size_t size, struct body_budget *budget,
    int64_t budget_bytes, struct reason *why)
{
	long long more = (long long)(size - r->body_size);
	char *body;

	if (size > BODY_SMALL)
		budget_bytes -= budget_bytes / 4;
	if (atomic_fetch_add(&budget->used_bytes, more) + more > budget_bytes) {
		atomic_fetch_sub(&budget->used_bytes, more);
		return fail(why, ST_BUSY,
		    "all bodies together would be over %lld bytes",
		    (long long)budget_bytes);
	}
	body = realloc(r->body, size);
	if (body == NULL) {
		atomic_fetch_sub(&budget->used_bytes, more);
		return fail(why, ST_BUSY, "no memory for the body");
	}
	r->body = body;
	r->body_size = size;
	return ST_OK;
}

static enum status
end_of_body(const struct request *r, size_t len, ssize_t n, struct reason *why)
{
	if (n == TRANSPORT_LATE)
		return fail(why, ST_SLOW,
		    "after %zu bytes the body did not go on", len);
	if (n == 0 && (!r->has_length || len == r->length_bytes))
		return ST_OK;
	if (r->has_length)
		return fail(why, ST_MALFORMED, "the sender broke off: "
		    "%zu bytes came, %llu were announced", len,
		    (unsigned long long)r->length_bytes);
	return fail(why, ST_MALFORMED, "the sender broke off after %zu bytes",
	    len);
}

enum status
request_read_body(struct request *r, struct transport *t, int64_t limit_bytes,
    struct body_budget *budget, int64_t budget_bytes, struct reason *why)
{
	/* One byte more than allowed shows that there is more than allowed. */
	size_t want = (size_t)limit_bytes + 1, len = 0, size;
	enum status st;
	ssize_t n;

	if (r->has_length && r->length_bytes < want)
		want = (size_t)r->length_bytes + (t->body_ends ? 1 : 0);
	size = want < BODY_FIRST ? want : BODY_FIRST;
	while (len < want) {
		if (len == r->body_size) {
			st = grow(r, size, budget, budget_bytes, why);
			if (st != ST_OK)
				return st;
			size = size > want / 2 ? want : size * 2;
		}
		n = t->read(t->ctx, r->body + len, r->body_size - len);
		if (n <= 0) {
			st = end_of_body(r, len, n, why);
			if (st != ST_OK)
				return st;
			break;
		}
		len += (size_t)n;
	}
	if (len > (size_t)limit_bytes)
		return fail(why, ST_TOO_BIG, "the body is over %lld bytes",
		    (long long)limit_bytes);
	if (r->has_length && len > r->length_bytes)
		return fail(why, ST_MALFORMED,
		    "the body is longer than announced");
	r->message.body = (struct bytes){ r->body != NULL ? r->body : "", len };
	return ST_OK;
}

void
request_free_body(struct request *r, struct body_budget *budget)
{
	free(r->body);
	atomic_fetch_sub(&budget->used_bytes, (long long)r->body_size);
	r->body = NULL;
	r->body_size = 0;
	r->message.body = BYTES_NONE;
}
