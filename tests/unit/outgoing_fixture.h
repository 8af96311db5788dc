/* A request that was made by outgoing_sign, as a responder gets it. */
#ifndef CGIHOOK_TEST_OUTGOING_FIXTURE_H
#define CGIHOOK_TEST_OUTGOING_FIXTURE_H

#include "outgoing.h"
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

#endif
