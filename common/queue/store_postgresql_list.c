#include "store_postgresql_event.h"
#include "store_postgresql_ops.h"
#include "store_postgresql_read.h"

#include <stdlib.h>
#include <string.h>

/*
 * The numbers of the newest that match are looked for first, along an index;
 * then these events are read. With words, each kind (one source, event, action,
 * status) has a list of its own, and the newest of them all are kept. So it
 * takes as long as it is itself, however many events there are, but for "done":
 * there it also takes as long as what is newer and is not.
 */

#define LIST_MAX 100000

/* A handler's deliveries have no index of their own, which each delivery would
 * pay for: so many events are looked at, and the list says how far it got. */
enum { HANDLER_LOOKS = 400, HANDLER_LOOKS_ALL = 4000 };

/* $1: below this number; $2: from this one on; $3: so many; then the words, or
 * NULL: sources, event, status. Whoever asks may write what is no UTF-8. $7: a
 * delivery's state. */
#define RANGE "id < $1 AND id >= $2"

#define WORDS \
	"($4::bytea[] IS NULL OR convert_to(k.source, 'UTF8') = ANY ($4))" \
	" AND ($5::bytea IS NULL OR k.event = $5)" \
	" AND ($6::bytea IS NULL OR k.status = $6)"

/* Only one index has this order: how often a kind is thought to be makes no
 * difference. */
#define OF_KIND \
	"(kind, id) < (k.id, $1) AND (kind, id) >= (k.id, $2)"

#define IS_DONE(event) \
	" CROSS JOIN LATERAL (SELECT 1 FROM delivery d WHERE d.id > " \
	PG_FIRST(event) " AND d.id < " PG_FIRST(event " + 1") \
	" AND d.state = 2 LIMIT 1) done"

#define HAS_WORDS(event_kind) \
	" CROSS JOIN LATERAL (SELECT 1 FROM kind k WHERE k.id = " event_kind \
	" AND " WORDS " LIMIT 1) w"

#define ALL_SQL \
"SELECT id FROM event WHERE " RANGE " ORDER BY id DESC LIMIT $3"

#define ALL_DONE_SQL \
"SELECT e.id FROM (SELECT id FROM event WHERE " RANGE " ORDER BY id DESC" \
" LIMIT 1000000000) e" IS_DONE("e.id") " LIMIT $3"

#define KIND_SQL \
"SELECT x.id FROM kind k CROSS JOIN LATERAL (SELECT id FROM event WHERE " \
OF_KIND " ORDER BY kind DESC, id DESC LIMIT $3) x WHERE " WORDS \
" ORDER BY x.id DESC LIMIT $3"

#define KIND_DONE_SQL \
"SELECT x.id FROM kind k CROSS JOIN LATERAL (SELECT e.id FROM" \
" (SELECT id FROM event WHERE " OF_KIND " ORDER BY kind DESC, id DESC" \
" LIMIT 1000000000) e" IS_DONE("e.id") " LIMIT $3) x WHERE " WORDS \
" ORDER BY x.id DESC LIMIT $3"

#define OF_STATE_SQL(state) \
"SELECT e.id FROM (SELECT id, kind FROM event WHERE state = " state \
" AND " RANGE " ORDER BY id DESC LIMIT 1000000000) e" HAS_WORDS("e.kind") \
" LIMIT $3"

/* From one event to the next, each once, however many of its deliveries are in
 * the state; no further than the list goes. */
#define BELOW(event) \
	"SELECT d.id >> 16 FROM delivery d WHERE d.state = $7::smallint" \
	" AND d.id < " PG_FIRST(event) " AND d.id >= " PG_FIRST("$2") \
	" ORDER BY d.id DESC LIMIT 1"

#define DELIVERY_SQL \
"WITH RECURSIVE t (id) AS ((" BELOW("$1") ") UNION ALL" \
" SELECT (" BELOW("t.id") ") FROM t WHERE t.id IS NOT NULL) " \
"SELECT t.id FROM t CROSS JOIN LATERAL" \
" (SELECT kind FROM event WHERE id = t.id LIMIT 1) e" HAS_WORDS("e.kind") \
" LIMIT $3"

/* of an event: it has a delivery to this handler, in the state */
#define HAS_HANDLER(event) \
	"EXISTS (SELECT 1 FROM delivery d JOIN queue q ON q.id = d.queue" \
	" WHERE d.id > " PG_FIRST(event) " AND d.id < " PG_FIRST(event " + 1") \
	" AND ($7 < 0 OR d.state = $7::smallint)" \
	" AND convert_to(substr(q.path, strpos(q.path, '/') + 1), 'UTF8') = $8)"

