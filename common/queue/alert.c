#include "alert.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lock.h"
#include "log.h"
#include "store_config.h"

enum { TELL_AGAIN_MS = 3600 * 1000, STORE_BUSY_MS = 5000 };

bool
alert_is_wanted(const struct config *c)
{
	return c->on_alert != NULL || c->expects;
}

/* --- the facts ------------------------------------------------------------ */

static void
alert_measure(const struct config *c, struct arena *a,
    struct store_measures *m, struct alert_facts *f)
{
	struct store *s;
	struct reason why;
	enum status st = store_open_config(c, STORE_READ, STORE_BUSY_MS, &s,
	    &why);

	if (st == ST_OK) {
		st = store_measure(s, a, m, &why);
		store_close(s);
		f->store = m;
	} else if (st == ST_UNKNOWN) {
		return;			/* nothing was ever accepted */
	}
	f->blind = st != ST_OK;
	if (f->blind) {
		f->store = NULL;
		log_note("error", "alarms cannot be seen in the store: %s",
		    why.text);
	}
}

static enum status
alert_find_facts(const struct config *c, struct arena *a,
    struct store_measures *m, struct alert_facts *f, struct reason *why)
{
	struct counter *counters;
	struct statvfs v;
	enum status st = counters_list(c->state_dir, a, &counters,
	    &f->counter_count, why);

	if (st != ST_OK)
		return st;
	f->counters = counters;
	if (statvfs(c->state_dir, &v) == 0) {
		f->disk_bytes = (int64_t)v.f_blocks * (int64_t)v.f_frsize;
		f->disk_free_bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	}
	alert_measure(c, a, m, f);
	return arena_verdict(a, ST_OK, why);
}

/* --- telling -------------------------------------------------------------- */

/* The file says that it was told only after it was: whoever dies in between
 * leaves that to the next one. */
static enum status
alert_tell_row(const struct config *c, struct alarm *r, int64_t now_ms,
    struct reason *why)
{
	const bool begin_told = r->told_ms >= r->began_ms;
	enum status st = ST_OK;

	if (r->holds) {
		if (c->on_alert == NULL || (r->told_ms != 0 &&
		    now_ms - r->told_ms < TELL_AGAIN_MS))
			return ST_OK;
		st = alert_tell(c, r, why);
		if (st == ST_OK)
			r->told_ms = now_ms;
	} else if (r->began_ms != 0) {
		if (c->on_alert != NULL && begin_told)
			st = alert_tell(c, r, why);
		if (st == ST_OK)
			r->began_ms = 0;
	}
	return st;
}

static enum status
alert_tell_all(const struct config *c, struct alarm_list *l, int fd,
    int64_t now_ms, struct reason *why)
{
	enum status st = ST_OK, one;

	for (size_t i = 0; i < l->count; i++) {
		const struct alarm before = l->rows[i];

		one = alert_tell_row(c, &l->rows[i], now_ms, why);
		if (one == ST_OK && (before.told_ms != l->rows[i].told_ms ||
		    before.began_ms != l->rows[i].began_ms))
			one = alert_write(fd, l, why);
		if (one != ST_OK)
			st = one;
	}
	return st;
}

/* --- all of it ------------------------------------------------------------ */

static enum status
alert_look_locked(const struct config *c, int dirfd, int fd, int64_t now_ms,
    int64_t pause_ms, struct arena *a, struct reason *why)
{
	struct alert_facts f = { .now_ms = now_ms };
	struct store_measures m = { .last_count = 0 };
	struct alarm_list l;
	enum status st = alert_read(dirfd, alert_judge_room(c), a, &l, why);

	if (st != ST_OK || (now_ms >= l.looked_ms &&
	    now_ms - l.looked_ms < pause_ms))
		return st;
	st = alert_find_facts(c, a, &m, &f, why);
	if (st != ST_OK)
		return st;
	alert_judge(c, &f, &l);
	st = alert_write(fd, &l, why);
	if (st == ST_OK)
		return alert_tell_all(c, &l, fd, now_ms, why);
	log_note("error", "nobody is told of alarms: %s", why->text);
	return st;
}

enum status
alert_look(const struct config *c, int64_t now_ms, int64_t pause_ms,
    struct reason *why)
{
	const int dirfd = open(c->state_dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	struct lock l = LOCK_NONE;
	struct arena a = ARENA(0);
	enum status st;

	if (dirfd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", c->state_dir,
		    strerror(errno));
	st = lock_open(dirfd, "alarms", &l, why);
	if (st == ST_OK)
		st = lock_take(&l, 0, why);
	if (st == ST_OK)
		st = alert_look_locked(c, dirfd, l.fd, now_ms, pause_ms, &a,
		    why);
	else if (st == ST_BUSY)
		st = ST_OK;		/* another one looks, or tells */
	lock_close(&l);
	close(dirfd);
	arena_free(&a);
	return st;
}
