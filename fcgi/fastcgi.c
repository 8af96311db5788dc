#include "fastcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front.h"
#include "log.h"

enum {
	ARENA_LIMIT = 64 * 1024 * 1024,
	HEAD_MS = 10 * 1000,		/* for the variables to arrive */
	REPLY_MS = 20 * 1000,		/* for the reply to be taken */
	REST_MS = 5 * 1000		/* for a body that is not wanted */
};

/* One request: libfcgi's part and ours. */
struct fastcgi {
	FCGX_Request fcgx;
	struct server *server;
	struct front *front;
	struct conn *conn;
	struct transport transport;
	struct arena arena;
	bool at_end;			/* of the body */
	struct fastcgi *next;		/* while it is free */
};

struct server {
	struct responder *responder;
	pthread_mutex_t mutex;
	struct fastcgi *free;
};

bool
fastcgi_is_listening(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	    on != 0;
}

static void
set_deadline(void *ctx, int64_t within_ms)
{
	struct fastcgi *f = ctx;

	front_set_deadline(f->conn, within_ms, CONN_END_READING);
}

static ssize_t
read_body(void *ctx, char *out, size_t len)
{
	struct fastcgi *f = ctx;
	int n;

	front_reading(f->front, true);
	n = FCGX_GetStr(out, len > INT_MAX ? INT_MAX : (int)len, f->fcgx.in);
	front_reading(f->front, false);
	f->at_end = (size_t)n < len;
	if (n > 0 || FCGX_GetError(f->fcgx.in) == 0)
		return n;
	return front_is_late(f->conn) ? TRANSPORT_LATE :
	    TRANSPORT_BROKEN;
}

/* Most replies are written by the thread that commits for all: it does not wait
 * for a web server that has left replies unread until no more fit. */
static bool
is_read(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (poll(&p, 1, 0) > 0)
		return true;
	shutdown(fd, SHUT_RDWR);
	return false;
}

static void
write_reply(void *ctx, struct bytes b)
{
	struct fastcgi *f = ctx;

	if (!is_read(f->fcgx.ipcFd))
		return;
	front_set_deadline(f->conn, REPLY_MS, CONN_END_ALL);
	FCGX_PutStr(b.data, (int)b.len, f->fcgx.out);
}

/* A body that nobody wanted has to be out of the way of the next request, and
 * closing on unread data would tear down the reply with it. Where it was read
 * whole, the reply leaves with the end of the request, in one piece: a web
 * server that has a whole reply may not be there to take more. */
static void
drain(struct fastcgi *f)
{
	char waste[4096];

	if (f->at_end)
		return;
	FCGX_FFlush(f->fcgx.out);
	front_set_deadline(f->conn, REST_MS, CONN_END_READING);
	while (read_body(f, waste, sizeof(waste)) > 0)
		continue;
}

/*
 * libfcgi accepts connections itself, and keeps one until it is closed. Here
 * the front does both: libfcgi is given a connection by its ipcFd, and none
 * to accept from (listen_sock is -1). What it gets is a duplicate, so that it
 * may close it whenever it likes: the number that the front's deadline shuts
 * down stays the connection's. Detached, it closes without its select(2), which
 * would write behind its set for a descriptor over 1,023.
 */
static bool
accept_request(struct fastcgi *f)
{
	bool there;

	front_set_deadline(f->conn, HEAD_MS, CONN_END_ALL);
	f->fcgx.ipcFd = front_duplicate(f->front, f->conn);
	f->fcgx.keepConnection = 1;	/* or FCGX_Accept_r begins by closing */
	f->at_end = false;
	front_reading(f->front, true);
	there = f->fcgx.ipcFd >= 0 && FCGX_Detach(&f->fcgx) == 0 &&
	    FCGX_Accept_r(&f->fcgx) == 0;
	front_reading(f->front, false);
	return there;
}

static struct fastcgi *
take_free(struct server *s)
{
	struct fastcgi *f;

	pthread_mutex_lock(&s->mutex);
	f = s->free;
	if (f != NULL)
		s->free = f->next;
	pthread_mutex_unlock(&s->mutex);
	return f;
}

static void
make_free(struct fastcgi *f)
{
	struct server *s = f->server;

	pthread_mutex_lock(&s->mutex);
	f->next = s->free;
	s->free = f;
	pthread_mutex_unlock(&s->mutex);
}

/* f is another request's as soon as it is free. */
static void
give_back(struct fastcgi *f)
{
	struct front *front = f->front;
	struct conn *conn = f->conn;
	bool keep = f->fcgx.ipcFd >= 0;

	if (keep)
		close(f->fcgx.ipcFd);
	f->fcgx.ipcFd = -1;
	arena_reset(&f->arena);
	make_free(f);
	front_give_back(front, conn, keep);
}

/* On the thread that the request ends on. */
static void
finish(void *ctx)
{
	struct fastcgi *f = ctx;

	drain(f);
	FCGX_Finish_r(&f->fcgx);
	give_back(f);
}

static struct fastcgi *
new_request(struct server *s, struct front *front)
{
	struct fastcgi *f = take_free(s);

	if (f == NULL && (f = calloc(1, sizeof(*f))) != NULL) {
		f->server = s;
		f->arena = ARENA(ARENA_LIMIT);
		f->transport = (struct transport){ .body_ends = true,
			.set_deadline = set_deadline, .read = read_body,
			.write = write_reply, .over = finish, .ctx = f };
		FCGX_InitRequest(&f->fcgx, -1, 0);
	}
	if (f != NULL)
		f->front = front;
	return f;
}

static void
work(struct front *front, void *ctx)
{
	struct server *s = ctx;
	struct fastcgi *f;
	struct conn *c;

	while ((c = front_take(front)) != NULL) {
		f = new_request(s, front);
		if (f == NULL) {
			front_give_back(front, c, false);
			continue;
		}
		f->conn = c;
		if (!accept_request(f)) {
			give_back(f);
			continue;
		}
		f->transport.variables = f->fcgx.envp;
		responder_serve(s->responder, &f->transport, &f->arena);
	}
}

static int
workers(void *ctx)
{
	return responder_workers(((struct server *)ctx)->responder);
}

static void
free_requests(struct server *s)
{
	struct fastcgi *f;

	while ((f = take_free(s)) != NULL) {
		FCGX_Free(&f->fcgx, 0);
		arena_free(&f->arena);
		free(f);
	}
}

int
fastcgi_serve(struct responder *r)
{
	struct server s = { .responder = r,
		.mutex = PTHREAD_MUTEX_INITIALIZER };
	struct front_options o = { .listen_fd = STDIN_FILENO,
		.workers = workers, .work = work, .ctx = &s };
	struct reason why = { "" };
	enum status st;

	if (FCGX_Init() != 0) {
		log_note("error", "libfcgi does not start");
		return 1;
	}
	front_prepare_process();
	responder_start(r);
	st = front_run(&o, &why);
	responder_end(r);
	free_requests(&s);
	if (st != ST_OK)
		log_note("error", "%s", why.text);
	return st == ST_OK ? 0 : 1;
}