/* $8: the handler; $9: so many of those that were looked at. The first column,
 * which one row at least has, is where it was left off. */
#define OF_HANDLER(sql) \
"WITH b AS MATERIALIZED (" sql ") SELECT (SELECT CASE WHEN count(*) >= $3" \
" THEN min(id) ELSE 0 END FROM b), h.id FROM (SELECT 1) one LEFT JOIN" \
" (SELECT id FROM b WHERE " HAS_HANDLER("b.id") \
" ORDER BY id DESC LIMIT $9) h ON true"

/* $8: the handler, or NULL; $9: the phrase; $10: the event's state, or -1 */
static const char search_sql[] =
"WITH m AS MATERIALIZED (SELECT event_id AS id FROM facts"
" WHERE words @@ cgihook_fold($9)::tsquery) "
"SELECT m.id FROM (SELECT id FROM m WHERE " RANGE " ORDER BY id DESC"
" LIMIT 1000000000) m CROSS JOIN LATERAL"
" (SELECT kind, state FROM event WHERE id = m.id LIMIT 1) e"
HAS_WORDS("e.kind") " WHERE ($10 < 0 OR e.state = $10)"
" AND ($7 < 0 OR EXISTS (SELECT 1 FROM delivery d WHERE"
" d.id > " PG_FIRST("m.id") " AND d.id < " PG_FIRST("m.id + 1")
" AND d.state = $7::smallint))"
" AND ($8::bytea IS NULL OR " HAS_HANDLER("m.id") ") LIMIT $3";

static const struct pg_listing {
	const char *sql, *of_handler;
	int64_t looks;
} list_all = { ALL_SQL, OF_HANDLER(ALL_SQL), HANDLER_LOOKS_ALL },
    list_all_done = { ALL_DONE_SQL, OF_HANDLER(ALL_DONE_SQL), HANDLER_LOOKS },
    list_kind = { KIND_SQL, OF_HANDLER(KIND_SQL), HANDLER_LOOKS },
    list_kind_done = { KIND_DONE_SQL, OF_HANDLER(KIND_DONE_SQL),
    HANDLER_LOOKS }, list_queued = { OF_STATE_SQL("0"),
    OF_HANDLER(OF_STATE_SQL("0")), HANDLER_LOOKS },
    list_ignored = { OF_STATE_SQL("2"), OF_HANDLER(OF_STATE_SQL("2")),
    HANDLER_LOOKS }, list_delivery = { DELIVERY_SQL, OF_HANDLER(DELIVERY_SQL),
    HANDLER_LOOKS };

/* The first event since then, by halving: numbers rise with time. */
static const char since_sql[] =
"WITH RECURSIVE h (low, high) AS (SELECT 0::bigint, coalesce("
"(SELECT id + 1 FROM event ORDER BY id DESC LIMIT 1), 0)"
" UNION ALL SELECT CASE WHEN m.later THEN m.low ELSE m.id + 1 END,"
" CASE WHEN m.later THEN m.middle ELSE m.high END FROM (SELECT h.low, h.high,"
" h.low + (h.high - h.low) / 2 AS middle, e.id,"
" coalesce(e.received_ms >= $1, true) AS later FROM h LEFT JOIN LATERAL"
" (SELECT id, received_ms FROM event WHERE id >= h.low + (h.high - h.low) / 2"
" ORDER BY id LIMIT 1) e ON true WHERE h.low < h.high) m) "
"SELECT low FROM h WHERE low >= high";

/* --- where to look -------------------------------------------------------- */

static bool
pg_list_has_words(const struct store_filter *f)
{
	return f->source != NULL || f->sources != NULL || f->event != NULL ||
	    f->status != NULL;
}

/* *state: a delivery's; -1: none. */
static enum status
pg_list_statement(const struct store_filter *f, const struct pg_listing **out,
    int *state, struct reason *why)
{
	*state = -1;
	if (f->state == NULL) {
		*out = pg_list_has_words(f) ? &list_kind : &list_all;
	} else if (strcmp(f->state, event_state_name(EVENT_QUEUED)) == 0) {
		*out = &list_queued;
	} else if (strcmp(f->state, event_state_name(EVENT_IGNORED)) == 0) {
		*out = &list_ignored;
	} else {
		for (int i = 0; i < DELIVERY_STATES; i++)
			if (strcmp(f->state, delivery_state_name(
			    (enum delivery_state)i)) == 0)
				*state = i;
		*out = *state != DELIVERY_DONE ? &list_delivery :
		    pg_list_has_words(f) ? &list_kind_done : &list_all_done;
		if (*state < 0)
			return fail(why, ST_MALFORMED, "there is no state"
			    " \"%s\"", f->state);
	}
	return ST_OK;
}

