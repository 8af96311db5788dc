#ifndef CGIHOOK_HANDLER_ENV_H
#define CGIHOOK_HANDLER_ENV_H

#include "arena.h"
#include "config.h"
#include "event.h"
#include "status.h"
#include "store.h"

/* Sizes that exec(2) and CONTRACT 4 set. */
#define ENV_VALUE_MAX (64 * 1024)
#define ENV_COUNT_MAX 1000
#define ENV_TOTAL_MAX (512 * 1024)
#define ENV_OMITTED_MAX (4 * 1024)

/* The half of an environment that is one for all handlers of an event: made
 * once, used for each of its deliveries and attempts. */
struct event_env;

/**
 * env_prepare - everything that the event and the runner's user give:
 *               PATH…, HOOK_*, the provider's names, PAYLOAD_*
 *
 * Takes:   e, the stored event; decoded, the same by event_decode.
 * Owns:    *out, the arena's, as long as that and e and decoded live.
 * Returns: ST_OK; ST_BUSY without memory.
 */
enum status
env_prepare(const struct stored_event *e, const struct event *decoded,
    struct arena *a, struct event_env **out, struct reason *why);

/**
 * env_build - the NULL-ended environment of one attempt
 *
 * Takes:   handler, as in HOOK_DELIVERY behind the slash; attempt from 1; h,
 *          whose env lines come last and win.
 * Returns: ST_OK; ST_SYSTEM when a "file:" of h cannot be read; ST_BUSY.
 */
enum status
env_build(const struct event_env *prepared, const char *handler, int attempt,
    const struct handler_config *h, struct arena *a, char ***out,
    struct reason *why);

#endif
