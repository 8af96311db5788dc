#include "runner_private.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bell.h"
#include "clock.h"
#include "log.h"
#include "runner_start.h"

enum {
	IDLE_MS = 500,			/* before an auto runner ends */
	TIDY_AFTER_MS = 100,		/* of quiet */
	TIDY_EVERY_MS = 10 * 60 * 1000,
	TIDY_BUSY_MS = 30 * 1000,
	SLOW_UNLESS_SEEN_MS = 1000,	/* a handler */
	GATHER_MS = 2,			/* new events, while others wait */
	SLEEP_MAX_MS = 2 * 1000,	/* the wall clock may be set */
	STOP_MAX_MS = 15 * 1000		/* then without the store */
};

/* --- what the loop decides by --------------------------------------------- */

static bool
is_working(const struct runner *r)
{
	return exec_running(r->exec) > 0 || r->ready_count > 0 ||
	    r->ended_count > 0;
}

/* Something to claim, and room for it at once. */
static bool
turn_is_due(const struct runner *r)
{
	return r->ready_count == 0 && scheduler_room(r) > 0 &&
	    r->next_due_ms <= runner_clock_now_ms(r);
}

/* An end waits for company in its commit, as long as there is something to
 * start without one, and not for long. */
static bool
ends_are_due(const struct runner *r)
{
	if (r->ended_count == 0)
		return false;
	/* While it is recorded there is still something to start. */
	return r->ready_count <= scheduler_ahead(r) / 4 || r->ended_urgent ||
	    r->ended_count >= BATCH_MAX || r->ended_bytes >= BATCH_BYTES_MAX ||
	    clock_steady_us() - r->ended_since_us >= BATCH_AGE_MS * 1000;
}

static bool
flush_is_due(const struct runner *r)
{
	int64_t now = clock_steady_ms();

	if (trouble_waits(&r->trouble))
		return false;
	if (ends_are_due(r))
		return true;
	if (r->phase != PHASE_RUNNING)
		return false;
	if (r->rung && (r->ready_count == 0 ||
	    now - r->flushed_ms >= GATHER_MS))
		return true;
	return turn_is_due(r);
}

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

/* Until when nothing can happen by itself, on the steady clock. */
static int64_t
sleep_until(const struct runner *r)
{
	int64_t now = clock_steady_ms(), until = now + SLEEP_MAX_MS;
	int64_t due_in_ms;

	until = earlier(until, exec_next_deadline_ms(r->exec));
	if (r->pause_until_ms != 0)
		until = earlier(until, r->pause_until_ms);
	if (trouble_waits(&r->trouble))
		return earlier(until, r->trouble.until_ms);
	if (r->ended_count > 0)
		until = earlier(until, r->ended_since_us / 1000 +
		    BATCH_AGE_MS + 1);
	if (r->phase != PHASE_RUNNING)
		return until;
	if (r->look_again_ms != 0)
		until = earlier(until, r->look_again_ms);
	if (r->rung)
		until = earlier(until, r->flushed_ms + GATHER_MS);
	if (r->next_due_ms != INT64_MAX && r->ready_count == 0 &&
	    scheduler_room(r) > 0) {
		due_in_ms = r->next_due_ms - runner_clock_now_ms(r);
		until = earlier(until, now + (due_in_ms < 0 ? 0 : due_in_ms));
	}
	if (is_working(r))
		return until;
	until = earlier(until, later(r->tidy_ms,
	    r->active_ms + TIDY_AFTER_MS));
	if (r->until == RUNNER_IDLE && r->next_due_ms == INT64_MAX)
		until = earlier(until, r->active_ms + IDLE_MS);
	return until;
}

/* --- the outside ---------------------------------------------------------- */

static void
stop(struct runner *r)
{
	r->phase = phase_after(r->phase, CAUSE_SIGNAL);
	if (r->phase == PHASE_KILLING) {
		exec_stop_all(r->exec, 0);
		return;
	}
	/* No more for us, and not for a successor at once: runner_lost. */
	bell_remove(r->dirfd, BELL_RUNNER);
	r->stop_by_ms = clock_steady_ms() + STOP_MAX_MS;
	exec_stop_all(r->exec, EXEC_GRACE_MS);
}

