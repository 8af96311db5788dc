#ifndef CGIHOOK_STATUS_H
#define CGIHOOK_STATUS_H

/*
 * What became of a call: one enumeration for the whole program. Each value
 * answers one question, "who must act?", and nothing else. One switch, in
 * fcgi/reply.c, makes HTTP statuses of them.
 *
 * Where a call has several good ends, such as a row or none, a runner that
 * listens or one that was started, nobody must act: they are told by a bool, an
 * enumeration of the module's own, or an absent value, and not by a status.
 */
enum status {
	/* nobody */
	ST_OK,
	ST_DUPLICATE,	/* the event was accepted before: store_accept alone */

	/* the sender, or whoever asked for it */
	ST_MALFORMED,	/* 400: it is not what the protocol says */
	ST_DENIED,	/* 401: it is not genuine, or stale */
	ST_UNKNOWN,	/* 404: what was named is not there */
	ST_METHOD,	/* 405 */
	ST_SLOW,	/* 408: the body did not arrive in time */
	ST_TOO_BIG,	/* 413: it is over a limit */
	ST_MEDIA,	/* 415: it is not JSON by its own word */

	/* nobody but time: the same call may succeed later */
	ST_BUSY,	/* 503: a lock, a full queue, a full table, no memory */

	/* the operator */
	ST_CONFIG,	/* 500: it is set up wrong, or not installed */
	ST_SYSTEM,	/* 503: the disk or the kernel refused */

	/* we */
	ST_BUG		/* 500: it cannot happen, and did */
};

/*
 * Why a call failed, in words for the log or the operator and never for the
 * sender. Written once, where the cause is known.
 */
struct reason {
	char text[400];
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
