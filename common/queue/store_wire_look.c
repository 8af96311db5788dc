#include "store_wire.h"

#include <string.h>

#include "handler_name.h"
#include "store_wire_atom.h"

/* How a handler has ended for an event: what a request waits for. */

#define WIRE_PARTS (STORE_DELIVERIES | STORE_ATTEMPTS)

enum { WIRE_PATH_BYTES = 512, WIRE_OUTPUT_BYTES = 1024 * 1024 };

/* --- asking --------------------------------------------------------------- */

void
wire_put_get(struct buf *b, const struct store_get *items, size_t count)
{
	const size_t begin = atom_begin(b, WIRE_GET);

	for (size_t i = 0; i < count; i++) {
		atom_put_i64(b, items[i].id);
		atom_put_u8(b, items[i].parts);
		atom_put_text(b, bytes_of(items[i].path));
	}
	atom_end(b, begin);
}

/* "drone/build.failure" */
static const char *
wire_handler(struct atom_reader *r, struct arena *a)
{
	const struct bytes path = atom_text(r, WIRE_PATH_BYTES);
	struct bytes name = path, source;

	r->bad = r->bad || path.data == NULL ||
	    !bytes_cut(&name, '/', &source) || !event_word_valid(source) ||
	    !handler_name_valid(name);
	return r->bad ? "" : arena_cstr(a, path);
}

enum status
wire_read_get(struct bytes message, struct arena *a, struct store_get **items,
    size_t *count, struct reason *why)
{
	struct atom_reader r = { .rest = message };
	struct store_get *all = arena_array(a, WIRE_GETS_MAX, sizeof(*all));
	size_t n = 0;

	if (all == NULL)
		return arena_verdict(a, ST_OK, why);
	while (!r.bad && r.rest.len > 0 && n < WIRE_GETS_MAX) {
		all[n].id = atom_i64(&r);
		all[n].parts = atom_u8(&r, UINT8_MAX);
		all[n].path = wire_handler(&r, a);
		all[n].arena = a;
		r.bad = r.bad || (all[n].parts & ~(unsigned)WIRE_PARTS) != 0 ||
		    all[n].id <= 0;
		n++;
	}
	if (!atom_is_over(&r) || n == 0)
		return arena_verdict(a, fail(why, ST_MALFORMED, "what a "
		    "responder sent asks for no handler"), why);
	*items = all;
	*count = n;
	return arena_verdict(a, ST_OK, why);
}

/* --- answering ------------------------------------------------------------ */

static void
wire_put_attempt(struct buf *b, const struct stored_attempt *t)
{
	atom_put_u32(b, (uint32_t)t->number);
	atom_put_u8(b, t->result);
	atom_put_i64(b, t->started_ms);
	atom_put_i64(b, t->ended_ms);
	atom_put_i64(b, t->exit_code);
	atom_put_i64(b, t->term_signal);
	atom_put_i64(b, t->output_total_bytes);
	atom_put_text(b, t->output);
	atom_put_text(b, bytes_of(t->note));
}

static void
wire_put_delivery(struct buf *b, const struct stored_delivery *d)
{
	const size_t skipped = d->history_count > WIRE_ATTEMPTS_MAX ?
	    d->history_count - WIRE_ATTEMPTS_MAX : 0;

	atom_put_i64(b, d->id);
	atom_put_text(b, bytes_of(d->handler));
	atom_put_u8(b, d->state);
	atom_put_u32(b, (uint32_t)d->attempts);
	atom_put_i64(b, d->due_ms);
	atom_put_i64(b, d->began_ms);
	atom_put_i64(b, d->ended_ms);
	atom_put_i64(b, d->claim);
	atom_put_u8(b, (unsigned)(d->history_count - skipped));
	for (size_t i = skipped; i < d->history_count; i++)
		wire_put_attempt(b, &d->history[i]);
}

