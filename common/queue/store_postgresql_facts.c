#include "store_postgresql_ops.h"

#include "store_postgresql_read.h"

static const char server_sql[] =
"SELECT current_setting('server_version'),"
" coalesce(host(inet_server_addr()), ''), s.version,"
" coalesce((SELECT t.version FROM pg_stat_ssl t WHERE t.ssl"
" AND t.pid = pg_backend_pid()), ''),"
" current_setting('synchronous_commit'),"
" current_setting('synchronous_standby_names'),"
" current_setting('fsync') = 'on', pg_is_in_recovery(), " PG_NOW_MS
" FROM cgihook_store s";

/* Without the right to see them, all that is shown of them is their pid. */
static const char standbys_sql[] =
"SELECT count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')),"
" count(*) FILTER (WHERE sync_state IS NULL) = 0 FROM pg_stat_replication";

static const char runners_sql[] =
"SELECT r.id, r.host, r.counter, r.lease_ms, r.began_ms,"
" (SELECT count(*) FROM delivery d WHERE d.state = 1 AND d.owner = r.id),"
" coalesce(r.id = d.runner, false), coalesce(r.digest <> b.digest, false)"
" FROM runner r CROSS JOIN dispatcher d LEFT JOIN runner b"
" ON b.id = d.runner ORDER BY r.id";

static void
pg_facts_take(const struct pg_rows *server, const struct pg_rows *standbys,
    struct arena *a, struct store_facts *out)
{
	int64_t version = pg_int(server, 0, 2);

	if (version > STORE_SEALED)
		version -= STORE_SEALED;
	*out = (struct store_facts){
		.server = arena_cstr(a, arena_printf(a, "PostgreSQL %s",
		    pg_text(server, 0, 0, a))),
		.address = pg_text(server, 0, 1, a),
		.version = version,
		.tls = pg_text(server, 0, 3, a),
		.synchronous_commit = pg_text(server, 0, 4, a),
		.standby_names = pg_text(server, 0, 5, a),
		.fsync = pg_int(server, 0, 6) != 0,
		.in_recovery = pg_int(server, 0, 7) != 0,
		.clock_ms = pg_int(server, 0, 8),
		.standbys = pg_int(standbys, 0, 0),
		.standbys_known = pg_int(standbys, 0, 1) != 0,
	};
}

static enum status
pg_facts_take_runners(const struct pg_rows *rows, struct arena *a,
    struct store_facts *out, struct reason *why)
{
	out->runner_count = (size_t)rows->count;
	out->runners = arena_array(a, out->runner_count + 1,
	    sizeof(*out->runners));
	if (out->runners == NULL)
		return pg_no_memory(why);
	for (int row = 0; row < rows->count; row++)
		out->runners[row] = (struct store_runner_fact){
			.number = pg_int(rows, row, 0),
			.host = pg_text(rows, row, 1, a),
			.counter = pg_int(rows, row, 2),
			.lease_ms = pg_int(rows, row, 3),
			.began_ms = pg_int(rows, row, 4),
			.running = pg_int(rows, row, 5),
			.dispatches = pg_int(rows, row, 6) != 0,
			.differs = pg_int(rows, row, 7) != 0,
		};
	return ST_OK;
}

enum status
pg_facts(struct store *store, struct arena *a, struct store_facts *out,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_rows server = PG_ROWS, standbys = PG_ROWS, runners = PG_ROWS;
	enum status st = pg_begin_read(s, why);

	if (st != ST_OK)
		return st;
	/* what its sessions have, not what this transaction sets */
	pg_want(s, "SELECT set_config('synchronous_commit', (SELECT"
	    " reset_val FROM pg_settings WHERE name = 'synchronous_commit'),"
	    " true)", NULL, NULL);
	pg_want(s, server_sql, NULL, &server);
	pg_want(s, standbys_sql, NULL, &standbys);
	pg_want(s, runners_sql, NULL, &runners);
	st = pg_end(s, pg_flush(s, why), why);
	if (st == ST_OK) {
		pg_facts_take(&server, &standbys, a, out);
		st = pg_facts_take_runners(&runners, a, out, why);
	}
	pg_rows_free(&server);
	pg_rows_free(&standbys);
	pg_rows_free(&runners);
	return arena_verdict(a, st, why);
}