static enum status
pg_list_since(struct pg *s, int64_t since_ms, int64_t *from,
    struct reason *why)
{
	struct pg_rows rows = PG_ROWS;
	enum status st = ST_OK;

	*from = 0;
	if (since_ms <= 0)
		return ST_OK;
	st = pg_ask_ints(s, since_sql, &since_ms, 1, &rows, why);
	if (st == ST_OK && rows.count > 0)
		*from = pg_int(&rows, 0, 0);
	pg_rows_free(&rows);
	return st;
}

/* From which number on, and below which. */
static enum status
pg_list_bounds(struct pg *s, const struct store_filter *f, int64_t *from,
    int64_t *below, struct reason *why)
{
	int64_t until = 0;
	enum status st = pg_list_since(s, f->since_ms, from, why);

	if (st == ST_OK)
		st = pg_list_since(s, f->until_ms, &until, why);
	*below = f->before_id > 0 ? f->before_id :
	    pg_delivery_event(INT64_MAX);
	if (f->until_ms > 0 && until < *below)
		*below = until;
	return st;
}

static void
pg_list_add_word(struct pg_args *args, const char *word)
{
	if (word != NULL)
		pg_add_bytes(args, bytes_of(word));
	else
		pg_add_null(args, PG_BYTES);
}

static void
pg_list_add_sources(struct pg_args *args, const struct store_filter *f)
{
	if (f->source == NULL && f->sources == NULL) {
		pg_add_null_array(args, PG_BYTES);
		return;
	}
	pg_array_begin(args, PG_BYTES);
	if (f->source != NULL)
		pg_put_bytes(args, bytes_of(f->source));
	else
		for (size_t i = 0; i < f->source_count; i++)
			pg_put_bytes(args, bytes_of(f->sources[i]));
	pg_array_end(args);
}

/* $1 to $7. A statement takes more arguments than it has a use for. */
static void
pg_list_add_filter(struct pg_args *args, const struct store_filter *f,
    int64_t below, int64_t from, int64_t limit, int state)
{
	pg_add_int(args, below);
	pg_add_int(args, from <= f->after_id ? f->after_id + 1 : from);
	pg_add_int(args, limit);
	pg_list_add_sources(args, f);
	pg_list_add_word(args, f->event);
	pg_list_add_word(args, f->status);
	pg_add_int(args, state);
}

static enum status
pg_list_find(struct pg *s, const struct store_filter *f, struct pg_rows *ids,
    struct reason *why)
{
	const struct pg_listing *listing;
	struct pg_args args = PG_ARGS;
	int64_t from = 0, below = 0;
	int state;
	enum status st = pg_list_statement(f, &listing, &state, why);

	if (st == ST_OK)
		st = pg_list_bounds(s, f, &from, &below, why);
	if (st != ST_OK)
		return st;
	pg_list_add_filter(&args, f, below, from, f->handler == NULL ?
	    f->limit : listing->looks, state);
	if (f->handler != NULL) {
		pg_list_add_word(&args, f->handler);
		pg_add_int(&args, f->limit);
	}
	st = pg_ask(s, f->handler == NULL ? listing->sql : listing->of_handler,
	    &args, ids, why);
	pg_args_free(&args);
	return st;
}

/* --- the events ----------------------------------------------------------- */

static int
pg_list_falling(const void *a, const void *b)
{
	const int64_t x = ((const struct store_get *)a)->id;
	const int64_t y = ((const struct store_get *)b)->id;

	return (x < y) - (x > y);
}

static enum status
pg_list_read(struct pg *s, struct store_get *items, size_t count,
    struct stored_event *out, struct reason *why)
{
	struct pg_reading r;
	enum status st;

	pg_reading_want(s, &r, items, count);
	st = pg_flush(s, why);
	for (size_t i = 0; st == ST_OK && i < count; i++) {
		st = pg_reading_take(&r, &items[i], i, why);
		out[i] = items[i].event;
	}
	pg_reading_free(&r);
	return st;
}

static enum status
pg_list_events(struct pg *s, const struct store_filter *f,
    const int64_t *ids, size_t count, struct arena *a,
    struct stored_event *out, struct reason *why)
{
	struct store_get *items = calloc(count + 1, sizeof(*items));
	enum status st;

