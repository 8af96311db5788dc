#ifndef CGIHOOK_PAGE_FORGET_H
#define CGIHOOK_PAGE_FORGET_H

#include "frame.h"
#include "stored.h"

/* Says what would be removed of an event, and asks whether that is meant. */
struct page_forget {
	struct frame frame;
	const struct stored_event *event;	/* with deliveries, attempts
						   and body */
};

void
page_forget_write(struct html *h, const struct page_forget *p);

#endif
