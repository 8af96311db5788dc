#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <pthread.h>
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
#include "log.h"

enum {
	TICK_MS = 200,			/* how exact deadlines are */
	PAUSE_MS = 100,			/* out of descriptors: let some close */
	THREADS_PER_WORKER = 8,		/* the others wait for slow senders */
	STACK_BYTES = 256 * 1024,
	EVENTS = 64
};

enum conn_state { CONN_IDLE, CONN_READY, CONN_SERVED };

struct conn {
	int fd;
	enum conn_state state;
	struct conn *prev, *next;	/* in the list of its state */
	int64_t deadline_ms;		/* 0: none */
	enum conn_end end;
	bool late;
};

/* A doubly linked list of connections, oldest first. */
struct conn_list {
	struct conn *first, *last;
};

struct front {
	struct front_options o;
	int epoll_fd, signal_fd;
	bool paused;			/* the listening socket is not watched */

	pthread_mutex_t mutex;
	pthread_cond_t ready;
	struct conn_list lists[3];	/* by enum conn_state */
	int threads, idle_threads, reading_threads;
	pthread_cond_t thread_ended;
	bool ending;
};

static void
list_remove(struct conn_list *l, struct conn *c)
{
	*(c->prev != NULL ? &c->prev->next : &l->first) = c->next;
	*(c->next != NULL ? &c->next->prev : &l->last) = c->prev;
	c->prev = c->next = NULL;
}

static void
list_append(struct conn_list *l, struct conn *c)
{
	c->prev = l->last;
	c->next = NULL;
	*(l->last != NULL ? &l->last->next : &l->first) = c;
	l->last = c;
}

static void
move(struct front *f, struct conn *c, enum conn_state to)
{
	list_remove(&f->lists[c->state], c);
	c->state = to;
	list_append(&f->lists[to], c);
}

static void
drop(struct front *f, struct conn *c)
{
	list_remove(&f->lists[c->state], c);
	epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	close(c->fd);
	free(c);
}

static bool
watch(struct front *f, struct conn *c, int how)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT,
		.data.ptr = c };

	return epoll_ctl(f->epoll_fd, how, c->fd, &e) == 0;
}

/* --- workers ------------------------------------------------------------- */

static void *
live(void *arg)
{
	struct front *f = arg;

	f->o.work(f, f->o.ctx);
	pthread_mutex_lock(&f->mutex);
	f->threads--;
	pthread_cond_signal(&f->thread_ended);
	pthread_mutex_unlock(&f->mutex);
	return NULL;
}

/* With the mutex: one more thread, where a ready connection finds no idle one
 * and the workers that are really busy are not yet too many. */
static void
add_worker(struct front *f)
{
	int workers = f->o.workers(f->o.ctx);
	pthread_attr_t attr;
	pthread_t t;

	if (f->lists[CONN_READY].first == NULL || f->idle_threads > 0 ||
	    f->threads - f->reading_threads >= workers ||
	    f->threads >= workers * THREADS_PER_WORKER)
		return;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	f->threads++;
	if (pthread_create(&t, &attr, live, f) != 0) {
		f->threads--;
		if (f->threads == 0)
			log_note("error", "no thread for a worker");
	}
	pthread_attr_destroy(&attr);
}

struct conn *
front_take(struct front *f)
{
	struct conn *c;

	pthread_mutex_lock(&f->mutex);
	f->idle_threads++;
	while ((c = f->lists[CONN_READY].first) == NULL && !f->ending &&
	    f->threads - f->reading_threads <= f->o.workers(f->o.ctx))
		pthread_cond_wait(&f->ready, &f->mutex);
	f->idle_threads--;
	if (c != NULL) {
		move(f, c, CONN_SERVED);
		c->late = false;
		c->deadline_ms = 0;
		add_worker(f);
	}
	pthread_mutex_unlock(&f->mutex);
	return c;
}

void
front_give_back(struct front *f, struct conn *c, bool keep)
{
	pthread_mutex_lock(&f->mutex);
	c->deadline_ms = 0;
	move(f, c, CONN_IDLE);
	if (!keep || c->late || f->ending || !watch(f, c, EPOLL_CTL_MOD))
		drop(f, c);
	pthread_mutex_unlock(&f->mutex);
}

int
conn_fd(const struct conn *c)
{
	return c->fd;
}

void
front_set_deadline(struct front *f, struct conn *c, int64_t within_ms,
    enum conn_end end)
{
	pthread_mutex_lock(&f->mutex);
	c->deadline_ms = clock_steady_ms() + within_ms;
	c->end = end;
	pthread_mutex_unlock(&f->mutex);
}

bool
front_is_late(struct front *f, struct conn *c)
{
	bool late;

	pthread_mutex_lock(&f->mutex);
	late = c->late;
	pthread_mutex_unlock(&f->mutex);
	return late;
}

void
front_reading(struct front *f, bool begins)
{
	pthread_mutex_lock(&f->mutex);
	f->reading_threads += begins ? 1 : -1;
	if (begins)
		add_worker(f);
	pthread_mutex_unlock(&f->mutex);
}

/* --- the front's own thread ---------------------------------------------- */

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

static void
add_conn(struct front *f, int fd)
{
	struct conn *c;

	if (!is_web_server(fd) || (c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return;
	}
	c->fd = fd;
	c->state = CONN_IDLE;
	list_append(&f->lists[CONN_IDLE], c);
	if (!watch(f, c, EPOLL_CTL_ADD))
		drop(f, c);
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
	if (f->lists[CONN_IDLE].first != NULL)
		drop(f, f->lists[CONN_IDLE].first);
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
		if (c->deadline_ms == 0 || now_ms < c->deadline_ms)
			continue;
		c->late = true;
		c->deadline_ms = 0;
		shutdown(c->fd, c->end == CONN_END_ALL ? SHUT_RDWR : SHUT_RD);
	}
	return f->lists[CONN_SERVED].first != NULL ||
	    f->lists[CONN_READY].first != NULL;
}

/* Something has arrived on an idle connection; mostly a request. */
static void
arrive(struct front *f, struct conn *c)
{
	char byte;

	if (recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) {
		drop(f, c);
		return;
	}
	move(f, c, CONN_READY);
	pthread_cond_signal(&f->ready);
	add_worker(f);
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
		timeout_ms = enforce_deadlines(f) ? TICK_MS : -1;
		if (f->paused) {
			watch_listener(f, true);
			timeout_ms = PAUSE_MS;
		}
		pthread_mutex_unlock(&f->mutex);
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
		drop(f, f->lists[CONN_IDLE].first);
	while (f->threads > 0) {
		int64_t ms = clock_wall_ms() + TICK_MS;

		pthread_cond_broadcast(&f->ready);
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
	struct front f = { .o = *o };
	enum status st;

	pthread_mutex_init(&f.mutex, NULL);
	pthread_cond_init(&f.ready, NULL);
	pthread_cond_init(&f.thread_ended, NULL);
	if ((st = prepare(&f, why)) != ST_OK)
		return st;
	loop(&f);
	end_all(&f);
	pthread_cond_destroy(&f.thread_ended);
	pthread_cond_destroy(&f.ready);
	pthread_mutex_destroy(&f.mutex);
	return ST_OK;
}
