#ifndef CGIHOOK_AGENT_H
#define CGIHOOK_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "role.h"
#include "status.h"
#include "store.h"

/*
 * The agent speaks to a store that several machines share, for the responders
 * of this machine: these face strangers, and must neither have the store's
 * password nor open connections. One agent serves a state folder. It gets
 * events that a responder has verified, as lengths of bytes, and never sees a
 * request. Events of several responders share a commit.
 *
 * A responder may have been broken into, so this is all that it can ask for:
 *
 *   * to store events, as many as the queue takes, with values of its choice;
 *   * whether there is anything to do;
 *   * to be told the numbers of events whose handlers have ended, and how such
 *     a handler has ended, where its mode is "wait";
 *   * where the configuration has a token: what the pages show, and to keep who
 *     is logged in and what visitors do; where a token may: to retry
 *     (store_wire_ask.h).
 */

/* What has become of the agent's own reasons to be. */
enum agent_wish {
	AGENT_STAYS,
	AGENT_LEAVES,		/* as soon as no responder is connected */
	AGENT_ENDS		/* after what was asked for so far */
};

struct agent_options {
	struct store_options store;	/* the one behind it; dir is also where
					   the agent listens; role and busy_ms
					   are the agent's own */
	size_t body_limit_bytes;	/* of an event */
	int64_t idle_ms;		/* ends after so long without clients */
	/* Each is called by any thread, and by one at a time. NULL: allow,
	 * allow, allow, stay. */
	bool (*shows)(void *ctx, const char *path);	/* how it has ended */
	bool (*retries)(void *ctx, const char *source);	/* by a repeat */
	enum role (*pages)(void *ctx);	/* the most that a token may do */
	/* asked before a responder is welcomed, and every quarter of a
	 * second */
	enum agent_wish (*wish)(void *ctx);
	void *ctx;
	int wake_fd;			/* readable: ask wish now; -1: none */
};

/**
 * agent_run - be the agent of a state folder, until there is no need for one
 *
 * Returns: ST_OK at its end; ST_BUSY where there is another one; ST_SYSTEM
 *          where it cannot listen.
 * Effect:  opens the store when it is first needed, and again when it could
 *          not be opened. Whoever asks meanwhile is told why it cannot be
 *          used.
 */
enum status
agent_run(const struct agent_options *o, struct reason *why);

#endif
