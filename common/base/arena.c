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

void *
arena_alloc(struct arena *a, size_t len)
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
arena_array(struct arena *a, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, count * size);
}

struct bytes
arena_copy(struct arena *a, struct bytes b)
{
	char *p;

	if (b.len == SIZE_MAX || (p = arena_alloc(a, b.len + 1)) == NULL)
		return BYTES_NONE;
	if (b.len > 0)
		memcpy(p, b.data, b.len);
	return (struct bytes){ p, b.len };
}

char *
arena_cstr(struct arena *a, struct bytes b)
{
	char *p;
	size_t len = b.len > 0 ? strnlen(b.data, b.len) : 0;

	if (len == SIZE_MAX || (p = arena_alloc(a, len + 1)) == NULL)
		return NULL;
	if (len > 0)
		memcpy(p, b.data, len);
	return p;
}

struct bytes
arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap, again;
	char *p = NULL;
	int len;

	va_start(ap, format);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len >= 0 && (p = arena_alloc(a, (size_t)len + 1)) != NULL)
		vsnprintf(p, (size_t)len + 1, format, again);
	va_end(again);
	return (struct bytes){ p, p != NULL ? (size_t)len : 0 };
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
}

void
arena_free(struct arena *a)
{
	struct arena_block *b = a->blocks, *next;

	for (; b != NULL; b = next) {
		next = b->next;
		block_free(b);
	}
	a->blocks = NULL;
	a->used_bytes = 0;
}
