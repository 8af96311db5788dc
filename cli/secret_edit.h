#ifndef CGIHOOK_SECRET_EDIT_H
#define CGIHOOK_SECRET_EDIT_H

#include "config.h"
#include "status.h"

/* The line of a configuration that names a source's secrets, as text. */

enum { SECRET_WORDS_MAX = 16 };

/**
 * secret_edit_add - the text with another secret behind one of a source
 *
 * Takes:   text, a configuration without mistakes; word, as written there:
 *          "file:drone.secret"; added, the other one.
 * Owns:    *out, the arena's.
 * Returns: ST_OK; ST_CONFIG where it is written in a way that we leave to
 *          people: *why says what to write.
 */
enum status
secret_edit_add(const char *path, struct bytes text, const char *source,
    const char *word, const char *added, struct arena *a, struct bytes *out,
    struct reason *why);

/** secret_edit_drop - the text without one secret of a source, which has
 *  others; as secret_edit_add */
enum status
secret_edit_drop(const char *path, struct bytes text, const char *source,
    const char *word, struct arena *a, struct bytes *out, struct reason *why);

/** secret_edit_words - the secrets of a source, as they are written */
enum status
secret_edit_words(const char *path, struct bytes text, const char *source,
    struct arena *a, const char *words[SECRET_WORDS_MAX], size_t *count,
    struct reason *why);

#endif
