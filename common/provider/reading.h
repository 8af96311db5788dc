#ifndef CGIHOOK_READING_H
#define CGIHOOK_READING_H

#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "event.h"
#include "message.h"
#include "provider.h"
#include "source.h"
#include "status.h"

/*
 * What a genuine request says, as data: which event it is, its action, status
 * and fields, and what makes it the same one again. recipe_decode needs no
 * more than this.
 *
 * A place is where a value comes from:
 *
 *   body:PATHS    a member of the body: "a.b|c.d", the first that is there
 *   header:NAME   a header's value; NAME in lower case
 *   =text         that text
 *
 * A value of the body that decides, which is each one but a field, is a string
 * or a whole number, and no name on the way to it may appear twice. It is not
 * there where it is null or empty.
 */

/* A neutral field: the first row that leads to something has it. What follows
 * is done to each: of a title only the first line stays; a commit of zeros
 * alone, as what was deleted has, is absent; branch and tag lose refs/heads/
 * and refs/tags/, and are absent where the value is a full reference of another
 * kind. */
struct field_rule {
	size_t at;		/* offsetof(struct event, branch) */
	const char *event;	/* of this event alone, by its name among
				   handlers: "pull_request"; NULL: of all */
	const char *when;	/* only where this holds, as mark.body; NULL:
				   always */
	const char *paths;	/* as field_text has it: "a.b|c.d", "=text",
				   "{repository.name}#{number}" */
};

#define FIELD(member_, event_, paths_) \
	{ offsetof(struct event, member_), (event_), NULL, (paths_) }
#define FIELD_WHEN(member_, event_, when_, paths_) \
	{ offsetof(struct event, member_), (event_), (when_), (paths_) }
#define FIELDS_END { 0, NULL, NULL, NULL }

/* How to tell an event by its signed body, where only a header, which nobody
 * signs, has its name. The first row that fits decides. A row also says that
 * every body of that event fits one: the header alone never names it. So a
 * row that never decides, since another one is before it, still has a use. */
struct mark {
	const char *body;	/* what the body has: "comment", "a.b": it is
				   there and not null; "!a.b": it is not;
				   "ref_type=tag": its text. Several are
				   separated by blanks: all of them. NULL: the
				   end */
	const char *event;	/* as the sender spells it; NULL: a body of no
				   event that is known, which is refused. With a
				   '*', a pattern of names: "issue-*". Then the
				   header says which of these it is, but none
				   that fits a pattern in a row above */
};

/* A request that is a question, and no event: answered once it is verified,
 * and stored nowhere. The first row that fits decides. */
struct handshake {
	const char *body;	/* as mark.body: "type=url_verification"; NULL:
				   the end */
	const char *answer;	/* "body:PATHS", or "=text"; NULL: 204, and no
				   body */
	const char *content_type;	/* of the answer */
};

/* What ends a table of handshakes. */
#define HANDSHAKES_END { NULL, NULL, NULL }

enum { ANSWER_MAX = 1024 };

struct reading {
	const char *event;	/* places, separated by blanks. Whatever their
				   order, what the body says counts first, then
				   a header, then a text */
	const struct mark *marks;	/* NULL: there are none */
	const char *action;	/* a place in the body; NULL: there is none */
	const char *status;	/* likewise */
	const char *identity;	/* what makes it the same one again: places,
				   separated by blanks, and "mac" or "body",
				   its SHA-256. The first that is there counts;
				   of headers only those that are signed, or
				   any where nothing is. NULL: "mac" */
	const struct field_rule *fields;	/* NULL: there are none */
	const char *happened;	/* the path of a time in the body, RFC 3339 or
				   seconds since 1970: one that is older than
				   keep is refused. For senders that sign no
				   time. NULL: there is none */
	const struct handshake *handshakes;	/* NULL: there are none */
	const char *quiet;	/* as mark.body: an event whose sender wants no
				   more than 204 and no body; NULL: none */
};

/**
 * recipe_decode - provider.decode, by the reading of the source's recipe
 *
 * Returns: as provider_decode. With e->answer set, it is a handshake, and no
 *          event: only where proof is not NULL.
 */
provider_decode recipe_decode;

/* --- its parts, for a provider whose decode does something else as well --- */

/** reading_event - e->event, e->type and e->named_by. also: a header that must
 *  not contradict the body, or NULL; one in r->event need not be named again.
 *  ST_MALFORMED where nothing names it, a header contradicts the body, or no
 *  name can be made */
enum status
reading_event(const struct reading *r, const char *also,
    const struct message *m, struct arena *a, struct event *e,
    struct reason *why);

/** reading_word - the name that is made of the value in a place of the body;
 *  place NULL: absent. ST_MALFORMED, as event_name */
enum status
reading_word(const struct json_doc *d, const char *place, struct arena *a,
    struct bytes *out, struct reason *why);

/** reading_fields - the neutral fields; e->event has its name */
void
reading_fields(const struct reading *r, struct arena *a, struct event *e);

/** reading_identify - e->dedupe; none where nothing identifies the request.
 *  What is signed always has one: the MAC, where no place has anything.
 *  ST_MALFORMED where a value that decides appears twice or is too long */
enum status
reading_identify(const struct reading *r, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why);

/** reading_check_age - ST_DENIED where it happened longer ago than events are
 *  kept: whether it came before is not known any more. Else e->dated */
enum status
reading_check_age(const struct reading *r, const struct source *s,
    const struct message *m, struct arena *a, struct event *e,
    struct reason *why);

/** reading_holds - whether a body is as mark.body has it. ST_MALFORMED where a
 *  member that decides appears twice */
enum status
reading_holds(const struct json_doc *d, const char *conditions,
    struct arena *a, bool *out, struct reason *why);

#endif
