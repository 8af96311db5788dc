#ifndef CGIHOOK_STORE_POSTGRESQL_ACCEPT_H
#define CGIHOOK_STORE_POSTGRESQL_ACCEPT_H

#include "crypto.h"
#include "store_postgresql_db.h"

/* One batch of events, while it is accepted. */
struct accepting {
	struct store_accepts *batch;
	size_t count;
	/* of each item */
	const struct event **events;	/* NULL: it is none to be stored */
	unsigned char (*kinds)[SHA256_LEN];
	size_t *first;			/* the item with the same key that comes
					   first; itself: there is none */
	size_t *order;			/* all items, by key, then place */
};

/** repeat_settle - what becomes of the duplicates: those with item->id, and
 *  those that repeat an earlier item of the batch; in the transaction */
enum status
repeat_settle(struct pg *s, struct accepting *x, struct reason *why);

#endif
