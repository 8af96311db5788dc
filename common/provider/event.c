#include "event.h"

#include <string.h>

#include "crypto.h"

bool
event_word_valid(struct bytes word)
{
	if (word.len < 1 || word.len > 63 || word.data[0] == '-' ||
	    word.data[0] == '_')
		return false;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '-')
			return false;
	}
	return true;
}

const char *
result_name(enum result r)
{
	switch (r) {
	case RESULT_NONE: return NULL;
	case RESULT_SUCCESS: return "success";
	case RESULT_FAILURE: return "failure";
	case RESULT_CANCELED: return "canceled";
	case RESULT_RUNNING: return "running";
	case RESULT_PENDING: return "pending";
	case RESULT_OTHER: return "other";
	}
	return NULL;
}

/* A key is the hash of the source's name, a NUL, which no name has, the kind
 * and the identity: no two of these lists are the same run of bytes. */
enum status
event_identify(struct event *e, char kind, struct bytes identity,
    struct arena *a, struct reason *why)
{
	struct bytes name = bytes_of(e->source);
	unsigned char hash[SHA256_LEN];
	char *text = arena_alloc(a, name.len + 2 + identity.len);
	enum status st;

	if (text == NULL)
		return fail(why, ST_BUSY, "no memory");
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	text[name.len + 1] = kind;
	if (identity.len > 0)
		memcpy(text + name.len + 2, identity.data, identity.len);
	st = sha256((struct bytes){ text, name.len + 2 + identity.len }, hash);
	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	memcpy(e->dedupe, hash, sizeof(e->dedupe));
	e->has_dedupe = true;
	return ST_OK;
}

enum status
event_check_header(const struct message *m, const char *header,
    struct bytes event, struct bytes *out, struct reason *why)
{
	enum status st;

	*out = BYTES_NONE;
	st = message_sole_header(m, header, out, why);
	if (st != ST_OK)
		return st == ST_UNKNOWN ? ST_OK : st;
	if (event.data != NULL && !bytes_equal(event, *out))
		return fail(why, ST_MALFORMED, "the %s header contradicts the "
		    "body", header);
	return ST_OK;
}

bool
event_completes(const char *provider, struct bytes event, struct bytes status)
{
	const struct provider *p = provider_find(provider);

	return p != NULL && p->completes != NULL && status.len > 0 &&
	    p->completes(event, status);
}

/* A field for which there was no memory is absent, as if it were not in the
 * payload. None takes more than all of the body: what has room for that yet had
 * it all along. */
static bool
memory_was_short(const struct arena *a, struct bytes body)
{
	const size_t more = 4096;

	return a->limit_bytes != 0 && (a->used_bytes > a->limit_bytes ||
	    a->limit_bytes - a->used_bytes < body.len + more);
}

enum status
event_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *out,
    struct reason *why)
{
	struct bytes body = m->body;
	struct event e;
	enum status st;

	memset(&e, 0, sizeof(e));
	e.source = s->name;
	e.provider = s->provider->name;
	if (body.len == 0 && s->provider->empty_body)
		body = BYTES("{}");
	st = json_parse(body, a, &e.doc, why);
	if (st != ST_OK)
		return st;
	if (e.doc.nodes[0].type != JSON_OBJECT)
		return fail(why, ST_MALFORMED, "the body is JSON, and not an "
		    "object");
	st = s->provider->decode(s, m, proof, a, &e, why);
	e.completed = event_completes(e.provider, e.event, e.status);
	if (st == ST_OK && memory_was_short(a, body))
		st = fail(why, ST_BUSY, "no memory");
	if (st == ST_OK)
		*out = e;
	return st;
}
