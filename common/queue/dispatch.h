#ifndef CGIHOOK_DISPATCH_H
#define CGIHOOK_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "config.h"
#include "status.h"
#include "store.h"

/*
 * Which handlers an event has: CONTRACT 4. Names are built from words that
 * event_word_valid has let pass, and checked again here.
 */

/**
 * dispatch_find - the handlers that exist, in the order they are started
 *
 * Owns:    *out, the arena's: "build", "build.failure", "build.d/10-mail", …
 * Returns: ST_OK, *count 0 when none exists; ST_BUSY without memory. A file
 *          that exists and cannot be run (not executable, writable by others,
 *          foreign owner) is listed all the same: running it fails with the
 *          reason, instead of the event being lost silently. A file in
 *          build.d/ without the executable bit is left out.
 */
enum status
dispatch_find(const char *handlers_dir, const struct stored_event *e,
    bool completed, struct arena *a, const char ***out, size_t *count,
    struct reason *why);

/** dispatch_wait_handler - of the handlers configured as mode = wait, the
 *  first that this event would start; NULL when there is none */
const char *
dispatch_wait_handler(const struct config *c, const char *source,
    struct bytes event, struct bytes action, struct bytes status,
    bool completed);

/**
 * dispatch_check - may this handler be run?
 *
 * Takes:   handler, as dispatch_find gives it.
 * Owns:    *path, absolute, the arena's.
 * Returns: ST_OK; ST_UNKNOWN, it is no longer there; ST_DENIED, it or a folder
 *          between it and handlers_dir (inclusive), or a symlink's target and
 *          its folder, is writable by group or others or belongs neither to
 *          root nor to this user, or it is not executable: *why has the chmod
 *          or chown that mends it; ST_BUSY without memory.
 */
enum status
dispatch_check(const char *handlers_dir, const char *source,
    const char *handler, struct arena *a, const char **path,
    struct reason *why);

#endif
