#include "store_sqlite_dedupe.h"

#include <stdlib.h>
#include <string.h>

#include "crypto.h"

/*
 * Which keys were accepted. A digest falls anywhere, so each one put into a
 * large tree changes a page of its own: with 10^6 events that cost more than
 * all the rest of an accept. Hence two levels:
 *
 *   fresh	the latest ones in the order of acceptance, at the end of a
 *		small table, found by way of a hash table in memory that
 *		follows it;
 *   seen	all the others, a tree by key.
 *
 * Now and then the fresh ones are put into seen, sorted, in steps: then many
 * fall on one page. A key may be in both for a while, and of two events the
 * later one counts. So every step may be done twice, by anybody.
 *
 * Either table may hold keys whose event was pruned. Those that last are known
 * all the same. The others are not, and the sweep removes them from seen.
 */

#define FRESH_MAX 32768		/* then accepts have to merge, a step each */
#define FRESH_QUIET 4096	/* so many are merged at a quiet moment */
#define FRESH_FIRST 8192	/* or by the first accept of a process */
#define STEP_KEYS 1024		/* some milliseconds */
#define STEP_DROPPED 8192

struct known {
	unsigned char key[DEDUPE_LEN];
	int64_t id;		/* 0: an empty slot */
};

struct dedupe_set {
	struct known *slots;	/* open addressing, a quarter empty */
	size_t size, count;
	int64_t upto;		/* fresh rows up to here are in it */
	/* a merge under way */
	struct known *sorted;
	size_t sorted_count, merged;
	int64_t sorted_upto;	/* 0: none */
};

/* --- the hash table ------------------------------------------------------- */

static struct known *
slot_of(const struct dedupe_set *set, const unsigned char key[DEDUPE_LEN])
{
	uint64_t at;

	memcpy(&at, key, sizeof(at));
	for (;; at++) {
		struct known *k = &set->slots[at & (set->size - 1)];

		if (k->id == 0 || memcmp(k->key, key, DEDUPE_LEN) == 0)
			return k;
	}
}

static bool
grow(struct dedupe_set *set)
{
	struct known *before = set->slots;
	const size_t size = set->size;

	set->slots = calloc(size == 0 ? 1024 : size * 2, sizeof(*before));
	if (set->slots == NULL) {
		set->slots = before;
		return false;
	}
	set->size = size == 0 ? 1024 : size * 2;
	for (size_t i = 0; i < size; i++)
		if (before[i].id != 0)
			*slot_of(set, before[i].key) = before[i];
	free(before);
	return true;
}

static enum status
put(struct dedupe_set *set, const unsigned char *key, int64_t id,
    struct reason *why)
{
	struct known *k;

	if (set->count * 4 >= set->size * 3 && !grow(set))
		return fail(why, ST_BUSY, "store: out of memory");
	k = slot_of(set, key);
	set->count += k->id == 0;
	memcpy(k->key, key, DEDUPE_LEN);
	k->id = id;
	set->upto = id;
	return ST_OK;
}

void
dedupe_forget(struct db *s)
{
	if (s->dedupe == NULL)
		return;
	free(s->dedupe->slots);
	free(s->dedupe->sorted);
	free(s->dedupe);
	s->dedupe = NULL;
}

/* Takes in what others have accepted since; at first all that is fresh. */
enum status
dedupe_begin(struct db *s, struct reason *why)
{
	sqlite3_stmt *q;
	enum status st = ST_OK;

	if (s->dedupe == NULL)
		s->dedupe = calloc(1, sizeof(*s->dedupe));
	if (s->dedupe == NULL || (s->dedupe->size == 0 && !grow(s->dedupe)))
		return fail(why, ST_BUSY, "store: out of memory");
	q = db_bound(s, SQL_FRESH_AFTER, &s->dedupe->upto, 1);
	while (db_next(s, q, &st, why)) {
		const unsigned char *key = sqlite3_column_blob(q, 1);

		if (key != NULL && sqlite3_column_bytes(q, 1) == DEDUPE_LEN)
			st = put(s->dedupe, key, sqlite3_column_int64(q, 0),
			    why);
	}
	return st;
}

/* --- finding and adding --------------------------------------------------- */

static void
bind_key(struct db *s, sqlite3_stmt *q, int at,
    const unsigned char key[DEDUPE_LEN])
{
	db_bind_blob(s, q, at, (struct bytes){ (const char *)key, DEDUPE_LEN });
}

enum status
dedupe_find(struct db *s, const unsigned char key[DEDUPE_LEN], int64_t *id,
    struct reason *why)
{
	const struct known *k = slot_of(s->dedupe, key);
	sqlite3_stmt *q;

	if (k->id != 0) {
		*id = k->id;
		return ST_OK;
	}
	*id = 0;
	q = db_statement(s, SQL_SEEN_FIND);
	bind_key(s, q, 1, key);
	return db_number(s, q, id, why);
}

