#include "store_sqlite_ops.h"

#include <stdlib.h>
#include <string.h>

#include "store_sqlite_delivery.h"
#include "store_sqlite_read.h"
#include "store_sqlite_search.h"
#include "store_sqlite_txn.h"

/*
 * A list is made kind by kind (a kind is one source, event, action, status),
 * each along an index, newest first; the newest of them all are kept. So it
 * takes as long as it is itself, however many events there are.
 */

#define LIST_MAX 100000

/* A handler's deliveries have no index of their own, which each delivery would
 * pay for: so many events of a kind are looked at, and the list says how far it
 * got. */
enum { HANDLER_LOOKS = 200, HANDLER_LOOKS_ALL = 12000 };

struct newest {
	int64_t *ids;		/* falling; room for twice max */
	size_t count, max;
	const char *handler;	/* NULL: any */
	int64_t from;		/* where some kind was left off; else 0 */
};

/* Where to look: in which statement, for which state of a delivery (-1: the
 * statement's numbers are events'), from which event to below which. */
struct range {
	enum sql which;
	int state;
	int64_t below, from;
};

static int
falling(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y) - (x > y);
}

static void
keep_newest(struct newest *list)
{
	qsort(list->ids, list->count, sizeof(*list->ids), falling);
	if (list->count > list->max)
		list->count = list->max;
}

static bool
has_handler(struct db *s, const struct range *r, const char *handler,
    int64_t id, enum status *st, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_IDS_HANDLER);
	bool found;

	db_bind_int(s, q, 1, delivery_first(id));
	db_bind_int(s, q, 2, delivery_first(id + 1));
	db_bind_text(s, q, 3, bytes_of(handler));
	db_bind_int(s, q, 4, r->state);
	found = db_next(s, q, st, why);
	sqlite3_reset(q);
	return found;
}

/* Whether a listed event has the handler, if one is wanted; *looks may end. */
static bool
is_wanted(struct db *s, const struct range *r, struct newest *list,
    int64_t id, int *looks, enum status *st, struct reason *why)
{
	if (list->handler == NULL)
		return true;
	if (--*looks < 0) {
		if (list->from <= id)
			list->from = id + 1;
		return false;
	}
	return has_handler(s, r, list->handler, id, st, why);
}

/* One kind's, of which at most max can matter; an event counts once, however
 * many of its deliveries are in the state. */
static enum status
add_kind(struct db *s, const struct range *r, int64_t kind,
    struct newest *list, struct reason *why)
{
	const bool deliveries = r->state >= 0;
	sqlite3_stmt *q = db_statement(s, r->which);
	const size_t end = list->count + list->max;
	int looks = r->which == SQL_IDS_ALL ? HANDLER_LOOKS_ALL : HANDLER_LOOKS;
	int64_t id, last = -1;
	enum status st = ST_OK;

	db_bind_int(s, q, 1, kind);
	db_bind_int(s, q, 2,
	    deliveries ? delivery_first(r->below) : r->below);
	db_bind_int(s, q, 3,
	    deliveries ? delivery_first(r->from) : r->from);
	if (deliveries)
		db_bind_int(s, q, 4, r->state);
	while (list->count < end && looks >= 0 && db_next(s, q, &st, why)) {
		id = sqlite3_column_int64(q, 0);
		if (deliveries)
			id = delivery_event(id);
		if (id != last && is_wanted(s, r, list, id, &looks, &st, why))
			list->ids[list->count++] = id;
		last = id;
		if (st != ST_OK)
			break;
	}
	sqlite3_reset(q);
	keep_newest(list);
	return st;
}

static void
bind_word(struct db *s, sqlite3_stmt *q, int at, const char *word)
{
	if (word != NULL)
		db_bind_text(s, q, at, bytes_of(word));
	else
		db_bind_null(s, q, at);
}

static enum status
collect_source(struct db *s, const struct store_filter *f, const char *source,
    const struct range *r, struct newest *list, struct reason *why)
{
	sqlite3_stmt *q = db_statement(s, SQL_KINDS_MATCHING);
	enum status st = ST_OK;

	bind_word(s, q, 1, source);
	bind_word(s, q, 2, f->event);
	bind_word(s, q, 3, f->status);
	while (db_next(s, q, &st, why))
		st = add_kind(s, r, sqlite3_column_int64(q, 0), list, why);
	sqlite3_reset(q);
	return st;
}

