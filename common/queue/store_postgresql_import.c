#include "store_postgresql_ops.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "store_postgresql_kind.h"
#include "store_postgresql_step.h"

/*
 * What another store has had, under the same numbers. All rows of a parcel go
 * into each table by one statement, whose arguments are its columns.
 */

/* One delivery of the parcel, or one attempt of it, at a time. */
struct pg_import_at {
	const struct store_whole *w;
	const struct stored_delivery *d;
	const struct store_whole_delivery *more;
	const struct stored_attempt *t;	/* NULL: what its filter met */
	size_t event, delivery;		/* where the next one is */
};

#define PG_IMPORT_BEGIN ((struct pg_import_at){ .event = 0 })

/* False: there are no more deliveries. */
static bool
pg_import_next(const struct store_parcel *p, struct pg_import_at *at)
{
	for (; at->event < p->event_count; at->event++, at->delivery = 0) {
		at->w = &p->events[at->event];
		if (at->delivery == at->w->event.delivery_count)
			continue;
		at->d = &at->w->event.deliveries[at->delivery];
		at->more = &at->w->more[at->delivery++];
		at->t = NULL;
		return true;
	}
	return false;
}

typedef void pg_import_put(struct pg_args *args,
    const struct pg_import_at *at);

static void
pg_import_column_of_events(struct pg_args *args, enum pg_type type,
    const struct store_parcel *p, pg_import_put *put)
{
	struct pg_import_at at = PG_IMPORT_BEGIN;

	pg_array_begin(args, type);
	for (size_t i = 0; i < p->event_count; i++) {
		at.w = &p->events[i];
		put(args, &at);
	}
	pg_array_end(args);
}

typedef bool pg_import_test(const struct pg_import_at *at);

/* Of the deliveries that pass test. */
static size_t
pg_import_column(struct pg_args *args, enum pg_type type,
    const struct store_parcel *p, pg_import_test *test, pg_import_put *put)
{
	struct pg_import_at at = PG_IMPORT_BEGIN;
	size_t count = 0;

	pg_array_begin(args, type);
	while (pg_import_next(p, &at)) {
		if (!test(&at))
			continue;
		put(args, &at);
		count++;
	}
	pg_array_end(args);
	return count;
}

/* Of their attempts, and of what their filters met. */
static size_t
pg_import_column_of_attempts(struct pg_args *args, enum pg_type type,
    const struct store_parcel *p, pg_import_put *put)
{
	struct pg_import_at at = PG_IMPORT_BEGIN;
	size_t count = 0;

	pg_array_begin(args, type);
	while (pg_import_next(p, &at)) {
		if (at.d->state == DELIVERY_FILTERED) {
			put(args, &at);
			count++;
		}
		for (size_t n = 0; n < at.d->history_count; n++) {
			at.t = &at.d->history[n];
			put(args, &at);
			count++;
		}
	}
	pg_array_end(args);
	return count;
}

/* --- the columns ---------------------------------------------------------- */

#define PG_IMPORT_INT(name, value) \
	static void \
	pg_put_##name(struct pg_args *args, const struct pg_import_at *at) \
	{ \
		pg_put_int(args, value); \
	}
#define PG_IMPORT_BYTES(name, value) \
	static void \
	pg_put_##name(struct pg_args *args, const struct pg_import_at *at) \
	{ \
		pg_put_bytes(args, value); \
	}

PG_IMPORT_INT(event_id, at->w->event.id)
PG_IMPORT_INT(received, at->w->event.received_ms)
PG_IMPORT_INT(event_state, at->w->event.state)
PG_IMPORT_BYTES(subject, bytes_of(at->w->event.subject))
PG_IMPORT_BYTES(remote, bytes_of(at->w->event.remote_addr))
PG_IMPORT_BYTES(headers, at->w->event.stripped ? BYTES(PG_STRIPPED) :
    at->w->event.headers)
PG_IMPORT_BYTES(body, at->w->event.body)

PG_IMPORT_INT(delivery_id, at->d->id)
PG_IMPORT_INT(state, at->d->state)
PG_IMPORT_INT(attempts, at->d->attempts)
PG_IMPORT_INT(begun, at->more->begun)
PG_IMPORT_INT(at_ms, at->d->state == DELIVERY_WAITING ? at->more->wait_ms :
    at->more->doubted ? 0 : at->d->ended_ms)
PG_IMPORT_INT(alarm_attempt, at->more->alarm_attempt)
PG_IMPORT_INT(alarm_tries, at->more->alarm_tries)
PG_IMPORT_BYTES(status, bytes_of(at->w->event.status))

