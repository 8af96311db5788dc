#include "listen.h"

#include "codec.h"
#include "date.h"
#include "json.h"

/* A member's text; "" where it is null or not there. */
static const char *
event_text(const struct json_doc *d, const struct json_node *o,
    const char *name, struct arena *a)
{
	return arena_cstr(a, json_text(d, json_member(d, o, name), a));
}

static enum result
event_result(const char *word)
{
	for (int r = RESULT_SUCCESS; r <= RESULT_OTHER; r++)
		if (bytes_is(bytes_of(word), result_name((enum result)r)))
			return (enum result)r;
	return RESULT_NONE;
}

/* What becomes a part of a path must be what the responder lets pass. */
static bool
event_words_valid(const struct stored_event *e)
{
	return e->id > 0 && event_word_valid(bytes_of(e->source)) &&
	    event_word_valid(bytes_of(e->event)) &&
	    (*e->action == '\0' || event_word_valid(bytes_of(e->action))) &&
	    (*e->status == '\0' || event_word_valid(bytes_of(e->status)));
}

static void
event_read_words(const struct json_doc *d, const struct json_node *o,
    struct arena *a, struct stored_event *e)
{
	unsigned long long id;

	*e = (struct stored_event){
		.source = event_text(d, o, "source", a),
		.provider = event_text(d, o, "provider", a),
		.event = event_text(d, o, "event", a),
		.action = event_text(d, o, "action", a),
		.status = event_text(d, o, "status", a),
		.subject = event_text(d, o, "subject", a),
		.remote_addr = event_text(d, o, "remote_addr", a),
		.result = event_result(event_text(d, o, "result", a)) };
	if (bytes_to_u64(json_text(d, json_member(d, o, "id"), a), &id) &&
	    id <= INT64_MAX)
		e->id = (int64_t)id;
	(void)date_parse_rfc3339(json_text(d, json_member(d, o, "received_at"),
	    a), &e->received_ms);
}

static void
event_read_headers(const struct json_doc *d, const struct json_node *list,
    struct arena *a, struct listen_event *out)
{
	struct http_header *headers = list == NULL ? NULL :
	    arena_array(a, list->count + 1, sizeof(*headers));
	const struct json_node *n;

	if (headers == NULL)
		return;
	for (n = json_first(list); n != NULL; n = json_next(d, list, n))
		headers[out->header_count++] = (struct http_header){
			json_key(d, n, a), json_text(d, n, a) };
	out->headers = headers;
}

/* "raw" */
static bool
event_read_raw(const struct json_doc *d, const struct json_node *raw,
    struct arena *a, struct listen_event *out)
{
	const struct json_node *env = json_member(d, raw, "environment");

	if (!base64_decode(json_text(d, json_member(d, raw, "body"), a), a,
	    &out->body) || !base64_decode(json_text(d, env, a), a,
	    &out->environment))
		return false;
	event_read_headers(d, json_member(d, raw, "headers"), a, out);
	if (json_parse(out->body, a, &out->doc, NULL) != ST_OK)
		out->doc = (struct json_doc){ .count = 0 };
	return true;
}

bool
listen_event_read(const struct listen *l, const struct json_doc *d,
    const struct json_node *node, struct arena *a, struct listen_event *out)
{
	const struct json_node *raw = json_member(d, node, "raw");

	*out = (struct listen_event){ .header_count = 0 };
	event_read_words(d, node, a, &out->stored);
	out->cursor = event_text(d, node, "cursor", a);
	out->page = arena_cstr(a, arena_printf(a, "%s/-/event/%lld",
	    l->url.text, (long long)out->stored.id));
	if (!event_words_valid(&out->stored) || (raw != NULL &&
	    !event_read_raw(d, raw, a, out)))
		return false;
	return !arena_failed(a);
}
