#ifndef CGIHOOK_STORE_WIRE_ATOM_H
#define CGIHOOK_STORE_WIRE_ATOM_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "bytes.h"
#include "status.h"
#include "store_wire.h"

/* The values that messages are made of. */

/* --- writing -------------------------------------------------------------- */

/** atom_begin - a message's head. Returns: for atom_end, which completes it */
size_t
atom_begin(struct buf *b, enum wire_kind kind);
void
atom_end(struct buf *b, size_t begin);

void
atom_put_u8(struct buf *b, unsigned v);
void
atom_put_u32(struct buf *b, uint32_t v);
void
atom_put_i64(struct buf *b, int64_t v);
/** atom_put_text - an absent one stays absent */
void
atom_put_text(struct buf *b, struct bytes text);
/** atom_put_verdict - a status, and why unless it is a good one */
void
atom_put_verdict(struct buf *b, enum status st, const struct reason *why);

/* --- reading -------------------------------------------------------------- */

/* What is left of a message. Once something in it was wrong it stays bad, and
 * whatever is read from it then is 0 or absent: look once, at the end. */
struct atom_reader {
	struct bytes rest;
	bool bad;
};

/** atom_is_over - all of it was read, and all was as it should be */
bool
atom_is_over(const struct atom_reader *r);

unsigned
atom_u8(struct atom_reader *r, unsigned max);
bool
atom_bool(struct atom_reader *r);
uint32_t
atom_u32(struct atom_reader *r, uint32_t max);
int64_t
atom_i64(struct atom_reader *r);
/** atom_text - a view of max bytes at most; absent if it was absent */
struct bytes
atom_text(struct atom_reader *r, size_t max);
/** atom_verdict - ST_SYSTEM where the message is bad */
enum status
atom_verdict(struct atom_reader *r, struct reason *why);

#endif
