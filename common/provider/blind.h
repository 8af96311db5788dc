#ifndef CGIHOOK_BLIND_H
#define CGIHOOK_BLIND_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "message.h"
#include "provider.h"
#include "status.h"

/**
 * blind_message - a request as it may lie on the disk: what is needed to verify
 *                 and to explain it, and nothing that lets its reader send one
 *
 * Takes:   m, refused, and all, count of them: the sources whose secrets it
 *          must not tell; s, to which it came.
 * Owns:    *out's views, m's and the arena's.
 * Returns: ST_OK, out->blind set; ST_BUSY without memory.
 *          Of its headers those are left that senders are known by and that
 *          verification looks at; of a signature its form, its parameters and
 *          the hash of its MAC (mac.h), of a secret in the place where s
 *          expects one its hash (bearer.h), its query only as such. Whatever
 *          else holds a secret of any source is left out (leak.h): the body
 *          then has no data.
 */
enum status
blind_message(const struct message *m, const struct source *s,
    const struct source *all, size_t count, struct arena *a,
    struct message *out);

#endif
