#include "runner_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "runner_start.h"
#include "store_local.h"

enum { ROLE_WAIT_MS = 300 };

static bool
open_watch(struct runner *r, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	return fd >= 0 &&
	    epoll_ctl(r->wires.epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

static bool
open_signals(struct runner *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r->wires.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	r->wires.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return r->wires.epoll_fd >= 0 && open_watch(r, r->wires.signal_fd);
}

/* Where there is another runner, this ends it all. */
static enum status
open_state(struct runner *r, struct reason *why)
{
	const char *dir = r->config->state_dir;
	struct store_options o;
	enum status st = reload_store_options(r, r->config, &o, why);

	if (st != ST_OK)
		return st;
	o.role_wait_ms = r->until == RUNNER_IDLE ? ROLE_WAIT_MS : 0;
	reload_note_place(r);
	r->lease.renewed_ms = clock_boot_ms();
	r->lease.lease_ms = o.lease_ms;
	st = store_open(&o, &r->store, why);
	if (st != ST_OK)
		return st;
	reload_note_place(r);
	r->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r->dirfd >= 0 ? ST_OK :
	    fail(why, ST_SYSTEM, "%s: %s", dir, strerror(errno));
}

/* Ended by runner_close, also after a failure. */
static enum status
runner_open(struct runner *r, struct reason *why)
{
	enum status st;

	st = config_load_runner(r->config_path, &r->config, why);
	if (st == ST_OK)
		st = open_state(r, why);
	/* room for the ready, the running, the ended and on_dead's at once; a
	 * later, larger concurrency has no more */
	if (st == ST_OK)
		st = scheduler_open(&r->scheduler,
		    4 * r->config->concurrency + 4 * CLAIM_AHEAD_MAX, why);
	if (st == ST_OK && !open_signals(r))
		st = fail(why, ST_SYSTEM, "cannot watch signals: %s",
		    strerror(errno));
	if (st == ST_OK)
		st = exec_open(r->dirfd, r->scheduler.slots, &r->exec, why);
	if (st == ST_OK)
		lease_open(r);
	if (st == ST_OK)
		st = store_listen(r->store, &r->wires.bell_fd, why);
	if (st == ST_OK && (!open_watch(r, r->wires.bell_fd) ||
	    !open_watch(r, exec_poll_fd(r->exec))))
		st = fail(why, ST_SYSTEM, "epoll: %s", strerror(errno));
	if (st == ST_OK)
		st = events_open(&r->events, r->config, why);
	if (st != ST_OK)
		return st;
	return takeover(r, why);
}

/* Give everything back, r too. */
static void
runner_close(struct runner *r)
{
	exec_close(r->exec);
	lease_close(&r->lease);
	store_close(r->store);
	if (r->wires.signal_fd >= 0)
		close(r->wires.signal_fd);
	if (r->wires.epoll_fd >= 0)
		close(r->wires.epoll_fd);
	if (r->dirfd >= 0)
		close(r->dirfd);
	reload_close(&r->reload);
	notice_close(&r->notice);
	config_free(r->config);
	scheduler_close(&r->scheduler);
	events_close(&r->events);
	arena_free(&r->starts.arena);
	arena_free(&r->batch.arena);
	free(r);
}

/* What a life leaves to the next one of this process. */
struct lives {
	bool again;		/* there is another one */
	char *program;		/* of the process, if it gives way to a new one:
				   also to one that comes before the store can
				   be opened */
	bool lost;		/* since the lease was lost: the database may
				   be away, and is waited for */
	int failures;		/* so many times */
};

/* Another one has begun in this folder meanwhile: nobody is missing. */
static bool
is_replaced(const struct runner *r)
{
	struct lock lock = LOCK_NONE;
	bool held = false;
	int dirfd;

	if (r->store != NULL || r->config == NULL)
		return false;
	dirfd = open(r->config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return false;
	if (lock_open(dirfd, LOCAL_RUNNER_LOCK, &lock, NULL) == ST_OK)
		held = lock_is_held(&lock);
	lock_close(&lock);
	close(dirfd);
	return held;
}

/* Who had a lease does not end for a database that is away, or has no room yet:
 * nobody might start another runner. No handler runs, so a signal just ends the
 * process. */
static bool
wait_for_store(const struct runner *r, struct lives *l, enum status st,
    const struct reason *why)
{
	if (!l->lost || (st != ST_SYSTEM && st != ST_BUSY) ||
	    (st == ST_BUSY && is_replaced(r)))
		return false;
	if (l->failures == 0)
		log_note("error", "the store cannot be used, the runner keeps "
		    "trying: %s", why->text);
	clock_nap_us(1000 * trouble_pause_ms(l->failures++));
	return true;
}

static void
run_loop(struct runner *r, struct lives *l)
{
	if (l->failures > 0)
		log_note("note", "the store can be used again");
	l->failures = 0;
	notice_open(r);
	others_open(r);
	loop_run(r);
	l->lost = r->lease.lost;
}

/* One life: of a state folder, and with a lease. */
static enum status
run_once(const char *config_path, enum runner_until until, struct lives *l,
    struct reason *why)
{
	struct runner *r = calloc(1, sizeof(*r));
	sigset_t before;
	enum status st;

	l->again = false;
	if (r == NULL)
		return fail(why, ST_BUSY, "no memory");
	r->config_path = config_path;
	r->until = until;
	r->dirfd = r->wires.bell_fd = r->wires.signal_fd =
	    r->wires.epoll_fd = -1;
	r->reload.program = l->program;
	r->reload.in_force_fd = r->notice.clock_fd = -1;
	r->notice.lookout = LOOKOUT_NONE;
	r->lease.guard = GUARD_NONE;
	sigprocmask(SIG_SETMASK, NULL, &before);
	st = runner_open(r, why);
	if (st == ST_OK)
		run_loop(r, l);
	else
		l->again = wait_for_store(r, l, st, why);
	if (r->trouble.lost)
		st = fail(why, ST_CONFIG, "%s", r->trouble.why.text);
	else if (r->others.differ && until == RUNNER_ONCE)
		st = fail(why, ST_CONFIG, "this runner's handlers differ from"
		    " the dispatcher's");
	if (st == ST_OK && r->phase == PHASE_MOVING)
		l->again = until != RUNNER_ONCE || r->lease.lost;
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
	struct lives lives = { .program = until == RUNNER_IDLE ?
		runner_own_program() : NULL };
	struct reason unasked;
	enum status st;
	int i;

	if (why == NULL)	/* it goes to the log, too */
		why = &unasked;
	for (i = 0; i < 2; i++)
		sigaction(ignored[i], &ign, &old[i]);
	do
		st = run_once(config_path, until, &lives, why);
	while (lives.again);
	free(lives.program);
	for (i = 0; i < 2; i++)
		sigaction(ignored[i], &old[i], NULL);
	return st;
}
