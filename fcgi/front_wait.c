#include "clock.h"
#include "front_state.h"

enum { PATIENT_MS = 1000 };	/* for a sender, whoever needs its room */

void
conn_unlist(struct conn *c)
{
	struct conn_list *l = &c->front->waiting[c->wait];

	if (!c->listed)
		return;
	*(c->prev != NULL ? &c->prev->next : &l->first) = c->next;
	*(c->next != NULL ? &c->next->prev : &l->last) = c->prev;
	c->prev = c->next = NULL;
	c->listed = false;
}

/* Behind those with the same deadline or a sooner one: nearly always last. */
static void
list(struct conn *c, enum conn_wait wait, int64_t deadline_ms)
{
	struct conn_list *l = &c->front->waiting[wait];
	struct conn *before = l->last;

	while (before != NULL && before->deadline_ms > deadline_ms)
		before = before->prev;
	c->wait = wait;
	c->deadline_ms = deadline_ms;
	c->prev = before;
	c->next = before != NULL ? before->next : l->first;
	*(before != NULL ? &before->next : &l->first) = c;
	*(c->next != NULL ? &c->next->prev : &l->last) = c;
	c->listed = true;
}

void
conn_wait(struct conn *c, enum conn_wait wait, int64_t within_ms)
{
	if (c->listed && c->wait == wait)
		return;
	conn_unlist(c);
	c->since_ms = clock_steady_ms();
	list(c, wait, within_ms < 0 ? 0 : c->since_ms + within_ms);
}

/* --- room for others ------------------------------------------------------ */

/* The one of that list that has been waited for longest, and long enough; but
 * not c. */
static struct conn *
longest(const struct conn *c, enum conn_wait wait)
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
	struct conn *out = longest(c, WAIT_BODY);

	if (out == NULL)
		return false;
	conn_end_body(out, TRANSPORT_CROWDED);
	return true;
}

bool
front_crowd_out_head(struct conn *c)
{
	struct conn *out = longest(c, WAIT_HEAD);
	struct conn *other = longest(c, WAIT_BODY);

	if (out == NULL || (other != NULL && other->since_ms < out->since_ms))
		out = other;
	if (out == NULL)
		return false;
	conn_close(out);
	return true;
}
