#ifndef CGIHOOK_BLIND_BODY_H
#define CGIHOOK_BLIND_BODY_H

#include <stdbool.h>

#include "message.h"

/**
 * blind_body_kept - whether a body may lie on the disk, if it holds no secret
 *
 * Returns: false for a form, where people type secrets and which no sender of
 *          ours sends, for a body in a Content-Encoding, and for what quotes a
 *          signature with its MAC: a relay puts a whole request into the body
 *          of its own.
 */
bool
blind_body_kept(const struct message *m);

#endif
