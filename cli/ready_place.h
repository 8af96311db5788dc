#ifndef CGIHOOK_READY_PLACE_H
#define CGIHOOK_READY_PLACE_H

#include "config.h"

/* Puts what a ready handler needs to where the configuration wants it. Each
 * file is new, or nothing is written; it is on the disk afterwards. */

/** ready_place_secret - a line into a file of its own, which only the runner's
 *  user can read
 *
 *  Takes:   path, absolute. */
enum status
ready_place_secret(const struct config *c, const char *path, const char *line,
    struct arena *a, struct reason *why);

/** ready_place_handler - a program into handlers_dir
 *
 *  Takes:   path, "drone/build.d/slack"; folders that are missing are made. */
enum status
ready_place_handler(const struct config *c, const char *path,
    struct bytes text, struct arena *a, struct reason *why);

/**
 * ready_place_section - add a section to the configuration's end
 *
 * Owns:    *out, the configuration with it, until config_free.
 * Returns: ST_OK; ST_CONFIG if it would have a mistake, and then nothing has
 *          changed; ST_SYSTEM.
 * Effect:  the file is replaced at once by one of the same owner and mode; a
 *          link to it stays one.
 */
enum status
ready_place_section(const struct config *c, struct bytes text, struct arena *a,
    struct config **out, struct reason *why);

#endif