PG_IMPORT_INT(number, at->t == NULL ? 0 : at->t->number)
PG_IMPORT_INT(result, at->t == NULL ? (int64_t)at->d->filter.met :
    (int64_t)at->t->result)
PG_IMPORT_INT(started, at->t == NULL ? at->d->ended_ms : at->t->started_ms)
PG_IMPORT_INT(ended, at->t == NULL ? at->d->ended_ms : at->t->ended_ms)
PG_IMPORT_INT(exit_code, at->t == NULL ? -1 : at->t->exit_code)
PG_IMPORT_INT(term_signal, at->t == NULL ? 0 : at->t->term_signal)
PG_IMPORT_INT(total, at->t == NULL ? at->d->filter.value_total_bytes :
    at->t->output_total_bytes)
PG_IMPORT_BYTES(note, at->t == NULL ? BYTES("") : bytes_of(at->t->note))
PG_IMPORT_BYTES(output, at->t == NULL ? at->d->filter.value : at->t->output)

static void
pg_put_wait_path(struct pg_args *args, const struct pg_import_at *at)
{
	pg_put_text(args, at->w->wait_path);
}

static void
pg_put_path(struct pg_args *args, const struct pg_import_at *at)
{
	pg_put_text(args, at->d->path);
}

static void
pg_put_words(struct pg_args *args, const struct pg_import_at *at)
{
	if (at->d->state == DELIVERY_FILTERED)
		pg_put_bytes(args, bytes_of(at->d->filter.condition));
	else
		pg_put_null(args);
}

static bool
pg_import_any(const struct pg_import_at *at)
{
	(void)at;
	return true;
}

static bool
pg_import_filtered(const struct pg_import_at *at)
{
	return at->d->state == DELIVERY_FILTERED;
}

static bool
pg_import_alarmed(const struct pg_import_at *at)
{
	return at->more->alarm;
}

static bool
pg_import_once(const struct pg_import_at *at)
{
	return at->more->once;
}

/* --- events --------------------------------------------------------------- */

static const char events_sql[] =
"WITH d AS (INSERT INTO about_due SELECT x.id FROM unnest($1::bigint[],"
" $5::bigint[]) AS x (id, state) WHERE x.state <> 0) "
"INSERT INTO event (id, received_ms, kind, wait_queue, state, awaited,"
" subject, remote_addr, headers, body) SELECT t.id, t.received_ms, k.id,"
" (SELECT q.id FROM queue q WHERE q.path = t.wait_path), t.state, false,"
" t.subject, t.remote_addr, t.headers, t.body FROM unnest($1::bigint[],"
" $2::bigint[], $3::bytea[], $4::text[], $5::bigint[], $6::bytea[],"
" $7::bytea[], $8::bytea[], $9::bytea[]) AS t (id, received_ms, digest,"
" wait_path, state, subject, remote_addr, headers, body)"
" JOIN kind k ON k.digest = t.digest ORDER BY t.id";

static void
pg_import_want_events(struct pg *s, const struct store_parcel *p,
    unsigned char (*digests)[SHA256_LEN], struct pg_rows *rows)
{
	struct pg_args args = PG_ARGS;

	pg_import_column_of_events(&args, PG_INT, p, pg_put_event_id);
	pg_import_column_of_events(&args, PG_INT, p, pg_put_received);
	pg_array_begin(&args, PG_BYTES);
	for (size_t i = 0; i < p->event_count; i++)
		pg_put_bytes(&args, (struct bytes){ (char *)digests[i],
		    SHA256_LEN });
	pg_array_end(&args);
	pg_import_column_of_events(&args, PG_TEXT, p, pg_put_wait_path);
	pg_import_column_of_events(&args, PG_INT, p, pg_put_event_state);
	pg_import_column_of_events(&args, PG_BYTES, p, pg_put_subject);
	pg_import_column_of_events(&args, PG_BYTES, p, pg_put_remote);
	pg_import_column_of_events(&args, PG_BYTES, p, pg_put_headers);
	pg_import_column_of_events(&args, PG_BYTES, p, pg_put_body);
	pg_want(s, events_sql, &args, rows);
	pg_args_free(&args);
}