static void
read_signals(struct runner *r)
{
	struct signalfd_siginfo s;

	while (read(r->signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGHUP) {
			reload_config(r);
			log_reopen_if_moved();
		} else {
			stop(r);
		}
	}
}

static void
read_bell(struct runner *r)
{
	int64_t id;

	while (bell_read(r->bell_fd, &id) == ST_OK)
		r->rung = r->rung || id != BELL_NOBODY;
}

static void
wait_for_something(struct runner *r)
{
	struct epoll_event e[4];
	int64_t ms = sleep_until(r) - clock_steady_ms();
	int i, n;

	if (r->exec_ready)
		ms = 0;
	n = epoll_wait(r->epoll_fd, e, 4, ms <= 0 ? 0 :
	    ms > SLEEP_MAX_MS ? SLEEP_MAX_MS : (int)ms);
	for (i = 0; i < n; i++) {
		if (e[i].data.fd == r->bell_fd)
			read_bell(r);
		else if (e[i].data.fd == r->signal_fd)
			read_signals(r);
		else
			r->exec_ready = true;
	}
	if (exec_next_deadline_ms(r->exec) <= clock_steady_ms())
		r->exec_ready = true;
	if (r->look_again_ms != 0 && clock_steady_ms() >= r->look_again_ms) {
		r->look_again_ms = 0;
		r->rung = true;
	}
}

/* --- the end -------------------------------------------------------------- */

static void
tidy_if_time(struct runner *r, bool quiet)
{
	int64_t now = clock_steady_ms();

	if (now < r->tidy_ms || trouble_waits(&r->trouble))
		return;
	if (!commit_tidy(r))
		r->tidy_ms = now + TIDY_EVERY_MS;
	else if (!quiet)
		r->tidy_ms = now + TIDY_BUSY_MS;
}

/* The new program takes over at once: nobody else knows that there is work. */
static void
start_successor(struct runner *r)
{
	struct reason why;
	int64_t due_ms;

	if (r->phase != PHASE_YIELDING)
		return;
	/* only what is in this store may leave nothing to do */
	if (!r->trouble.lost && !reload_is_moved(r) &&
	    (store_next_due(r->store, &due_ms, &why) != ST_OK ||
	    due_ms == INT64_MAX))
		return;
	if (runner_start_program(r->program, r->config_path, &why) != ST_OK)
		log_note("error", "%s", why.text);
}

/* Somebody has removed the folder: nobody will ever wait for what is in it. */
static bool
folder_is_gone(const struct runner *r)
{
	struct stat st;

	if (r->phase == PHASE_MOVING ||
	    (r->phase == PHASE_YIELDING && reload_is_moved(r)))
		return true;
	if (fstat(r->dirfd, &st) != 0 || st.st_nlink != 0)
		return false;
	log_note("warning", "%s was removed: the runner ends",
	    r->config->state_dir);
	return true;
}

/* Though there are ends that are not recorded: the slots tell the next one. */
static bool
has_to_end(const struct runner *r)
{
	if (exec_running(r->exec) > 0)
		return false;
	return (r->phase >= PHASE_STOPPING &&
	    clock_steady_ms() >= r->stop_by_ms) ||
	    (r->trouble.failures > 0 && folder_is_gone(r));
}

/* What has ended, or was not begun, is in the slots: the next one records it,
 * and hands it back. So it may begin once nothing runs here any more. */
static bool
has_ended_without_store(struct runner *r)
{
	if (exec_running(r->exec) > 0)
		return false;
	r->program_looked_ms = 0;
	reload_look(r);
	lock_give(&r->lock);
	start_successor(r);
	return true;
}

