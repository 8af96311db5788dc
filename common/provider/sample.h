#ifndef CGIHOOK_SAMPLE_H
#define CGIHOOK_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "provider.h"
#include "status.h"

/*
 * Made-up events, for "send": a body as the sender makes it, from the sample in
 * the provider's table of events. A sample is JSON with ' for ", and <name> for
 * what changes:
 *
 *   event action status      the words
 *   id id2 id3 id4           UUIDs
 *   commit short             a commit's hash; its first 12 digits
 *   number build             numbers
 *   now created started finished   seconds since 1970; 0 for what is yet to be
 *   time earlier             the same as RFC 3339 times: now, and a bit before
 *   exit                     an exit status that fits the status
 *
 * Ids and times are fresh each time, so that no event is a duplicate.
 */

/* The words of a made-up event; NULL where it has none. */
struct sample_words {
	const char *event, *action, *status;
};

enum { SAMPLE_RANDOM_BYTES = 64 };

/**
 * sample_complete - fill in the words that were not given, and check them
 *
 * Takes:   words, any of them NULL.
 * Returns: ST_OK with *words complete; ST_MALFORMED when this sender sends no
 *          such event, action or status: *why lists those it does, and names
 *          the nearest.
 */
enum status
sample_complete(const struct provider *p, struct sample_words *words,
    struct reason *why);

/**
 * sample_make - a body
 *
 * Takes:   words, by sample_complete; random, from which ids are made.
 * Owns:    *out, the arena's.
 * Returns: ST_OK, or ST_BUSY without memory.
 */
enum status
sample_make(const struct provider *p, const struct sample_words *words,
    int64_t now_ms, const unsigned char random[SAMPLE_RANDOM_BYTES],
    struct arena *a, struct bytes *out, struct reason *why);

/** sample_fill - a text with <name>s, filled in; data NULL for an unknown name,
 *  or without memory. words and random as sample_make has them. */
struct bytes
sample_fill(const char *text, const struct sample_words *words,
    int64_t now_ms, const unsigned char random[SAMPLE_RANDOM_BYTES],
    enum result result, struct arena *a);

/** sample_events - the events that a provider is known to send, each once; at
 *  most max */
size_t
sample_events(const struct provider *p, const char **out, size_t max);

/** sample_actions - an event's actions, each once; at most max */
size_t
sample_actions(const struct provider *p, const char *event, const char **out,
    size_t max);

/** sample_statuses - an event's statuses, each once; at most max */
size_t
sample_statuses(const struct provider *p, const char *event, const char **out,
    size_t max);

#endif
