#include "counters.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"

#define COUNTERS_FILE "counters"
#define COUNTERS_MAGIC "cgihook counts 1"	/* the layout: 16 bytes */

enum { LOCK_MS = 50, READY_KEPT_MS = 10000, UNREADY_KEPT_MS = 1000 };

/* No slot crosses a sector of the disk, so none is half of what it was. */
struct counters_slot {
	_Atomic uint64_t count;
	_Atomic uint32_t kind;		/* set last: 0 while it is free */
	char first[COUNTER_LABEL_MAX + 2];
	char second[COUNTER_LABEL_MAX + 18];
};

struct counters_page {
	union {
		struct {
			char magic[16];
			_Atomic int64_t tried_ms;
			_Atomic int64_t ready_ms;	/* < 0: it was not */
		} head;
		char size[sizeof(struct counters_slot)];
	};
	struct counters_slot slots[COUNTER_MAX];
};

_Static_assert(sizeof(struct counters_slot) == 128, "a slot is in a sector");
_Static_assert(sizeof(struct counters_page) == 64 * 1024, "whole pages");

/* Slots are taken in their order, and found by a hash of their labels, which
 * each process keeps for itself: with many sources there are hundreds. */
enum { INDEX_SIZE = 1024 };
_Static_assert(COUNTER_MAX < INDEX_SIZE / 2, "what is not there is seen soon");

struct counters {
	struct counters_page *page;
	int dirfd;			/* -1: of this process alone */
	_Atomic uint16_t index[INDEX_SIZE];	/* a slot, from 1 on; 0: none */
	pthread_mutex_t growing;
	_Atomic uint32_t indexed;	/* so many slots are in it */
};

/* --- the file ------------------------------------------------------------- */

/* Its room is there before it is mapped: to write to a page that the disk has
 * no room for would end the process. */
static bool
counters_make(int fd)
{
	static const char magic[] = COUNTERS_MAGIC;
	struct counters_page *page;
	struct stat st;
	bool made;

	if (fstat(fd, &st) != 0)
		return false;
	if (st.st_size < (off_t)sizeof(*page) &&
	    posix_fallocate(fd, 0, sizeof(*page)) != 0)
		return false;
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (page == MAP_FAILED)
		return false;
	made = memcmp(page->head.magic, magic, sizeof(page->head.magic)) == 0;
	if (!made) {
		memset(page, 0, sizeof(*page));
		memcpy(page->head.magic, magic, sizeof(page->head.magic));
	}
	munmap(page, sizeof(*page));
	return true;
}

