#include "store_postgresql_ops.h"

/* Each writer's row has what it has counted: the sums are what there is. */

static const char stats_counts[] =
"SELECT sum(events)::bigint, sum(queued)::bigint, sum(ignored)::bigint,"
" sum(keys)::bigint, sum(waiting)::bigint, sum(running)::bigint,"
" sum(done)::bigint, sum(failed)::bigint, sum(dead)::bigint,"
" sum(filtered)::bigint FROM writer";

static const char stats_times[] =
"SELECT (SELECT received_ms FROM event ORDER BY id LIMIT 1),"
" (SELECT received_ms FROM event ORDER BY id DESC LIMIT 1)";

static const char stats_sizes[] =
"SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class"
" WHERE relkind = 'r'"
" AND relnamespace = quote_ident(current_schema())::regnamespace";

enum status
pg_stats(struct store *store, struct store_stats *out, struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_rows counts = PG_ROWS, times = PG_ROWS, sizes = PG_ROWS;
	enum status st = pg_begin_read(s, why);

	if (st != ST_OK)
		return st;
	pg_want(s, stats_counts, NULL, &counts);
	pg_want(s, stats_times, NULL, &times);
	pg_want(s, stats_sizes, NULL, &sizes);
	st = pg_end(s, pg_flush(s, why), why);
	if (st == ST_OK)
		*out = (struct store_stats){
			.events = pg_int(&counts, 0, 0),
			.queued = pg_int(&counts, 0, 1),
			.ignored = pg_int(&counts, 0, 2),
			.keys = pg_int(&counts, 0, 3),
			.waiting = pg_int(&counts, 0, 4),
			.running = pg_int(&counts, 0, 5),
			.done = pg_int(&counts, 0, 6),
			.failed = pg_int(&counts, 0, 7),
			.dead = pg_int(&counts, 0, 8),
			.filtered = pg_int(&counts, 0, 9),
			.oldest_ms = pg_int(&times, 0, 0),
			.newest_ms = pg_int(&times, 0, 1),
			.file_bytes = pg_int(&sizes, 0, 0),
			.in_doubt = s->in_doubt,
		};
	pg_rows_free(&counts);
	pg_rows_free(&times);
	pg_rows_free(&sizes);
	return st;
}
