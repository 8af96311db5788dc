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
#define EVENT_TEXT_MAX 255

/*
 * What a genuine request says: the words that choose handlers, and the neutral
 * fields. Views into the body or the arena; absent where the event has none.
 *
 * The subject is the thing that the event is about: one build, one pull
 * request, one deployment. It is the same text in every event about that thing,
 * whatever the event's status, and another text for every other thing of the
 * same source. A handler with "once" runs once for each subject and status. So
 * a text that two things share (a branch, a title) makes it miss the second
 * one, and a text that changes (a time, a delivery's number) runs it twice. The
 * subject comes from the body: a header that nobody signed must not make a new
 * one. An event without a subject is about nothing that another event is about.
 */
struct event {
	const char *source;
	const char *provider;
	struct bytes event, action, status;	/* names, as event_name makes
					   them */
	struct bytes type;		/* the event as its sender spells it */
	const char *named_by;		/* what said which event it is: "body",
					   or the header that alone did, which
					   nobody signed */
	bool completed;			/* event_completes */
	enum result result;		/* of the status, by the provider's
					   table */
	struct bytes subject;
	struct bytes project, branch, tag, commit, title, author, name, number,
	    url;
	bool has_dedupe;		/* false: every call is new */
	unsigned char dedupe[DEDUPE_LEN];
	bool dated;			/* decode has found a time in the signed
					   body, by which an old copy of it is
					   refused */
	bool lasting;			/* a copy of the request would be
					   genuine for ever, so its key is kept
					   when the event is gone */
	struct bytes answer;		/* it is a handshake, and no event: what
					   to answer, never stored; none: 204 */
	const char *answer_type;	/* its Content-Type */
	bool quiet;			/* accepted, it is answered 204 */
	struct json_doc doc;
};

/**
 * event_verify - whether a message is genuine
 *
 * Takes:   t, or NULL, as the provider's verify.
 * Returns: as the provider's verify; ST_BUSY without memory, and then nobody
 *          knows.
 */
enum status
event_verify(const struct source *s, const struct message *m, struct arena *a,
    struct trace *t, struct proof *out, struct reason *why);

/**
 * event_decode - make sense of a message that is genuine
 *
 * Takes:   proof as verify gave it, or NULL when the message comes from the
 *          store (then no dedupe key is made and no age is checked).
 * Owns:    views into m->body and the arena.
 * Returns: ST_OK; with out->answer set, it is a handshake, and no event, only
 *          where proof is not NULL. ST_MALFORMED when the body is not a JSON
 *          object, nor a form that is taken for one, no name can be made of a
 *          word, a deciding member is repeated or not a string,
 *          or header and body contradict each other; ST_DENIED when it is
 *          stale; ST_BUSY without memory.
 */
enum status
event_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *out,
    struct reason *why);

/** event_takes_type - whether its bodies may have this Content-Type, which may
 *  be absent */
bool
event_takes_type(const struct provider *p, struct bytes type);

/** event_rule - the first row of an event; NULL: it is not known */
const struct event_rule *
event_rule(const struct provider *p, struct bytes event);

/** event_status - what is known of a status of an event: by the event's own
 *  table; where it has none, by any of the provider's. NULL: it is not known */
const struct status_rule *
event_status(const struct provider *p, struct bytes event,
    struct bytes status);

/** event_completes - whether its status is one in which a build has ended, so
 *  that event.completed runs. By its words alone, as they are stored.
 *  p may be NULL: a provider of another version. */
bool
event_completes(const struct provider *p, struct bytes event,
    struct bytes status);

/**
 * event_identify - note what makes this event the same one again
 *
 * Takes:   kind, a letter for what identity is. Keys of two kinds are never the
 *          same, and neither are those of two sources.
 * Returns: ST_OK with has_dedupe and dedupe set; ST_SYSTEM when libcrypto
 *          cannot. Without memory the arena has failed, and dedupe is wrong.
 */
enum status
event_identify(struct event *e, char kind, struct bytes identity,
    struct arena *a, struct reason *why);

/**
 * event_check_header - whether an unsigned header names the event that the body
 *                      names
 *
 * Returns: ST_OK, *out the header's, absent where there is none; ST_MALFORMED
 *          when it appears twice, or names another event than this one, if
 *          this one is not absent.
 */
enum status
event_check_header(const struct message *m, const char *header,
    struct bytes event, struct bytes *out, struct reason *why);

/** event_word_valid - [a-z0-9][a-z0-9_-]{0,62}: may become part of a path */
bool
event_word_valid(struct bytes word);

/**
 * event_name - a sender's word as a name: "build.finished" is build-finished
 *
 * Returns: text itself where it is a valid word; else with letters in lower
 *          case, and one '-' for each run of bytes that are not a-z, 0-9, '_'
 *          or '-'; without '-' and '_' at its beginning, and '-' at its end.
 *          Absent where that is not a valid word either: empty, or too long;
 *          and for a text of more than EVENT_TEXT_MAX bytes, with a control
 *          character, or with "..", which no sender's word has.
 */
struct bytes
event_name(struct bytes text, struct arena *a);

/** result_name - success, failure, …; NULL for RESULT_NONE */
const char *
result_name(enum result r);

#endif
