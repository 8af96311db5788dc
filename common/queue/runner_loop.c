#include "runner_private.h"

#include <limits.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

enum {
	STAY_EVERY_MS = 10,		/* two reads of a clock */
	STAY_AGAIN_MS = 5000,		/* as for the store */
	TIDY_AFTER_MS = 100,		/* of quiet: between two bursts */
	TIDY_EVERY_MS = 10 * 60 * 1000,	/* once all is tidy */
	TIDY_BUSY_MS = 30 * 1000,	/* one step of it while there is work */
	/* New events wait for so long while handlers are ready: about what a
	 * commit takes on a disk, so it costs them one more at most. */
	GATHER_MS = 2
};

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* --- when what is due, on the steady clock; 0: now ------------------------ */

static int64_t
stay_due_ms(const struct runner *r)
{
	return r->lease.shared ? NEVER : r->times.stay_ms;
}

static int64_t
config_due_ms(const struct runner *r)
{
	return r->reload.config_ms;
}

static int64_t
program_due_ms(const struct runner *r)
{
	return r->reload.program_ms;
}

static int64_t
handlers_due_ms(const struct runner *r)
{
	return r->wires.exec_ready ? 0 : exec_next_deadline_ms(r->exec);
}

static int64_t
start_due_ms(const struct runner *r)
{
	if (r->scheduler.ready.count == 0)
		return NEVER;
	return r->phase == PHASE_RUNNING ? job_start_due_ms(r) : 0;
}

/* New events, which wait a little where there is something to start. */
static int64_t
news_due_ms(const struct runner *r)
{
	return later(r->batch.look_ms, r->scheduler.ready.count == 0 ? 0 :
	    r->times.flushed_ms + GATHER_MS);
}

/* What can be claimed, where there is room for it. */
static int64_t
claims_due_ms(const struct runner *r)
{
	if (r->scheduler.next_due_ms == NEVER ||
	    r->scheduler.ready.count > 0 || job_room(r) == 0)
		return NEVER;
	return later(0, clock_steady_ms() + r->scheduler.next_due_ms -
	    clock_boot_ms());
}

static int64_t
commit_due_ms(const struct runner *r)
{
	int64_t due = scheduler_ends_due_ms(&r->scheduler,
	    r->config->concurrency);

	if (r->lease.lost)
		return NEVER;
	if (r->phase == PHASE_RUNNING)
		due = earlier(due, earlier(news_due_ms(r), claims_due_ms(r)));
	return later(due, r->trouble.until_ms);
}

static int64_t
tidy_due_ms(const struct runner *r)
{
	int64_t due = r->times.tidy_ms;

	if (r->phase != PHASE_RUNNING)
		return NEVER;
	/* this one ends as soon as all is tidy: not before there is quiet, so
	 * that what it may die of costs no handler a second run */
	if (r->until == RUNNER_ONCE)
		due = job_is_working(r) ? NEVER : due;
	else if (!job_is_working(r))
		due = later(due, r->times.active_ms + TIDY_AFTER_MS);
	return later(due, r->trouble.until_ms);
}

static int64_t
alarms_due_ms(const struct runner *r)
{
	if (r->phase != PHASE_RUNNING || job_is_working(r))
		return NEVER;
	return later(alarm_due_ms(&r->alarms), r->trouble.until_ms);
}

/* --- what is done then ---------------------------------------------------- */

static void
stay(struct runner *r)
{
	struct reason why;

	r->times.stay_ms = clock_steady_ms() + STAY_EVERY_MS;
	if (store_stay(r->store, &why) == ST_OK)
		return;
	r->times.stay_ms = clock_steady_ms() + STAY_AGAIN_MS;
	log_note("error", "the runner still uses the previous time: %s",
	    why.text);
}

static void
renew(struct runner *r)
{
	struct reason why = { "" };
	enum status st = lease_stay(r, &why);

	if (st == ST_OK)
		st = takeover_from_others(r, &why);
	if (r->lease.lost)
		return;
	if (st == ST_OK)
		lease_able(r);
	else
		lease_again(r, st, &why);
}

static void
start_or_hand_back(struct runner *r)
{
	if (r->phase == PHASE_RUNNING)
		job_start_ready(r);
	else
		job_hand_back_ready(r);
}

static void
flush(struct runner *r)
{
	commit_flush(r);
	job_start_ready(r);
}

