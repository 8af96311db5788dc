#include "store_sqlite_wake.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bell.h"
#include "crypto.h"
#include "store_sqlite_ops.h"

/*
 * Pipes in the folder wake a process within microseconds; runner.lock tells
 * whether there is a runner at all.
 */

enum status
wake_listen(struct store *store, int *fd, struct reason *why)
{
	struct db *s = db_of(store);
	unsigned char r[4];
	enum status st;

	if (s->role == STORE_RUN)
		snprintf(s->bell, sizeof(s->bell), BELL_RUNNER);
	else if ((st = crypto_random(r, sizeof(r))) != ST_OK)
		return fail(why, st, "no random bytes");
	else
		snprintf(s->bell, sizeof(s->bell), BELL_WAIT
		    "%ld.%02x%02x%02x%02x.bell", (long)getpid(), r[0], r[1],
		    r[2], r[3]);
	st = bell_open(s->dirfd, s->bell, &s->bell_fd, why);
	if (st != ST_OK)
		s->bell[0] = '\0';
	else
		*fd = s->bell_fd;
	return st;
}

const char *
wake_bell(const struct store *store)
{
	const struct db *s = db_of_const(store);

	return s->bell[0] == '\0' ? NULL : s->bell;
}

bool
wake_rung(struct store *store, int64_t *event_id)
{
	struct db *s = db_of(store);

	return s->bell_fd >= 0 && bell_read(s->bell_fd, event_id) == BELL_DONE;
}

void
wake_refuse(struct store *store)
{
	struct db *s = db_of(store);

	if (s->bell[0] != '\0')
		bell_remove(s->dirfd, s->bell);
}

void
wake_waiting(struct db *s, int64_t event_id)
{
	sqlite3_stmt *q;
	char name[sizeof(s->bell)];

	if (db_first(s, SQL_EVENT_BELL, &event_id, 1, &q, NULL) != ST_OK)
		return;
	snprintf(name, sizeof(name), "%s", sqlite3_column_text(q, 0));
	sqlite3_reset(q);
	if (name[0] != '\0')
		(void)bell_ring(s->dirfd, name, event_id);
}

/* --- the runner ----------------------------------------------------------- */

static void
wake_forget_runner(struct db *s)
{
	if (s->runner_bell >= 0)
		close(s->runner_bell);
	s->runner_bell = -1;
}

/* Rung by the way that is known, or by a new one. */
static bool
wake_ring(struct db *s, int64_t event_id)
{
	if (s->runner_bell >= 0 &&
	    bell_strike(s->runner_bell, event_id) == BELL_DONE)
		return true;
	wake_forget_runner(s);
	return bell_reach(s->dirfd, BELL_RUNNER, &s->runner_bell) ==
	    BELL_DONE && bell_strike(s->runner_bell, event_id) == BELL_DONE;
}

static bool
wake_reach(struct db *s)
{
	wake_forget_runner(s);
	return bell_reach(s->dirfd, BELL_RUNNER, &s->runner_bell) ==
	    BELL_DONE;
}

enum store_runner
wake_find_runner(struct store *store, bool ring, int64_t event_id)
{
	struct db *s = db_of(store);
	bool listens, held;

	/* first the bell: one that listens without the lock has had its last
	 * look */
	listens = ring && wake_ring(s, event_id);
	held = (s->runner.fd >= 0 || lock_open(s->dirfd, STORE_RUNNER_LOCK,
	    &s->runner, NULL) == ST_OK) && lock_is_held(&s->runner);
	if (!ring)
		listens = held && wake_reach(s);
	if (listens && held)
		return STORE_RUNNER_LISTENS;
	wake_forget_runner(s);
	return held ? STORE_RUNNER_DEAF : STORE_RUNNER_NONE;
}

int
wake_runner_fd(const struct store *store)
{
	return db_of_const(store)->runner_bell;
}

bool
wake_runner_heard(const struct store *store)
{
	const struct db *s = db_of_const(store);

	return s->runner_bell < 0 || bell_is_heard(s->runner_bell);
}

bool
wake_runner_lost(struct store *store)
{
	struct db *s = db_of(store);
	bool told = s->runner_bell >= 0 && bell_is_removed(s->runner_bell);

	wake_forget_runner(s);
	return !told;
}

void
wake_end(struct db *s)
{
	wake_forget_runner(s);
	if (s->bell_fd < 0)
		return;
	close(s->bell_fd);
	/* a runner's stays: the next one listens at it */
	if (s->role != STORE_RUN)
		bell_remove(s->dirfd, s->bell);
	s->bell_fd = -1;
}
