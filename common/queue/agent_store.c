#include "agent_private.h"

#include "clock.h"

/* While it cannot be opened, nobody waits for more than one try. */
enum { AGAIN_MS = 500 };

enum status
agent_store_use(struct agent_store *s, struct store **out, struct reason *why)
{
	if (s->store == NULL && (s->failed_ms == 0 ||
	    clock_steady_ms() - s->failed_ms >= AGAIN_MS)) {
		s->st = store_open(&s->options, &s->store, &s->why);
		s->failed_ms = s->st == ST_OK ? 0 : clock_steady_ms();
	}
	if (s->store == NULL) {
		*why = s->why;
		return s->st;
	}
	*out = s->store;
	return ST_OK;
}

void
agent_store_used(struct agent_store *s, enum status st)
{
	if (st == ST_CONFIG || st == ST_BUG)
		agent_store_close(s);
}

void
agent_store_close(struct agent_store *s)
{
	store_close(s->store);
	s->store = NULL;
}