static struct counters_page *
counters_map(int fd)
{
	void *page = mmap(NULL, sizeof(struct counters_page), PROT_READ |
	    PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED,
	    fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

/* NULL: it cannot be had. */
static struct counters_page *
counters_map_file(int dirfd)
{
	struct counters_page *page = NULL;
	struct lock l = LOCK_NONE;

	if (lock_open(dirfd, COUNTERS_FILE, &l, NULL) != ST_OK)
		return NULL;
	if (lock_take(&l, LOCK_MS, NULL) == ST_OK && counters_make(l.fd))
		page = counters_map(l.fd);
	/* the mapping keeps the description open, and so would the lock */
	lock_give(&l);
	lock_close(&l);
	return page;
}

struct counters *
counters_open(const char *state_dir)
{
	struct counters *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	pthread_mutex_init(&c->growing, NULL);
	c->dirfd = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->dirfd >= 0)
		c->page = counters_map_file(c->dirfd);
	if (c->page == NULL) {
		if (c->dirfd >= 0)
			close(c->dirfd);
		c->dirfd = -1;
		c->page = counters_map(-1);
	}
	if (c->page != NULL)
		return c;
	pthread_mutex_destroy(&c->growing);
	free(c);
	return NULL;
}

void
counters_close(struct counters *c)
{
	if (c == NULL)
		return;
	munmap(c->page, sizeof(*c->page));
	if (c->dirfd >= 0)
		close(c->dirfd);
	pthread_mutex_destroy(&c->growing);
	free(c);
}

/* --- counting ------------------------------------------------------------- */

static void
counters_cut(char *out, const char *label)
{
	size_t len = strnlen(label, COUNTER_LABEL_MAX);

	memcpy(out, label, len);
	out[len] = '\0';
}

static bool
counters_is(const struct counters_slot *s, enum counter_kind kind,
    const char *first, const char *second)
{
	return atomic_load_explicit(&s->kind, memory_order_acquire) ==
	    (uint32_t)kind && strcmp(s->first, first) == 0 &&
	    strcmp(s->second, second) == 0;
}

/* FNV-1a. What another process may have damaged ends within the slot. */
static size_t
counters_hash(const char *first, const char *second)
{
	uint32_t hash = 2166136261u;

	for (int i = 0; i < COUNTER_LABEL_MAX && first[i] != '\0'; i++)
		hash = (hash ^ (unsigned char)first[i]) * 16777619u;
	for (int i = 0; i < COUNTER_LABEL_MAX && second[i] != '\0'; i++)
		hash = (hash ^ (unsigned char)second[i]) * 16777619u;
	return hash ^ hash >> 16;
}

static struct counters_slot *
counters_find(struct counters *c, enum counter_kind kind, const char *first,
    const char *second)
{
	for (size_t at = counters_hash(first, second);; at++) {
		const uint16_t n = atomic_load_explicit(&c->index[at %
		    INDEX_SIZE], memory_order_acquire);

		if (n == 0)
			return NULL;
		if (counters_is(&c->page->slots[n - 1], kind, first, second))
			return &c->page->slots[n - 1];
	}
}

/* Takes into the index what this or another process has added. */
static void
counters_grow_index(struct counters *c)
{
	const struct counters_slot *s;
	uint32_t n;
	size_t at;

	pthread_mutex_lock(&c->growing);
	for (n = c->indexed; n < COUNTER_MAX; n++) {
		s = &c->page->slots[n];
		if (atomic_load_explicit(&s->kind, memory_order_acquire) == 0)
			break;
		at = counters_hash(s->first, s->second);
		while (c->index[at % INDEX_SIZE] != 0)
			at++;
		atomic_store_explicit(&c->index[at % INDEX_SIZE],
		    (uint16_t)(n + 1), memory_order_release);
	}
	c->indexed = n;
	pthread_mutex_unlock(&c->growing);
}

/* Under the lock. Whoever dies before the kind is set leaves the slot free. */
static struct counters_slot *
counters_take(struct counters_page *page, enum counter_kind kind,
    const char *first, const char *second)
{
	struct counters_slot *s = page->slots;

	for (; s < page->slots + COUNTER_MAX && atomic_load(&s->kind) != 0; s++)
		if (counters_is(s, kind, first, second))
			return s;
	if (s == page->slots + COUNTER_MAX)
		return NULL;
	atomic_store(&s->count, 0);
	memcpy(s->first, first, strlen(first) + 1);
	memcpy(s->second, second, strlen(second) + 1);
	atomic_store_explicit(&s->kind, (uint32_t)kind, memory_order_release);
	return s;
}

/* The lock is opened anew, since that is what excludes other threads, too. */
static struct counters_slot *
counters_add_slot(struct counters *c, enum counter_kind kind,
    const char *first, const char *second)
{
	struct lock l = LOCK_NONE;
	struct counters_slot *s = NULL;

	counters_grow_index(c);
	s = counters_find(c, kind, first, second);
	if (s != NULL || c->dirfd < 0 || c->indexed == COUNTER_MAX)
		return s;
	if (lock_open(c->dirfd, COUNTERS_FILE, &l, NULL) == ST_OK &&
	    lock_take(&l, LOCK_MS, NULL) == ST_OK)
		s = counters_take(c->page, kind, first, second);
	lock_close(&l);
	return s;
}

/* NULL: it cannot be counted. */
static struct counters_slot *
counters_slot_of(struct counters *c, enum counter_kind kind, const char *first,
    const char *second)
{
	char one[COUNTER_LABEL_MAX + 1], two[COUNTER_LABEL_MAX + 1];
	struct counters_slot *s;

	if (c == NULL)
		return NULL;
	counters_cut(one, first);
	counters_cut(two, second);
	s = counters_find(c, kind, one, two);
	return s != NULL ? s : counters_add_slot(c, kind, one, two);
}

void
counters_add(struct counters *c, enum counter_kind kind, const char *first,
    const char *second)
{
	struct counters_slot *s = counters_slot_of(c, kind, first, second);

	if (s != NULL)
		atomic_fetch_add_explicit(&s->count, 1, memory_order_relaxed);
}

void
counters_note(struct counters *c, enum counter_kind kind, const char *first,
    const char *second, int64_t time_ms)
{
	struct counters_slot *s = counters_slot_of(c, kind, first, second);
	uint64_t last = s == NULL ? UINT64_MAX : atomic_load_explicit(
	    &s->count, memory_order_relaxed);

	while (last < (uint64_t)time_ms && !atomic_compare_exchange_weak(
	    &s->count, &last, (uint64_t)time_ms))
		;
}

/* --- reading -------------------------------------------------------------- */

static int
counters_compare(const void *x, const void *y)
{
	const struct counter *a = x, *b = y;
	int order = (int)a->kind - (int)b->kind;

	if (order == 0)
		order = strcmp(a->first, b->first);
	return order != 0 ? order : strcmp(a->second, b->second);
}

/* From the file as it was read: whatever is in it, nothing is believed. */
static size_t
counters_copy(const struct counters_page *page, struct counter *out)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNTER_MAX; i++) {
		const struct counters_slot *s = &page->slots[i];
		uint32_t kind = atomic_load(&s->kind);

		if (kind < COUNTER_REQUESTS || kind > COUNTER_SECRET ||
		    memchr(s->first, '\0', sizeof(s->first)) == NULL ||
		    memchr(s->second, '\0', sizeof(s->second)) == NULL)
			continue;
		out[n++] = (struct counter){ .kind = (enum counter_kind)kind,
			.first = s->first, .second = s->second,
			.count = atomic_load(&s->count) };
	}
	qsort(out, n, sizeof(*out), counters_compare);
	return n;
}