static bool
has_ended(struct runner *r)
{
	const bool running = r->phase == PHASE_RUNNING;
	int64_t now = clock_steady_ms();
	bool over = false;

	if (r->trouble.lost)
		return has_ended_without_store(r);
	if (is_working(r)) {
		r->active_ms = now;
		/* after a busy time there is something to tidy up */
		if (r->tidy_ms > now + TIDY_BUSY_MS)
			r->tidy_ms = now + TIDY_BUSY_MS;
		tidy_if_time(r, false);
		return has_to_end(r) && has_ended_without_store(r);
	}
	if (r->phase >= PHASE_STOPPING || folder_is_gone(r))
		return has_ended_without_store(r);
	if (r->rung && running)
		return false;
	if (now - r->active_ms >= TIDY_AFTER_MS)
		tidy_if_time(r, true);
	if (hold_lasts(&r->on_dead_hold) && running &&
	    !trouble_waits(&r->trouble))
		alarm_tell_left(r);
	if (trouble_waits(&r->trouble) || r->until == RUNNER_FOREVER ||
	    (r->until == RUNNER_IDLE && running &&
	    now - r->active_ms < IDLE_MS))
		return false;
	r->active_ms = now;
	if (running && r->until != RUNNER_FOREVER)
		alarm_tell_left(r);
	if (trouble_waits(&r->trouble))
		return false;
	if (r->ready_count > 0)
		job_start_ready(r);
	else if (!running || r->until == RUNNER_ONCE ||
	    r->next_due_ms == INT64_MAX)
		over = commit_last_look(r);
	if (over)
		start_successor(r);
	return over;
}

static void
loop(struct runner *r)
{
	do {
		wait_for_something(r);
		reload_look(r);
		if (r->phase != PHASE_RUNNING && r->ready_count > 0)
			job_hand_back_ready(r);
		if (r->exec_ready)
			job_collect(r);
		job_start_ready(r);
		if (flush_is_due(r)) {
			commit_flush(r);
			job_start_ready(r);
		}
	} while (!has_ended(r));
}

/* --- all of it ------------------------------------------------------------ */

static void
run(struct runner *r)
{
	int64_t now = clock_steady_ms();
	struct stat own, there;

	r->random |= 1;
	r->handler_us = SLOW_UNLESS_SEEN_MS * 1000;
	r->rung = true;
	r->active_ms = now;
	r->tidy_ms = now + TIDY_AFTER_MS;
	r->program = r->until == RUNNER_IDLE ? runner_program() : NULL;
	if (r->program != NULL && (stat("/proc/self/exe", &own) != 0 ||
	    stat(r->program, &there) != 0 || own.st_ino != there.st_ino ||
	    own.st_dev != there.st_dev)) {
		free(r->program);
		r->program = NULL;
	}
	runner_clock_bound_due(r);
	loop(r);
}

/* One life, of a state folder; *again: the path leads to another one now. */
static enum status
run_once(const char *config_path, enum runner_until until, bool *again,
    struct reason *why)
{
	struct runner *r = calloc(1, sizeof(*r));
	sigset_t before;
	enum status st;

	*again = false;
	if (r == NULL)
		return fail(why, ST_BUSY, "no memory");
	r->config_path = config_path;
	r->until = until;
	r->dirfd = r->bell_fd = r->signal_fd = r->epoll_fd = -1;
	r->in_force_fd = -1;
	r->lock = LOCK_NONE;
	r->clock_offset_ms = clock_wall_ms() - clock_boot_ms();
	sigprocmask(SIG_SETMASK, NULL, &before);
	st = runner_open(r, why);
	if (st == ST_OK)
		run(r);
	if (r->trouble.lost)
		st = fail(why, ST_CONFIG, "%s", r->trouble.why.text);
	*again = st == ST_OK && r->phase == PHASE_MOVING;
	runner_close(r);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return st;
}

enum status
runner_run(const char *config_path, enum runner_until until,
    struct reason *why)
{
	static const int ignored[] = { SIGPIPE, SIGXFSZ };
	struct sigaction ign = { .sa_handler = SIG_IGN }, old[2];
	enum status st;
	bool again;
	int i;

	for (i = 0; i < 2; i++)
		sigaction(ignored[i], &ign, &old[i]);
	do
		st = run_once(config_path, until, &again, why);
	while (again && until != RUNNER_ONCE);
	for (i = 0; i < 2; i++)
		sigaction(ignored[i], &old[i], NULL);
	return st;
}
