#ifndef CGIHOOK_STORE_MEASURE_H
#define CGIHOOK_STORE_MEASURE_H

#include "store.h"

/* What is measured of a store, at a cost that does not grow with it. */

enum { STORE_BUCKETS = 10 };

/* So long at most, in milliseconds; the last one has no bound. */
extern const int64_t store_bucket_ms[STORE_BUCKETS - 1];

/** store_bucket - which one an attempt of so long belongs to */
size_t
store_bucket(int64_t ms);

/* All attempts that a handler has ever ended in one way: pruning leaves it. */
struct store_sum {
	const char *source, *handler;	/* "drone", "build.failure" */
	enum attempt_result result;
	int64_t count, ms_total;
	int64_t buckets[STORE_BUCKETS];	/* each attempt in one */
};

struct store_last {
	const char *source;
	int64_t received_ms;		/* of its newest event that is there */
};

struct store_measures {
	struct store_stats stats;
	int64_t waiting_since_ms;	/* the oldest event that is queued, or
					   has a delivery that waits; 0: none */
	bool runner;			/* one lives: here, or on a machine that
					   shares the store */
	struct store_last *lasts;	/* by source */
	size_t last_count;
	bool has_sums;			/* this kind of store keeps them */
	struct store_sum *sums;		/* by source, handler, result */
	size_t sum_count;
};

/* What a handler has ended in one way within so many hours; with handler "",
 * the events of a source that came then, and result is an enum result. */
struct store_hour {
	int64_t hour;			/* the first one, since 1970 */
	struct store_sum sum;
};

enum { STORE_HOURS_KEPT = 31 * 24 };

struct store_hours {
	/* in */
	int64_t from;			/* the first hour */
	int64_t step;			/* hours that are one row; from 1 on */
	struct arena *arena;		/* owns these: */
	/* out */
	struct store_hour *rows;	/* by hour, source, handler, result */
	size_t count;
};

enum status
store_hours(struct store *s, struct store_hours *h, struct reason *why);

/* What the runner has found when it looked for what keeps handlers from
 * running. */
struct store_checked {
	int64_t at_ms;			/* when it looked; 0: it never has */
	const char *findings;		/* a line each; "" where all is well */
};

enum status
store_checked_put(struct store *s, const struct store_checked *c,
    struct reason *why);

enum status
store_checked_get(struct store *s, struct arena *a,
    struct store_checked *out, struct reason *why);

/** store_percentile_ms - so long took the fastest percent of the attempts, or
 *  less: the bound of a bucket. -1: there were none, or it has no bound. */
int64_t
store_percentile_ms(const int64_t buckets[STORE_BUCKETS], int percent);

/** store_measure - all of it, the arena's */
enum status
store_measure(struct store *s, struct arena *a, struct store_measures *out,
    struct reason *why);

#endif
