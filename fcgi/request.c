#include "request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_SMALL = 64 * 1024 };	/* nearly all events fit */

/* The variables that are not headers; each may appear once. */
static const struct request_field {
	const char *name;
	size_t offset;
} known[] = {
	{ "REQUEST_METHOD", offsetof(struct request, message.method) },
	{ "REQUEST_URI", offsetof(struct request, message.target) },
	{ "QUERY_STRING", offsetof(struct request, message.query) },
	{ "REMOTE_ADDR", offsetof(struct request, message.remote_addr) },
	{ "PATH_INFO", offsetof(struct request, path_info) },
	{ "SCRIPT_NAME", offsetof(struct request, script) },
	{ "CGIHOOK_CONFIG", offsetof(struct request, config) },
};

/* The headers that some servers pass twice: CONTENT_TYPE, for example, and
 * HTTP_CONTENT_TYPE. */
enum twin { TWIN_TYPE, TWIN_LENGTH, TWINS };

static const char *const twin_names[TWINS] = {
	"content-type", "content-length",
};

struct header_table {
	struct http_header *rows;
	size_t count;
	const struct http_header *twins[TWINS];	/* the first of each */
};

static struct bytes *
request_find_field(struct request *r, struct bytes name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (bytes_is(name, known[i].name))
			return (struct bytes *)(void *)((char *)r +
			    known[i].offset);
	}
	return NULL;
}

/* Whether the other variable of h has come already, with the same value. */
static bool
request_is_twin(struct header_table *t, const struct http_header *h)
{
	for (int i = 0; i < TWINS; i++) {
		if (!bytes_is(h->name, twin_names[i]))
			continue;
		if (t->twins[i] != NULL)
			return bytes_equal(t->twins[i]->value, h->value);
		t->twins[i] = &t->rows[t->count];
	}
	return false;
}

static enum status
request_add_header(struct header_table *t, struct bytes variable,
    struct bytes value, struct arena *a, struct reason *why)
{
	struct http_header h = { message_header_name(variable, a), value };

	if (request_is_twin(t, &h))
		return ST_OK;
	if (t->count == MESSAGE_HEADERS_MAX)
		return fail(why, ST_MALFORMED, "more than %d headers",
		    MESSAGE_HEADERS_MAX);
	t->rows[t->count++] = h;
	return ST_OK;
}

static enum status
request_read_length(struct request *r, struct bytes value, struct reason *why)
{
	unsigned long long length;

	if (!bytes_to_u64(value, &length))
		return fail(why, ST_MALFORMED,
		    "Content-Length is not a number");
	if (r->has_length && r->length_bytes != length)
		return fail(why, ST_MALFORMED, "two different Content-Lengths");
	r->has_length = true;
	r->length_bytes = length;
	return ST_OK;
}

/* Caddy passes -1 when the length is unknown, as Go does. */
static bool
request_is_absent_length(struct bytes value)
{
	return value.len == 0 || bytes_is(value, "-1");
}

static enum status
request_read_variable(struct request *r, struct header_table *headers,
    struct bytes name, struct bytes value, struct arena *a, struct reason *why)
{
	struct bytes *field;
	enum status st;

	if (bytes_is(name, "CONTENT_LENGTH") ||
	    bytes_is(name, "HTTP_CONTENT_LENGTH")) {
		if (request_is_absent_length(value))
			return ST_OK;
		st = request_read_length(r, value, why);
		return st != ST_OK ? st : request_add_header(headers,
		    BYTES("content-length"), value, a, why);
	}
	if (bytes_is(name, "CONTENT_TYPE"))
		return value.len == 0 ? ST_OK :
		    request_add_header(headers, name, value, a, why);
	if (bytes_has_prefix(name, "HTTP_"))
		return request_add_header(headers, bytes_from(name, 5), value,
		    a, why);
	if ((field = request_find_field(r, name)) == NULL)
		return ST_OK;
	if (field->data != NULL && !bytes_equal(*field, value))
		return fail(why, ST_MALFORMED, "%.*s appears twice",
		    (int)name.len, name.data);
	*field = value;
	return ST_OK;
}

/* RFC 9112 3.2.2: some servers pass on, or make up, http://host/path when the
 * sender asked for /path. */
static struct bytes
request_origin_form(struct bytes target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const char *path;

		if (!bytes_has_prefix_nocase(target, schemes[i]))
			continue;
		target = bytes_from(target, strlen(schemes[i]));
		path = target.len == 0 ? NULL :
		    memchr(target.data, '/', target.len);
		return path == NULL ? BYTES("/") : bytes_from(target,
		    (size_t)(path - target.data));
	}
	return target;
}

/* RFC 9112 6.3: a Transfer-Encoding overrides the length, which some servers
 * pass as 0 then. */
