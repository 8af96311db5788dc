#ifndef CGIHOOK_STORE_SQLITE_SEARCH_H
#define CGIHOOK_STORE_SQLITE_SEARCH_H

#include "store_sqlite_db.h"

/* What events are about, and the index of it. */

/** search_read - give the event what is noted of it, the arena's; NULL where
 *  nothing is */
enum status
search_read(struct db *s, struct arena *a, struct stored_event *e,
    struct reason *why);

/** search_forget - within a transaction: what is noted of the events from the
 *  first to the last of these numbers, and their words in the index */
enum status
search_forget(struct db *s, int64_t first, int64_t last, struct reason *why);

/* Where to look, and what takes what is found. */
struct search {
	const char *text;
	int64_t below, from;		/* events' numbers */
	/* an event with these words, the newest first. False: no more, or *st
	 * says why */
	bool (*take)(void *ctx, int64_t id, enum status *st,
	    struct reason *why);
	void *ctx;
	int64_t left_from;		/* out: 0, or where the time was over:
					   what is below was not looked at */
};

/** search_all - hand on what is found, for a limited time */
enum status
search_all(struct db *s, struct search *search, struct reason *why);

#endif
