#ifndef CGIHOOK_PAGE_EVENT_H
#define CGIHOOK_PAGE_EVENT_H

#include "config.h"
#include "event.h"
#include "frame.h"
#include "stored.h"

/* One event: what failed first, then all that is known of it. */

struct page_variable {
	struct bytes name, value;
};

struct page_event {
	struct frame frame;
	const struct stored_event *event;
	const struct event *decoded;	/* NULL: its body cannot be decoded any
					   more */
	const struct config *config;
	struct bytes body;		/* to be shown: pretty, perhaps cut */
	bool body_is_cut;
	const struct page_variable *variables;	/* of its handlers */
	size_t variable_count;
	uint64_t omitted;		/* that handlers are not given */
	uint32_t have;			/* changes with its state */
	struct arena *arena;
};

/** page_event_write - the whole page */
void
page_event_write(struct html *h, const struct page_event *p);

/** page_event_live - the part of it that changes while its handlers run */
void
page_event_live(struct html *h, const struct page_event *p);

/* --- its parts ------------------------------------------------------------ */

/** page_delivery_has_trouble - whether its last attempt did not go well */
bool
page_delivery_has_trouble(const struct stored_delivery *d);

/** page_delivery_failure - what failed, why, its output, and a way to retry */
void
page_delivery_failure(struct html *h, const struct page_event *p,
    const struct stored_delivery *d);

/** page_delivery_write - one of its deliveries with the time line of its
 *  attempts */
void
page_delivery_write(struct html *h, const struct page_event *p,
    const struct stored_delivery *d);

/** page_event_form - the beginning of a form that has something of the event
 *  run again; the caller writes the rest, and ends it */
void
page_event_form(struct html *h, const struct page_event *p);

/** page_content_write - headers, body and variables, for who may see them */
void
page_content_write(struct html *h, const struct page_event *p);

#endif
