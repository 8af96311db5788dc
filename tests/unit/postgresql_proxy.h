#ifndef POSTGRESQL_PROXY_H
#define POSTGRESQL_PROXY_H

/*
 * A socket between a store and PostgreSQL, which loses a COMMIT: before the
 * server has it, or its answer. One connection at a time.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "store_fixture.h"

enum proxy_loss {
	LOSE_NOTHING,
	LOSE_COMMIT,			/* the server never gets it */
	LOSE_ANSWER			/* it is durable, and nobody is told */
};

struct proxy {
	char dir[TEMPORARY_MAX];
	struct sockaddr_un here, server;
	int listening;
	atomic_int loss;		/* of the next COMMIT; then none */
	atomic_bool cuts_off;		/* … and no connection any more */
	atomic_bool is_cut_off, stops;
	pthread_t thread;
};

static inline void
proxy_address(struct sockaddr_un *a, const char *dir, const char *port)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (snprintf(a->sun_path, sizeof(a->sun_path), "%s/.s.PGSQL.%s", dir,
	    port) >= (int)sizeof(a->sun_path))
		fail_msg("%s: too long a name", dir);
}

/* The statement, and not a word that begins with it. */
static inline bool
proxy_sees_commit(const char *data, size_t len)
{
	return memmem(data, len, "COMMIT", sizeof("COMMIT")) != NULL;
}

static inline bool
proxy_write(int fd, const char *data, ssize_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= n)
		if ((n = send(fd, data, (size_t)len, MSG_NOSIGNAL)) <= 0)
			return false;
	return true;
}

/* The server's answer to the end of the flight: it is ready for another. */
static inline void
proxy_await_answer(int server)
{
	char data[16384];
	ssize_t n;

	do
		n = read(server, data, sizeof(data));
	while (n > 0 && memmem(data, (size_t)n, "COMMIT",
	    sizeof("COMMIT")) == NULL);
}

/* False: the connection is over. */
static inline bool
proxy_forward(struct proxy *p, int client, int server)
{
	static _Thread_local char data[1 << 20];
	const ssize_t n = read(client, data, sizeof(data));
	int loss;

	if (n <= 0)
		return false;
	if (!proxy_sees_commit(data, (size_t)n) ||
	    (loss = atomic_exchange(&p->loss, LOSE_NOTHING)) == LOSE_NOTHING)
		return proxy_write(server, data, n);
	atomic_store(&p->is_cut_off, atomic_load(&p->cuts_off));
	if (loss == LOSE_ANSWER && proxy_write(server, data, n))
		proxy_await_answer(server);
	return false;
}

static inline bool
proxy_backward(int client, int server)
{
	static _Thread_local char data[1 << 16];
	const ssize_t n = read(server, data, sizeof(data));

	return n > 0 && proxy_write(client, data, n);
}

static inline void
proxy_serve(struct proxy *p, int client)
{
	const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd fds[] = { { .fd = client, .events = POLLIN },
		{ .fd = server, .events = POLLIN } };
	bool on = connect(server, (struct sockaddr *)&p->server,
	    sizeof(p->server)) == 0;

	while (on && !atomic_load(&p->stops)) {
		if (poll(fds, 2, 50) <= 0)
			continue;
		if (fds[0].revents != 0)
			on = proxy_forward(p, client, server);
		if (on && fds[1].revents != 0)
			on = proxy_backward(client, server);
	}
	close(server);
	close(client);
}

static inline void *
proxy_run(void *proxy)
{
	struct proxy *p = proxy;
	struct pollfd fd = { .fd = p->listening, .events = POLLIN };

	while (!atomic_load(&p->stops)) {
		if (poll(&fd, 1, 50) <= 0)
			continue;
		const int client = accept(p->listening, NULL, NULL);

		if (atomic_load(&p->is_cut_off))
			close(client);
		else
			proxy_serve(p, client);
	}
	return NULL;
}

/* The connection string leads through it from now on; the store is opened
 * anew. */
static inline void
proxy_start(struct proxy *p, struct fixture *f)
{
	struct schema *x = &f->schema;
	const char *host = PQhost(x->beside), *port = PQport(x->beside);
	const size_t len = strlen(x->conn);

	*p = (struct proxy){ .listening = -1 };
	assert_int_equal(make_temporary(p->dir, "proxy"), 0);
	assert_int_equal(host[0], '/');
	proxy_address(&p->server, host, port);
	proxy_address(&p->here, p->dir, port);
	p->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listening, (struct sockaddr *)&p->here,
	    sizeof(p->here)), 0);
	assert_int_equal(listen(p->listening, 9), 0);
	assert_int_equal(pthread_create(&p->thread, NULL, proxy_run, p), 0);
	snprintf(x->conn + len, sizeof(x->conn) - len, " host=%s", p->dir);
	reopen(f);
}

/* The next COMMIT of the store is lost; cut_off: until proxy_mend. */
static inline void
proxy_lose(struct proxy *p, enum proxy_loss loss, bool cut_off)
{
	atomic_store(&p->cuts_off, cut_off);
	atomic_store(&p->loss, loss);
}

static inline void
proxy_mend(struct proxy *p)
{
	atomic_store(&p->is_cut_off, false);
}

static inline void
proxy_stop(struct proxy *p, struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	atomic_store(&p->stops, true);
	pthread_join(p->thread, NULL);
	close(p->listening);
	remove_temporary(p->dir);
}

#endif
