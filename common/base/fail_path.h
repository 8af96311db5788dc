#ifndef CGIHOOK_FAIL_PATH_H
#define CGIHOOK_FAIL_PATH_H

#include "status.h"

/**
 * fail_path - as fail, with a path after the text, quoted for a shell if needed
 *
 * Takes:   format, of which at most 199 bytes are used.
 * Returns: st.
 */
enum status
fail_path(struct reason *why, enum status st, const char *path,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
