#ifndef CGIHOOK_PAGE_OVERVIEW_H
#define CGIHOOK_PAGE_OVERVIEW_H

#include "frame.h"
#include "store_measure.h"

/* The overview: what came, how it ended, and how long it took. */

/* An hour, or a few of them. */
struct overview_slot {
	int64_t begins_ms;
	int64_t events;			/* that came */
	int64_t done, again, failed;	/* attempts: exit 0; that are tried
					   again; that are not (exit 100) */
	int64_t buckets[STORE_BUCKETS];	/* of all attempts */
};

struct overview_handler {
	const char *source, *handler;
	int64_t attempts, again, failed;
	int64_t buckets[STORE_BUCKETS];
};

enum { OVERVIEW_SLOTS = 30, OVERVIEW_HANDLERS = 10 };

struct page_overview {
	struct frame frame;
	const char *span;		/* "24h", "7d", "30d" */
	int hours;			/* in a slot */
	struct overview_slot slots[OVERVIEW_SLOTS];	/* the oldest first */
	size_t count;
	/* those with the most failures */
	struct overview_handler handlers[OVERVIEW_HANDLERS];
	size_t handler_count;
	bool has_figures;		/* this kind of store keeps them */
	const struct store_measures *now;	/* NULL: not for this visitor */
	const struct store_checked *checked;	/* likewise */
	const char *const *alarms;	/* what is wrong, in sentences */
	size_t alarm_count;
};

/* What may be asked for. */
struct overview_span {
	const char *name, *words;	/* "24h", "24 hours" */
	int hours;			/* in a slot */
	size_t slots;
};

enum { OVERVIEW_SPANS = 3 };

extern const struct overview_span overview_spans[OVERVIEW_SPANS];

void
page_overview_write(struct html *h, const struct page_overview *p);

#endif
