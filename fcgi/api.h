#ifndef CGIHOOK_API_H
#define CGIHOOK_API_H

#include "json_out.h"
#include "route.h"

/* What programs ask for: rows of route.c. docs/cgihook-api.7 describes them. */

page_answer api_metrics;		/* for Prometheus */
page_answer api_events;			/* a list */
page_answer api_deliveries;		/* their deliveries alone */
page_answer api_event;			/* one of them, whole */
page_answer api_retry;			/* POST */
page_answer api_refused;
page_answer api_stats;
page_answer api_log_json;		/* webhook, project, workflow, … */
page_answer api_log_csv;

/* --- what several of them need -------------------------------------------- */

struct api_list;
struct query;
struct stored_event;

/** api_reply - x->reply, of an object, which is freed. ST_OK; ST_BUSY */
enum status
api_reply(struct exchange *x, struct cJSON *object);

/** api_refuse - x->reply: {"error":…}; text: what is wrong with the request, or
 *  what does not allow it, for whoever sent it. ST_OK */
enum status
api_refuse(struct exchange *x, int http_status, const char *text);

/** api_check_names - whether a query has only fields that are known; if not,
 *  x->reply says which. Takes: names, up to NULL */
bool
api_check_names(struct exchange *x, const struct query *q,
    const char *const *names);

/* --- lists of events ------------------------------------------------------ */

enum { API_LIMIT = 50, API_LIMIT_MAX = 500 };

struct api_page {
	struct stored_event *events;
	size_t count;
	int64_t older, newer;		/* cursors; 0: there is none */
	bool rising;			/* the oldest is first */
};

/**
 * api_list_events - the events that a query asks for, and the visitor may see
 *
 * Takes:   extra: a field's name that is the caller's, or NULL; parts.
 * Returns: ST_OK; with *refused set, x->reply says what is wrong with the
 *          query. Without a cursor, or with one to older events, the newest are
 *          first; with one to newer events, the oldest, and where there are
 *          none it may wait for them.
 */
enum status
api_list_events(struct exchange *x, const char *extra, unsigned parts,
    struct api_page *out, bool *refused);

/* --- as it came ----------------------------------------------------------- */

/**
 * api_raw_wanted - whether a query has raw=yes
 *
 * Returns: ST_OK with *wanted; with *refused set, x->reply says that raw is
 *          something else; ST_DENIED: the visitor may not read bodies.
 */
enum status
api_raw_wanted(struct exchange *x, const struct query *q, bool *wanted,
    bool *refused);

/**
 * api_raw_add - add to an event's object what it was made of, and what its
 *               handlers are given: all that it takes to do elsewhere what is
 *               done here
 *
 * Takes:   an event that was read with its headers and body.
 * Effect:  a member "raw" with headers, body and environment.
 */
void
api_raw_add(struct exchange *x, const struct stored_event *e,
    struct cJSON *object, struct arena *a);

#endif
