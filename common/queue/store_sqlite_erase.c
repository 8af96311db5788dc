#include "store_sqlite_ops.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "store_sqlite_txn.h"

/*
 * What SQLite removes stays where it was until the room is used again: on free
 * pages, between the cells of a page, and behind the end of a chain. It is
 * overwritten in the file itself. By SQLite's file format (sqlite.org/
 * fileformat2.html, from which the names below are) none of these bytes means
 * anything, so the file is whole at any moment, whatever dies.
 *
 * VACUUM would do it, too, but nothing could be accepted meanwhile.
 */

#define STEP_US 10000
#define PAGE_MAX 65536
#define CHAIN_MAX (1 << 20)	/* pages: more is a damaged chain */

struct erasing {
	sqlite3_file *file;
	uint32_t page_bytes, usable;
	int64_t pages;
	int64_t at;			/* the next page */
	unsigned char page[PAGE_MAX], other[PAGE_MAX];
	bool used[PAGE_MAX + 4];	/* of page: which bytes mean
					   something */
};

static uint32_t
erase_number(const unsigned char *p, int bytes)
{
	uint32_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | *p++;
	return n;
}

static bool
erase_read(const struct erasing *e, int64_t number, unsigned char *to,
    uint32_t len)
{
	return number >= 1 && number <= e->pages &&
	    e->file->pMethods->xRead(e->file, to, (int)len,
	    (number - 1) * e->page_bytes) == SQLITE_OK;
}

/* Only where something is there: most pages are clean. */
static enum status
erase_range(struct erasing *e, int64_t number, unsigned char *page,
    uint32_t from, uint32_t to, struct reason *why)
{
	uint32_t i = from;

	while (i < to && page[i] == 0)
		i++;
	if (i >= to)
		return ST_OK;
	memset(page + from, 0, to - from);
	if (e->file->pMethods->xWrite(e->file, page + from, (int)(to - from),
	    (number - 1) * e->page_bytes + from) != SQLITE_OK)
		return fail(why, ST_SYSTEM, "store: a page cannot be written");
	return ST_OK;
}

/* --- free pages ----------------------------------------------------------- */

/* A trunk names leaves; behind these is what was there before. */
static enum status
erase_trunk(struct erasing *e, int64_t number, int64_t end,
    struct reason *why)
{
	const uint32_t count = erase_number(e->page + 4, 4);
	enum status st = ST_OK;

	if (count > e->usable / 4 - 2)
		return ST_OK;
	for (uint32_t i = 0; st == ST_OK && i < count; i++) {
		const uint32_t leaf = erase_number(e->page + 8 + 4 * i, 4);

		if (leaf >= e->at && leaf < end &&
		    erase_read(e, leaf, e->other, e->page_bytes))
			st = erase_range(e, leaf, e->other, 0, e->usable, why);
	}
	return st == ST_OK && number >= e->at && number < end ?
	    erase_range(e, number, e->page, 8 + 4 * count, e->usable, why) :
	    st;
}

static enum status
erase_free(struct erasing *e, int64_t end, struct reason *why)
{
	int64_t trunk, left = e->pages;
	enum status st = ST_OK;

	if (!erase_read(e, 1, e->page, e->page_bytes))
		return ST_OK;
	trunk = erase_number(e->page + 32, 4);
	while (st == ST_OK && trunk != 0 && left-- > 0 &&
	    erase_read(e, trunk, e->page, e->page_bytes)) {
		const int64_t next = erase_number(e->page, 4);

		st = erase_trunk(e, trunk, end, why);
		trunk = next;
	}
	return st;
}

/* --- pages of trees ------------------------------------------------------- */

enum { INDEX_INNER = 2, TABLE_INNER = 5, INDEX_LEAF = 10, TABLE_LEAF = 13 };

struct erase_cell {
	uint32_t size;			/* on this page */
	uint32_t chain;			/* the first page of the rest, or 0 */
	uint64_t rest;			/* so many bytes there */
};

static const unsigned char *
erase_varint(const unsigned char *p, const unsigned char *end, uint64_t *out)
{
	uint64_t n = 0;

	for (int i = 0; p < end && i < 9; i++) {
		const unsigned char c = *p++;

		n = i == 8 ? n << 8 | c : n << 7 | (c & 0x7f);
		if (i == 8 || (c & 0x80) == 0) {
			*out = n;
			return p;
		}
	}
	return NULL;
}

