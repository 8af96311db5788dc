#ifndef CGIHOOK_VIEWER_H
#define CGIHOOK_VIEWER_H

#include <pthread.h>
#include <stdbool.h>

#include "status.h"
#include "store.h"

/*
 * The store, for pages. One request at a time has it. A quarter of the workers
 * may wait for it at most, so that looking never keeps senders waiting.
 */
struct viewer {
	pthread_mutex_t counting;
	int inside;			/* requests that have it, or wait for
					   it or for news */
	int waiting;			/* those that wait for news */
	bool leaving;			/* nobody may wait any more */
	pthread_mutex_t mutex;		/* of these two: */
	struct store *reader;		/* NULL until a page is asked for */
	struct store *writer;		/* NULL until somebody changes
					   something */
};

#define VIEWER { .counting = PTHREAD_MUTEX_INITIALIZER, \
	.mutex = PTHREAD_MUTEX_INITIALIZER }

struct exchange;

/**
 * viewer_enter - take the viewer for this request
 *
 * Returns: ST_OK, then viewer_leave is to be called; ST_BUSY: too many have it
 *          or wait for it.
 */
enum status
viewer_enter(struct exchange *x);

void
viewer_leave(struct exchange *x);

/**
 * viewer_begin_wait - whether a request may keep its thread while it waits for
 *                     news; viewer_end_wait follows
 *
 * Returns: false where an eighth of the workers do so already, and for a plain
 *          CGI program.
 */
bool
viewer_begin_wait(struct exchange *x);

void
viewer_end_wait(struct exchange *x);

/** viewer_may_wait - whether such a request may go on waiting: not once
 *  viewer_leave_soon was called */
bool
viewer_may_wait(struct exchange *x);

/** viewer_leave_soon - the process ends as soon as all are answered: those that
 *  wait for news are answered without */
void
viewer_leave_soon(struct viewer *v);

/** viewer_pause - let others have the store while this request waits; it still
 *  counts as one of those that may be inside. viewer_resume follows */
void
viewer_pause(struct exchange *x);

/** viewer_resume - take the store again. What viewer_reader has given may have
 *  been closed */
void
viewer_resume(struct exchange *x);

/**
 * viewer_reader - the store, to look at; it never takes write.lock
 *
 * Takes:   an exchange that has entered.
 * Owns:    *out stays the viewer's.
 * Returns: ST_OK; otherwise as store_open, but ST_SYSTEM for what is not to be
 *          mended by asking again.
 */
enum status
viewer_reader(struct exchange *x, struct store **out);

/** viewer_look - the same, but ST_UNKNOWN where there is no store yet: for
 *  what anybody may ask */
enum status
viewer_look(struct exchange *x, struct store **out);

/** viewer_writer - the same, to change something in it */
enum status
viewer_writer(struct exchange *x, struct store **out);

/** viewer_close - close what was opened */
void
viewer_close(struct viewer *v);

#endif
