#include "store_sqlite_search.h"

#include "buf.h"
#include "clock.h"
#include "store_sqlite_delivery.h"
#include "store_sqlite_ops.h"
#include "store_sqlite_read.h"
#include "store_sqlite_sums.h"
#include "store_sqlite_txn.h"
#include "words.h"

/*
 * FTS5 answers for a prefix only after it has read the places of all words that
 * begin so. With 10^6 events, that are too many for "m" or for the name of a
 * company. So each word is indexed behind the number of its event's block, and
 * the blocks are searched one by one, the newest first, until there is enough.
 * What a search costs is what a block costs, however many events there are.
 */
enum {
	BLOCK_BITS = 14,
	TIME_US = 25 * 1000,		/* of the processor, for one search */
	LOOKS = 64,			/* then the time is looked at */
	TEXT_MAX = 64 * 1024
};

static const char progress[] = "about";

/* In hexadecimal, so that it is one word together with what follows. */
static void
search_add_word(struct buf *out, int64_t block, struct bytes word)
{
	buf_printf(out, "%09llx", (unsigned long long)block);
	buf_add(out, word);
}

/* --- what an event is about ----------------------------------------------- */

static enum status
search_no_memory(struct buf *b, struct reason *why)
{
	buf_free(b);
	return read_no_memory(why);
}

/* Add an event's words to the index, or remove the very same. */
static enum status
search_index(struct db *s, enum sql which, int64_t event_id,
    const struct stored_about *about, struct reason *why)
{
	const struct bytes fields[] = { about->project, about->branch,
		about->title, about->author, about->commit };
	struct buf words = BUF(TEXT_MAX);
	struct bytes rest, word;
	sqlite3_stmt *q;
	enum status st;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (rest = fields[i]; words_next(&rest, &word);) {
			search_add_word(&words, event_id >> BLOCK_BITS, word);
			buf_add_char(&words, ' ');
		}
	if (words.failed)
		return search_no_memory(&words, why);
	q = db_statement(s, which);
	db_bind_int(s, q, 1, event_id);
	db_bind_text(s, q, 2, buf_bytes(&words));
	st = db_run(s, q, why);
	buf_free(&words);
	return st;
}

static void
search_take_row(sqlite3_stmt *q, struct arena *a, struct stored_about *out)
{
	*out = (struct stored_about){ .project = read_blob(q, 0, a),
		.branch = read_blob(q, 1, a), .title = read_blob(q, 2, a),
		.author = read_blob(q, 3, a), .commit = read_blob(q, 4, a) };
	sqlite3_reset(q);
}

enum status
search_read(struct db *s, struct arena *a, struct stored_event *e,
    struct reason *why)
{
	struct stored_about *about;
	sqlite3_stmt *q;
	enum status st = db_first(s, SQL_ABOUT_GET, &e->id, 1, &q, why);

	e->about = NULL;
	if (st != ST_OK)
		return st == ST_UNKNOWN ? ST_OK : st;
	about = arena_array(a, 1, sizeof(*about));
	if (about == NULL) {
		sqlite3_reset(q);
		return read_no_memory(why);
	}
	search_take_row(q, a, about);
	e->about = about;
	return arena_verdict(a, ST_OK, why);
}

/* As FTS5 was given them. */
static enum status
search_unindex(struct db *s, sqlite3_stmt *q, struct reason *why)
{
	struct bytes text[5];

	for (int i = 0; i < 5; i++)
		text[i] = (struct bytes){ sqlite3_column_blob(q, i + 1),
			(size_t)sqlite3_column_bytes(q, i + 1) };
	return search_index(s, SQL_SEARCH_REMOVE, sqlite3_column_int64(q, 0),
	    &(struct stored_about){ text[0], text[1], text[2], text[3],
	    text[4] }, why);
}

enum status
search_forget(struct db *s, int64_t first, int64_t last, struct reason *why)
{
	const int64_t range[] = { first, last };
	sqlite3_stmt *q = db_bound(s, SQL_ABOUT_RANGE, range, 2);
	enum status st = ST_OK;

	while (db_next(s, q, &st, why))
		st = search_unindex(s, q, why);
	return st == ST_OK ? db_do(s, SQL_ABOUT_REMOVE, range, 2, why) : st;
}

/* --- noting it ------------------------------------------------------------ */

/* Events up to this one have been looked at. Numbers rise, so a later event is
 * above it. */
static enum status
search_progress(struct db *s, int64_t *id, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_NOTED_GET);

	*id = 0;
	db_bind_text(s, q, 1, bytes_of(progress));
	return db_number(s, q, id, why);
}

static enum status
search_set_progress(struct db *s, int64_t id, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_NOTED_PUT);

	db_bind_text(s, q, 1, bytes_of(progress));
	db_bind_int(s, q, 2, id);
	db_bind_text(s, q, 3, BYTES(""));
	return db_run(s, q, why);
}

