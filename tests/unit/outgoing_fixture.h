/* A request that was made by outgoing_sign, as a responder gets it. */
#ifndef CGIHOOK_TEST_OUTGOING_FIXTURE_H
#define CGIHOOK_TEST_OUTGOING_FIXTURE_H

#include "outgoing.h"
#include "sample.h"
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
	if (outgoing_sign(s, a, o, &why) != ST_OK)
		fail_msg("%s", why.text);
	outgoing_arrives(a, o, m);
}

#endif
