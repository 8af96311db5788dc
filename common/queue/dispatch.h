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
 * Which handlers an event has: cgihook-handler(7). Of source "drone" and event
 * "build", in the order in which they are started, each once:
 *
 *   drone/build
 *   drone/build.ACTION
 *   drone/build.STATUS
 *   drone/build.completed	when a build has ended, however it did
 *   drone/build.d/NAME		sorted by the bytes of NAME, [A-Za-z0-9_-]+
 *   drone/all
 *
 * Names are built from words that event_word_valid has let pass, and are
 * checked here again.
 */

/**
 * dispatch_find - the handlers that exist, in the order they are started
 *
 * Owns:    *out, the arena's: "build", "build.failure", "build.d/10-mail", …
 * Returns: ST_OK, *count 0 when none exists, or no folder for them; ST_BUSY
 *          without memory; ST_SYSTEM when a folder is there and cannot be
 *          read; ST_BUG when a word is none. A file that exists and cannot be
 *          run (not executable, writable by others, foreign owner, a symlink
 *          to nothing) is listed all the same: running it fails with the
 *          reason, instead of the event being lost silently. A folder is no
 *          handler. What is no executable file is left out of build.d/.
 */
enum status
dispatch_find(const char *handlers_dir, const struct stored_event *e,
    bool completed, struct arena *a, const char ***out, size_t *count,
    struct reason *why);

/** dispatch_wait_handler - of the handlers configured as mode = wait, the
 *  first that this event would start; NULL when there is none. It looks at the
 *  configuration alone. */
const char *
dispatch_wait_handler(const struct config *c, const char *source,
    struct bytes event, struct bytes action, struct bytes status,
    bool completed);

/**
 * dispatch_check - may this handler be run?
 *
 * Takes:   handler, as dispatch_find gives it.
 * Owns:    *path, absolute where handlers_dir is, the arena's: the name below
 *          handlers_dir, symlinks not resolved.
 * Returns: ST_OK; ST_UNKNOWN, it is no longer there; ST_DENIED, it or a folder
 *          between it and handlers_dir (inclusive), or a symlink's target or
 *          that one's folder, is writable by group or others or belongs
 *          neither to root nor to this user; or it is not a regular file, or
 *          not executable: *why has the chmod or chown that mends it; ST_BUSY
 *          without memory or descriptors.
 */
enum status
dispatch_check(const char *handlers_dir, const char *source,
    const char *handler, struct arena *a, const char **path,
    struct reason *why);

#endif
