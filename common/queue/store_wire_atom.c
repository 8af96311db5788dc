#include "store_wire_atom.h"

#include <stdio.h>
#include <string.h>

#define ABSENT UINT32_MAX

/* By their places here, so that the numbers stay if the enumeration changes. */
static const enum status statuses[] = {
	ST_OK, ST_DUPLICATE, ST_UNKNOWN, ST_BUSY, ST_SYSTEM, ST_CONFIG,
	ST_MALFORMED, ST_DENIED, ST_BUG
};

enum { STATUSES = sizeof(statuses) / sizeof(statuses[0]) };

/* --- writing -------------------------------------------------------------- */

static void
atom_encode(unsigned char *out, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (unsigned char)(v >> (8 * i));
}

static void
atom_put(struct buf *b, uint64_t v, size_t len)
{
	unsigned char bytes[8];

	atom_encode(bytes, v, len);
	buf_add(b, (struct bytes){ (const char *)bytes, len });
}

size_t
atom_begin(struct buf *b, enum wire_kind kind)
{
	const size_t begin = b->len;

	atom_put(b, kind, 4);
	atom_put(b, 0, 4);
	return begin;
}

void
atom_end(struct buf *b, size_t begin)
{
	if (!b->failed)
		atom_encode((unsigned char *)b->data + begin + 4,
		    b->len - begin - WIRE_HEAD_LEN, 4);
}

void
atom_put_u8(struct buf *b, unsigned v)
{
	atom_put(b, v, 1);
}

void
atom_put_u32(struct buf *b, uint32_t v)
{
	atom_put(b, v, 4);
}

void
atom_put_i64(struct buf *b, int64_t v)
{
	atom_put(b, (uint64_t)v, 8);
}

void
atom_put_text(struct buf *b, struct bytes text)
{
	atom_put(b, text.data == NULL ? ABSENT : text.len, 4);
	buf_add(b, text);
}

void
atom_put_verdict(struct buf *b, enum status st, const struct reason *why)
{
	unsigned at = 0;

	while (at < STATUSES - 1 && statuses[at] != st)
		at++;
	atom_put_u8(b, at);
	atom_put_text(b, st == ST_OK || why == NULL ? BYTES_NONE :
	    bytes_of(why->text));
}

/* --- reading -------------------------------------------------------------- */

static const unsigned char *
atom_take(struct atom_reader *r, size_t len)
{
	const char *at = r->rest.data;

	if (r->bad || len > r->rest.len) {
		r->bad = true;
		return NULL;
	}
	r->rest = bytes_from(r->rest, len);
	return (const unsigned char *)at;
}

static uint64_t
atom_decode(const unsigned char *bytes, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v |= (uint64_t)bytes[i] << (8 * i);
	return v;
}

static uint64_t
atom_number(struct atom_reader *r, size_t len, uint64_t max)
{
	const unsigned char *bytes = atom_take(r, len);
	uint64_t v = bytes == NULL ? 0 : atom_decode(bytes, len);

	r->bad = r->bad || v > max;
	return r->bad ? 0 : v;
}

bool
atom_is_over(const struct atom_reader *r)
{
	return !r->bad && r->rest.len == 0;
}

unsigned
atom_u8(struct atom_reader *r, unsigned max)
{
	return (unsigned)atom_number(r, 1, max);
}

bool
atom_bool(struct atom_reader *r)
{
	return atom_u8(r, 1) == 1;
}

uint32_t
atom_u32(struct atom_reader *r, uint32_t max)
{
	return (uint32_t)atom_number(r, 4, max);
}

int64_t
atom_i64(struct atom_reader *r)
{
	return (int64_t)atom_number(r, 8, UINT64_MAX);
}

struct bytes
atom_text(struct atom_reader *r, size_t max)
{
	const uint32_t len = atom_u32(r, UINT32_MAX);
	const char *data;

	if (r->bad || len == ABSENT)
		return BYTES_NONE;
	if (len > max)
		r->bad = true;
	data = (const char *)atom_take(r, len);
	return data == NULL ? BYTES_NONE : (struct bytes){ data, len };
}

enum status
atom_verdict(struct atom_reader *r, struct reason *why)
{
	const enum status st = statuses[atom_u8(r, STATUSES - 1)];
	const struct bytes text = atom_text(r, sizeof(why->text) - 1);

	if (r->bad)
		return fail(why, ST_SYSTEM, "the agent answered what is no "
		    "answer");
	if (st != ST_OK && text.data != NULL)
		fail(why, st, "%.*s", (int)text.len, text.data);
	return st;
}

bool
wire_read_head(const unsigned char bytes[WIRE_HEAD_LEN], struct wire_head *out)
{
	const uint64_t kind = atom_decode(bytes, 4);

	if (kind >= WIRE_KINDS)
		return false;
	*out = (struct wire_head){ .kind = (enum wire_kind)kind,
		.len = (size_t)atom_decode(bytes + 4, 4) };
	return true;
}
