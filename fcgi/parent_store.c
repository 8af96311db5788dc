#include "parent_private.h"

#include <unistd.h>

#include "clock.h"
#include "log.h"

/*
 * A child may not connect to the agent; its parent does, and passes it the
 * connection, of which it reads nothing itself. So a child gets connections to
 * this agent alone, and not more than it could use.
 */

enum {
	WITHIN_MS = 2000,		/* then it is told why there is none */
	AGAIN_MS = 3,			/* an agent that has just been started
					   listens after some milliseconds */
	EVERY_MS = 20			/* for one child */
};

enum status
store_link_open(const struct parent *p, int ends[2], struct reason *why)
{
	ends[0] = ends[1] = -1;
	if (p->config == NULL || p->config->store == CONFIG_SQLITE)
		return ST_OK;
	return link_open(ends, why);
}

bool
store_link_hear(struct child *c)
{
	struct link_message m;

	switch (link_receive(c->store, &m)) {
	case LINK_DONE:
		break;
	case LINK_LATER:
		return true;
	case LINK_GONE:		/* so is the child: the other link says so */
		close(c->store);
		c->store = -1;
		return true;
	case LINK_UNSOUND:
		return false;
	}
	if (m.fd >= 0)
		close(m.fd);
	c->store_until_ms = clock_steady_ms() + WITHIN_MS;
	return m.kind == LINK_STORE && m.fd < 0 && m.len == 0;
}

/* False as long as there may be one soon. */
static bool
store_link_give(struct parent *p, struct child *c)
{
	const bool late = clock_steady_ms() >= c->store_until_ms;
	struct reason why = { "the responder is about to end" };
	enum status st = ST_BUSY;
	int fd = -1;

	p->agent.config_path = p->path;
	p->agent.state_dir = p->config->state_dir;
	if (p->ending)	/* one that is there may be used, but none started */
		p->agent.started_ms = clock_steady_ms();
	st = agent_start_connect(&p->agent, &fd, &why);
	if ((st == ST_UNKNOWN || st == ST_BUSY) && !late && !p->ending)
		return false;
	(void)link_send(c->store, LINK_STORE, st == ST_OK ? fd : -1,
	    st == ST_OK ? BYTES_NONE : bytes_of(why.text));
	if (st == ST_OK)
		close(fd);
	return true;
}

int64_t
store_link_serve(struct parent *p)
{
	const int64_t now_ms = clock_steady_ms();
	int64_t again_ms = -1;

	for (int i = 0; i < CHILDREN_MAX; i++) {
		struct child *c = &p->children[i];

		if (c->state == CHILD_NONE || c->dead || c->store < 0 ||
		    c->store_until_ms == 0 || p->config == NULL)
			continue;
		if (now_ms - c->store_given_ms >= EVERY_MS &&
		    store_link_give(p, c)) {
			c->store_given_ms = now_ms;
			c->store_until_ms = 0;
		} else {
			again_ms = AGAIN_MS;
		}
	}
	return again_ms;
}