static void
request_settle_length(struct request *r)
{
	struct bytes value;

	if (r->has_length && r->length_bytes == 0 &&
	    message_headers(&r->message, "transfer-encoding", &value) > 0)
		r->has_length = false;
}

enum status
request_read_variables(char *const *variables, struct arena *a,
    struct request *out, struct reason *why)
{
	struct header_table headers = { .count = 0 };
	enum status st;
	size_t n = 0;

	*out = (struct request){ 0 };
	while (variables[n] != NULL)
		n++;
	headers.rows = arena_array(a, n + 1, sizeof(*headers.rows));
	if (headers.rows == NULL)
		return ST_BUSY;
	for (size_t i = 0; i < n; i++) {
		struct bytes name, value = bytes_of(variables[i]);

		if (!bytes_cut(&value, '=', &name))
			continue;
		st = request_read_variable(out, &headers, name, value, a, why);
		if (st != ST_OK)
			return st;
	}
	out->message.headers = headers.rows;
	out->message.header_count = headers.count;
	out->message.target = request_origin_form(out->message.target);
	request_settle_length(out);
	return ST_OK;
}

bool
request_is_head(char *const *variables)
{
	for (; *variables != NULL; variables++)
		if (strcmp(*variables, "REQUEST_METHOD=HEAD") == 0)
			return true;
	return false;
}

/* Make room for more of the body, within the budget of all bodies. A quarter of
 * it is reserved for small ones: large ones that never end keep nobody out. */
static enum status
request_grow(struct request *r, size_t size, struct body_budget *budget,
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

bool
request_is_small(const struct request *r)
{
	return (r->has_length ? r->length_bytes : r->body_len) <= BODY_SMALL;
}

bool
request_body_is_whole(const struct request *r)
{
	return r->has_length && r->body_len == r->length_bytes;
}

size_t
request_may_read(const struct request *r, size_t most)
{
	uint64_t left = r->length_bytes - r->body_len;

	return r->has_length && left < most ? (size_t)left : most;
}

enum status
request_end_body(struct request *r, ssize_t how, struct reason *why)
{
	if (how == TRANSPORT_LATE)
		return fail(why, ST_SLOW,
		    "the body stopped after %zu bytes", r->body_len);
	if (how == TRANSPORT_CROWDED)
		return fail(why, ST_BUSY, "the body stopped after %zu bytes, "
		    "and others needed its room", r->body_len);
	if (how == 0 && (!r->has_length || r->body_len == r->length_bytes)) {
		r->message.body = (struct bytes){
		    r->body != NULL ? r->body : "", r->body_len };
		return ST_OK;
	}
	if (r->has_length)
		return fail(why, ST_MALFORMED, "the sender broke off: "
		    "%zu bytes came, %llu were announced", r->body_len,
		    (unsigned long long)r->length_bytes);
	return fail(why, ST_MALFORMED, "the sender broke off after %zu bytes",
	    r->body_len);
}

/* Check the size of a body, or of its beginning. */
static enum status
request_check_size(const struct request *r, uint64_t len, int64_t limit_bytes,
    struct reason *why)
{
	if (len > (uint64_t)limit_bytes)
		return fail(why, ST_TOO_BIG, "the body is over %lld bytes",
		    (long long)limit_bytes);
	if (r->has_length && len > r->length_bytes)
		return fail(why, ST_MALFORMED,
		    "the body is longer than announced");
	return ST_OK;
}

/* A body costs the memory of what has come, at most doubled: one that stalls
 * early costs little, whatever was announced. */
enum status
request_add_body(struct request *r, struct bytes piece, size_t left,
    int64_t limit_bytes, struct body_budget *budget, int64_t budget_bytes,
    struct reason *why)
{
	size_t len = r->body_len + piece.len, size = len;
	enum status st = request_check_size(r, (uint64_t)len + left,
	    limit_bytes, why);

	if (st == ST_OK && len > r->body_size) {
		if (size < 2 * r->body_size)
			size = 2 * r->body_size;
		if (len <= BODY_SMALL && size > BODY_SMALL)
			size = BODY_SMALL;
		if (r->has_length && size > r->length_bytes)
			size = (size_t)r->length_bytes;
		else if (size > (uint64_t)limit_bytes)
			size = (size_t)limit_bytes;
		st = request_grow(r, size, budget, budget_bytes, why);
	}
	if (st != ST_OK)
		return st;
	if (piece.len > 0)
		memcpy(r->body + r->body_len, piece.data, piece.len);
	r->body_len = len;
	return ST_OK;
}

void
request_free_body(struct request *r, struct body_budget *budget)
{
	free(r->body);
	atomic_fetch_sub(&budget->used_bytes, (long long)r->body_size);
	r->body = NULL;
	r->body_size = r->body_len = 0;
	r->message.body = BYTES_NONE;
}
