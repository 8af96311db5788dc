#ifndef CGIHOOK_BLIND_BODY_H
#define CGIHOOK_BLIND_BODY_H

#include <stdbool.h>

#include "arena.h"
#include "message.h"
#include "source.h"

/**
 * blind_body_kept - whether a body may be kept if it holds no secret
 *
 * Takes:   s, the source that it was sent to; all, count of them: the sources,
 *          whose recipes may be their own.
 * Returns: true, and *clear is the body unpacked, and a form as JSON: the
 *          arena's, to be searched for secrets as well as the body itself.
 *          False for a form, unless s takes forms and expects a signature:
 *          people type secrets into them, with slips. False for what cannot be
 *          read: it is packed in another way than gzip, or unpacks to more than
 *          1 MiB. False for a body that quotes a signature with its MAC, as
 *          that of a relay does, which has a whole request in it.
 */
bool
blind_body_kept(const struct message *m, const struct source *s,
    const struct source *all, size_t count, struct arena *a,
    struct bytes *clear);

#endif
