#include "store_postgresql_ops.h"

#include <stdio.h>

/*
 * Copying: whose copy it is, how far it is, and the seal. A sealed store has a
 * version that only who copies knows; each transaction looks at the version, so
 * a process that has had the store open notices, too.
 */

static const char store_sql[] =
"SELECT version, epoch FROM cgihook_store";

static const char noted_sql[] =
"SELECT id, who, note FROM audit WHERE event_id IS NULL AND what = 'copy'"
" ORDER BY id LIMIT 1";

static const char found_sql[] =
"SELECT NOT EXISTS (SELECT 1 FROM event) AND NOT EXISTS (SELECT 1 FROM dedupe),"
" (SELECT sum(events)::bigint FROM writer),"
" (SELECT count(*) FROM delivery WHERE state = 1),"
" (SELECT coalesce(sum(counter), 0)::bigint + count(*) FROM runner)";

static void
pg_copy_put(char *out, size_t size, struct bytes text)
{
	snprintf(out, size, "%.*s", (int)text.len,
	    text.data == NULL ? "" : text.data);
}

enum status
pg_copy_now(struct pg *s, struct store_copying *out, int64_t *note,
    struct reason *why)
{
	struct pg_rows store = PG_ROWS, noted = PG_ROWS, found = PG_ROWS;
	enum status st;

	pg_want(s, store_sql, NULL, &store);
	pg_want(s, noted_sql, NULL, &noted);
	pg_want(s, found_sql, NULL, &found);
	st = pg_flush(s, why);
	if (st == ST_OK) {
		*out = (struct store_copying){
			.sealed = pg_int(&store, 0, 0) >= STORE_SEALED,
			.empty = pg_int(&found, 0, 0) != 0,
			.events = pg_int(&found, 0, 1),
			.running = pg_int(&found, 0, 2),
			.beats = pg_int(&found, 0, 3),
		};
		snprintf(out->id, sizeof(out->id), "postgresql-%llx",
		    (unsigned long long)pg_int(&store, 0, 1));
		*note = noted.count > 0 ? pg_int(&noted, 0, 0) : 0;
		if (noted.count > 0) {
			pg_copy_put(out->from, sizeof(out->from),
			    pg_bytes(&noted, 0, 1));
			pg_copy_put(out->at, sizeof(out->at),
			    pg_bytes(&noted, 0, 2));
		}
	}
	pg_rows_free(&store);
	pg_rows_free(&noted);
	pg_rows_free(&found);
	return st;
}

enum status
pg_copying(struct store *store, struct store_copying *out,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	int64_t note;
	enum status st = pg_begin_read(s, why);

	return st == ST_OK ? pg_end(s, pg_copy_now(s, out, &note, why), why) :
	    st;
}

void
pg_copy_mark(struct pg *s, bool sealed)
{
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, PG_VERSION + (sealed ? STORE_SEALED : 0));
	/* behind all transactions that have looked at the version */
	pg_want(s, "LOCK TABLE cgihook_store IN ACCESS EXCLUSIVE MODE", NULL,
	    NULL);
	pg_want(s, "UPDATE cgihook_store SET version = $1", &args, NULL);
	pg_args_free(&args);
}

enum status
pg_seal(struct store *store, bool sealed, struct reason *why)
{
	struct pg *s = pg_of(store);
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	pg_copy_mark(s, sealed);
	return pg_end(s, pg_flush(s, why), why);
}