/* "Cell Payload Overflow Pages": how much of it is on this page. */
static uint64_t
erase_local(const struct erasing *e, int type, uint64_t payload)
{
	const uint64_t u = e->usable;
	const uint64_t most = type == TABLE_LEAF ? u - 35 :
	    (u - 12) * 64 / 255 - 23, least = (u - 12) * 32 / 255 - 23;
	const uint64_t k = least + (payload - least) % (u - 4);

	return payload <= most ? payload : k <= most ? k : least;
}

static bool
erase_read_cell(const struct erasing *e, int type, uint32_t from,
    struct erase_cell *out)
{
	const unsigned char *begin = e->page + from, *p = begin,
	    *end = e->page + e->usable;
	uint64_t payload = 0, rowid, local;

	*out = (struct erase_cell){ .size = 0 };
	if (type == INDEX_INNER || type == TABLE_INNER)
		p += 4;
	p = type == TABLE_INNER ? erase_varint(p, end, &rowid) :
	    erase_varint(p, end, &payload);
	if (p != NULL && type == TABLE_LEAF)
		p = erase_varint(p, end, &rowid);
	if (p == NULL)
		return false;
	local = type == TABLE_INNER ? 0 : erase_local(e, type, payload);
	if (local + 4 > (uint64_t)(end - p) && local != payload)
		return false;
	if (local > (uint64_t)(end - p))
		return false;
	out->rest = payload - local;
	if (out->rest > 0)
		out->chain = erase_number(p + local, 4);
	out->size = (uint32_t)((size_t)(p - begin) + local +
	    (out->rest > 0 ? 4 : 0));
	return true;
}

/* Behind the end of the last page of the chain. */
static enum status
erase_chain(struct erasing *e, const struct erase_cell *c, struct reason *why)
{
	const uint64_t room = e->usable - 4;
	uint64_t pages = (c->rest + room - 1) / room;
	uint32_t number = c->chain;
	unsigned char next[4];

	if (pages > CHAIN_MAX)
		return ST_OK;
	for (; pages > 1; pages--) {
		if (!erase_read(e, number, next, 4))
			return ST_OK;
		number = erase_number(next, 4);
	}
	if (!erase_read(e, number, e->other, e->page_bytes) ||
	    erase_number(e->other, 4) != 0)
		return ST_OK;
	return erase_range(e, number, e->other,
	    (uint32_t)(4 + (c->rest - 1) % room + 1), e->usable, why);
}

/* e->used; and the chains that begin on the page. */
static bool
erase_map(struct erasing *e, uint32_t header, enum status *st,
    struct reason *why)
{
	bool *used = e->used;
	const unsigned char *h = e->page + header;
	const int type = h[0];
	const uint32_t count = erase_number(h + 3, 2);
	const uint32_t cells = header + (type < INDEX_LEAF ? 12 : 8);
	struct erase_cell c;

	if ((type != INDEX_INNER && type != TABLE_INNER && type != INDEX_LEAF &&
	    type != TABLE_LEAF) || cells + 2 * count > e->usable)
		return false;
	memset(used, 0, e->usable);
	memset(used, true, cells + 2 * count);
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t from = erase_number(e->page + cells + 2 * i, 2);

		if (from < cells + 2 * count || from >= e->usable ||
		    !erase_read_cell(e, type, from, &c))
			return false;
		/* a cell has room for the header of a free block */
		memset(used + from, true, c.size < 4 ? 4 : c.size);
		if (c.rest > 0 && *st == ST_OK)
			*st = erase_chain(e, &c, why);
	}
	for (uint32_t b = erase_number(h + 1, 2), left = e->usable; b != 0 &&
	    left-- > 0; b = erase_number(e->page + b, 2)) {
		if (b + 4 > e->usable)
			return false;
		memset(used + b, true, 4);
	}
	return true;
}

static enum status
erase_tree_page(struct erasing *e, int64_t number, struct reason *why)
{
	enum status st = ST_OK;

	if (!erase_read(e, number, e->page, e->page_bytes) ||
	    !erase_map(e, number == 1 ? 100 : 0, &st, why))
		return st;
	for (uint32_t i = 0, to; st == ST_OK && i < e->usable; i = to + 1) {
		for (to = i; to < e->usable && !e->used[to]; to++)
			;
		if (to > i)
			st = erase_range(e, number, e->page, i, to, why);
	}
	return st;
}

