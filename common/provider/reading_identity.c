#include "reading.h"

#include <string.h>

#include "crypto.h"
#include "date.h"
#include "field.h"
#include "reading_place.h"
#include "scheme.h"

/* What makes a request the same one again, and how old it may be. */

/* Of a time that seconds tell: the end of the year 9999. */
#define SECONDS_MAX 253402300799ULL

enum { IDENTITY_MAX = 255 };	/* of an identifying header */

/* Half a surrogate pair is U+FFFD, and so is another half: such ids do not tell
 * one event from the next. */
static bool
reading_is_identity(struct bytes id)
{
	return id.len > 0 && memmem(id.data, id.len, "\xef\xbf\xbd", 3) == NULL;
}

static enum status
reading_identify_by_body(const struct message *m, struct arena *a,
    struct event *e, struct reason *why)
{
	unsigned char hash[SHA256_LEN];
	enum status st = sha256(m->body, hash);

	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	return event_identify(e, 'b', (struct bytes){ (const char *)hash,
	    sizeof(hash) }, a, why);
}

/* A header that nobody signed would let a captured request pass again, under
 * another number: it counts only where nothing is signed. */
static enum status
reading_identity_header(const struct message *m, const char *name,
    const struct proof *proof, struct bytes *out, struct reason *why)
{
	enum status st = message_only_header(m, name, out, why);

	if (st == ST_OK && out->len > IDENTITY_MAX)
		st = fail(why, ST_MALFORMED, "%s has %zu bytes, more than %d",
		    name, out->len, IDENTITY_MAX);
	if (proof->identity.data != NULL && (proof->scheme == NULL ||
	    !scheme_signs_header(proof->scheme, bytes_of(name))))
		*out = BYTES_NONE;
	return st;
}

/* By one place; e->has_dedupe stays false where nothing is there. */
static enum status
reading_identify_by(struct bytes place, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	struct bytes paths = reading_place(place, "body:"), id = BYTES_NONE;
	struct bytes header = reading_place(place, "header:");
	char kind = paths.data != NULL ? 'i' : header.data != NULL ? 'k' : 'm';
	enum status st = ST_OK;

	if (bytes_is(place, "body"))
		return reading_identify_by_body(m, a, e, why);
	if (paths.data != NULL)
		st = field_decide(&e->doc, paths, a, &id, why);
	else if (header.data != NULL)
		st = reading_identity_header(m, arena_cstr(a, header), proof,
		    &id, why);
	else
		id = proof->identity;
	if (st != ST_OK || (kind == 'm' ? id.data == NULL :
	    !reading_is_identity(id)))
		return st;
	return event_identify(e, kind, id, a, why);
}

enum status
reading_identify(const struct reading *r, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	struct bytes rest = bytes_of(r->identity), place;
	enum status st = ST_OK;

	while (st == ST_OK && !e->has_dedupe && reading_cut(&rest, &place))
		st = reading_identify_by(place, m, proof, a, e, why);
	if (st == ST_OK && !e->has_dedupe)
		st = reading_identify_by(BYTES("mac"), m, proof, a, e, why);
	return st;
}

/* A signature stays good for ever. So an event older than the time for which
 * events are known, of which nobody can say whether it came before, is
 * refused. */
enum status
reading_check_age(const struct reading *r, const struct source *s,
    const struct message *m, struct arena *a, struct event *e,
    struct reason *why)
{
	unsigned long long seconds;
	struct bytes text;
	int64_t ms;
	enum status st;

	if (r->happened == NULL)
		return ST_OK;
	st = field_decide(&e->doc, bytes_of(r->happened), a, &text, why);
	if (st != ST_OK || text.data == NULL)
		return st;
	if (bytes_to_u64(text, &seconds) && seconds <= SECONDS_MAX)
		ms = (int64_t)seconds * 1000;
	else if (!date_parse_rfc3339(text, &ms))
		return fail(why, ST_MALFORMED, "%s is neither an RFC 3339 "
		    "time nor seconds since 1970", r->happened);
	if (!s->any_age && m->received_ms - ms > s->keep_ms)
		return fail(why, ST_DENIED, "it happened %lld s ago, longer "
		    "than events are kept", (long long)((m->received_ms - ms) /
		    1000));
	/* a time to come would let a copy in for longer than that */
	e->dated = ms <= m->received_ms;
	return ST_OK;
}
