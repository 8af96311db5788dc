#include "store_wire.h"

#include <string.h>

#include "store_wire_atom.h"

/* The messages that have no list in them. */

#define MAGIC UINT32_C(0x6b6f6f68)	/* "hook" */

void
wire_put_hello(struct buf *b)
{
	const size_t begin = atom_begin(b, WIRE_HELLO);

	atom_put_u32(b, MAGIC);
	atom_put_u32(b, WIRE_VERSION);
	atom_end(b, begin);
}

/* A later version may say more behind these. */
uint32_t
wire_read_hello(struct bytes message)
{
	struct atom_reader r = { .rest = message };
	const uint32_t magic = atom_u32(&r, UINT32_MAX);
	const uint32_t version = atom_u32(&r, UINT32_MAX);

	return r.bad || magic != MAGIC ||
	    (version <= WIRE_VERSION && r.rest.len > 0) ? 0 : version;
}

void
wire_put_question(struct buf *b, enum wire_kind kind)
{
	atom_end(b, atom_begin(b, kind));
}

bool
wire_is_empty(struct bytes message)
{
	return message.len == 0;
}

void
wire_put_verdict(struct buf *b, enum wire_kind kind, enum status st,
    const struct reason *why)
{
	const size_t begin = atom_begin(b, kind);

	atom_put_verdict(b, st, why);
	atom_end(b, begin);
}

enum status
wire_read_verdict(struct bytes message, struct reason *why)
{
	struct atom_reader r = { .rest = message };
	const enum status st = atom_verdict(&r, why);

	return atom_is_over(&r) ? st : fail(why, ST_SYSTEM,
	    "the agent answered what is no answer");
}

void
wire_put_next(struct buf *b, enum status st, const struct reason *why,
    const struct store_next *next)
{
	const size_t begin = atom_begin(b, WIRE_NEXT_IS);

	atom_put_verdict(b, st, why);
	if (st == ST_OK) {
		atom_put_u8(b, next->queued);
		atom_put_u8(b, next->alarms);
		atom_put_u8(b, next->running);
		atom_put_i64(b, next->due_in_ms);
	}
	atom_end(b, begin);
}

enum status
wire_read_next(struct bytes message, struct store_next *out,
    struct reason *why)
{
	struct atom_reader r = { .rest = message };
	const enum status st = atom_verdict(&r, why);
	struct store_next next = { 0 };

	if (st == ST_OK) {
		next.queued = atom_bool(&r);
		next.alarms = atom_bool(&r);
		next.running = atom_bool(&r);
		next.due_in_ms = atom_i64(&r);
	}
	if (!atom_is_over(&r))
		return fail(why, ST_SYSTEM, "the agent answered what is no "
		    "answer");
	if (st == ST_OK)
		*out = next;
	return st;
}

void
wire_put_rung(struct buf *b, int64_t event_id)
{
	const size_t begin = atom_begin(b, WIRE_RUNG);

	atom_put_i64(b, event_id);
	atom_end(b, begin);
}

bool
wire_read_rung(struct bytes message, int64_t *event_id)
{
	struct atom_reader r = { .rest = message };
	const int64_t id = atom_i64(&r);

	if (atom_is_over(&r))
		*event_id = id;
	return atom_is_over(&r);
}
