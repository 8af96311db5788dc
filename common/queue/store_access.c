#include "store_access.h"

#include "event.h"
#include "store_backend.h"

static enum status
access_lacks(const struct store *s, struct reason *why)
{
	return fail(why, ST_SYSTEM, "by way of the %s there are no sessions and"
	    " no audit", s->backend->name);
}

enum status
store_session_add(struct store *s, const struct store_session *add,
    struct reason *why)
{
	return s->backend->session_add == NULL ? access_lacks(s, why) :
	    s->backend->session_add(s, add, why);
}

enum status
store_session_find(struct store *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return s->backend->session_find == NULL ? access_lacks(s, why) :
	    s->backend->session_find(s, kind, digest, a, out, why);
}

enum status
store_session_take(struct store *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return s->backend->session_take == NULL ? access_lacks(s, why) :
	    s->backend->session_take(s, kind, digest, a, out, why);
}

enum status
store_audit_add(struct store *s, const struct store_note *n,
    struct reason *why)
{
	/* an agent takes no other one from a responder: store_wire_ask.c */
	if (!event_word_valid(bytes_of(n->what)))
		return fail(why, ST_BUG, "\"%s\" is not a word of the audit",
		    n->what);
	return s->backend->audit_add == NULL ? access_lacks(s, why) :
	    s->backend->audit_add(s, n, why);
}

enum status
store_audit_list(struct store *s, struct store_notes *n, struct reason *why)
{
	return s->backend->audit_list == NULL ? access_lacks(s, why) :
	    s->backend->audit_list(s, n, why);
}
