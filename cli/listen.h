#ifndef CGIHOOK_LISTEN_H
#define CGIHOOK_LISTEN_H

#include <limits.h>

#include "cli.h"
#include "config_url.h"
#include "source.h"

/* "cgihook listen": what another machine's responder accepts, done here. */

struct listen {
	struct cli *cli;
	struct page_url url;		/* the responder's script */
	const char *source;		/* only this one; NULL: all */
	const char *handlers;		/* a folder, absolute; or NULL */
	const char *forward;		/* an address; or NULL */
	struct secret secret;		/* what is forwarded is signed with it;
					   no data: it is not */
	const char *since;		/* "8h"; "now"; NULL */
	int64_t replay;			/* an event's number; 0: none */
	struct secret token;
	int stop_fd;			/* can be read once it is to end */
};

/* --- what the responder says: listen_remote.c ----------------------------- */

enum listen_answer {
	LISTEN_ANSWERED,		/* with what was asked for */
	LISTEN_LATER,			/* it may, later: *why */
	LISTEN_NEVER,			/* it will not: *why */
	LISTEN_STOPPED			/* by stop_fd */
};

/**
 * listen_ask - ask the API
 *
 * Takes:   what, "/-/api/events?…", without blanks; max_s.
 * Owns:    *out, the arena's.
 */
enum listen_answer
listen_ask(const struct listen *l, const char *what, int max_s,
    struct arena *a, struct json_doc *out, struct reason *why);

/** listen_token - read the token from a file, from the terminal without
 *  showing it, or from standard input; CLI_DONE, or a message */
int
listen_token(struct listen *l, const char *path);

/* --- one of its events: listen_event.c ------------------------------------ */

struct listen_event {
	struct stored_event stored;	/* its number, time and words */
	const char *cursor;		/* behind it; "" of one alone */
	const char *page;		/* its address in a browser */
	struct json_doc doc;		/* of the body, where it is JSON */
	struct bytes body;
	const struct http_header *headers;
	size_t header_count;
	struct bytes environment;	/* NAME=value, each with a NUL */
};

/** listen_event_read - false: the answer is not one of this API, or memory is
 *  short. All is the arena's */
bool
listen_event_read(const struct listen *l, const struct json_doc *d,
    const struct json_node *node, struct arena *a, struct listen_event *out);

/* --- what is done with it: listen_act.c ----------------------------------- */

/**
 * listen_act - print a line for the event, and run its handlers or forward it
 *
 * Returns: false: it was stopped before it was done. *good: all went well.
 */
bool
listen_act(struct listen *l, const struct listen_event *e, struct arena *a,
    bool *good);

/** listen_pause - false: stopped meanwhile */
bool
listen_pause(const struct listen *l, int64_t ms);

/* --- how far it is: listen_state.c ---------------------------------------- */

struct listen_state {
	char path[PATH_MAX];
	char cursor[64];		/* "": none yet */
	int lock_fd;
};

/** listen_state_open - find, lock and read what was kept for this responder,
 *  source and purpose; CLI_DONE, or a message, also if another process has
 *  it */
int
listen_state_open(const struct listen *l, struct listen_state *out);

/** listen_state_keep - keep another cursor, whole or not at all */
enum status
listen_state_keep(struct listen_state *s, const char *cursor,
    struct reason *why);

void
listen_state_close(struct listen_state *s);

#endif
