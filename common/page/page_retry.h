#ifndef CGIHOOK_PAGE_RETRY_H
#define CGIHOOK_PAGE_RETRY_H

#include "page_events.h"

/* Says how many deliveries would be retried, and asks whether that is meant. */
struct page_retry {
	struct frame frame;
	struct page_asked asked;
	int64_t events, deliveries;
	bool more;			/* than are counted */
};

void
page_retry_write(struct html *h, const struct page_retry *p);

#endif