/* --- by a search ---------------------------------------------------------- */

struct list_search {
	struct db *s;
	const struct store_filter *filter;
	const struct range *range;
	struct newest *list;
};

static bool
list_has_source(const struct store_filter *f, const char *source)
{
	bool has = f->source != NULL ? strcmp(f->source, source) == 0 :
	    f->sources == NULL;

	for (size_t i = 0; f->source == NULL && !has && i < f->source_count;
	    i++)
		has = strcmp(f->sources[i], source) == 0;
	return has;
}

static bool
list_is_word(const char *wanted, sqlite3_stmt *q, int column)
{
	return wanted == NULL ||
	    strcmp(wanted, (const char *)sqlite3_column_text(q, column)) == 0;
}

/* Source, event, status, and an event's own state. */
static bool
list_fits_head(const struct list_search *l, int64_t id, enum status *st,
    struct reason *why)
{
	const struct store_filter *f = l->filter;
	const enum sql which = l->range->which;
	sqlite3_stmt *q;
	bool fits;

	*st = db_first(l->s, SQL_SEARCH_HEAD, &id, 1, &q, why);
	if (*st != ST_OK) {
		*st = *st == ST_UNKNOWN ? ST_OK : *st;
		return false;
	}
	fits = list_has_source(f, (const char *)sqlite3_column_text(q, 0)) &&
	    list_is_word(f->event, q, 1) && list_is_word(f->status, q, 2) &&
	    (which != SQL_IDS_QUEUED ||
	    sqlite3_column_int(q, 3) == EVENT_QUEUED) &&
	    (which != SQL_IDS_IGNORED ||
	    sqlite3_column_int(q, 3) == EVENT_IGNORED);
	sqlite3_reset(q);
	return fits;
}

static bool
list_fits_delivery(const struct list_search *l, int64_t id, enum status *st,
    struct reason *why)
{
	const int64_t args[] = { delivery_first(id), delivery_first(id + 1),
		l->range->state };
	int64_t found = 0;

	if (l->list->handler != NULL)
		return has_handler(l->s, l->range, l->list->handler, id, st,
		    why);
	if (l->range->state < 0)
		return true;
	*st = db_int(l->s, SQL_SEARCH_DELIVERY, args, 3, &found, why);
	return found != 0;
}

static bool
list_take_found(void *ctx, int64_t id, enum status *st, struct reason *why)
{
	const struct list_search *l = ctx;
	struct newest *list = l->list;

	if (list_fits_head(l, id, st, why) &&
	    list_fits_delivery(l, id, st, why))
		list->ids[list->count++] = id;
	return *st == ST_OK && list->count < list->max;
}

static enum status
collect_search(struct db *s, const struct store_filter *f,
    const struct range *r, struct newest *list, struct reason *why)
{
	struct list_search l = { s, f, r, list };
	struct search search = { .text = f->search, .below = r->below,
		.from = r->from, .take = list_take_found, .ctx = &l };
	enum status st = search_all(s, &search, why);

	list->from = search.left_from;
	return st;
}

static enum status
collect(struct db *s, const struct store_filter *f, const struct range *r,
    struct newest *list, struct reason *why)
{
	enum status st = ST_OK;
	size_t n = 0;

	if (f->search != NULL)
		return collect_search(s, f, r, list, why);
	if (r->which == SQL_IDS_ALL)
		st = add_kind(s, r, 0, list, why);
	else if (f->source != NULL || f->sources == NULL)
		st = collect_source(s, f, f->source, r, list, why);
	else
		for (size_t i = 0; st == ST_OK && i < f->source_count; i++)
			st = collect_source(s, f, f->sources[i], r, list, why);
	/* what is older than where a kind was left off comes later */
	while (n < list->count && list->ids[n] >= list->from)
		n++;
	list->count = n;
	return st;
}

static enum status
where_to_look(const struct store_filter *f, struct range *r,
    struct reason *why)
{
	r->state = -1;
	if (f->state == NULL) {
		r->which = f->source == NULL && f->sources == NULL &&
		    f->event == NULL && f->status == NULL ? SQL_IDS_ALL :
		    SQL_IDS_KIND;
		return ST_OK;
	}
	if (strcmp(f->state, event_state_name(EVENT_QUEUED)) == 0) {
		r->which = SQL_IDS_QUEUED;
		return ST_OK;
	}
	if (strcmp(f->state, event_state_name(EVENT_IGNORED)) == 0) {
		r->which = SQL_IDS_IGNORED;
		return ST_OK;
	}
	r->which = SQL_IDS_DELIVERY;
	for (int i = 0; i < DELIVERY_STATES; i++)
		if (strcmp(f->state,
		    delivery_state_name((enum delivery_state)i)) == 0)
			r->state = i;
	if (r->state < 0)
		return fail(why, ST_MALFORMED, "there is no state \"%s\"",
		    f->state);
	return ST_OK;
}

