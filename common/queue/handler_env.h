#ifndef CGIHOOK_HANDLER_ENV_H
#define CGIHOOK_HANDLER_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "env_set.h"
#include "event.h"
#include "status.h"
#include "store.h"

/*
 * A handler's environment, made from nothing: cgihook-handler(7). In the order
 * in which variables are admitted, so that what matters is never crowded out
 * by what a sender makes up:
 *
 *   the handler's own env lines
 *   HOOK_DELIVERY HOOK_ATTEMPT HOOK_OMITTED HOOK_OMITTED_COUNT HOOK_FENCE
 *   PATH HOME USER LOGNAME SHELL LANG TMPDIR
 *   HOOK_ID, the words, the neutral fields
 *   the names of the provider's table
 *   PAYLOAD_<PATH>, the shallowest first
 *
 * All together are at most ENV_COUNT_MAX variables and ENV_TOTAL_MAX bytes, or
 * what the limit of this process's stack leaves of these (execve(2)), each
 * counted with its name, '=' and NUL. Values are the sender's bytes.
 */

/* Who the runner is, from the password database: asked once, as that may be
 * on another machine. And where its pages are. */
struct env_user {
	const char *name, *home, *shell;
	const char *url;		/* the script's, page_url.text; NULL:
					   no HOOK_PAGE */
};

/**
 * env_user_read - the user of this process
 *
 * Owns:    *out, the arena's; its url is NULL.
 * Returns: ST_OK, also for a user without an entry: its number for a name, and
 *          "/" for a home; ST_BUSY without memory.
 */
enum status
env_user_read(struct arena *a, struct env_user *out, struct reason *why);

/** env_add_user - PATH to TMPDIR, which every program of that user has */
void
env_add_user(struct env_set *s, const struct env_user *user);

/* The half of an environment that is one for all handlers of an event: made
 * once, used for each of its deliveries and attempts. */
struct event_env;

/**
 * env_prepare - everything that the event and the runner's user give:
 *               PATH…, HOOK_*, the provider's names, PAYLOAD_*
 *
 * Takes:   user, as env_user_read gave it; e, the stored event; decoded, the
 *          same by event_decode.
 * Owns:    *out, the arena's, as long as that and e and decoded live.
 * Returns: ST_OK; ST_BUSY without memory.
 */
enum status
env_prepare(const struct env_user *user, const struct stored_event *e,
    const struct event *decoded, struct arena *a, struct event_env **out,
    struct reason *why);

/**
 * env_receive - the same from another machine, which has prepared it for the
 *               same event
 *
 * Takes:   user, this machine's; text, "NAME=value" with a NUL behind each;
 *          doc, the body, for "payload:".
 * Effect:  only names are taken that a provider's events can have, since others
 *          decide what programs do.
 */
enum status
env_receive(const struct env_user *user, const struct stored_event *e,
    struct bytes text, const struct json_doc *doc, struct arena *a,
    struct event_env **out, struct reason *why);

enum env_found {
	ENV_SET, ENV_UNSET,
	ENV_LEFT_OUT		/* it has a value that handlers are not given */
};

/** env_find - a variable of that half. ENV_SET: *value, with a NUL behind it;
 *  otherwise it stays untouched */
enum env_found
env_find(const struct event_env *prepared, struct bytes name,
    struct bytes *value);

/** env_at - the i-th variable of that half, in the order in which they were
 *  admitted; false after the last one */
bool
env_at(const struct event_env *prepared, size_t i, struct bytes *name,
    struct bytes *value);

/** env_left_out - how many variables of it handlers are not given */
uint64_t
env_left_out(const struct event_env *prepared);

/**
 * env_build - the NULL-ended environment of one attempt
 *
 * Takes:   handler, as in HOOK_DELIVERY behind the slash; attempt from 1; h,
 *          whose env lines win over everything else: config_env.h has let
 *          none pass that is a delivery's own, or there twice.
 *          "NAME=file:path" is the file's content at this moment less one
 *          newline at its end; "NAME=payload:a.b.0" a scalar of the body, and
 *          unset where that is absent, null, an object or an array.
 * Returns: ST_OK; ST_CONFIG when a value is over ENV_VALUE_MAX; ST_SYSTEM when
 *          a "file:" is, or cannot be read, or has a NUL in it, or the lines
 *          alone pass the limits; ST_BUSY without memory.
 */
enum status
env_build(const struct event_env *prepared, const char *handler, int attempt,
    const struct handler_config *h, struct arena *a, char ***out,
    struct reason *why);

/** env_add_fence - add HOOK_FENCE to what env_build made, which has room for
 *  it; 0: there is none. ST_BUSY without memory. */
enum status
env_add_fence(char **env, int64_t fence, struct arena *a, struct reason *why);

#endif