/* --- which page is what --------------------------------------------------- */

enum { MAP_ROOT = 1, MAP_TREE = 5 };

/* "Pointer Map or Ptrmap Pages": the file has them, by auto_vacuum. */
static bool
erase_is_tree(const struct erasing *e, int64_t number)
{
	const int64_t each = e->usable / 5 + 1;
	const int64_t lock_page = 0x40000000 / e->page_bytes + 1;
	int64_t map = (number - 2) / each * each + 2;
	unsigned char type;

	if (number == 1)
		return true;
	if (map == lock_page)
		map++;
	return number != map && number != lock_page && number > map &&
	    e->file->pMethods->xRead(e->file, &type, 1, (map - 1) *
	    e->page_bytes + 5 * (number - map - 1)) == SQLITE_OK &&
	    (type == MAP_ROOT || type == MAP_TREE);
}

static bool
erase_begin(struct db *s, struct erasing *e)
{
	sqlite3_int64 bytes = 0;
	unsigned char header[100];

	if (sqlite3_file_control(s->sqlite, "main", SQLITE_FCNTL_FILE_POINTER,
	    &e->file) != SQLITE_OK || e->file->pMethods == NULL ||
	    e->file->pMethods->xFileSize(e->file, &bytes) != SQLITE_OK ||
	    e->file->pMethods->xRead(e->file, header, sizeof(header), 0) !=
	    SQLITE_OK)
		return false;
	e->page_bytes = erase_number(header + 16, 2);
	e->page_bytes = e->page_bytes == 1 ? PAGE_MAX : e->page_bytes;
	if (e->page_bytes < 512)
		return false;
	e->usable = e->page_bytes - header[20];
	e->pages = bytes / e->page_bytes;
	return e->usable >= 480 && erase_number(header + 52, 4) != 0;
}

#define AT_ONCE 256		/* pages: then is it time? */

static enum status
erase_some(struct db *s, void *ctx, struct reason *why)
{
	const int64_t end_us = clock_steady_us() + STEP_US;
	struct erasing *e = ctx;
	enum status st = ST_OK;

	if (!erase_begin(s, e))
		return fail(why, ST_CONFIG, "%s/" STORE_FILE " is not as this"
		    " version makes it", s->dir);
	while (st == ST_OK && e->at <= e->pages && clock_steady_us() < end_us) {
		const int64_t end = e->at + AT_ONCE;

		st = erase_free(e, end, why);
		for (int64_t n = e->at; st == ST_OK && n < end && n <= e->pages;
		    n++)
			if (erase_is_tree(e, n))
				st = erase_tree_page(e, n, why);
		e->at = end;
	}
	if (st == ST_OK && e->file->pMethods->xSync(e->file,
	    SQLITE_SYNC_NORMAL) != SQLITE_OK)
		return fail(why, ST_SYSTEM, "store: the file cannot be synced");
	return st;
}

/* --- the index ------------------------------------------------------------ */

#define MERGE_PAGES 64

/*
 * FTS5 notes that an event's words are removed, and keeps them until parts of
 * the index are merged. A negative number begins to merge all of them, and
 * what follows goes on with that; less than two changes: it is done.
 */
static enum status
erase_words(struct db *s, bool first, bool *done, struct reason *why)
{
	const int64_t pages = first ? -MERGE_PAGES : MERGE_PAGES;
	enum status st = txn_begin(s, why);
	int before;

	if (st != ST_OK)
		return st;
	before = sqlite3_total_changes(s->sqlite);
	st = db_do(s, SQL_SEARCH_MERGE, &pages, 1, why);
	*done = sqlite3_total_changes(s->sqlite) - before < 2;
	return txn_end(s, st, why);
}

/* --- the step ------------------------------------------------------------- */

enum { AT_WORDS = -1 };		/* all above 0 are pages */

enum status
erase_step(struct store *store, int64_t *at, struct reason *why)
{
	struct db *s = db_of(store);
	struct erasing *e;
	bool done = false;
	enum status st;

	if (*at <= 0) {
		st = erase_words(s, *at == 0, &done, why);
		*at = st != ST_OK ? *at : done ? 1 : AT_WORDS;
		return st;
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	e->at = *at;
	st = txn_apart(s, erase_some, e, why);
	if (st == ST_OK)
		*at = e->at > e->pages ? 0 : e->at;
	free(e);
	return st;
}
