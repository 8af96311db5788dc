#ifndef CGIHOOK_STORED_DECODE_H
#define CGIHOOK_STORED_DECODE_H

#include "arena.h"
#include "config.h"
#include "event.h"
#include "status.h"
#include "stored.h"

/**
 * stored_decode - make sense of an event that was accepted before
 *
 * Takes:   e, with its headers and body.
 * Owns:    *out: views of e and the arena.
 * Returns: as event_decode; ST_MALFORMED also if this version has no such
 *          provider, or the body was removed.
 */
enum status
stored_decode(const struct config *c, const struct stored_event *e,
    struct arena *a, struct event *out, struct reason *why);

#endif