/* The first event since then, by halving: numbers rise with time. */
static enum status
first_since(struct db *s, int64_t since_ms, int64_t *from,
    struct reason *why)
{
	int64_t low = 0, high = 0, id, ms;
	enum status st;

	*from = 0;
	if (since_ms <= 0)
		return ST_OK;
	st = read_event_time(s, SQL_EVENT_NEWEST, 0, &high, &ms, why);
	if (st != ST_OK)
		return st == ST_UNKNOWN ? ST_OK : st;
	for (high++; low < high;) {
		const int64_t middle = low + (high - low) / 2;

		st = read_event_time(s, SQL_EVENT_FROM, middle, &id, &ms, why);
		if (st == ST_UNKNOWN || (st == ST_OK && ms >= since_ms))
			high = middle;
		else if (st == ST_OK)
			low = id + 1;
		else
			return st;
	}
	*from = low;
	return ST_OK;
}

/* What was forgotten between the two reads is left out. */
static enum status
read_events(struct db *s, const struct newest *list, unsigned parts,
    struct arena *a, struct stored_event **out, size_t *count,
    struct reason *why)
{
	struct stored_event *rows = arena_array(a, list->count, sizeof(*rows));
	size_t n = 0;
	enum status st = ST_OK;

	if (rows == NULL)
		return read_no_memory(why);
	for (size_t i = 0; i < list->count; i++) {
		st = read_event_head(s, list->ids[i], a, &rows[n], why);
		if (st == ST_OK && (parts & STORE_DELIVERIES) != 0)
			st = get_deliveries(s, parts, NULL, a, &rows[n], why);
		if (st == ST_OK && (parts & STORE_ABOUT) != 0)
			st = search_read(s, a, &rows[n], why);
		if (st == ST_OK && (parts & STORE_RETRIES) != 0)
			st = audit_read(s, a, &rows[n], why);
		if (st == ST_OK)
			n++;
		else if (st != ST_UNKNOWN)
			return st;
	}
	*out = rows;
	*count = n;
	return ST_OK;
}

static enum status
list_read(struct db *s, const struct store_filter *f, struct newest *list,
    struct arena *a, struct stored_event **out, size_t *count,
    struct reason *why)
{
	struct range r = { SQL_IDS_ALL, -1, 0, 0 };
	enum status st = where_to_look(f, &r, why);
	int64_t until = 0;

	r.below = f->before_id > 0 ? f->before_id : delivery_event(INT64_MAX);
	if (st == ST_OK)
		st = txn_read_begin(s, why);
	if (st == ST_OK)
		st = first_since(s, f->since_ms, &r.from, why);
	if (r.from <= f->after_id)
		r.from = f->after_id + 1;
	if (st == ST_OK && f->until_ms > 0)
		st = first_since(s, f->until_ms, &until, why);
	if (f->until_ms > 0 && until < r.below)
		r.below = until;
	if (st == ST_OK)
		st = collect(s, f, &r, list, why);
	if (st == ST_OK)
		st = read_events(s, list, f->parts, a, out, count, why);
	return txn_read_end(s, st, why);
}

enum status
list_events(struct store *store, const struct store_filter *f,
    struct arena *a, struct stored_event **out, size_t *count,
    struct reason *why)
{
	struct newest list = { .handler = f->handler };
	enum status st;

	if (f->limit < 1 || f->limit > LIST_MAX)
		return fail(why, ST_MALFORMED, "a list has 1 to %d events",
		    LIST_MAX);
	list.max = (size_t)f->limit;
	list.ids = malloc(2 * list.max * sizeof(*list.ids));
	if (list.ids == NULL)
		return read_no_memory(why);
	st = list_read(db_of(store), f, &list, a, out, count, why);
	if (st == ST_OK && f->handler_from != NULL)
		*f->handler_from = list.from;
	free(list.ids);
	return st;
}
