#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "clock.h"
#include "front_private.h"
#include "log.h"

enum {
	PAUSE_MS = 100,			/* when out of descriptors */
	RETRY_MS = 20,			/* when out of threads */
	SAY_AGAIN_MS = 60 * 1000,
	EVENTS = 64
};

/* --- new connections ------------------------------------------------------ */

/* FCGI_WEB_SERVER_ADDRS, FastCGI specification 3.2: over TCP, only these may
 * connect. */
static bool
is_web_server(int fd)
{
	struct bytes allowed = bytes_of(getenv("FCGI_WEB_SERVER_ADDRS")), one;
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	char host[64];

	if (allowed.len == 0)
		return true;
	if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0)
		return false;
	if (peer.ss_family == AF_UNIX)
		return true;
	if (getnameinfo((struct sockaddr *)&peer, len, host, sizeof(host), NULL,
	    0, NI_NUMERICHOST) != 0)
		return false;
	while (allowed.data != NULL) {
		bytes_cut(&allowed, ',', &one);
		if (bytes_is(bytes_trim(one), host))
			return true;
	}
	return false;
}

static void
front_say(struct front *f, const char *what)
{
	int64_t now_ms = clock_steady_ms();

	if (now_ms < f->say_again_ms)
		return;
	f->say_again_ms = now_ms + SAY_AGAIN_MS;
	log_note("error", "%s", what);
}

static bool
front_watch_fd(struct front *f, int fd, void *mark)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = mark };

	return epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

static void
front_watch_listener(struct front *f, bool on)
{
	if (on)
		front_watch_fd(f, f->o.listen_fd, &f->o.listen_fd);
	else
		epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, f->o.listen_fd, NULL);
	f->paused = !on;
	f->resume_ms = clock_steady_ms() + PAUSE_MS;
}

/* Out of descriptors: close the connection that has been idle longest; if none
 * is idle, pause until some request has been served. */
static void
front_make_room(struct front *f)
{
	front_say(f, "requests wait, or fail: out of descriptors; see "
	    "RLIMIT_NOFILE, getrlimit(2)");
	if (f->waiting[WAIT_REQUEST].first != NULL)
		conn_close(f->waiting[WAIT_REQUEST].first);
	else if (f->waiting[WAIT_DRAIN].first != NULL)
		conn_close(f->waiting[WAIT_DRAIN].first);
	else
		front_watch_listener(f, false);
}