static void
tidy(struct runner *r)
{
	int64_t now = clock_steady_ms();

	r->times.tidy = !commit_tidy(r);
	if (r->times.tidy)
		r->times.tidy_ms = now + TIDY_EVERY_MS;
	else if (job_is_working(r))
		r->times.tidy_ms = now + TIDY_BUSY_MS;
}

/* --- the loop ------------------------------------------------------------- */

/* All that a runner does, in this order. Each row moves its own time on. */
static const struct timer {
	const char *name;
	int64_t (*due_ms)(const struct runner *r);
	void (*act)(struct runner *r);
	bool looks;		/* when the loop turns anyway; where it sleeps,
				   as late as notice_lazy_ms says */
} timers[] = {
	{ "what was noticed", notice_due_ms, notice_look, false },
	{ "the store's role and clock", stay_due_ms, stay, true },
	{ "the lease's renewal", lease_stay_due_ms, renew, false },
	{ "the lease's end", lease_end_due_ms, lease_end, false },
	{ "other runners", others_due_ms, others_look, false },
	{ "the handlers' digest", reload_digest_due_ms, reload_digest, true },
	{ "configuration", config_due_ms, reload_if_changed, true },
	{ "program and state folder", program_due_ms, reload_program, true },
	{ "handlers' ends and deadlines", handlers_due_ms, job_collect,
	    false },
	{ "starts", start_due_ms, start_or_hand_back, false },
	{ "commit", commit_due_ms, flush, false },
	{ "what events are about", about_due_ms, about_note, false },
	{ "tidying up", tidy_due_ms, tidy, false },
	{ "on_dead", alarms_due_ms, alarm_tell_left, false },
	{ "who looks for alarms", alert_due_ms, alert_start, false },
	{ "the end", end_due_ms, end_consider, false },
};

static const size_t timer_count = sizeof(timers) / sizeof(*timers);

static void
loop_turn(struct runner *r)
{
	size_t i;

	for (i = 0; i < timer_count && !r->over; i++)
		if (timers[i].due_ms(r) <= clock_steady_ms())
			timers[i].act(r);
	if (!job_is_working(r))
		return;
	r->times.active_ms = clock_steady_ms();
	/* after a busy time there is something to tidy up */
	r->times.tidy_ms = earlier(r->times.tidy_ms,
	    r->times.active_ms + TIDY_BUSY_MS);
}

static int
sleep_ms(const struct runner *r)
{
	const int64_t lazy_ms = notice_lazy_ms(r);
	int64_t first = NEVER, due, left_ms;
	size_t i;

	for (i = 0; i < timer_count; i++) {
		due = timers[i].due_ms(r);
		if (timers[i].looks && due != NEVER)
			due = lazy_ms == NEVER ? NEVER : due + lazy_ms;
		first = earlier(first, due);
	}
	if (first == NEVER)
		return -1;
	left_ms = first - clock_steady_ms();
	return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static void
loop_read_signals(struct runner *r)
{
	struct signalfd_siginfo s;

	while (read(r->wires.signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGHUP) {
			reload_config(r);
			log_reopen_if_moved();
		} else {
			end_stop(r);
		}
	}
}

static void
loop_read_bell(struct runner *r)
{
	int64_t id;

	while (store_rung(r->store, &id))
		if (id != STORE_NO_EVENT)
			r->batch.look_ms = 0;
}

static void
loop_wait(struct runner *r)
{
	struct epoll_event e[4];
	int i, n = epoll_wait(r->wires.epoll_fd, e, 4, sleep_ms(r));

	for (i = 0; i < n; i++) {
		if (e[i].data.fd == r->wires.bell_fd)
			loop_read_bell(r);
		else if (e[i].data.fd == r->wires.signal_fd)
			loop_read_signals(r);
		else if (e[i].data.fd == r->lease.guard.fd)
			lease_guard_ended(&r->lease);
		else if (!notice_hear(r, e[i].data.fd))
			r->wires.exec_ready = true;
	}
}

void
loop_run(struct runner *r)
{
	r->times.active_ms = clock_steady_ms();
	r->times.tidy_ms = r->times.active_ms +
	    (r->until == RUNNER_ONCE ? 0 : TIDY_AFTER_MS);
	while (!r->over) {
		loop_wait(r);
		loop_turn(r);
	}
}
