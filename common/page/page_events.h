#ifndef CGIHOOK_PAGE_EVENTS_H
#define CGIHOOK_PAGE_EVENTS_H

#include "frame.h"
#include "stored.h"

/* The list of events. */

/* What is asked for, as it was written; NULL: any. */
struct page_asked {
	const char *source, *event, *status, *state, *handler;
	const char *search;		/* "mira fix", of the query q */
	const char *since;		/* "8h" */
	const char *from, *to;		/* "2026-01-31T12:00" */
	int64_t before;			/* the key of the page; 0: the newest */
};

/* An event, and what its body says of it; "" where it says nothing. */
struct page_row {
	const struct stored_event *event;
	const char *project, *branch, *title, *author;
};

struct page_events {
	struct frame frame;
	struct page_asked asked;
	const struct page_row *rows;	/* newest first */
	size_t count;
	int64_t older;			/* what to ask for next; 0: no more */
	bool complete;			/* all of them were looked at */
	uint32_t have;			/* changes with what is shown */
	const char *const *sources;	/* that may be chosen */
	size_t source_count;
	bool empty;			/* no event was ever accepted */
	const char *address;		/* of the first source, for the empty
					   page */
};

/** page_events_write - the whole page */
void
page_events_write(struct html *h, const struct page_events *p);

/** page_events_rows - its rows alone, as the script puts them in */
void
page_events_rows(struct html *h, const struct page_events *p);

/** page_asked_query - the query that asks for the same: "?state=dead", or
 *  nothing; within an attribute */
void
page_asked_query(struct html *h, const struct page_asked *asked);

/** page_asked_any - whether something is asked for but all events */
bool
page_asked_any(const struct page_asked *asked);

/** page_asked_hidden - the same as hidden inputs of a form */
void
page_asked_hidden(struct html *h, const struct page_asked *asked);

#endif
