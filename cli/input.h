#ifndef CGIHOOK_INPUT_H
#define CGIHOOK_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/**
 * input_whole - a whole file, or standard input if path is NULL or "-"
 *
 * Returns: as file_read. Needs no /dev/stdin, which a chroot may lack.
 */
enum status
input_whole(const char *path, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct reason *why);

/**
 * input_secret - one line of standard input, without its end; a terminal does
 *                not show it
 *
 * Takes:   prompt, for a terminal; out of size bytes, to be wiped.
 * Returns: false where there is none, or an empty one; out is "" then.
 */
bool
input_secret(const char *prompt, char *out, size_t size);

#endif
