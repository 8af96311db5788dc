#ifndef CGIHOOK_STATUS_H
#define CGIHOOK_STATUS_H

/*
 * What became of a call: one enumeration for the whole program. Each value
 * answers "who must act?", and fcgi/reply.c maps each to its HTTP status.
 */
enum status {
	/* nobody */
	ST_OK,
	ST_DUPLICATE,	/* genuine, and accepted before */

	/* the sender */
	ST_MALFORMED,	/* 400: not what the protocol says */
	ST_DENIED,	/* 401: not genuine, or stale */
	ST_UNKNOWN,	/* 404: no such source, event, delivery, file */
	ST_METHOD,	/* 405 */
	ST_SLOW,	/* 408: the body did not arrive in time */
	ST_TOO_BIG,	/* 413: over a limit */
	ST_MEDIA,	/* 415: not JSON by its own word */

	/* time: the same call may succeed later */
	ST_BUSY,	/* 503: a lock, a full queue, a full table */

	/* the operator */
	ST_CONFIG,	/* 500: the configuration is wrong */
	ST_SYSTEM,	/* 503: the disk or the kernel refused */

	/* us */
	ST_BUG		/* 500: cannot happen, and did */
};

/*
 * Why a call failed, in words for the log or the operator and never for the
 * sender. Written once, where the cause is known.
 */
struct reason {
	char text[320];
};

/**
 * fail - note why, and return the status to return
 *
 * Takes:   why, may be NULL; format as printf's. What does not fit is cut.
 * Returns: st.
 */
enum status
fail(struct reason *why, enum status st, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
