#ifndef CGIHOOK_AWAIT_H
#define CGIHOOK_AWAIT_H

#include <stdint.h>

#include "arena.h"
#include "live_config.h"
#include "reply.h"
#include "status.h"

/*
 * mode = wait: the reply is a handler's. The runner runs it like any other and
 * rings this process's bell when it has ended; its end is then read from the
 * store.
 */
struct await;

/** await_open - Owns: *out, until await_close. Returns: ST_OK; as store_open
 *  and bell_open; ST_BUSY without memory */
enum status
await_open(struct config_ref *ref, struct await **out, struct reason *why);

/** await_bell - the name to give with an accept (store_accept.notify) */
const char *
await_bell(const struct await *w);

/** await_mark - to be taken before the accept, so that no ring is missed */
uint64_t
await_mark(struct await *w);

/**
 * await_end - until the event's wait delivery has ended
 *
 * Takes:   mark; handler, "build.failure"; within_ms from now.
 * Owns:    the reply's body is the arena's.
 * Returns: ST_OK with *out: 200 it ended well, 500 it failed for good, 503 it
 *          may be tried again, 504 the deadline came first; ST_UNKNOWN when
 *          the event has no such handler after all; otherwise as store_get.
 */
enum status
await_end(struct await *w, uint64_t mark, int64_t event_id,
    const char *handler, int64_t within_ms, struct arena *a,
    struct reply *out, struct reason *why);

/** await_close - NULL is let pass */
void
await_close(struct await *w);

#endif
