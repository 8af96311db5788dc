#ifndef CGIHOOK_CONFIG_SECRET_H
#define CGIHOOK_CONFIG_SECRET_H

#include <stdbool.h>
#include <sys/stat.h>

#include "config_value.h"

enum { SECRET_MAX = 4096 };	/* longer is no secret, but a wrong file */

/**
 * secret_read - file:PATH or env:NAME into a secret
 *
 * Takes:   t, the value; never repeated in a message, where it might be the
 *          secret itself. with_content: false checks the form alone.
 * Owns:    out->data, to be wiped (SECRET_MAX + 1 bytes) and freed; NULL where
 *          the content is not wanted.
 * Returns: ST_OK, *path and *st of the file where it is one, *path NULL
 *          otherwise; ST_CONFIG; ST_BUSY without memory.
 */
enum status
secret_read(const struct value_context *x, const struct config_text *t,
    bool with_content, struct secret *out, const char **path, struct stat *st,
    struct reason *why);

/** secret_wipe - overwrite and free; harmless for none */
void
secret_wipe(struct secret *s);

#endif
