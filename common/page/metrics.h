#ifndef CGIHOOK_METRICS_H
#define CGIHOOK_METRICS_H

#include <stdbool.h>

#include "alert.h"
#include "buf.h"
#include "counters.h"
#include "store_measure.h"

/* What is measured, in Prometheus' text format, version 0.0.4. */

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics {
	int64_t now_ms;
	/* the store's: the same on all machines that share it */
	const struct store_measures *store;	/* NULL: there is none yet */
	bool partial;			/* no totals of all sources */
	/* this machine's */
	const struct counter *counters;
	size_t counter_count;
	const struct alarm *alarms;
	size_t alarm_count;
};

/** metrics_print - all of it, each metric with HELP and TYPE */
void
metrics_print(const struct metrics *m, struct buf *out);

#endif
