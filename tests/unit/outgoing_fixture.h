/* A request that was made by outgoing_sign, as a responder gets it. */
#ifndef CGIHOOK_TEST_OUTGOING_FIXTURE_H
#define CGIHOOK_TEST_OUTGOING_FIXTURE_H

#include "outgoing.h"
#include "recipe.h"
#include "sample.h"
#include "sender_key.h"
#include "vectors.h"

/* The names of headers are in lower case there. */
static inline void
outgoing_arrives(struct arena *a, const struct outgoing *o, struct message *m)
{
	struct http_header *headers = arena_array(a, OUTGOING_HEADERS_MAX,
	    sizeof(*headers));

	vector_message(a, BYTES(""), o->body, m);
	for (size_t i = 0; i < o->header_count; i++)
		headers[i] = (struct http_header){ message_header_name(
		    o->headers[i].name, a), o->headers[i].value };
	m->headers = headers;
	m->header_count = o->header_count;
	m->query = o->query;
}

/* The key of the senders that sign by ed25519, and another one. */
enum { SENDER_SEED = 7, OTHER_SEED = 8 };

/* As outgoing_sign. What only the sender can sign is signed as it would be. */
static inline enum status
outgoing_sign_as_sender(const struct source *s, struct arena *a,
    struct outgoing *o, struct message *m, struct reason *why)
{
	bool check = o->check, own = source_signs(s);
	enum status st;

	o->check |= !own;
	st = outgoing_sign(s, a, o, why);
	o->check = check;
	if (st != ST_OK)
		return st;
	outgoing_arrives(a, o, m);
	if (own)
		return ST_OK;
	sender_sign_message(s, SENDER_SEED, a, m);
	return ST_OK;
}

/* What "send" makes of these words at o->now_ms, as it arrives. Whatever is not
 * there in words is filled in. */
static inline void
outgoing_make(struct arena *a, const struct source *s,
    const unsigned char random[SAMPLE_RANDOM_BYTES],
    struct sample_words *words, struct outgoing *o, struct message *m)
{
	struct reason why = { "" };

	if (sample_complete(s->provider, words, &why) != ST_OK ||
	    sample_make(s->provider, words, o->now_ms, random, a, &o->body,
	    &why) != ST_OK)
		fail_msg("%s", why.text);
	o->event = words->event;
	if (outgoing_sign_as_sender(s, a, o, m, &why) != ST_OK)
		fail_msg("%s", why.text);
}

#endif
