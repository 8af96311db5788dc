#ifndef CGIHOOK_CONFIG_SECRET_H
#define CGIHOOK_CONFIG_SECRET_H

#include <stdbool.h>
#include <sys/stat.h>

#include "config_value.h"

enum { SECRET_MAX = 4096 };	/* a longer file is not a secret */

/* What a message calls a secret. */
struct secret_kind {
	const char *key;	/* "secret": the key that names it */
	const char *name;	/* "secret": what the file should hold */
	const char *bom;	/* "no sender has in its secret" */
	bool is_value;		/* NAME=value is a mistake */
};

extern const struct secret_kind secret_of_source;

/**
 * secret_read_file - read a file that holds a secret, less one newline
 *
 * Takes:   path, absolute; line, of the key.
 * Owns:    out->data, as by secret_read.
 * Returns: ST_OK with *st of the file; ST_CONFIG: it cannot be read, others can
 *          read or write it, it is empty, or it is no plain text.
 */
enum status
secret_read_file(const struct value_context *x, const struct secret_kind *k,
    const char *path, int line, struct secret *out, struct stat *st,
    struct reason *why);

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