enum status
dedupe_lasts(struct db *s, const unsigned char key[DEDUPE_LEN], int64_t id,
    bool *out, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_KEY_LASTS);
	int64_t one = 0;
	enum status st;

	bind_key(s, q, 1, key);
	db_bind_int(s, q, 2, id);
	st = db_number(s, q, &one, why);
	*out = one != 0;
	return st;
}

enum status
dedupe_add(struct db *s, const struct event *e, int64_t id,
    struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_FRESH_ADD);
	enum status st;

	db_bind_int(s, q, 1, id);
	bind_key(s, q, 2, e->dedupe);
	db_bind_int(s, q, 3, e->lasting);
	st = db_run(s, q, why);
	s->tally.lasting += e->lasting;
	return st == ST_OK ? put(s->dedupe, e->dedupe, id, why) : st;
}

/* --- merging -------------------------------------------------------------- */

static int
by_key(const void *a, const void *b)
{
	return memcmp(((const struct known *)a)->key,
	    ((const struct known *)b)->key, DEDUPE_LEN);
}

/* Takes what is fresh now: that much is merged, whatever comes meanwhile. */
static enum status
begin_merge(struct db *s, struct reason *why)
{
	struct dedupe_set *set;
	size_t n = 0;
	enum status st;

	/* what others merged is in the hash table still */
	dedupe_forget(s);
	st = dedupe_begin(s, why);
	if (st != ST_OK)
		return st;
	set = s->dedupe;
	set->sorted = calloc(set->count + 1, sizeof(*set->sorted));
	if (set->sorted == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i].id != 0)
			set->sorted[n++] = set->slots[i];
	qsort(set->sorted, n, sizeof(*set->sorted), by_key);
	set->sorted_count = n;
	set->merged = 0;
	set->sorted_upto = set->upto;
	return ST_OK;
}

static enum status
merge_keys(struct db *s, struct dedupe_set *set, struct reason *why)
{
	enum status st = ST_OK;

	for (int i = 0; st == ST_OK && i < STEP_KEYS &&
	    set->merged < set->sorted_count; i++)
		st = db_do(s, SQL_SEEN_MERGE, &set->sorted[set->merged++].id,
		    1, why);
	return st;
}

/* All are in the tree: off with them here. *done when none is left. */
static enum status
drop_merged(struct db *s, struct dedupe_set *set, bool *done,
    struct reason *why)
{
	int64_t first = 0, args[1];
	enum status st = db_int(s, SQL_FRESH_FIRST, NULL, 0, &first, why);

	*done = st == ST_OK && (first == 0 || first > set->sorted_upto);
	if (st != ST_OK || *done)
		return st;
	args[0] = first + STEP_DROPPED < set->sorted_upto ?
	    first + STEP_DROPPED : set->sorted_upto;
	return db_do(s, SQL_FRESH_DROP, args, 1, why);
}

enum status
dedupe_merge_step(struct db *s, bool *done, struct reason *why)
{
	enum status st = ST_OK;

	*done = false;
	if (s->dedupe == NULL || s->dedupe->sorted_upto == 0)
		st = begin_merge(s, why);
	if (st != ST_OK)
		return st;
	if (s->dedupe->merged < s->dedupe->sorted_count)
		return merge_keys(s, s->dedupe, why);
	st = drop_merged(s, s->dedupe, done, why);
	if (st == ST_OK && *done)
		dedupe_forget(s);
	return st;
}

/*
 * A process that serves one request would begin each merge and end none, and
 * has to read all that is fresh: it merges sooner, and to the end, a tenth of
 * a second once in thousands of requests.
 */
enum status
dedupe_tend(struct db *s, struct reason *why)
{
	const bool first = !s->committed;
	bool done = false;
	enum status st = ST_OK;

	if (s->dedupe->sorted_upto == 0 &&
	    s->dedupe->count < (first ? FRESH_FIRST : FRESH_MAX))
		return ST_OK;
	do
		st = dedupe_merge_step(s, &done, why);
	while (first && st == ST_OK && !done);
	return st;
}

enum status
dedupe_worth_merging(struct db *s, bool *out, struct reason *why)
{
	int64_t count = 0;
	enum status st = db_int(s, SQL_FRESH_COUNT, NULL, 0, &count, why);

	*out = st == ST_OK && count >= FRESH_QUIET;
	return st;
}

enum status
dedupe_sweep(struct db *s, int count, int64_t oldest_id, struct reason *why)
{
	unsigned char from[DEDUPE_LEN];
	sqlite3_stmt *q = db_statement(s, SQL_SEEN_SWEEP);

	if (crypto_random(from, sizeof(from)) != ST_OK)
		return fail(why, ST_SYSTEM, "store: no random bytes");
	bind_key(s, q, 1, from);
	db_bind_int(s, q, 2, count);
	db_bind_int(s, q, 3, oldest_id);
	return db_run(s, q, why);
}
