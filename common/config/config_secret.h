#ifndef CGIHOOK_CONFIG_SECRET_H
#define CGIHOOK_CONFIG_SECRET_H

#include <stdbool.h>
#include <sys/stat.h>

#include "config_value.h"

enum { SECRET_MAX = 4096 };	/* a longer file is not a secret */

/**
 * secret_read - read the secret of file:PATH or env:NAME
 *
 * Takes:   t, the value; no message repeats it if it might be the secret
 *          itself. with_content: false only checks the form.
 * Owns:    out->data, to be wiped (SECRET_MAX + 1 bytes) and freed; NULL
 *          without with_content.
 * Returns: ST_OK, with *path and *st of the file, or *path NULL if it is none;
 *          ST_CONFIG; ST_BUSY without memory.
 */
enum status
secret_read(const struct value_context *x, const struct config_text *t,
    bool with_content, struct secret *out, const char **path, struct stat *st,
    struct reason *why);

/** secret_wipe - overwrite and free a secret, if there is one */
void
secret_wipe(struct secret *s);

#endif
