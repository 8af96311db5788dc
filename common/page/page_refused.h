#ifndef CGIHOOK_PAGE_REFUSED_H
#define CGIHOOK_PAGE_REFUSED_H

#include "explain_steps.h"
#include "frame.h"
#include "refused.h"

/* Requests that were refused, and why. */

struct page_refused_list {
	struct frame frame;
	const struct refused *rows;	/* newest first */
	size_t count;
};

void
page_refused_write(struct html *h, const struct page_refused_list *p);

struct page_refused {
	struct frame frame;
	const struct refused *refused;
	const struct explanation *explanation;	/* NULL: its source is gone */
	const struct guesses *guesses;
};

void
page_refused_one_write(struct html *h, const struct page_refused *p);

#endif
