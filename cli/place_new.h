#ifndef CGIHOOK_PLACE_NEW_H
#define CGIHOOK_PLACE_NEW_H

#include "config.h"
#include "init_files.h"

/* Puts what a handler or a source needs to where the configuration wants it.
 * Each file is new, or nothing is written; it is on the disk afterwards. */

/** place_new_secret - a line into a file of its own, which only the runner's
 *  user can read
 *
 *  Takes:   path, absolute. */
enum status
place_new_secret(const struct config *c, const char *path, const char *line,
    struct arena *a, struct reason *why);

/** place_new_source_secret - a new secret for a source, which only the
 *  responder's user can read
 *
 *  Takes:   f, by init_source_secret: its path is below the configuration's
 *           folder. */
enum status
place_new_source_secret(const struct config *c, const struct init_file *f,
    struct arena *a, struct reason *why);

/** place_new_handler - a program into handlers_dir
 *
 *  Takes:   path, "drone/build.d/slack"; folders that are missing are made. */
enum status
place_new_handler(const struct config *c, const char *path,
    struct bytes text, struct arena *a, struct reason *why);

/** place_new_like - a file of the same owner and mode as another one; what an
 *  earlier try has left at its path is replaced
 *
 *  Takes:   like, which must be a regular file. */
enum status
place_new_like(const char *like, const char *path, struct bytes text,
    struct arena *a, struct reason *why);

/** place_second_name - another name for a file, in the same folder */
enum status
place_second_name(const char *path, const char *second, struct arena *a,
    struct reason *why);

/** place_rename - in the same folder */
enum status
place_rename(const char *from, const char *to, struct arena *a,
    struct reason *why);

/** place_old_text - the configuration as it is written now */
enum status
place_old_text(const struct config *c, struct arena *a, struct bytes *out,
    struct reason *why);

/** place_try_text - whether another text of the configuration could be used;
 *  nothing changes */
enum status
place_try_text(const struct config *c, struct bytes text, struct arena *a,
    struct reason *why);

/** place_new_text - another text of the configuration; as place_new_section */
enum status
place_new_text(const struct config *c, struct bytes text, struct arena *a,
    struct config **out, struct reason *why);

/**
 * place_new_section - add a section to the configuration's end
 *
 * Owns:    *out, the configuration with it, until config_free.
 * Returns: ST_OK; ST_CONFIG if it would have a mistake, and then nothing has
 *          changed; ST_SYSTEM.
 * Effect:  the file is replaced at once by one of the same owner and mode; a
 *          link to it stays one.
 */
enum status
place_new_section(const struct config *c, struct bytes text, struct arena *a,
    struct config **out, struct reason *why);

#endif
