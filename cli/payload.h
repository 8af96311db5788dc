#ifndef CGIHOOK_PAYLOAD_H
#define CGIHOOK_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/*
 * Bodies as the senders make them, for "send". The texts are modelled on
 * captured requests of Drone 2.28 and on CircleCI's documented payloads; ids
 * and times are fresh, so that none is a duplicate.
 */

/* The words of a made-up event; NULL where it has none. */
struct payload_words {
	const char *event, *action, *status;
};

/**
 * payload_complete - fill in the words that were not given, and check them
 *
 * Takes:   provider's name; words, any of them NULL.
 * Returns: ST_OK with *words complete; ST_MALFORMED when this sender sends no
 *          such event, action or status: *why lists those it does, and names
 *          the nearest.
 */
enum status
payload_complete(const char *provider, struct payload_words *words,
    struct reason *why);

/**
 * payload_make - a body
 *
 * Takes:   words, by payload_complete; now_ms; random, from which ids are made.
 * Owns:    *out, the arena's.
 * Returns: ST_OK, or ST_BUSY without memory.
 */
enum status
payload_make(const char *provider, const struct payload_words *words,
    int64_t now_ms, const unsigned char random[64], struct arena *a,
    struct bytes *out, struct reason *why);

/** payload_events - the events that a provider is known to send; at most max */
size_t
payload_events(const char *provider, const char **out, size_t max);

/** payload_suffixes - the words that a handler's name may have behind the dot:
 *  the event's actions and statuses, "completed" and "d"; at most max */
size_t
payload_suffixes(const char *provider, const char *event, const char **out,
    size_t max);

/** payload_expand - text with ' for ", and <name> replaced: the i-th name by
 *  the i-th value; data NULL for an unknown name, or without memory */
struct bytes
payload_expand(const char *text, const char *const *names,
    const char *const *values, size_t count, struct arena *a);

#endif
