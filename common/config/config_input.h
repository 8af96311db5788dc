#ifndef CGIHOOK_CONFIG_INPUT_H
#define CGIHOOK_CONFIG_INPUT_H

#include <stddef.h>
#include <sys/stat.h>

#include "status.h"

/**
 * input_read - read a whole regular file into memory of its own
 *
 * Takes:   limit_bytes: the largest size that is read.
 * Owns:    *data, limit_bytes + 1 bytes with a NUL after the content; wipe and
 *          free it. No other copy of the content is made.
 * Returns: ST_OK with *st of the file; otherwise ST_CONFIG, and *why is only
 *          the cause, without the path: "No such file or directory".
 * Effect:  never waits, not even for a pipe or a terminal.
 */
enum status
input_read(const char *path, size_t limit_bytes, unsigned char **data,
    size_t *len, struct stat *st, struct reason *why);

#endif
