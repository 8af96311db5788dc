#include "fastcgi.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "front.h"
#include "log.h"

enum {
	ARENA_LIMIT = 64 * 1024 * 1024,
	ARENA_FIRST = 3 * 1024,		/* of a request that awaits its body */
	FREE_MAX = 64,			/* requests kept for reuse */
	HEADS_LIMIT = 32 * 1024 * 1024,	/* variables of all requests */
	HEAD_SMALL = 16 * 1024		/* nearly all are this small */
};

/* One request, and what the line needs of it. */
struct fastcgi {
	struct server *server;
	struct conn *conn;
	struct exchange *exchange;	/* NULL until the head is complete */
	struct transport transport;
	struct arena arena;
	struct fastcgi *next;		/* of the free ones */
};

struct server {
	struct responder *responder;
	atomic_llong head_bytes;
	pthread_mutex_t mutex;		/* of these: */
	struct fastcgi *free;
	int free_count;
};

bool
fastcgi_is_listening(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	    on != 0;
}

/* --- the reply ------------------------------------------------------------ */

static void
fastcgi_write_reply(void *ctx, struct bytes b)
{
	struct fastcgi *f = ctx;

	call_reply(front_call(f->conn), b);
}

/* On the thread that the request ends on. The reply is sent in one piece: a web
 * server that has the whole reply may not read on. */
static void
fastcgi_finish(void *ctx)
{
	struct fastcgi *f = ctx;
	struct conn *conn = f->conn;

	f->exchange = NULL;
	/* f may serve another request after this */
	call_end_reply(front_call(conn));
	front_give_back(conn);
}

/* --- requests ------------------------------------------------------------- */

static struct fastcgi *
fastcgi_take_free(struct server *s)
{
	struct fastcgi *f;

	pthread_mutex_lock(&s->mutex);
	f = s->free;
	if (f != NULL) {
		s->free = f->next;
		s->free_count--;
	}
	pthread_mutex_unlock(&s->mutex);
	return f;
}

static void *
fastcgi_begin(void *ctx)
{
	struct conn *conn = ctx;
	struct server *s = front_ctx(conn);
	struct fastcgi *f = fastcgi_take_free(s);

	if (f == NULL && (f = calloc(1, sizeof(*f))) != NULL) {
		f->server = s;
		f->arena = ARENA(ARENA_LIMIT);
		f->arena.first_bytes = ARENA_FIRST;
	}
	if (f != NULL)
		f->conn = conn;
	return f;
}

static void
fastcgi_free(struct fastcgi *f)
{
	arena_free(&f->arena);
	free(f);
}

static void
fastcgi_drop(void *request)
{
	struct fastcgi *f = request;
	struct server *s = f->server;
	bool keep;

	if (f->exchange != NULL)
		responder_abandon(f->exchange);
	f->exchange = NULL;
	arena_reset(&f->arena);
	pthread_mutex_lock(&s->mutex);
	keep = s->free_count < FREE_MAX;
	if (keep) {
		f->next = s->free;
		s->free = f;
		s->free_count++;
	}
	pthread_mutex_unlock(&s->mutex);
	if (!keep)
		fastcgi_free(f);
}

/* As with bodies, a quarter is reserved for small ones, which can also take the
 * room of the requests that have been incomplete longest. */
static bool
fastcgi_reserve(void *ctx, long long bytes)
{
	struct server *s = front_ctx(ctx);
	bool small = bytes <= HEAD_SMALL;
	long long limit = HEADS_LIMIT - (small ? 0 : HEADS_LIMIT / 4);

	do {
		if (atomic_fetch_add(&s->head_bytes, bytes) + bytes <= limit ||
		    bytes <= 0)
			return true;
		atomic_fetch_sub(&s->head_bytes, bytes);
	} while (small && front_crowd_out_head(ctx));
	return false;
}

static char **
fastcgi_point_at(char *text, size_t count, struct arena *a)
{
	char **variables = arena_array(a, count + 1, sizeof(*variables));

	for (size_t i = 0; variables != NULL && i < count; i++) {
		variables[i] = text;
		text += strlen(text) + 1;
	}
	return variables;
}

static bool
fastcgi_head(void *request, char *text, size_t len, enum call_fault fault)
{
	static const struct {
		enum status status;
		const char *why;
	} faults[] = {
		[CALL_SOUND] = { ST_OK, NULL },
		[CALL_UNREADABLE] = { ST_MALFORMED, "the FastCGI variables are "
		    "not name-value pairs" },
		[CALL_TOO_MUCH] = { ST_MALFORMED, "the FastCGI variables are "
		    "longer than 256 KiB" },
		[CALL_NO_ROOM] = { ST_BUSY, "the variables of all requests "
		    "together are too long" },
	};
	struct fastcgi *f = request;
	size_t count;
	bool whole;

	count = record_variables(text, len, &whole);
	if (fault == CALL_SOUND && !whole)
		fault = CALL_UNREADABLE;
	f->transport = (struct transport){
		.variables = fastcgi_point_at(text, count, &f->arena),
		.fault = faults[fault].status, .fault_why = faults[fault].why,
		.write = fastcgi_write_reply,
		.over = fastcgi_finish, .ctx = f };
	if (f->transport.variables == NULL)
		return false;
	f->exchange = responder_begin(f->server->responder, &f->transport,
	    &f->arena);
	return f->exchange != NULL && responder_wants_body(f->exchange);
}

static bool
fastcgi_body(void *request, struct bytes piece, size_t left)
{
	struct fastcgi *f = request;

	do
		responder_add_body(f->exchange, piece, left);
	while (responder_lacks_room(f->exchange) &&
	    front_crowd_out_body(f->conn));
	return responder_wants_body(f->exchange);
}

static void
fastcgi_end_body(void *request, int how)
{
	struct fastcgi *f = request;

	if (f->exchange != NULL)
		responder_end_body(f->exchange, how);
}

static int64_t
fastcgi_body_timeout_ms(void *request)
{
	return responder_body_timeout_ms(
	    ((struct fastcgi *)request)->exchange);
}

/* --- the process ---------------------------------------------------------- */

/* On a worker. Without memory even for a refusal there is no reply. */
static void
fastcgi_work(void *request)
{
	struct fastcgi *f = request;

	if (f->exchange == NULL)
		fastcgi_finish(f);
	else
		responder_finish(f->exchange);
}

static const struct call_ops ops = {
	.begin = fastcgi_begin,
	.reserve = fastcgi_reserve,
	.head = fastcgi_head,
	.body = fastcgi_body,
	.end = fastcgi_end_body,
	.drop = fastcgi_drop,
};

int
fastcgi_serve(struct responder *r, int listen_fd,
    const struct front_parent *parent)
{
	struct server s = { .responder = r,
		.mutex = PTHREAD_MUTEX_INITIALIZER };
	struct front_options o = { .listen_fd = listen_fd, .parent = *parent,
		.workers = responder_workers(r), .ops = &ops,
		.body_timeout_ms = fastcgi_body_timeout_ms,
		.serve = fastcgi_work, .ctx = &s };
	struct reason why = { "" };
	struct fastcgi *f;
	enum status st = front_run(&o, &why);

	responder_end(r);
	while ((f = fastcgi_take_free(&s)) != NULL)
		fastcgi_free(f);
	if (st != ST_OK)
		log_note("error", "%s", why.text);
	return st == ST_OK ? 0 : 1;
}
