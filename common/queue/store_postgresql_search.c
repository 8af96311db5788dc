#include "store_postgresql_ops.h"

#include "buf.h"
#include "clock.h"
#include "store_search.h"
#include "words.h"

/*
 * What events are about. The one that dispatches an event puts its number into
 * about_due; whoever notes what it is about takes it out of there.
 *
 * An index by words cannot give the newest first: it gives all. So each word is
 * indexed behind the number of its event's block, and the blocks are searched
 * one by one, the newest first, until there is enough: a search costs what a
 * block costs, however many events there are.
 */
enum {
	BLOCK_BITS = 14,
	BLOCKS_MAX = 64,		/* of one search, and so long: */
	TIME_MS = 100,
	TEXT_MAX = 1024 * 1024
};

/* --- noting it ------------------------------------------------------------ */

enum status
pg_about_due(struct store *store, int64_t *ids, size_t max, size_t *count,
    struct reason *why)
{
	const int64_t limit = (int64_t)max;
	struct pg *s = pg_of(store);
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_begin_read(s, why);

	*count = 0;
	if (st != ST_OK)
		return st;
	st = pg_end(s, pg_ask_ints(s, "SELECT event_id FROM about_due"
	    " ORDER BY event_id LIMIT $1", &limit, 1, &rows, why), why);
	for (int row = 0; st == ST_OK && row < rows.count; row++)
		ids[(*count)++] = pg_int(&rows, row, 0);
	pg_rows_free(&rows);
	return st;
}

/* The events are locked, so that nobody removes one, or its content, meanwhile;
 * where the content is gone, what was read of it before is not noted. */
static const char put_sql[] =
"WITH a AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::bytea[],"
" $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::text[])"
" AS t (id, project, branch, title, author, commit_id, words)), "
"g AS (DELETE FROM about_due d USING a WHERE d.event_id = a.id), "
"v AS MATERIALIZED (SELECT id FROM event WHERE id = ANY ($1::bigint[])"
" AND headers <> '" PG_STRIPPED "' ORDER BY id FOR NO KEY UPDATE) "
"INSERT INTO facts (event_id, project, branch, title, author, commit_id,"
" words) SELECT a.id, a.project, a.branch, a.title, a.author, a.commit_id,"
" array_to_tsvector(ARRAY (SELECT DISTINCT lpad(to_hex(a.id >> 14), 9, '0')"
" || w FROM unnest(string_to_array(cgihook_fold(a.words), ' ')) AS t (w)"
" WHERE w <> '')) FROM v JOIN a ON a.id = v.id"
" ORDER BY a.id ON CONFLICT (event_id) DO NOTHING RETURNING event_id";

/* A source's events have a queue without a handler. */
static const char put_queues_sql[] =
"INSERT INTO queue (path) SELECT DISTINCT k.source || '/' FROM event e"
" JOIN kind k ON k.id = e.kind WHERE e.id = ANY ($1::bigint[])"
" AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.path = k.source || '/')"
" ORDER BY 1 ON CONFLICT (path) DO NOTHING";

static const char put_sums_sql[] =
"INSERT INTO sums AS s (hour, queue, result, writer, n, ms_total, buckets)"
" SELECT e.received_ms / 3600000, q.id, k.result, $2, count(*), 0,"
" ARRAY[count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0] FROM event e"
" JOIN kind k ON k.id = e.kind JOIN queue q ON q.path = k.source || '/'"
" WHERE e.id = ANY ($1::bigint[]) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
" ON CONFLICT (hour, queue, result, writer) DO UPDATE SET n = s.n + excluded.n,"
" buckets = " PG_SUMS_ADDED("s.buckets", "excluded.buckets");

/* Apart by blanks, which no word has. */
static void
about_put_words(struct pg_args *args, const struct stored_about *about)
{
	const struct bytes fields[] = { about->project, about->branch,
		about->title, about->author, about->commit };
	struct buf words = BUF(TEXT_MAX);
	struct bytes rest, word;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (rest = fields[i]; words_next(&rest, &word);) {
			buf_add(&words, word);
			buf_add_char(&words, ' ');
		}
	buf_add_char(&words, '\0');
	args->data.failed |= words.failed;
	pg_put_text(args, words.failed ? "" : words.data);
	buf_free(&words);
}

