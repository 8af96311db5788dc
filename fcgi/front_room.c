#include "clock.h"
#include "front_private.h"

enum { PATIENT_MS = 1000 };	/* no sender loses its room before */

/* The connection, but not c, that has waited for that longest, if it has waited
 * long enough. */
static struct conn *
room_longest(const struct conn *c, enum conn_wait wait)
{
	struct conn *first = c->front->waiting[wait].first;

	if (first == c)
		first = c->next;
	return first != NULL &&
	    clock_steady_ms() - first->since_ms >= PATIENT_MS ? first : NULL;
}

bool
front_crowd_out_body(struct conn *c)
{
	struct conn *out = room_longest(c, WAIT_BODY);

	if (out == NULL)
		return false;
	conn_end_body(out, TRANSPORT_CROWDED);
	return true;
}

bool
front_crowd_out_head(struct conn *c)
{
	struct conn *out = room_longest(c, WAIT_HEAD);
	struct conn *other = room_longest(c, WAIT_BODY);

	if (out == NULL || (other != NULL && other->since_ms < out->since_ms))
		out = other;
	if (out == NULL)
		return false;
	conn_close(out);
	return true;
}
