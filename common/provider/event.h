#ifndef CGIHOOK_EVENT_H
#define CGIHOOK_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "json.h"
#include "message.h"
#include "provider.h"
#include "status.h"

#define DEDUPE_LEN 16

/* HOOK_RESULT: the same words for every provider. */
enum result {
	RESULT_NONE,		/* the event has no status */
	RESULT_SUCCESS, RESULT_FAILURE, RESULT_CANCELED, RESULT_RUNNING,
	RESULT_PENDING, RESULT_OTHER
};

/* What a genuine request says: the words that choose handlers, and the neutral
 * fields. Views into the body or the arena; absent where the event has none. */
struct event {
	const char *source;
	const char *provider;
	struct bytes event, action, status;
	bool completed;			/* event_completes */
	enum result result;
	struct bytes subject;
	struct bytes project, branch, tag, commit, title, author, name, number,
	    url;
	bool has_dedupe;		/* false: every call is new */
	unsigned char dedupe[DEDUPE_LEN];
	struct json_doc doc;
};

/**
 * event_verify - whether a message is genuine
 *
 * Returns: as the provider's verify; ST_BUSY without memory, and then nobody
 *          knows.
 */
enum status
event_verify(const struct source *s, const struct message *m, struct arena *a,
    struct proof *out, struct reason *why);

/**
 * event_decode - make sense of a message that is genuine
 *
 * Takes:   proof as verify gave it, or NULL when the message comes from the
 *          store (then no dedupe key is made and no age is checked).
 * Owns:    views into m->body and the arena.
 * Returns: ST_OK; ST_MALFORMED when the body is not a JSON object, a word is
 *          not a usable name, a deciding member is repeated or not a string,
 *          or header and body contradict each other; ST_DENIED when it is
 *          stale; ST_BUSY without memory.
 */
enum status
event_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *out,
    struct reason *why);

/** event_completes - whether it has a status, and that is one in which a build
 *  has ended: event.completed runs. By its words alone, as they are stored. */
bool
event_completes(const char *provider, struct bytes event, struct bytes status);

/**
 * event_identify - note what makes this event the same one again
 *
 * Takes:   kind, a letter for what identity is: what one kind says never
 *          equals what another does, nor what another source does.
 * Returns: ST_OK with has_dedupe and dedupe set; ST_SYSTEM when libcrypto
 *          cannot. Without memory the arena has failed, and dedupe is wrong.
 */
enum status
event_identify(struct event *e, char kind, struct bytes identity,
    struct arena *a, struct reason *why);

/**
 * event_check_header - an unsigned header names the event as the body does
 *
 * Returns: ST_OK, *out the header's, absent where there is none; ST_MALFORMED
 *          when it comes twice, or names another than event, where that is
 *          not absent.
 */
enum status
event_check_header(const struct message *m, const char *header,
    struct bytes event, struct bytes *out, struct reason *why);

/** event_word_valid - [a-z0-9][a-z0-9_-]{0,62}: may become part of a path */
bool
event_word_valid(struct bytes word);

/** result_name - success, failure, …; NULL for RESULT_NONE */
const char *
result_name(enum result r);

#endif
