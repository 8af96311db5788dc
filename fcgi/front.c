#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "clock.h"
#include "front_state.h"
#include "log.h"

enum {
	TICK_MS = 200,			/* how exact deadlines are */
	LOOK_MS = 2,			/* for a thread that is not busy */
	PAUSE_MS = 100,			/* out of descriptors: let some close */
	SAY_AGAIN_MS = 60 * 1000,
	EVENTS = 64
};

/* FCGI_WEB_SERVER_ADDRS, FastCGI specification 3.2: over TCP, only these may
 * connect. libfcgi would check it, did it accept the connections itself. */
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

static bool
has_arrived(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void
be_ready(struct front *f, struct conn *c)
{
	conn_move(f, c, CONN_READY);
	front_call_worker(f);
}

static void
add_conn(struct front *f, int fd)
{
	struct conn *c;

	if (!is_web_server(fd) || (c = conn_add(f, fd)) == NULL)
		close(fd);
	else if (has_arrived(fd))
		be_ready(f, c);
	else if (!conn_watch(f, c))
		conn_drop(f, c);
}

void
front_say_no_room(struct front *f)
{
	int64_t now_ms = clock_steady_ms();

	if (now_ms < f->say_no_room_ms)
		return;
	f->say_no_room_ms = now_ms + SAY_AGAIN_MS;
	log_note("error", "requests wait, or fail: out of descriptors; see "
	    "RLIMIT_NOFILE, getrlimit(2)");
}

static void
watch_listener(struct front *f, bool on)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };

	epoll_ctl(f->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
	    f->o.listen_fd, &e);
	f->paused = !on;
}

/* Out of descriptors: the connection that has been idle longest makes room;
 * where none is idle, wait until one has been served. */
static void
make_room(struct front *f)
{
	front_say_no_room(f);
	if (f->lists[CONN_IDLE].first != NULL)
		conn_drop(f, f->lists[CONN_IDLE].first);
	else
		watch_listener(f, false);
}

static void
accept_all(struct front *f)
{
	int fd;

	for (int i = 0; i < EVENTS; i++) {
		fd = accept4(f->o.listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			add_conn(f, fd);
		else if (errno == EMFILE || errno == ENFILE ||
		    errno == ENOBUFS || errno == ENOMEM) {
			make_room(f);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

/* Shut down what is late; whether any connection is being served. */
static bool
enforce_deadlines(struct front *f)
{
	int64_t now_ms = clock_steady_ms();
	struct conn *c;

	for (c = f->lists[CONN_SERVED].first; c != NULL; c = c->next) {
		int64_t deadline = c->deadline;

		/* its worker may set another one at this very moment */
		if (deadline == 0 || now_ms < deadline / 2 ||
		    !atomic_compare_exchange_strong(&c->deadline, &deadline,
		    0))
			continue;
		c->late = true;
		shutdown(c->fd, deadline % 2 == CONN_END_ALL ? SHUT_RDWR :
		    SHUT_RD);
	}
	return f->lists[CONN_SERVED].first != NULL ||
	    f->lists[CONN_READY].first != NULL;
}

/* Something has arrived on an idle connection; mostly a request. */
static void
arrive(struct front *f, struct conn *c)
{
	c->watched = false;
	if (has_arrived(c->fd))
		be_ready(f, c);
	else
		conn_drop(f, c);
}

/* With the mutex: one round of events. New connections come last, since they
 * may close idle ones whose events are still in the list. */
static void
handle(struct front *f, const struct epoll_event *events, int n)
{
	bool incoming = false;

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == f)
			f->ending = true;
		else if (events[i].data.ptr == NULL)
			incoming = true;
		else
			arrive(f, events[i].data.ptr);
	}
	if (incoming)
		accept_all(f);
}

static void
loop(struct front *f)
{
	struct epoll_event events[EVENTS];
	int timeout_ms = -1, n;

	while (!f->ending) {
		n = epoll_wait(f->epoll_fd, events, EVENTS, timeout_ms);
		pthread_mutex_lock(&f->mutex);
		handle(f, events, n);
		front_call_worker(f);
		timeout_ms = enforce_deadlines(f) ? TICK_MS : -1;
		/* who was called may take another one, and wait for it */
		if (f->lists[CONN_READY].first != NULL)
			timeout_ms = LOOK_MS;
		if (f->paused) {
			watch_listener(f, true);
			timeout_ms = PAUSE_MS;
		}
		front_unlock(f);
	}
}

/* Requests under way come to their end, or to their deadline. */
static void
end_all(struct front *f)
{
	struct timespec until;

	pthread_mutex_lock(&f->mutex);
	close(f->o.listen_fd);
	while (f->lists[CONN_IDLE].first != NULL)
		conn_drop(f, f->lists[CONN_IDLE].first);
	while (f->threads > 0 || f->lists[CONN_SERVED].first != NULL) {
		int64_t ms = clock_steady_ms() + TICK_MS;

		front_call_all(f);
		until = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
		pthread_cond_timedwait(&f->thread_ended, &f->mutex, &until);
		enforce_deadlines(f);
	}
	pthread_mutex_unlock(&f->mutex);
	close(f->signal_fd);
	close(f->epoll_fd);
}

static void
ending_signals(sigset_t *out)
{
	sigemptyset(out);
	sigaddset(out, SIGTERM);
	sigaddset(out, SIGINT);
	sigaddset(out, SIGUSR1);
}

void
front_prepare_process(void)
{
	struct rlimit files;
	sigset_t signals;

	/* 10,000 connections want more than the usual 1,024 descriptors. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	ending_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

/* Two at least: one may be in the kernel. */
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
prepare(struct front *f, struct reason *why)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = f };
	int flags = fcntl(f->o.listen_fd, F_GETFL);
	sigset_t signals;

	ending_signals(&signals);
	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	f->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (flags < 0 || f->epoll_fd < 0 || f->signal_fd < 0 ||
	    fcntl(f->o.listen_fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, f->signal_fd, &e) != 0)
		return fail(why, ST_SYSTEM, "the listening socket: %s",
		    strerror(errno));
	watch_listener(f, true);
	return ST_OK;
}

enum status
front_run(const struct front_options *o, struct reason *why)
{
	struct front f = { .o = *o, .processors = count_processors() };
	pthread_condattr_t attr;
	enum status st;

	pthread_mutex_init(&f.mutex, NULL);
	sem_init(&f.called, 0, 0);
	/* waited for by a clock that nobody sets */
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&f.thread_ended, &attr);
	pthread_condattr_destroy(&attr);
	if ((st = prepare(&f, why)) != ST_OK)
		return st;
	loop(&f);
	end_all(&f);
	pthread_cond_destroy(&f.thread_ended);
	sem_destroy(&f.called);
	pthread_mutex_destroy(&f.mutex);
	return ST_OK;
}