static void
pg_import_want_queues(struct pg *s, const struct store_parcel *p)
{
	struct pg_args args = PG_ARGS;

	pg_import_column_of_events(&args, PG_TEXT, p, pg_put_wait_path);
	pg_import_column(&args, PG_TEXT, p, pg_import_any, pg_put_path);
	pg_want(s, "INSERT INTO queue (path) SELECT DISTINCT p"
	    " FROM unnest($1::text[] || $2::text[]) AS t (p) WHERE p <> ''"
	    " ORDER BY p ON CONFLICT DO NOTHING", &args, NULL);
	pg_args_free(&args);
}

enum retry_column {
	RETRY_AT, RETRY_EVENT, RETRY_WHO, RETRY_WHAT, RETRY_NOTE,
	RETRY_COLUMNS
};

static void
pg_import_put_retry(struct pg_args *args, enum retry_column column,
    const struct stored_event *e, const struct stored_retry *r)
{
	switch (column) {
	case RETRY_AT:
		pg_put_int(args, r->at_ms);
		break;
	case RETRY_EVENT:
		pg_put_int(args, e->id);
		break;
	case RETRY_WHO:
		pg_put_text(args, r->who);
		break;
	case RETRY_WHAT:
		pg_put_text(args, r->what);
		break;
	case RETRY_NOTE:
		pg_put_bytes(args, bytes_of(r->remote_addr));
		break;
	case RETRY_COLUMNS:
		break;
	}
}

static const char retries_sql[] =
"INSERT INTO audit (at_ms, event_id, who, what, note)"
" SELECT t.at_ms, t.event, t.who, t.what, t.note FROM unnest($1::bigint[],"
" $2::bigint[], $3::text[], $4::text[], $5::bytea[])"
" AS t (at_ms, event, who, what, note)";

/* One statement, however often each was retried. */
static void
pg_import_want_retries(struct pg *s, const struct store_parcel *p)
{
	static const enum pg_type types[RETRY_COLUMNS] = { PG_INT, PG_INT,
		PG_TEXT, PG_TEXT, PG_BYTES };
	struct pg_args args = PG_ARGS;
	size_t count = 0;

	for (int c = 0; c < RETRY_COLUMNS; c++) {
		pg_array_begin(&args, types[c]);
		for (size_t i = 0; i < p->event_count; i++) {
			const struct stored_event *e = &p->events[i].event;

			for (size_t k = 0; k < e->retry_count; k++, count++)
				pg_import_put_retry(&args,
				    (enum retry_column)c, e, &e->retries[k]);
		}
		pg_array_end(&args);
	}
	if (count > 0)
		pg_want(s, retries_sql, &args, NULL);
	pg_args_free(&args);
}

/* --- deliveries ----------------------------------------------------------- */

static const char deliveries_sql[] =
"INSERT INTO delivery (id, queue, state, attempts, begun, at_ms, filter)"
" SELECT t.id, q.id, t.state, t.attempts, t.begun,"
" CASE WHEN t.state = 0 THEN t.at_ms + " PG_NOW_MS " ELSE t.at_ms END, f.id"
" FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[],"
" $5::bigint[], $6::bigint[], $7::bytea[]) AS t (id, path, state, attempts,"
" begun, at_ms, words) JOIN queue q ON q.path = t.path"
" LEFT JOIN filter f ON f.digest = sha256(t.words) ORDER BY t.id";

static size_t
pg_import_want_deliveries(struct pg *s, const struct store_parcel *p,
    struct pg_rows *rows)
{
	struct pg_args args = PG_ARGS, words = PG_ARGS;
	size_t count;

	pg_import_column(&words, PG_BYTES, p, pg_import_filtered,
	    pg_put_words);
	pg_want(s, "INSERT INTO filter (digest, words) SELECT sha256(w), w"
	    " FROM (SELECT DISTINCT w FROM unnest($1::bytea[]) AS t (w)) t"
	    " ORDER BY 1 ON CONFLICT DO NOTHING", &words, NULL);
	pg_args_free(&words);
	count = pg_import_column(&args, PG_INT, p, pg_import_any,
	    pg_put_delivery_id);
	pg_import_column(&args, PG_TEXT, p, pg_import_any, pg_put_path);
	pg_import_column(&args, PG_INT, p, pg_import_any, pg_put_state);
	pg_import_column(&args, PG_INT, p, pg_import_any, pg_put_attempts);
	pg_import_column(&args, PG_INT, p, pg_import_any, pg_put_begun);
	pg_import_column(&args, PG_INT, p, pg_import_any, pg_put_at_ms);
	pg_import_column(&args, PG_BYTES, p, pg_import_any, pg_put_words);
	pg_want(s, deliveries_sql, &args, rows);
	pg_args_free(&args);
	return count;
}