enum status
search_due(struct store *store, int64_t *ids, size_t max, size_t *count,
    struct reason *why)
{
	struct db *s = db_of(store);
	int64_t args[2] = { 0, (int64_t)max };
	sqlite3_stmt *q;
	enum status st = search_progress(s, &args[0], why);

	*count = 0;
	if (st != ST_OK)
		return st;
	q = db_bound(s, SQL_ABOUT_DUE, args, 2);
	while (*count < max && db_next(s, q, &st, why))
		ids[(*count)++] = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return st;
}

/* One that was stripped since it was read is about nothing any more. */
static enum status
search_put_one(struct db *s, const struct store_about *one,
    struct reason *why)
{
	static const struct stored_about nothing = { .title = { NULL, 0 } };
	const struct stored_about *about = &one->about;
	sqlite3_stmt *q;
	bool has = false;
	enum status st = delivery_has_body(s, one->event_id, &has, why);

	if (st != ST_OK)
		return st;
	if (!has)
		about = &nothing;
	q = db_statement(s, SQL_ABOUT_ADD);
	db_bind_int(s, q, 1, one->event_id);
	db_bind_text(s, q, 2, about->project);
	db_bind_text(s, q, 3, about->branch);
	db_bind_text(s, q, 4, about->title);
	db_bind_text(s, q, 5, about->author);
	db_bind_text(s, q, 6, about->commit);
	st = db_run(s, q, why);
	/* none: somebody has removed the event meanwhile */
	if (st != ST_OK || sqlite3_changes(s->sqlite) == 0)
		return st;
	st = sums_count_event(s, one->event_id, why);
	return st == ST_OK ? search_index(s, SQL_SEARCH_ADD, one->event_id,
	    about, why) : st;
}

static enum status
search_put_all(struct db *s, const struct store_about *list, size_t count,
    struct reason *why)
{
	int64_t last = 0;
	enum status st = search_progress(s, &last, why);

	for (size_t i = 0; st == ST_OK && i < count; i++) {
		if (list[i].event_id <= last)
			continue;
		st = search_put_one(s, &list[i], why);
		last = list[i].event_id;
	}
	return st == ST_OK ? search_set_progress(s, last, why) : st;
}

enum status
search_put(struct store *store, const struct store_about *list, size_t count,
    struct reason *why)
{
	struct db *s = db_of(store);
	enum status st = txn_begin(s, why);

	return st == ST_OK ? txn_end(s, search_put_all(s, list, count, why),
	    why) : st;
}

/* --- searching ------------------------------------------------------------ */

/* Each word in quotes, so that nothing in it is syntax; false: there is none.
 * What is between two words is "and". */
static bool
search_phrase(struct buf *out, const char *text, int64_t block)
{
	struct bytes rest = bytes_of(text), word;
	int words = 0;

	for (; words < STORE_SEARCH_WORDS && words_next(&rest, &word);
	    words++) {
		buf_add_char(out, '"');
		search_add_word(out, block, word);
		buf_add_str(out, "\" * ");
	}
	return words > 0;
}

static bool
search_is_over(int64_t end_us, int *looks)
{
	return ++*looks % LOOKS == 0 && clock_worked_us() > end_us;
}

/* From top down to first; *more: there may be more in another block. */
static enum status
search_block(struct db *s, struct search *search, int64_t top, int64_t first,
    int64_t end_us, bool *more, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_SEARCH_FIND);
	struct buf phrase = BUF(TEXT_MAX);
	int64_t id;
	int looks = 0;
	enum status st = ST_OK;

	*more = search_phrase(&phrase, search->text, top >> BLOCK_BITS);
	if (phrase.failed)
		return search_no_memory(&phrase, why);
	db_bind_text(s, q, 1, buf_bytes(&phrase));
	db_bind_int(s, q, 2, top + 1);
	db_bind_int(s, q, 3, first);
	while (*more && db_next(s, q, &st, why)) {
		id = sqlite3_column_int64(q, 0);
		*more = search->take(search->ctx, id, &st, why);
		if (*more && search_is_over(end_us, &looks)) {
			search->left_from = id;
			*more = false;
		}
		if (st != ST_OK)
			break;
	}
	sqlite3_reset(q);
	buf_free(&phrase);
	return st;
}

enum status
search_all(struct db *s, struct search *search, struct reason *why)
{
	const int64_t end_us = clock_worked_us() + TIME_US;
	int64_t below = search->below, top, first;
	bool more = true;
	enum status st = ST_OK;

	search->left_from = 0;
	while (st == ST_OK && more && below > search->from) {
		top = 0;
		st = db_int(s, SQL_ABOUT_BELOW, &below, 1, &top, why);
		if (st != ST_OK || top == 0 || top < search->from)
			break;
		first = top >> BLOCK_BITS << BLOCK_BITS;
		below = first;
		if (first < search->from)
			first = search->from;
		st = search_block(s, search, top, first, end_us, &more, why);
		if (more && below > search->from &&
		    clock_worked_us() > end_us) {
			search->left_from = below;
			more = false;
		}
	}
	return st;
}
