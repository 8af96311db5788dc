#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Under AddressSanitizer what is not given out is poisoned, and a gap stands
 * behind each piece, so that an overrun within a block is seen as well.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
enum { GAP_BYTES = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, len) ((void)(p), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(p, len) ((void)(p), (void)(len))
enum { GAP_BYTES = 0 };
#endif

/* Kept between requests, this and no more. Blocks double up to MOST_BYTES. */
enum {
	KEPT_BYTES = 16 * 1024,
	MOST_BYTES = 1024 * 1024,
	/* From here on blocks come from mmap: malloc would raise its own
	 * threshold with the first free, and keep the pages from then on. */
	MAP_BYTES = 64 * 1024
};

struct arena_block {
	struct arena_block *next;
	size_t size;		/* of data */
	size_t used;		/* data behind it is zero */
	alignas(max_align_t) unsigned char data[];
};

static size_t
round_up(size_t len)
{
	const size_t align = alignof(max_align_t);

	return (len + align - 1) / align * align;
}

static struct arena_block *
block_new(size_t size)
{
	struct arena_block *b;

	if (sizeof(*b) + size >= MAP_BYTES) {
		b = mmap(NULL, sizeof(*b) + size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (b == MAP_FAILED)
			return NULL;
	} else {
		b = calloc(1, sizeof(*b) + size);
		if (b == NULL)
			return NULL;
	}
	b->next = NULL;
	b->size = size;
	b->used = 0;
	ASAN_POISON_MEMORY_REGION(b->data, size);
	return b;
}

static void
block_free(struct arena_block *b)
{
	ASAN_UNPOISON_MEMORY_REGION(b->data, b->size);
	if (sizeof(*b) + b->size >= MAP_BYTES)
		munmap(b, sizeof(*b) + b->size);
	else
		free(b);
}

static size_t
next_size(const struct arena *a, size_t need)
{
	const struct arena_block *newest = a->blocks;
	size_t size = KEPT_BYTES;

	if (newest == NULL && need <= a->first_bytes)
		return a->first_bytes;
	if (newest != NULL && newest->size >= MOST_BYTES)
		size = MOST_BYTES;
	else if (newest != NULL && newest->size >= KEPT_BYTES)
		size = newest->size * 2;
	if (need > size / 2)
		size = need > KEPT_BYTES || newest != NULL ? need : KEPT_BYTES;
	return size;
}

/* A block with room for need bytes; the newest goes on being used where the
 * piece is so large that it gets a block of its own. */
static struct arena_block *
block_with_room(struct arena *a, size_t need)
{
	struct arena_block *b, *newest = a->blocks;
	size_t size = next_size(a, need);

	if (newest != NULL && newest->size - newest->used >= need)
		return newest;
	b = block_new(size);
	if (b == NULL)
		return NULL;
	if (newest != NULL && size == need) {
		b->next = newest->next;
		newest->next = b;
	} else {
		b->next = newest;
		a->blocks = b;
	}
	return b;
}

/* NULL above the limit, or without memory. */
static void *
take(struct arena *a, size_t len)
{
	struct arena_block *b;
	size_t need;
	void *p;

	if (len > SIZE_MAX / 4)
		return NULL;
	need = round_up(len > 0 ? len : 1);
	if (a->limit_bytes > 0 && (a->used_bytes > a->limit_bytes ||
	    need > a->limit_bytes - a->used_bytes))
		return NULL;
	b = block_with_room(a, need + GAP_BYTES);
	if (b == NULL)
		return NULL;
	p = b->data + b->used;
	b->used += need + GAP_BYTES;
	a->used_bytes += need;
	ASAN_UNPOISON_MEMORY_REGION(p, len);
	return p;
}

void *
arena_alloc(struct arena *a, size_t len)
{
	void *p = a->failed ? NULL : take(a, len);

	a->failed = p == NULL;
	return p;
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	return arena_alloc(a, size > 0 && count > SIZE_MAX / size ? SIZE_MAX :
	    count * size);
}

struct bytes
arena_join(struct arena *a, const struct bytes *parts, size_t count)
{
	size_t len = 0;
	char *text, *at;

	for (size_t i = 0; i < count; i++) {
		if (parts[i].len > SIZE_MAX / 4 - len) {
			arena_fail(a);
			return BYTES_NONE;
		}
		len += parts[i].len;
	}
	text = at = arena_alloc(a, len + 1);
	if (text == NULL)
		return BYTES_NONE;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len > 0)
			memcpy(at, parts[i].data, parts[i].len);
		at += parts[i].len;
	}
	return (struct bytes){ text, len };
}

struct bytes
arena_copy(struct arena *a, struct bytes b)
{
	return arena_join(a, &b, 1);
}

const char *
arena_cstr(struct arena *a, struct bytes b)
{
	struct bytes text = arena_copy(a, (struct bytes){ b.data,
	    b.len > 0 ? strnlen(b.data, b.len) : 0 });

	return text.data != NULL ? text.data : "";
}

struct bytes
arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap, again;
	char *p = NULL;
	int len;

	if (a->failed)		/* and so may what is to be printed be absent */
		return BYTES_NONE;
	va_start(ap, format);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len < 0)
		arena_fail(a);
	else if ((p = arena_alloc(a, (size_t)len + 1)) != NULL)
		vsnprintf(p, (size_t)len + 1, format, again);
	va_end(again);
	return (struct bytes){ p, p != NULL ? (size_t)len : 0 };
}

void
arena_fail(struct arena *a)
{
	a->failed = true;
}

bool
arena_failed(const struct arena *a)
{
	return a->failed;
}

enum status
arena_verdict(const struct arena *a, enum status st, struct reason *why)
{
	return a->failed ? fail(why, ST_BUSY, "no memory") : st;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b = a->blocks, *next, *kept = NULL;

	for (; b != NULL; b = next) {
		next = b->next;
		if (kept != NULL || b->size != KEPT_BYTES) {
			block_free(b);
			continue;
		}
		kept = b;
		ASAN_UNPOISON_MEMORY_REGION(kept->data, kept->used);
		memset(kept->data, 0, kept->used);
		ASAN_POISON_MEMORY_REGION(kept->data, kept->used);
		kept->used = 0;
		kept->next = NULL;
	}
	a->blocks = kept;
	a->used_bytes = 0;
	a->failed = false;
}

void
arena_free(struct arena *a)
{
	arena_reset(a);
	if (a->blocks != NULL)
		block_free(a->blocks);
	a->blocks = NULL;
}
