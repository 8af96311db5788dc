#ifndef CGIHOOK_ARENA_H
#define CGIHOOK_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "status.h"

/*
 * Memory for one request or one event: given out piece by piece, taken back
 * all at once. One block of 16 KiB is kept between requests; the others go back
 * to the system, so that one large body does not stay for ever.
 *
 * A piece that the arena cannot give marks it as failed, and from then on it
 * gives nothing. What the functions below return then is absent or empty, and
 * harmless to read: take pieces freely, and ask once, before what was made of
 * them is handed on or decides anything. Absent must never mean "not there"
 * when it means "no memory".
 */
struct arena_block;

struct arena {
	struct arena_block *blocks;	/* newest first */
	size_t used_bytes;		/* given out since the last reset */
	size_t limit_bytes;		/* never more than this; 0: no limit */
	size_t first_bytes;		/* the first block's size; 0: 16 KiB */
	bool failed;			/* a piece was refused since then */
};

#define ARENA(limit) ((struct arena){ .limit_bytes = (limit) })

/**
 * arena_alloc - len zeroed bytes, aligned for any type
 *
 * Returns: NULL above the limit or without memory, and from then on.
 */
void *
arena_alloc(struct arena *a, size_t len);

/** arena_array - as arena_alloc, count times size; NULL where that overflows */
void *
arena_array(struct arena *a, size_t count, size_t size);

/** arena_copy - a copy of b with a NUL behind it (not counted); absent without
 *  memory */
struct bytes
arena_copy(struct arena *a, struct bytes b);

/** arena_cstr - a copy of b as a C string; a NUL within b cuts it; "" without
 *  memory */
const char *
arena_cstr(struct arena *a, struct bytes b);

/** arena_printf - formatted text, NUL-ended; absent without memory */
struct bytes
arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** arena_join - the parts, one behind the other, as arena_copy */
struct bytes
arena_join(struct arena *a, const struct bytes *parts, size_t count);

/** arena_fail - mark it as failed: what belongs to its work found no memory
 *  elsewhere */
void
arena_fail(struct arena *a);

/** arena_failed - whether a piece was refused since the last reset */
bool
arena_failed(const struct arena *a);

/**
 * arena_verdict - what is to be said of work that was done in an arena
 *
 * Takes:   st, what the work came to, and why, which says so.
 * Returns: st; or ST_BUSY, and why says so, where the arena has failed: short
 *          memory decides nothing.
 */
enum status
arena_verdict(const struct arena *a, enum status st, struct reason *why);

/** arena_reset - take everything back, and a failure; one small block stays
 *  for the next */
void
arena_reset(struct arena *a);

/** arena_free - as arena_reset, and the last block goes, too */
void
arena_free(struct arena *a);

#endif
