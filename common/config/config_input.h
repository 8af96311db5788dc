#ifndef CGIHOOK_CONFIG_INPUT_H
#define CGIHOOK_CONFIG_INPUT_H

#include <stddef.h>
#include <sys/stat.h>

#include "status.h"

/**
 * input_read - a regular file, whole, into memory of its own
 *
 * Takes:   limit_bytes: the largest file that is read.
 * Owns:    *data, limit_bytes + 1 long with a NUL behind the content; wipe and
 *          free it. Read in place: no other copy of the content is made.
 * Returns: ST_OK with *st the file's that was read; otherwise ST_CONFIG and
 *          *why the cause alone, without path: "No such file or directory".
 * Effect:  never waits, also not for a pipe or a terminal.
 */
enum status
input_read(const char *path, size_t limit_bytes, unsigned char **data,
    size_t *len, struct stat *st, struct reason *why);

#endif