void
wire_put_got(struct buf *b, enum status st, const struct reason *why,
    const struct store_get *items, size_t count)
{
	const size_t begin = atom_begin(b, WIRE_GOT);

	atom_put_verdict(b, st, why);
	for (size_t i = 0; st == ST_OK && i < count; i++) {
		const struct stored_event *e = &items[i].event;

		atom_put_verdict(b, items[i].status, why);
		if (items[i].status != ST_OK)
			continue;
		atom_put_u8(b, e->state);
		atom_put_u8(b, e->delivery_count > 0);
		if (e->delivery_count > 0)
			wire_put_delivery(b, e->deliveries);
	}
	atom_end(b, begin);
}

/* What comes from an agent is copied: the message does not last. */
static const char *
wire_copy(struct atom_reader *r, struct arena *a)
{
	return arena_cstr(a, atom_text(r, WIRE_OUTPUT_BYTES));
}

static void
wire_read_attempt(struct atom_reader *r, struct arena *a,
    struct stored_attempt *t)
{
	t->number = (int)atom_u32(r, INT32_MAX);
	t->result = (enum attempt_result)atom_u8(r, ATTEMPT_INTERRUPTED);
	t->started_ms = atom_i64(r);
	t->ended_ms = atom_i64(r);
	t->exit_code = (int)atom_i64(r);
	t->term_signal = (int)atom_i64(r);
	t->output_total_bytes = atom_i64(r);
	t->output = arena_copy(a, atom_text(r, WIRE_OUTPUT_BYTES));
	t->note = wire_copy(r, a);
}

static void
wire_read_delivery(struct atom_reader *r, const struct store_get *item,
    struct stored_delivery *d)
{
	struct arena *a = item->arena;

	d->event_id = item->id;
	d->path = arena_cstr(a, bytes_of(item->path));
	d->id = atom_i64(r);
	d->handler = wire_copy(r, a);
	d->state = (enum delivery_state)atom_u8(r, DELIVERY_FILTERED);
	d->attempts = (int)atom_u32(r, INT32_MAX);
	d->due_ms = atom_i64(r);
	d->began_ms = atom_i64(r);
	d->ended_ms = atom_i64(r);
	d->claim = atom_i64(r);
	d->history_count = atom_u8(r, WIRE_ATTEMPTS_MAX);
	d->history = arena_array(a, WIRE_ATTEMPTS_MAX, sizeof(*d->history));
	for (size_t i = 0; i < d->history_count; i++) {
		struct stored_attempt nowhere;

		wire_read_attempt(r, a, d->history == NULL ? &nowhere :
		    &d->history[i]);
	}
}

static void
wire_read_item_got(struct atom_reader *r, struct store_get *item,
    struct reason *why)
{
	struct stored_event e = { .id = item->id, .source = "",
		.provider = "", .event = "", .action = "", .status = "",
		.subject = "", .remote_addr = "" };

	item->status = atom_verdict(r, why);
	if (item->status != ST_OK)
		return;
	e.state = (enum event_state)atom_u8(r, EVENT_IGNORED);
	e.delivery_count = atom_bool(r);
	if (e.delivery_count > 0) {
		struct stored_delivery nowhere = { 0 };

		e.deliveries = arena_alloc(item->arena, sizeof(nowhere));
		wire_read_delivery(r, item, e.deliveries == NULL ? &nowhere :
		    e.deliveries);
	}
	item->status = arena_verdict(item->arena, ST_OK, why);
	item->event = e;
}

/* An item whose arena is too small is read to its end, too: the next one is
 * behind it. */
enum status
wire_read_got(struct bytes message, struct store_get *items, size_t count,
    struct reason *why)
{
	struct atom_reader r = { .rest = message };
	enum status st = atom_verdict(&r, why);

	for (size_t i = 0; st == ST_OK && i < count; i++)
		wire_read_item_got(&r, &items[i], why);
	if (st == ST_OK && !atom_is_over(&r))
		st = fail(why, ST_SYSTEM, "the agent answered what is no "
		    "answer");
	for (size_t i = 0; st != ST_OK && i < count; i++)
		items[i].status = st;
	return st;
}