static struct bytes
about_field(const struct stored_about *about, int field)
{
	const struct bytes fields[] = { about->project, about->branch,
		about->title, about->author, about->commit };

	return fields[field].data == NULL ? BYTES("") : fields[field];
}

static void
about_add(struct pg_args *args, const struct store_about *list, size_t count)
{
	pg_array_begin(args, PG_INT);
	for (size_t i = 0; i < count; i++)
		pg_put_int(args, list[i].event_id);
	pg_array_end(args);
	for (int field = 0; field < 5; field++) {
		pg_array_begin(args, PG_BYTES);
		for (size_t i = 0; i < count; i++)
			pg_put_bytes(args, about_field(&list[i].about,
			    field));
		pg_array_end(args);
	}
	pg_array_begin(args, PG_TEXT);
	for (size_t i = 0; i < count; i++)
		about_put_words(args, &list[i].about);
	pg_array_end(args);
}

static void
about_want_sums(struct pg *s, const struct pg_rows *added)
{
	struct pg_args args = PG_ARGS;

	pg_array_begin(&args, PG_INT);
	for (int row = 0; row < added->count; row++)
		pg_put_int(&args, pg_int(added, row, 0));
	pg_array_end(&args);
	pg_want(s, put_queues_sql, &args, NULL);
	pg_add_int(&args, s->writer);
	pg_want(s, put_sums_sql, &args, NULL);
	pg_args_free(&args);
}

enum status
pg_about_put(struct store *store, const struct store_about *list,
    size_t count, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_args args = PG_ARGS;
	struct pg_rows added = PG_ROWS;
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	about_add(&args, list, count);
	st = pg_ask(s, put_sql, &args, &added, why);
	pg_args_free(&args);
	if (st == ST_OK && added.count > 0)
		about_want_sums(s, &added);
	pg_rows_free(&added);
	return pg_end(s, st == ST_OK ? pg_flush(s, why) : st, why);
}

/* --- searching ------------------------------------------------------------ */

/* "'000000002amira':* & …": each word is quoted, and has no quote in it. */
static bool
pg_search_phrase(struct buf *out, const char *text, int64_t block)
{
	struct bytes rest = bytes_of(text), word;
	int words = 0;

	out->len = 0;
	for (; words < STORE_SEARCH_WORDS && words_next(&rest, &word);
	    words++) {
		buf_printf(out, "%s'%09llx", words > 0 ? " & " : "",
		    (unsigned long long)block);
		buf_add(out, word);
		buf_add_str(out, "':*");
	}
	buf_add_char(out, '\0');
	return words > 0 && !out->failed;
}

static enum status
pg_search_top(struct pg *s, int64_t below, int64_t *top, struct reason *why)
{
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_ask_ints(s, "SELECT event_id FROM facts"
	    " WHERE event_id < $1 ORDER BY event_id DESC LIMIT 1", &below, 1,
	    &rows, why);

	*top = st == ST_OK && rows.count > 0 ? pg_int(&rows, 0, 0) : 0;
	pg_rows_free(&rows);
	return st;
}

enum status
pg_search_next(struct pg *s, struct pg_search *x, bool *more,
    struct reason *why)
{
	struct buf phrase = BUF(TEXT_MAX);
	int64_t top = 0;
	enum status st = ST_OK;

	if (x->blocks++ == 0) {
		x->until_ms = clock_steady_ms() + TIME_MS;
		/* the index by words is read in no other way */
		st = pg_ask(s, "SELECT set_config('enable_bitmapscan', 'on',"
		    " true)", NULL, NULL, why);
	}
	if (st == ST_OK)
		st = pg_search_top(s, x->below, &top, why);
	x->first = top >> BLOCK_BITS << BLOCK_BITS;
	*more = st == ST_OK && top > 0 && top >= x->from &&
	    pg_search_phrase(&phrase, x->text, top >> BLOCK_BITS);
	if (st == ST_OK && phrase.failed)
		st = fail(why, ST_BUSY, "store: out of memory");
	if (*more)
		x->phrase = arena_cstr(x->arena, buf_bytes(&phrase));
	buf_free(&phrase);
	return arena_verdict(x->arena, st, why);
}

bool
pg_search_is_over(const struct pg_search *x)
{
	return x->blocks >= BLOCKS_MAX || clock_steady_ms() >= x->until_ms;
}
