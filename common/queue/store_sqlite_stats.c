#include "store_sqlite_folder.h"
#include "store_sqlite_ops.h"
#include "store_sqlite_read.h"
#include "store_sqlite_txn.h"

enum status
stats_get(struct store *store, struct store_stats *out, struct reason *why)
{
	struct db *s = db_of(store);
	const int64_t file = folder_size(s, STORE_FILE);
	const int64_t log = folder_size(s, STORE_FILE "-wal");
	int64_t page_bytes = 0, free_pages = 0, id, oldest = 0, newest = 0;
	struct tally t;
	enum status st = tally_read(s, &t, why);

	if (st == ST_OK)
		st = read_event_time(s, SQL_EVENT_FROM, 0, &id, &oldest, why);
	if (st == ST_OK)
		st = read_event_time(s, SQL_EVENT_NEWEST, 0, &id, &newest,
		    why);
	if (st == ST_OK || st == ST_UNKNOWN)
		st = db_int(s, SQL_PAGE_SIZE, NULL, 0, &page_bytes, why);
	if (st == ST_OK)
		st = db_int(s, SQL_FREE_PAGES, NULL, 0, &free_pages, why);
	if (st != ST_OK)
		return st;
	*out = (struct store_stats){
		.events = t.events, .queued = t.queued, .ignored = t.ignored,
		.waiting = t.deliveries[DELIVERY_WAITING],
		.running = t.deliveries[DELIVERY_RUNNING],
		.done = t.deliveries[DELIVERY_DONE],
		.failed = t.deliveries[DELIVERY_FAILED],
		.dead = t.deliveries[DELIVERY_DEAD],
		.filtered = t.deliveries[DELIVERY_FILTERED],
		.oldest_ms = oldest, .newest_ms = newest,
		.keys = t.lasting,
		.file_bytes = (file > 0 ? file : 0) + (log > 0 ? log : 0),
		.free_bytes = page_bytes * free_pages,
		.in_doubt = doubt_is_left(s),
	};
	return ST_OK;
}
