#ifndef CGIHOOK_HANDLER_WHEN_H
#define CGIHOOK_HANDLER_WHEN_H

#include "arena.h"
#include "config.h"
#include "event.h"
#include "handler_env.h"
#include "message.h"
#include "stored.h"

/*
 * "when": whether an event fulfils the conditions of a handler. They are about
 * the variables that the handler would be given, byte for byte.
 */

/**
 * handler_when - the first of a handler's conditions that does not hold
 *
 * Takes:   when, ended by a text that is NULL; NULL: no conditions; env, as
 *          env_prepare gave it.
 * Owns:    what is returned, the arena's; but for the condition, which is the
 *          configuration's.
 * Returns: NULL: all hold, or the arena has failed.
 */
const struct stored_filter *
handler_when(const struct condition *when, const struct event_env *env,
    struct arena *a);

/** handler_when_env - what conditions are about, of a message that is not in
 *  the store. As env_prepare, without the runner's user. */
enum status
handler_when_env(const struct event *e, const struct message *m,
    struct arena *a, struct event_env **out, struct reason *why);

/** handler_when_waits - as dispatch_wait_handler, of the handlers whose
 *  conditions hold; without memory they are taken to hold, since the runner
 *  decides */
const char *
handler_when_waits(const struct config *c, const struct event *e,
    const struct message *m);

#endif
