#ifndef CGIHOOK_BLIND_H
#define CGIHOOK_BLIND_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "leak.h"
#include "message.h"
#include "provider.h"
#include "status.h"

/**
 * blind_message - a request as it may be kept on the disk: with what is needed
 *                 to verify and to explain it, and nothing that lets its reader
 *                 send one
 *
 * Takes:   m, which was refused; s, the source that it was sent to; all, count
 *          of them, the sources whose secrets it must not tell; search, for
 *          those secrets.
 * Owns:    *out's views are m's and the arena's.
 * Returns: ST_OK, out->blind set; ST_BUSY without memory.
 *          Headers are kept if they identify a sender or take part in
 *          verification. A signature keeps its form and its parameters, and has
 *          the hash of its MAC (mac.h). A secret where s expects one becomes
 *          its hash (bearer.h), and so does each value of a query, which is
 *          kept only if s expects a secret in it. Whatever else holds a secret
 *          of any source is left out (leak.h): such a body has no data, such a
 *          method or address is "?".
 */
enum status
blind_message(const struct message *m, const struct source *s,
    const struct source *all, size_t count, const struct leak_search *search,
    struct arena *a, struct message *out);

#endif
