#ifndef CGIHOOK_STORE_POSTGRESQL_EVENT_H
#define CGIHOOK_STORE_POSTGRESQL_EVENT_H

#include "store_postgresql_db.h"

/* Many events at once, with what each asks for: one flight for all of them. */

struct pg_reading {
	struct pg_rows heads, content, deliveries, attempts, retries, about;
	/* so far, of each */
	int head, part, delivery, attempt, retry, fact;
};

/** pg_reading_want - queue what reads them */
void
pg_reading_want(struct pg *s, struct pg_reading *r,
    const struct store_get *items, size_t count);

/**
 * pg_reading_take - behind the flight: one after the other
 *
 * Takes:   item, the n-th of those that were wanted, from 0 on.
 * Returns: ST_OK with item->event, or ST_UNKNOWN, ST_BUSY as item->status has
 *          them, or ST_CONFIG, the store is damaged.
 */
enum status
pg_reading_take(struct pg_reading *r, struct store_get *item, size_t n,
    struct reason *why);

void
pg_reading_free(struct pg_reading *r);

#endif
