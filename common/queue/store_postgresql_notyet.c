#include "store_postgresql_ops.h"

/* Only until their files are there. */

static enum status
not_yet(struct reason *why)
{
	return fail(why, ST_SYSTEM, "postgresql: not yet");
}

enum status
pg_accept(struct store *s, struct store_accepts *b, struct reason *why)
{
	(void)s;
	if (b->gather != NULL)
		b->gather(b);
	for (size_t i = 0; i < b->count; i++)
		b->items[i].status = ST_SYSTEM;
	return not_yet(why);
}

enum status
pg_queued(struct store *s, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why)
{
	(void)s; (void)after_id; (void)a; (void)out; (void)max; (void)count;
	return not_yet(why);
}

enum status
pg_next(struct store *s, struct store_next *out, struct reason *why)
{
	(void)s; (void)out;
	return not_yet(why);
}

enum status
pg_adopt(struct store *s, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why)
{
	(void)s; (void)a; (void)out; (void)count;
	return not_yet(why);
}

enum status
pg_leave(struct store *s, struct store_leave *l, struct reason *why)
{
	(void)s; (void)l;
	return not_yet(why);
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

void
pg_ring_waiting(struct pg *s, int64_t event_id)
{
	(void)s; (void)event_id;
}

enum status
pg_stats(struct store *s, struct store_stats *out, struct reason *why)
{
	(void)s; (void)out;
	return not_yet(why);
}

enum status
pg_tidy(struct store *s, int max, struct store_tidied *out,
    struct reason *why)
{
	(void)s; (void)max; (void)out;
	return not_yet(why);
}
