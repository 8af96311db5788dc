#include "store_wire.h"

#include <string.h>

#include "handler_name.h"
#include "store_wire_atom.h"

/* Events on their way to the store, and what became of them. */

/* --- a responder ---------------------------------------------------------- */

static void
wire_put_event(struct buf *b, const struct event *e)
{
	atom_put_text(b, bytes_of(e->source));
	atom_put_text(b, bytes_of(e->provider));
	atom_put_text(b, e->event);
	atom_put_text(b, e->action);
	atom_put_text(b, e->status);
	atom_put_u8(b, e->result);
	atom_put_text(b, bytes_of(e->named_by));
	atom_put_text(b, e->subject);
	atom_put_u8(b, e->lasting);
	atom_put_text(b, e->has_dedupe ?
	    (struct bytes){ (const char *)e->dedupe, DEDUPE_LEN } :
	    BYTES_NONE);
}

static void
wire_put_item(struct buf *b, const struct store_accept *item)
{
	atom_put_u8(b, item->probe);
	if (item->probe)
		return;
	wire_put_event(b, item->event);
	atom_put_text(b, item->headers);
	atom_put_text(b, item->body);
	atom_put_text(b, item->remote_addr);
	atom_put_i64(b, item->received_ms);
	atom_put_text(b, bytes_of(item->wait_path));
	atom_put_u8(b, item->bell != NULL);
	atom_put_u8(b, item->retry);
}

size_t
wire_put_accept(struct buf *b, const struct store_accept *items, size_t count)
{
	const size_t begin = atom_begin(b, WIRE_ACCEPT);
	size_t n = 0;

	do
		wire_put_item(b, &items[n]);
	while (++n < count && b->len - begin + items[n].headers.len +
	    items[n].body.len < WIRE_FULL_BYTES);
	atom_end(b, begin);
	return n;
}

/* --- the agent ------------------------------------------------------------ */

/* A name that may become part of a path, or nothing. */
static struct bytes
wire_word(struct atom_reader *r)
{
	const struct bytes word = atom_text(r, WIRE_WORD_BYTES);

	r->bad = r->bad || (word.len > 0 && !event_word_valid(word));
	return word;
}

/* As wire_word, as a C string. */
static const char *
wire_name(struct atom_reader *r, struct arena *a)
{
	return arena_cstr(a, wire_word(r));
}

/* A C string without a NUL in it; NULL where it is absent. */
static const char *
wire_string(struct atom_reader *r, struct arena *a)
{
	const struct bytes text = atom_text(r, WIRE_WORD_BYTES);

	if (text.data == NULL)
		return NULL;
	r->bad = r->bad || memchr(text.data, '\0', text.len) != NULL;
	return arena_cstr(a, text);
}

static void
wire_read_event(struct atom_reader *r, struct arena *a, struct event *e)
{
	struct bytes key;

	e->source = wire_name(r, a);
	e->provider = wire_name(r, a);
	e->event = wire_word(r);
	e->action = wire_word(r);
	e->status = wire_word(r);
	e->result = (enum result)atom_u8(r, RESULT_OTHER);
	e->named_by = wire_string(r, a);
	e->subject = atom_text(r, WIRE_SUBJECT_BYTES);
	e->lasting = atom_bool(r);
	key = atom_text(r, DEDUPE_LEN);
	e->has_dedupe = key.data != NULL;
	if (e->has_dedupe && key.len == DEDUPE_LEN)
		memcpy(e->dedupe, key.data, DEDUPE_LEN);
	r->bad = r->bad || (e->has_dedupe && key.len != DEDUPE_LEN) ||
	    e->source[0] == '\0' || e->provider[0] == '\0' ||
	    e->event.len == 0;
}

/* "drone/build.failure": of this event's source */
static const char *
wire_path(struct atom_reader *r, struct arena *a, const char *source)
{
	const char *path = wire_string(r, a);
	const size_t len = strlen(source);

	if (path != NULL && !arena_failed(a))
		r->bad = r->bad || strncmp(path, source, len) != 0 ||
		    path[len] != '/' ||
		    !handler_name_valid(bytes_of(path + len + 1));
	return path;
}

static void
wire_read_item(struct atom_reader *r, size_t body_limit, struct arena *a,
    struct store_accept *item, struct event *e)
{
	item->event = e;
	item->probe = atom_bool(r);
	if (item->probe)
		return;
	wire_read_event(r, a, e);
	item->headers = atom_text(r, WIRE_HEADERS_BYTES);
	item->body = atom_text(r, body_limit);
	item->remote_addr = atom_text(r, WIRE_WORD_BYTES);
	item->received_ms = atom_i64(r);
	item->wait_path = wire_path(r, a, e->source);
	item->bell = atom_bool(r) ? "" : NULL;
	item->retry = atom_bool(r);
	r->bad = r->bad || item->received_ms < 0;
}

/* The first of these bytes are an item's; how many there are is not told, so
 * that no number makes more memory than what arrived. */
enum status
wire_read_accept(struct bytes message, size_t body_limit, struct arena *a,
    struct store_accept **items, size_t *count, struct reason *why)
{
	struct atom_reader r = { .rest = message };
	struct store_accept *all = arena_array(a, WIRE_ITEMS_MAX,
	    sizeof(*all));
	struct event *events = arena_array(a, WIRE_ITEMS_MAX,
	    sizeof(*events));
	size_t n = 0;

	if (all == NULL || events == NULL)
		return arena_verdict(a, ST_OK, why);
	while (!r.bad && r.rest.len > 0 && n < WIRE_ITEMS_MAX) {
		wire_read_item(&r, body_limit, a, &all[n], &events[n]);
		n++;
	}
	if (!atom_is_over(&r) || n == 0)
		return arena_verdict(a, fail(why, ST_MALFORMED, "what a "
		    "responder sent is no list of events"), why);
	*items = all;
	*count = n;
	return arena_verdict(a, ST_OK, why);
}

void
wire_put_accepted(struct buf *b, enum status st, const struct reason *why,
    const struct store_accept *items, size_t count)
{
	const size_t begin = atom_begin(b, WIRE_ACCEPTED);

	atom_put_verdict(b, st, why);
	for (size_t i = 0; st == ST_OK && i < count; i++) {
		/* why is about all of them together */
		atom_put_verdict(b, items[i].status, items[i].status ==
		    ST_DUPLICATE ? NULL : why);
		atom_put_u8(b, items[i].rerun);
		atom_put_u8(b, items[i].fate);
		atom_put_u32(b, (uint32_t)items[i].retried);
		atom_put_i64(b, items[i].id);
	}
	atom_end(b, begin);
}

enum status
wire_read_accepted(struct bytes message, struct store_accept *items,
    size_t count, struct reason *why)
{
	struct atom_reader r = { .rest = message };
	const enum status st = atom_verdict(&r, why);

	for (size_t i = 0; st == ST_OK && i < count; i++) {
		items[i].status = atom_verdict(&r, why);
		items[i].rerun = atom_bool(&r);
		items[i].fate = (enum store_fate)atom_u8(&r,
		    STORE_FATE_PRUNED);
		items[i].retried = (int)atom_u32(&r, INT32_MAX);
		items[i].id = atom_i64(&r);
	}
	return atom_is_over(&r) ? st : fail(why, ST_SYSTEM,
	    "the agent answered what is no answer");
}
