#ifndef CGIHOOK_PAGE_ANSWER_H
#define CGIHOOK_PAGE_ANSWER_H

#include "frame.h"
#include "route.h"

/* What the pages answer: rows of route.c. */

page_answer answer_home;		/* "-": to "-/" */
page_answer answer_events;		/* the list */
page_answer answer_overview;		/* sums, and how it is now */
page_answer answer_event;		/* one event, or its body as it came */
page_answer answer_event_retry;		/* POST: of it, or of a delivery */
page_answer answer_forget_ask;		/* what would be removed? */
page_answer answer_forget;		/* POST: remove it */
page_answer answer_retry_ask;		/* how many would be retried? */
page_answer answer_retry_all;		/* POST: do it */
page_answer answer_run;			/* POST: see that the runner works */
page_answer answer_refused;		/* the list of refused requests */
page_answer answer_refused_one;		/* one of them, explained */
page_answer answer_refused_accept;	/* POST: accept it after all */
page_answer answer_sources;		/* what to give to the senders */
page_answer answer_source_secret;	/* POST: and a secret, once */

/* --- what several of them need -------------------------------------------- */

struct exchange;
struct page_asked;
struct query;
struct store_filter;
struct store_retry;

enum { ANSWER_PAGE = 50 };

/** answer_query - the query of the address, or the form of a POST.
 *  ST_MALFORMED; ST_BUSY */
enum status
answer_query(struct exchange *x, struct query *out);

/** answer_asked - the list that a query asks for */
void
answer_asked(const struct query *q, struct page_asked *out);

/**
 * answer_filter - the same for the store, with what the visitor may see
 *
 * Takes:   an exchange whose visitor has shown a token.
 * Returns: ST_OK; ST_UNKNOWN: nothing can be like that, or the visitor does
 *          not see that source.
 */
enum status
answer_filter(struct exchange *x, const struct page_asked *asked,
    struct store_filter *out);

/* What became of a form, as the address that it led to says: ?told=retried */
struct answer_message {
	const char *told;		/* NULL: the end of a list */
	const char *message;
	enum frame_tone tone;
};

/** answer_message - put the message that the query names into the frame */
void
answer_message(const struct query *q, const struct answer_message *messages,
    struct frame *f);

/** answer_path_number - the number at the end of the path, behind prefix, and
 *  *rest behind it, "" or "/raw"; 0: there is none */
int64_t
answer_path_number(const struct exchange *x, const char *prefix,
    struct bytes *rest);

/** answer_retry_one - have what a query or a form asks for run again: all that
 *  failed of the event, or a handler. Returns: ST_OK with r filled in;
 *  ST_UNKNOWN also where the visitor does not see its source; as store_retry */
enum status
answer_retry_one(struct exchange *x, int64_t id, const struct query *q,
    struct store_retry *r);

/** answer_wake - see that a runner does what waits; a page view does that, too.
 *  False: the runner could not be woken, and x->why says why */
bool
answer_wake(struct exchange *x, bool even_if_nothing_is_due);

#endif
