#include "fastcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front.h"
#include "log.h"

enum {
	ARENA_LIMIT = 64 * 1024 * 1024,
	HEAD_MS = 10 * 1000,		/* for the variables to arrive */
	REPLY_MS = 20 * 1000		/* for the reply to be taken */
};

/* One request: libfcgi's part and ours. */
struct fastcgi {
	FCGX_Request fcgx;
	struct front *front;
	struct conn *conn;
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

	front_set_deadline(f->front, f->conn, within_ms, CONN_END_READING);
}

static ssize_t
read_body(void *ctx, char *out, size_t len)
{
	struct fastcgi *f = ctx;
	int n;

	front_reading(f->front, true);
	n = FCGX_GetStr(out, len > INT_MAX ? INT_MAX : (int)len, f->fcgx.in);
	front_reading(f->front, false);
	if (n > 0 || FCGX_GetError(f->fcgx.in) == 0)
		return n;
	return front_is_late(f->front, f->conn) ? TRANSPORT_LATE :
	    TRANSPORT_BROKEN;
}

static void
write_reply(void *ctx, struct bytes b)
{
	struct fastcgi *f = ctx;

	front_set_deadline(f->front, f->conn, REPLY_MS, CONN_END_ALL);
	FCGX_PutStr(b.data, (int)b.len, f->fcgx.out);
}

/* A body that nobody wanted has to be out of the way of the next request, and
 * closing on unread data would tear down the reply with it. */
static void
drain(struct fastcgi *f)
{
	char waste[4096];

	FCGX_FFlush(f->fcgx.out);
	while (read_body(f, waste, sizeof(waste)) > 0)
		continue;
}

static void
serve(struct fastcgi *f, struct responder *r, struct arena *a)
{
	struct transport t = { .variables = f->fcgx.envp, .body_ends = true,
		.set_deadline = set_deadline, .read = read_body,
		.write = write_reply, .ctx = f };

	responder_serve(r, &t, a);
	drain(f);
	FCGX_Finish_r(&f->fcgx);
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
	front_set_deadline(f->front, f->conn, HEAD_MS, CONN_END_ALL);
	f->fcgx.ipcFd = fcntl(conn_fd(f->conn), F_DUPFD_CLOEXEC, 3);
	f->fcgx.keepConnection = 1;	/* or FCGX_Accept_r begins by closing */
	return f->fcgx.ipcFd >= 0 && FCGX_Detach(&f->fcgx) == 0 &&
	    FCGX_Accept_r(&f->fcgx) == 0;
}

static void
work(struct front *front, void *ctx)
{
	struct arena a = ARENA(ARENA_LIMIT);
	struct fastcgi f = { .front = front };
	bool keep;

	FCGX_InitRequest(&f.fcgx, -1, 0);
	while ((f.conn = front_take(front)) != NULL) {
		if (accept_request(&f))
			serve(&f, ctx, &a);
		keep = f.fcgx.ipcFd >= 0;
		if (keep)
			close(f.fcgx.ipcFd);
		f.fcgx.ipcFd = -1;
		front_give_back(front, f.conn, keep);
		arena_reset(&a);
	}
	FCGX_Free(&f.fcgx, 0);
	arena_free(&a);
}

static int
workers(void *ctx)
{
	return responder_workers(ctx);
}

int
fastcgi_serve(struct responder *r)
{
	struct front_options o = { .listen_fd = STDIN_FILENO,
		.workers = workers, .work = work, .ctx = r };
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
	if (st != ST_OK)
		log_note("error", "%s", why.text);
	return st == ST_OK ? 0 : 1;
}
