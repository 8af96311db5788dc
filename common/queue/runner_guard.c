#include "runner_guard.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"
#include "exec.h"
#include "exec_leftover.h"

enum {
	LOOK_MS = 20,		/* while a group is being ended */
	IDLE_LOOK_MS = 1000,	/* while none lives */
	AFTER_KILL_MS = 2000,	/* what is in the kernel that long will not run
				   its program again, and may stay there */
	/* What is killed has this part of the lease to be gone, and what is
	 * told to end this part before: not more than these. */
	GONE_PART = 8, GONE_MAX_MS = 1000,
	GRACE_PART = 4
};

struct guard_page {
	_Atomic int64_t renewed_ms, lease_ms;
};

static int64_t
guard_part(int64_t lease_ms, int part, int64_t max_ms)
{
	return lease_ms / part < max_ms ? lease_ms / part : max_ms;
}

int64_t
guard_kill_ms(int64_t renewed_ms, int64_t lease_ms)
{
	return renewed_ms + lease_ms -
	    guard_part(lease_ms, GONE_PART, GONE_MAX_MS);
}

int64_t
guard_term_ms(int64_t renewed_ms, int64_t lease_ms)
{
	return guard_kill_ms(renewed_ms, lease_ms) -
	    guard_part(lease_ms, GRACE_PART, EXEC_GRACE_MS);
}

/* --- the process ---------------------------------------------------------- */

struct guarding {
	const struct guard_page *page;
	struct leftovers left;
	int link_fd;			/* the runner has the other end */
	int timer_fd;			/* on clock_boot_ms: also after the
					   machine has slept */
	bool orphan;			/* the runner has ended */
	int64_t told_ms;		/* for the lease that was renewed then,
					   SIGTERM was sent; 0: for none */
	int nap_ms;			/* until the next look */
};

/* Nothing that whoever waits for the runner's end waits for: a lock, a
 * connection, a pipe. */
static void
guard_let_go(const struct guarding *g)
{
	int keep[] = { g->link_fd, g->timer_fd, dirfd(g->left.proc) };
	int i, k, from = STDERR_FILENO + 1;

	for (i = 0; i < 3; i++)
		for (k = i + 1; k < 3; k++)
			if (keep[k] < keep[i]) {
				int other = keep[i];

				keep[i] = keep[k];
				keep[k] = other;
			}
	for (i = 0; i < 3; i++) {
		descriptors_close(from, keep[i] - 1);
		from = keep[i] + 1;
	}
	descriptors_close(from, INT_MAX);
	descriptors_let_go();
	(void)!chdir("/");
}

