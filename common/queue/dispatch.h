#ifndef CGIHOOK_DISPATCH_H
#define CGIHOOK_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "config.h"
#include "path_trust.h"
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
 * Returns: ST_OK, *count 0 when none exists, or no folder for them; ST_SYSTEM
 *          when that cannot be known: handlers_dir is not there, is no folder
 *          or has nothing in it at all (the file system that should be mounted
 *          there is not), or the folder of the source or the event is there
 *          and cannot be read, or is a link to nothing; ST_BUSY without
 *          memory; ST_BUG when a word is none. A file that exists and cannot be
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
 *  first that this event would start and that passes (NULL: all do):
 *  "drone/build.failure"; NULL when there is none. It looks at the
 *  configuration alone. */
const char *
dispatch_wait_handler(const struct config *c, const char *source,
    struct bytes event, struct bytes action, struct bytes status,
    bool completed, bool (*passes)(void *ctx, const struct handler_config *h),
    void *ctx);

/**
 * dispatch_path - where a handler is
 *
 * Takes:   handler, as dispatch_find gives it.
 * Owns:    *path, absolute where handlers_dir is, the arena's: the name below
 *          handlers_dir, symlinks not resolved.
 * Returns: ST_OK; ST_CONFIG, not a handler's name; ST_BUSY without memory.
 */
enum status
dispatch_path(const char *handlers_dir, const char *source,
    const char *handler, struct arena *a, const char **path,
    struct reason *why);

/** dispatch_strict - of that path, what path_trust.h calls strict: what is in
 *  handlers_dir, or in a folder there, runs because of its name */
size_t
dispatch_strict(const char *source, const char *handler);

/** dispatch_check - may this handler be run by that user? As
 *  path_trust_program, and dispatch_path; apart: the state folder, or NULL. */
enum status
dispatch_check(const char *handlers_dir, const char *apart, const char *source,
    const char *handler, uid_t user, struct arena *a, struct reason *why);

/** dispatch_check_program - likewise the program of on_dead */
enum status
dispatch_check_program(const char *path, const char *apart, uid_t user,
    struct reason *why);

/** dispatch_must_wait - whether what one of these has returned is a reason to
 *  wait until it is mended, and not to fail */
bool
dispatch_must_wait(enum status checked);

#endif