static const char attempts_sql[] =
"INSERT INTO attempt (delivery_id, number, result, started_ms, ended_ms,"
" exit_code, term_signal, output_total, note, output) SELECT *"
" FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],"
" $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[],"
" $10::bytea[])";

static void
pg_import_want_attempts(struct pg *s, const struct store_parcel *p)
{
	static pg_import_put *const columns[] = { pg_put_delivery_id,
		pg_put_number, pg_put_result, pg_put_started, pg_put_ended,
		pg_put_exit_code, pg_put_term_signal, pg_put_total,
		pg_put_note, pg_put_output };
	struct pg_args args = PG_ARGS;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		count = pg_import_column_of_attempts(&args,
		    i < 8 ? PG_INT : PG_BYTES, p, columns[i]);
	if (count > 0)
		pg_want(s, attempts_sql, &args, NULL);
	pg_args_free(&args);
}

static void
pg_import_want_rest(struct pg *s, const struct store_parcel *p)
{
	struct pg_args alarms = PG_ARGS, once = PG_ARGS;

	if (pg_import_column(&alarms, PG_INT, p, pg_import_alarmed,
	    pg_put_delivery_id) > 0) {
		pg_import_column(&alarms, PG_INT, p, pg_import_alarmed,
		    pg_put_alarm_attempt);
		pg_import_column(&alarms, PG_INT, p, pg_import_alarmed,
		    pg_put_alarm_tries);
		pg_want(s, "INSERT INTO alarm (delivery_id, attempt, tries)"
		    " SELECT * FROM unnest($1::bigint[], $2::bigint[],"
		    " $3::bigint[])", &alarms, NULL);
	}
	if (pg_import_column(&once, PG_TEXT, p, pg_import_once,
	    pg_put_path) > 0) {
		pg_import_column(&once, PG_BYTES, p, pg_import_once,
		    pg_put_subject);
		pg_import_column(&once, PG_BYTES, p, pg_import_once,
		    pg_put_status);
		pg_import_column(&once, PG_INT, p, pg_import_once,
		    pg_put_event_id);
		pg_want(s, "INSERT INTO once (queue, digest, event_id)"
		    " SELECT q.id, sha256(t.subject) || sha256(t.status),"
		    " t.event FROM unnest($1::text[], $2::bytea[],"
		    " $3::bytea[], $4::bigint[]) AS t (path, subject, status,"
		    " event) JOIN queue q ON q.path = t.path", &once, NULL);
	}
	pg_args_free(&alarms);
	pg_args_free(&once);
}

/* --- all of the events ---------------------------------------------------- */

static void
pg_import_count(struct pg *s, const struct store_parcel *p)
{
	struct pg_counts *c = &s->counts;

	for (size_t i = 0; i < p->event_count; i++) {
		const struct stored_event *e = &p->events[i].event;

		c->events++;
		c->queued += e->state == EVENT_QUEUED;
		c->ignored += e->state == EVENT_IGNORED;
		for (size_t k = 0; k < e->delivery_count; k++)
			c->deliveries[e->deliveries[k].state]++;
	}
	for (size_t i = 0; i < p->key_count; i++)
		c->keys += p->keys[i].lasting;
}

/* The words of each, and their digests. */
struct pg_import_kinds {
	struct event *words;
	const struct event **of;
	unsigned char (*digests)[SHA256_LEN];
};

static enum status
pg_import_kinds(const struct store_parcel *p, struct pg_import_kinds *k,
    struct reason *why)
{
	const size_t n = p->event_count + 1;
	enum status st = ST_OK;

	k->words = arena_array(p->arena, n, sizeof(*k->words));
	k->of = arena_array(p->arena, n, sizeof(*k->of));
	k->digests = arena_array(p->arena, n, sizeof(*k->digests));
	if (arena_failed(p->arena))
		return fail(why, ST_BUSY, "store: out of memory");
	for (size_t i = 0; st == ST_OK && i < p->event_count; i++) {
		const struct stored_event *e = &p->events[i].event;

		k->words[i] = (struct event){ .source = e->source,
			.provider = e->provider, .result = e->result,
			.named_by = p->events[i].named_by,
			.event = bytes_of(e->event),
			.action = bytes_of(e->action),
			.status = bytes_of(e->status) };
		k->of[i] = &k->words[i];
		st = kind_digest(k->of[i], k->digests[i], why);
	}
	return st;
}