/* The kernel tells when the time has come, by the clock that goes by. */
static void
guard_sleep(struct guarding *g, int64_t until_ms, int nap_ms)
{
	const struct itimerspec at = { .it_value = {
	    .tv_sec = until_ms / 1000,
	    .tv_nsec = until_ms % 1000 * 1000000 + 1 } };
	struct pollfd p[] = { { .fd = g->timer_fd, .events = POLLIN },
	    { .fd = g->orphan ? -1 : g->link_fd, .events = POLLIN } };

	char byte;

	(void)timerfd_settime(g->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
	/* a byte says that the lease has become shorter */
	if (poll(p, 2, nap_ms) > 0 && p[1].revents != 0 &&
	    read(g->link_fd, &byte, 1) <= 0)
		g->orphan = true;
}

/* The lease lasts, until term_ms at least. Returns: nothing is left to do. */
static bool
guard_wait(struct guarding *g, int64_t term_ms)
{
	g->told_ms = 0;
	g->nap_ms = LOOK_MS;
	if (g->orphan && leftover_look(&g->left) == 0)
		return true;
	guard_sleep(g, term_ms, g->orphan ? IDLE_LOOK_MS : -1);
	return false;
}

/* The lease is over, or will soon be. Whoever is stopped, or is about to begin,
 * may come later: it is looked for as long as the runner lives. */
static bool
guard_end(struct guarding *g, int64_t renewed_ms, int64_t kill_ms)
{
	const int64_t now_ms = clock_boot_ms();
	int lives = leftover_look(&g->left);

	if (lives == 0 && g->orphan)
		return true;
	if (g->told_ms != renewed_ms)
		leftover_signal(&g->left, SIGTERM);
	g->told_ms = renewed_ms;
	if (now_ms >= kill_ms)
		leftover_signal(&g->left, SIGKILL);
	if (lives > 0 && now_ms < kill_ms + AFTER_KILL_MS)
		g->nap_ms = LOOK_MS;
	else if (g->nap_ms < IDLE_LOOK_MS)
		g->nap_ms *= 2;
	/* the timer is for the kill; later it would be due at once */
	guard_sleep(g, now_ms < kill_ms ? kill_ms : now_ms + g->nap_ms,
	    g->nap_ms);
	return false;
}

static _Noreturn void
guard_run(struct guarding *g)
{
	int64_t renewed_ms, lease_ms, term_ms;
	bool done = false;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	(void)prctl(PR_SET_NAME, "cgihook-guard");
	guard_let_go(g);
	while (!done) {
		renewed_ms = atomic_load(&g->page->renewed_ms);
		lease_ms = atomic_load(&g->page->lease_ms);
		term_ms = guard_term_ms(renewed_ms, lease_ms);
		done = clock_boot_ms() < term_ms ? guard_wait(g, term_ms) :
		    guard_end(g, renewed_ms, guard_kill_ms(renewed_ms,
		    lease_ms));
	}
	_exit(0);
}

/* --- the runner's side ---------------------------------------------------- */

/* A child of ours that ends at once has made it, so that it is none of ours,
 * and the reaping of handlers never meets it. */
static enum status
guard_fork(struct guarding *g, struct reason *why)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			guard_run(g);
		_exit(pid < 0);
	}
	if (pid < 0)
		return fail(why, ST_BUSY, "no process that guards the"
		    " handlers: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? ST_OK :
	    fail(why, ST_BUSY, "no process that guards the handlers");
}

static enum status
guard_prepare(struct guard *g, struct guarding *own, int link[2],
    struct reason *why)
{
	if (g->page == NULL) {
		g->page = mmap(NULL, sizeof(*g->page), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (g->page == MAP_FAILED) {
			g->page = NULL;
			return fail(why, ST_BUSY, "no memory");
		}
	}
	own->page = g->page;
	own->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	if (own->timer_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM |
	    SOCK_CLOEXEC, 0, link) != 0)
		return fail(why, ST_BUSY, "no descriptors for the guard: %s",
		    strerror(errno));
	own->link_fd = link[1];
	return ST_OK;
}

enum status
guard_start(struct guard *g, const struct slots *slots, int64_t renewed_ms,
    int64_t lease_ms, struct reason *why)
{
	struct guarding own = { .link_fd = -1, .timer_fd = -1 };
	int link[2] = { -1, -1 };
	enum status st = leftover_open(slots, true, &own.left, why);

	if (st != ST_OK)
		return st;
	st = guard_prepare(g, &own, link, why);
	if (st == ST_OK)
		guard_tell(g, renewed_ms, lease_ms);
	if (st == ST_OK)
		st = guard_fork(&own, why);
	if (st == ST_OK)
		g->fd = link[0];
	else if (link[0] >= 0)
		close(link[0]);
	if (link[1] >= 0)
		close(link[1]);
	if (own.timer_fd >= 0)
		close(own.timer_fd);
	leftover_close(&own.left);
	return st;
}

void
guard_tell(const struct guard *g, int64_t renewed_ms, int64_t lease_ms)
{
	const bool shorter = lease_ms < atomic_load(&g->page->lease_ms);

	/* in this order: what is read in between is never too late */
	if (shorter)
		atomic_store(&g->page->lease_ms, lease_ms);
	atomic_store(&g->page->renewed_ms, renewed_ms);
	atomic_store(&g->page->lease_ms, lease_ms);
	if (shorter && g->fd >= 0)
		(void)send(g->fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
guard_lose(struct guard *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
}

void
guard_close(struct guard *g)
{
	guard_lose(g);
	if (g->page != NULL)
		munmap(g->page, sizeof(*g->page));
	g->page = NULL;
}