	if (items == NULL)
		return pg_no_memory(why);
	for (size_t i = 0; i < count; i++)
		items[i] = (struct store_get){ .arena = a,
		    .id = ids[i], .parts = f->parts & (STORE_DELIVERIES |
		    STORE_ATTEMPTS | STORE_RETRIES | STORE_ABOUT) };
	qsort(items, count, sizeof(*items), pg_list_falling);
	st = pg_list_read(s, items, count, out, why);
	free(items);
	return st;
}

/* One row at least, where a handler is wanted; then there may be none. */
static enum status
pg_list_numbers(struct pg *s, const struct store_filter *f, int64_t *ids,
    size_t *count, struct reason *why)
{
	const int column = f->handler != NULL;
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_list_find(s, f, &rows, why);

	if (st != ST_OK)
		return st;
	for (int row = 0; row < rows.count; row++)
		if (!pg_is_null(&rows, row, column))
			ids[(*count)++] = pg_int(&rows, row, column);
	if (f->handler != NULL && f->handler_from != NULL)
		*f->handler_from = *count == (size_t)f->limit ? 0 :
		    pg_int(&rows, 0, 0);
	pg_rows_free(&rows);
	return ST_OK;
}

/* What is found in one block of events. */
static enum status
pg_list_block(struct pg *s, const struct store_filter *f,
    const struct pg_search *x, int state, int64_t *ids, size_t *count,
    struct reason *why)
{
	const bool queued = f->state != NULL && strcmp(f->state,
	    event_state_name(EVENT_QUEUED)) == 0;
	struct pg_args args = PG_ARGS;
	struct pg_rows rows = PG_ROWS;
	enum status st;

	pg_list_add_filter(&args, f, x->below, x->from, f->limit -
	    (int64_t)*count, state);
	pg_list_add_word(&args, f->handler);
	pg_add_text(&args, x->phrase);
	pg_add_int(&args, f->state == NULL || state >= 0 ? -1 :
	    queued ? EVENT_QUEUED : EVENT_IGNORED);
	st = pg_ask(s, search_sql, &args, &rows, why);
	pg_args_free(&args);
	for (int row = 0; st == ST_OK && row < rows.count; row++)
		ids[(*count)++] = pg_int(&rows, row, 0);
	pg_rows_free(&rows);
	return st;
}

static enum status
pg_list_search(struct pg *s, const struct store_filter *f, struct arena *a,
    int64_t *ids, size_t *count, struct reason *why)
{
	struct pg_search x = { .text = f->search, .arena = a };
	const struct pg_listing *listing;
	bool more = true;
	int state;
	enum status st = pg_list_statement(f, &listing, &state, why);

	if (st == ST_OK)
		st = pg_list_bounds(s, f, &x.from, &x.below, why);
	while (st == ST_OK && more && *count < (size_t)f->limit) {
		st = pg_search_next(s, &x, &more, why);
		if (st != ST_OK || !more)
			break;
		st = pg_list_block(s, f, &x, state, ids, count, why);
		x.below = x.first;
		if (*count < (size_t)f->limit && x.below > x.from &&
		    pg_search_is_over(&x)) {
			more = false;
			if (f->handler_from != NULL)
				*f->handler_from = x.below;
		}
	}
	return st;
}

static enum status
pg_list_all(struct pg *s, const struct store_filter *f, struct arena *a,
    struct stored_event **out, size_t *count, struct reason *why)
{
	int64_t *ids = calloc((size_t)f->limit, sizeof(*ids));
	struct stored_event *rows;
	size_t n = 0;
	enum status st;

	if (ids == NULL)
		return pg_no_memory(why);
	st = f->search != NULL ? pg_list_search(s, f, a, ids, &n, why) :
	    pg_list_numbers(s, f, ids, &n, why);
	if (st == ST_OK) {
		rows = arena_array(a, n, sizeof(*rows));
		st = rows == NULL ? pg_no_memory(why) :
		    pg_list_events(s, f, ids, n, a, rows, why);
		*out = rows;
		*count = n;
	}
	free(ids);
	return st;
}

enum status
pg_list(struct store *store, const struct store_filter *f, struct arena *a,
    struct stored_event **out, size_t *count, struct reason *why)
{
	struct pg *s = pg_of(store);
	enum status st;

	if (f->limit < 1 || f->limit > LIST_MAX)
		return fail(why, ST_MALFORMED, "a list has 1 to %d events",
		    LIST_MAX);
	if (f->handler_from != NULL)
		*f->handler_from = 0;
	st = pg_begin_read(s, why);
	return st == ST_OK ?
	    pg_end(s, pg_list_all(s, f, a, out, count, why), why) : st;
}
