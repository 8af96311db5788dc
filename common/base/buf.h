#ifndef CGIHOOK_BUF_H
#define CGIHOOK_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"

/*
 * Text that grows on the heap up to a limit fixed at the start. An append that
 * would pass the limit, or finds no memory, sets failed and changes nothing
 * more: append freely, look once at the end.
 */
struct buf {
	char *data;
	size_t len;
	size_t size;
	size_t limit;
	bool failed;
	bool no_memory;		/* and this is why */
};

#define BUF(limit_bytes) ((struct buf){ .limit = (limit_bytes) })

void
buf_add(struct buf *b, struct bytes more);

void
buf_add_str(struct buf *b, const char *s);

void
buf_add_char(struct buf *b, char c);

void
buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** buf_bytes - a view of what is in it; good until the next append */
struct bytes
buf_bytes(const struct buf *b);

/** buf_take - what is in it as the arena's, and buf_free; absent where an
 *  append has failed. The arena fails, too, where that was for want of memory,
 *  and not of room within the limit. */
struct bytes
buf_take(struct buf *b, struct arena *a);

void
buf_free(struct buf *b);

#endif
