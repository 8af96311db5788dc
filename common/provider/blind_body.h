#ifndef CGIHOOK_BLIND_BODY_H
#define CGIHOOK_BLIND_BODY_H

#include <stdbool.h>

#include "message.h"
#include "source.h"

/**
 * blind_body_kept - whether a body may be kept if it holds no secret
 *
 * Takes:   all, count of them: the sources, whose recipes may be their own.
 * Returns: false for a form, since people type secrets into forms and none of
 *          our senders sends one; for a body with a Content-Encoding; and for a
 *          body that quotes a signature with its MAC, as that of a relay does,
 *          which has a whole request in it.
 */
bool
blind_body_kept(const struct message *m, const struct source *all,
    size_t count);

#endif
