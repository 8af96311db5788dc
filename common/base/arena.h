#ifndef CGIHOOK_ARENA_H
#define CGIHOOK_ARENA_H

#include <stddef.h>

#include "bytes.h"

/*
 * Memory for one request or one event: given out piece by piece, taken back
 * all at once. One block of 16 KiB is kept between requests; the others go back
 * to the system, so that one large body does not stay for ever.
 */
struct arena_block;

struct arena {
	struct arena_block *blocks;	/* newest first */
	size_t used_bytes;		/* given out since the last reset */
	size_t limit_bytes;		/* never more than this; 0: no limit */
	size_t first_bytes;		/* the first block's size; 0: 16 KiB */
};

#define ARENA(limit) ((struct arena){ NULL, 0, (limit), 0 })

/**
 * arena_alloc - len zeroed bytes, aligned for any type
 *
 * Returns: NULL above the limit or without memory; the caller answers ST_BUSY
 *          or ST_TOO_BIG.
 */
void *
arena_alloc(struct arena *a, size_t len);

/** arena_array - as arena_alloc, count times size; NULL where that overflows */
void *
arena_array(struct arena *a, size_t count, size_t size);

/** arena_copy - a copy of b with a NUL behind it (not counted); data NULL when
 *  memory is short */
struct bytes
arena_copy(struct arena *a, struct bytes b);

/** arena_cstr - a copy of b as a C string; a NUL within b cuts it; NULL when
 *  memory is short */
char *
arena_cstr(struct arena *a, struct bytes b);

/** arena_printf - formatted text, NUL-ended; data NULL when memory is short */
struct bytes
arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** arena_reset - take everything back; one small block stays for the next */
void
arena_reset(struct arena *a);

/** arena_free - take everything back, the last block too */
void
arena_free(struct arena *a);

#endif