static void
front_accept_all(struct front *f)
{
	int fd;

	for (int i = 0; i < EVENTS; i++) {
		fd = accept4(f->o.listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0 && is_web_server(fd))
			conn_add(f, fd);
		else if (fd >= 0)
			close(fd);
		else if (errno == EMFILE || errno == ENFILE ||
		    errno == ENOBUFS || errno == ENOMEM) {
			front_make_room(f);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

void
front_adopt(struct front *f, int fd)
{
	conn_add(f, fd);
}

/* --- the end -------------------------------------------------------------- */

void
front_finish(struct front *f)
{
	struct conn *c, *next;

	if (f->finishing)
		return;
	pthread_mutex_lock(&f->mutex);	/* front_give_back reads it */
	f->finishing = true;
	pthread_mutex_unlock(&f->mutex);
	if (!f->paused)
		front_watch_listener(f, false);
	close(f->o.listen_fd);
	for (c = f->waiting[WAIT_REQUEST].first; c != NULL; c = next) {
		next = c->next;
		conn_finish(c);
	}
}

/* --- the loop ------------------------------------------------------------- */

static void
front_take_back(struct front *f)
{
	struct conn *c, *next;

	for (c = work_collect(f); c != NULL; c = next) {
		next = c->next;
		c->next = NULL;
		conn_return(c);
	}
}

static void
front_enforce_deadlines(struct front *f)
{
	int64_t now_ms = clock_steady_ms();
	struct conn *c;

	for (int i = 0; i < WAIT_REQUEST; i++)
		while ((c = f->waiting[i].first) != NULL &&
		    c->deadline_ms <= now_ms)
			conn_late(c);
	if (f->paused && !f->finishing && f->resume_ms <= now_ms)
		front_watch_listener(f, true);
}

static void
front_free_dead(struct front *f)
{
	struct conn *c, *next;

	for (c = f->dead; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	f->dead = NULL;
}

/* How long there is nothing to do. */
static int
front_sleep_ms(struct front *f)
{
	int64_t now_ms = clock_steady_ms(), at_ms = INT64_MAX;

	if (f->again != NULL)
		return 0;
	for (int i = 0; i < WAIT_REQUEST; i++)
		if (f->waiting[i].first != NULL &&
		    f->waiting[i].first->deadline_ms < at_ms)
			at_ms = f->waiting[i].first->deadline_ms;
	if (f->paused && !f->finishing && f->resume_ms < at_ms)
		at_ms = f->resume_ms;
	if (work_is_stuck(f) && now_ms + RETRY_MS < at_ms) {
		front_say(f, "requests wait: no thread for a worker");
		at_ms = now_ms + RETRY_MS;
	}
	return clock_poll_ms(at_ms);
}

/* Handle one round of events. New connections come last: they may close idle
 * ones, whose events must be handled before. */
static void
front_handle(struct front *f, const struct epoll_event *events, int n)
{
	bool incoming = false;
	eventfd_t rings;

	for (int i = 0; i < n; i++) {
		void *mark = events[i].data.ptr;

		if (mark == &f->wake_fd)
			(void)eventfd_read(f->wake_fd, &rings);
		else if (mark == &f->o.parent.fd)
			f->o.parent.hear(f->o.parent.ctx, f);
		else if (mark == &f->o.listen_fd)
			incoming = true;
		else
			conn_event(mark, events[i].events);
	}
	front_take_back(f);
	if (incoming && !f->finishing)
		front_accept_all(f);
}

static void
front_loop(struct front *f)
{
	struct epoll_event events[EVENTS];
	int n;

	while (!f->finishing || f->conns > 0) {
		n = epoll_wait(f->epoll_fd, events, EVENTS, front_sleep_ms(f));
		front_handle(f, events, n);
		front_enforce_deadlines(f);
		conn_read_again(f);
		front_free_dead(f);
	}
}

/* --- start and end -------------------------------------------------------- */

/* 10,000 connections need more than the usual 1,024 descriptors. */
static void
front_raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

/* At least two: one thread may be in the kernel. */
static int
count_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0 ||
	    CPU_COUNT(&set) < 2)
		return 2;
	return CPU_COUNT(&set);
}

static enum status
front_prepare(struct front *f, struct reason *why)
{
	int flags = fcntl(f->o.listen_fd, F_GETFL);

	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	f->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->chunk = malloc(FRONT_CHUNK);
	if (f->chunk == NULL)
		return fail(why, ST_BUSY, "no memory");
	if (flags < 0 || f->epoll_fd < 0 || f->wake_fd < 0 ||
	    fcntl(f->o.listen_fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    !front_watch_fd(f, f->wake_fd, &f->wake_fd) ||
	    !front_watch_fd(f, f->o.parent.fd, &f->o.parent.fd))
		return fail(why, ST_SYSTEM, "the listening socket: %s",
		    strerror(errno));
	front_watch_listener(f, true);
	return ST_OK;
}

enum status
front_run(const struct front_options *o, struct reason *why)
{
	struct front f = { .o = *o, .processors = count_processors() };
	enum status st;

	front_raise_limit();
	work_init(&f);
	st = front_prepare(&f, why);
	if (st == ST_OK)
		front_loop(&f);
	work_end(&f);
	if (f.epoll_fd >= 0)
		close(f.epoll_fd);
	if (f.wake_fd >= 0)
		close(f.wake_fd);
	free(f.chunk);
	return st;
}
