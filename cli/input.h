#ifndef CGIHOOK_INPUT_H
#define CGIHOOK_INPUT_H

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

#endif
