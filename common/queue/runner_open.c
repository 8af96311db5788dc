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

#include "bell.h"
#include "crypto.h"

enum { LOCK_WAIT_MS = 300 };

static bool
watch(struct runner *r, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	return fd >= 0 && epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

static bool
watch_signals(struct runner *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return r->epoll_fd >= 0 && watch(r, r->signal_fd);
}

static enum status
take_folder(struct runner *r, struct reason *why)
{
	const char *dir = r->config->state_dir;
	enum status st;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return fail(why, ST_SYSTEM, "%s: %s", dir, strerror(errno));
	r->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dirfd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", dir, strerror(errno));
	st = lock_open(r->dirfd, "runner.lock", &r->lock, why);
	if (st == ST_OK)
		st = lock_take(&r->lock, r->until == RUNNER_IDLE ?
		    LOCK_WAIT_MS : 0, why);
	return st;
}

static enum status
make_lists(struct runner *r, struct reason *why)
{
	/* room for the ready, the running, the ended and on_dead's at once; a
	 * later, larger concurrency has it as well */
	r->slots = 4 * r->config->concurrency + 4 * CLAIM_AHEAD_MAX;
	r->jobs = calloc((size_t)r->slots, sizeof(*r->jobs));
	r->ready = calloc((size_t)r->slots, sizeof(*r->ready));
	r->ended = calloc((size_t)r->slots, sizeof(*r->ended));
	if (r->jobs == NULL || r->ready == NULL || r->ended == NULL)
		return fail(why, ST_BUSY, "no memory");
	return ST_OK;
}

enum status
runner_open(struct runner *r, struct reason *why)
{
	enum status st;

	st = config_load_runner(r->config_path, &r->config, why);
	if (st == ST_OK)
		st = take_folder(r, why);
	if (st == ST_OK)
		st = make_lists(r, why);
	if (st == ST_OK && !watch_signals(r))
		st = fail(why, ST_SYSTEM, "cannot watch signals: %s",
		    strerror(errno));
	if (st == ST_OK)
		st = reload_open_store(r->config, &r->store, why);
	if (st == ST_OK)
		st = exec_open(r->dirfd, r->slots, &r->exec, why);
	if (st == ST_OK)
		st = bell_open(r->dirfd, BELL_RUNNER, &r->bell_fd, why);
	if (st == ST_OK && (!watch(r, r->bell_fd) ||
	    !watch(r, exec_poll_fd(r->exec))))
		st = fail(why, ST_SYSTEM, "epoll: %s", strerror(errno));
	if (st == ST_OK)
		st = crypto_random((unsigned char *)&r->random,
		    sizeof(r->random));
	if (st == ST_OK)
		st = events_open(&r->events, why);
	if (st != ST_OK)
		return st;
	return takeover(r, why);
}

void
runner_close(struct runner *r)
{
	exec_close(r->exec);
	store_close(r->store);
	if (r->bell_fd >= 0)
		close(r->bell_fd);
	if (r->signal_fd >= 0)
		close(r->signal_fd);
	if (r->epoll_fd >= 0)
		close(r->epoll_fd);
	lock_close(&r->lock);
	if (r->dirfd >= 0)
		close(r->dirfd);
	reload_close(&r->reload);
	config_free(r->config);
	queue_free(r);
	events_close(&r->events);
	arena_free(&r->job_arena);
	arena_free(&r->batch_arena);
	free(r->jobs);
	free(r->ready);
	free(r->ended);
	free(r);
}
