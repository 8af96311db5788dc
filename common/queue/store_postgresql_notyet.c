#include "store_postgresql_ops.h"

/* Only until their files are there. */

static enum status
not_yet(struct reason *why)
{
	return fail(why, ST_SYSTEM, "postgresql: not yet");
}

enum status
pg_listen(struct store *s, int *fd, struct reason *why)
{
	(void)s; (void)fd;
	return not_yet(why);
}

const char *
pg_bell(const struct store *s)
{
	(void)s;
	return NULL;
}

bool
pg_rung(struct store *s, int64_t *event_id)
{
	(void)s; (void)event_id;
	return false;
}

void
pg_refuse_rings(struct store *s)
{
	(void)s;
}

enum store_runner
pg_find_runner(struct store *s, bool ring, int64_t event_id)
{
	(void)s; (void)ring; (void)event_id;
	return STORE_RUNNER_NONE;
}

int
pg_runner_fd(const struct store *s)
{
	(void)s;
	return -1;
}

bool
pg_runner_heard(const struct store *s)
{
	(void)s;
	return true;
}

bool
pg_runner_lost(struct store *s)
{
	(void)s;
	return true;
}
