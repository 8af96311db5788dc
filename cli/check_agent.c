#include <sys/stat.h>
#include <unistd.h>

#include "agent_socket.h"
#include "check_areas.h"
#include "clock.h"
#include "store_config.h"

enum { CHECK_AGENT_MS = 3000 };

/* The connection that there is. */
static enum status
check_agent_give(void *ctx, int64_t until_ms, int *fd, struct reason *why)
{
	int *given = ctx;

	(void)until_ms;
	if (*given < 0)
		return fail(why, ST_SYSTEM, "it does not answer");
	*fd = *given;
	*given = -1;
	return ST_OK;
}

/* Whether it answers, and the database answers it. */
static enum status
check_agent_ask(const struct config *c, int fd, struct reason *why)
{
	const struct store_reach reach = { check_agent_give, &fd };
	struct store *s = NULL;
	struct store_next next;
	enum status st = store_open_responder(c, STORE_READ, CHECK_AGENT_MS,
	    &reach, &s, why);

	if (st == ST_OK)
		st = store_next(s, &next, why);
	store_close(s);
	if (fd >= 0)
		close(fd);
	return st;
}

static void
check_agent_answers(struct checking *k, int fd)
{
	struct reason why = { "" };
	pid_t pid = 0;

	(void)agent_socket_is_ours(fd, &pid);
	if (check_agent_ask(k->cli->config, fd, &why) == ST_OK) {
		check_add(k, CHECK_OK, "agent", "process %ld speaks to the "
		    "database for responders, and it answers", (long)pid);
		return;
	}
	check_add(k, CHECK_BAD, "agent", "process %ld, which speaks to the "
	    "database for responders: %s", (long)pid, why.text);
	check_mend(k, "kill %ld: the next request starts another one",
	    (long)pid);
}

void
check_agent(struct checking *k)
{
	const struct config *c = k->cli->config;
	struct reason why = { "" };
	int fd = -1;

	if (c->store == CONFIG_SQLITE)
		return;
	switch (agent_socket_connect(c->state_dir, &fd, &why)) {
	case ST_OK:
		check_agent_answers(k, fd);
		break;
	case ST_UNKNOWN:
		check_add(k, CHECK_OK, "agent", "none runs: the next request "
		    "starts it");
		break;
	case ST_DENIED:
		check_add(k, CHECK_BAD, "agent", "%s", why.text);
		check_mend(k, "fuser -v '%s/" AGENT_SOCKET "'", c->state_dir);
		break;
	default:
		check_add(k, CHECK_WARN, "agent", "cannot be asked by this "
		    "user: %s", why.text);
		break;
	}
}
