#ifndef CGIHOOK_CODING_H
#define CGIHOOK_CODING_H

#include <stdint.h>

#include "arena.h"
#include "message.h"
#include "status.h"

/**
 * coding_check - whether a body's Content-Encoding can be undone
 *
 * Returns: ST_OK for none, for identity and for gzip, x-gzip; ST_MEDIA for any
 *          other, for several, and where the header appears twice.
 */
enum status
coding_check(const struct message *m, struct reason *why);

/**
 * coding_undo - a genuine message with its body as it was before it was packed
 *
 * Takes:   limit_bytes, of the body.
 * Owns:    *out's views are m's and the arena's. It has the header still.
 * Returns: ST_OK; as coding_check, gzip_inflate.
 */
enum status
coding_undo(const struct message *m, int64_t limit_bytes, struct arena *a,
    struct message *out, struct reason *why);

#endif