static enum status
pg_import_events(struct pg *s, const struct store_parcel *p,
    struct reason *why)
{
	struct pg_rows events = PG_ROWS, deliveries = PG_ROWS;
	struct pg_import_kinds kinds;
	size_t count = 0;
	enum status st = pg_import_kinds(p, &kinds, why);

	if (st != ST_OK || p->event_count == 0)
		return st;
	kind_ensure(s, kinds.of, kinds.digests, p->event_count);
	pg_import_want_queues(s, p);
	pg_import_want_events(s, p, kinds.digests, &events);
	count = pg_import_want_deliveries(s, p, &deliveries);
	pg_import_want_attempts(s, p);
	pg_import_want_rest(s, p);
	st = pg_flush(s, why);
	if (st == ST_OK && (events.changed != (int64_t)p->event_count ||
	    deliveries.changed != (int64_t)count))
		st = fail(why, ST_BUSY, "store: what was there before is gone;"
		    " try again");
	pg_rows_free(&events);
	pg_rows_free(&deliveries);
	if (st == ST_OK)
		pg_import_want_retries(s, p);
	return st;
}

/* --- keys ----------------------------------------------------------------- */

static void
pg_import_want_keys(struct pg *s, const struct store_parcel *p)
{
	struct pg_args args = PG_ARGS;

	if (p->key_count == 0)
		return;
	for (int column = 0; column < 3; column++) {
		pg_array_begin(&args, column == 0 ? PG_BYTES : PG_INT);
		for (size_t i = 0; i < p->key_count; i++)
			if (column == 0)
				pg_put_bytes(&args, (struct bytes){
				    (const char *)p->keys[i].key,
				    DEDUPE_LEN });
			else
				pg_put_int(&args, column == 1 ?
				    p->keys[i].event_id : p->keys[i].lasting);
		pg_array_end(&args);
	}
	pg_want(s, "INSERT INTO dedupe AS d (key, event_id, lasting)"
	    " SELECT key, event_id, lasting <> 0 FROM unnest($1::bytea[],"
	    " $2::bigint[], $3::bigint[]) AS t (key, event_id, lasting)"
	    " ORDER BY key ON CONFLICT (key) DO UPDATE"
	    " SET event_id = excluded.event_id, lasting = excluded.lasting"
	    " WHERE excluded.event_id > d.event_id", &args, NULL);
	pg_want(s, "UPDATE event e SET key = d.key FROM unnest($1::bytea[],"
	    " $2::bigint[], $3::bigint[]) AS t (key, event_id, lasting)"
	    " JOIN dedupe d ON d.key = t.key WHERE e.id = d.event_id", &args,
	    NULL);
	pg_args_free(&args);
}

/* --- the parcel ----------------------------------------------------------- */

/* That the parcel was taken. */
static void
pg_import_want_note(struct pg *s, const struct store_parcel *p, int64_t note)
{
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, clock_wall_ms());
	pg_add_bytes(&args, bytes_of(p->end));
	if (note != 0)
		pg_add_int(&args, note);
	else
		pg_add_text(&args, p->from);
	pg_want(s, note != 0 ?
	    "UPDATE audit SET at_ms = $1, note = $2 WHERE id = $3" :
	    "INSERT INTO audit (at_ms, who, what, note)"
	    " VALUES ($1, $3, 'copy', $2)", &args, NULL);
	pg_args_free(&args);
}

static enum status
pg_import_all(struct pg *s, const struct store_parcel *p, struct reason *why)
{
	struct store_copying now;
	struct pg_args number = PG_ARGS;
	int64_t note = 0;
	enum status st;

	/* one parcel after the other */
	pg_want(s, "SELECT 1 FROM cgihook_store FOR UPDATE", NULL, NULL);
	st = pg_copy_now(s, &now, &note, why);
	if (st == ST_OK)
		st = copy_follows(&now, p, why);
	if (st != ST_OK)
		return st;
	pg_import_want_note(s, p, note);
	st = pg_import_events(s, p, why);
	pg_import_want_keys(s, p);
	if (st == ST_OK && strcmp(p->end, STORE_AT_END) == 0) {
		pg_add_int(&number, p->number_from);
		pg_want(s, "SELECT setval('event_number', $1, false)",
		    &number, NULL);
		pg_copy_mark(s, false);
	}
	pg_args_free(&number);
	pg_import_count(s, p);
	return st;
}

enum status
pg_import(struct store *store, const struct store_parcel *p,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	st = pg_end(s, pg_import_all(s, p, why), why);
	if (st != ST_OK)
		kind_forget(s);
	return st;
}
