#include "clock.h"
#include "front_private.h"

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

/* After those with the same deadline or an earlier one: nearly always last. */
static void
conn_enlist(struct conn *c, enum conn_wait wait, int64_t deadline_ms)
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
	conn_enlist(c, wait, within_ms < 0 ? 0 : c->since_ms + within_ms);
}