enum status
counters_list(const char *state_dir, struct arena *a, struct counter **out,
    size_t *count, struct reason *why)
{
	int dirfd = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = dirfd < 0 ? -1 : openat(dirfd, COUNTERS_FILE, O_RDONLY |
	    O_CLOEXEC | O_NOFOLLOW);
	const int err = errno;
	struct counters_page *page = arena_alloc(a, sizeof(*page));
	ssize_t n = 0;

	*out = arena_array(a, COUNTER_MAX, sizeof(**out));
	*count = 0;
	if (dirfd >= 0)
		close(dirfd);
	if (fd < 0 && err != ENOENT)
		return fail(why, ST_SYSTEM, "%s/" COUNTERS_FILE ": %s",
		    state_dir, strerror(err));
	if (fd >= 0 && page != NULL && *out != NULL)
		n = pread(fd, page, sizeof(*page), 0);
	if (fd >= 0)
		close(fd);
	if (n == (ssize_t)sizeof(*page) && memcmp(page->head.magic,
	    COUNTERS_MAGIC, sizeof(page->head.magic)) == 0)
		*count = counters_copy(page, *out);
	return arena_verdict(a, ST_OK, why);
}

int64_t
counters_noted(const struct counter *list, size_t count,
    enum counter_kind kind, const char *first, const char *second)
{
	char one[COUNTER_LABEL_MAX + 1];

	counters_cut(one, first);
	for (size_t i = 0; i < count; i++)
		if (list[i].kind == kind && strcmp(list[i].first, one) == 0 &&
		    strcmp(list[i].second, second) == 0 &&
		    list[i].count <= INT64_MAX)
			return (int64_t)list[i].count;
	return 0;
}

/* --- whether the store can commit ----------------------------------------- */

/* A clock that was set back makes it old. */
static bool
counters_is_fresh(int64_t since_ms, int64_t now_ms, int64_t kept_ms)
{
	return since_ms > 0 && since_ms <= now_ms &&
	    now_ms - since_ms < kept_ms;
}

enum counters_ready
counters_ask_ready(struct counters *c, int64_t now_ms)
{
	enum counters_ready known;
	int64_t ready_ms, tried_ms;

	if (c == NULL)
		return COUNTERS_TRY;
	ready_ms = atomic_load(&c->page->head.ready_ms);
	known = ready_ms == 0 ? COUNTERS_TRY :
	    ready_ms > 0 ? COUNTERS_READY : COUNTERS_NOT_READY;
	if (counters_is_fresh(ready_ms, now_ms, READY_KEPT_MS) ||
	    counters_is_fresh(-ready_ms, now_ms, UNREADY_KEPT_MS))
		return known;
	/* somebody is trying it; or was, and died */
	tried_ms = atomic_load(&c->page->head.tried_ms);
	if (counters_is_fresh(tried_ms, now_ms, READY_KEPT_MS))
		return known;
	return atomic_compare_exchange_strong(&c->page->head.tried_ms,
	    &tried_ms, now_ms) ? COUNTERS_TRY : known;
}

void
counters_tried(struct counters *c, bool ready, int64_t now_ms)
{
	if (c == NULL)
		return;
	atomic_store(&c->page->head.ready_ms, ready ? now_ms : -now_ms);
	atomic_store(&c->page->head.tried_ms, 0);
}
