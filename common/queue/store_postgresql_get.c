#include "store_postgresql_event.h"
#include "store_postgresql_ops.h"

static enum status
pg_get_take(struct pg_reading *r, struct store_get *items, size_t count,
    struct reason *why)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < count; i++) {
		pg_reading_take(r, &items[i], i, why);
		/* what one has no room for says nothing of the others */
		if (items[i].status != ST_OK && items[i].status != ST_UNKNOWN &&
		    !arena_failed(items[i].arena))
			st = items[i].status;
	}
	return st;
}

enum status
pg_get(struct store *store, struct store_get *items, size_t count,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_reading r = { .head = 0 };
	enum status st = pg_begin_read(s, why);

	if (st == ST_OK) {
		pg_reading_want(s, &r, items, count);
		st = pg_end(s, ST_OK, why);
	}
	if (st == ST_OK)
		st = pg_get_take(&r, items, count, why);
	else
		for (size_t i = 0; i < count; i++)
			items[i].status = st;
	pg_reading_free(&r);
	return st;
}
