#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "record.h"
#include "serve.h"

/*
 * The variables of the first request name the configuration. They are only
 * peeked at (MSG_PEEK), so that the process that will have the configuration
 * reads the whole request itself. Until then nothing is answered.
 */
enum {
	HEAD_MAX = 128 * 1024,	/* of variables; longer ones name nothing */
	HELD_MAX = 256,		/* connections; the oldest makes room */
	EVENTS = 16
};

struct unbound {
	struct serve_task *task;
	int epoll_fd;
	int held[HELD_MAX];		/* -1: none */
	int next;			/* the place for one more */
	bool asked;
};

enum verdict { NOT_YET, NAMED, UNNAMED };

/* The configuration that a whole stream of variables names. */
static enum verdict
unbound_find_name(struct bytes pairs, struct bytes *name)
{
	struct bytes key, value;

	while (record_pair(&pairs, &key, &value) == PAIR_FOUND)
		if (bytes_is(key, "CGIHOOK_CONFIG")) {
			*name = value;
			return NAMED;
		}
	return UNNAMED;
}

static enum verdict
unbound_look_through(struct bytes arrived, struct buf *pairs,
    struct bytes *name)
{
	struct record_reader reader = { .open = false };
	struct record r;

	for (;;)
		switch (record_next(&reader, &arrived, &r)) {
		case RECORD_NONE:
			return NOT_YET;
		case RECORD_CONTENT:	/* variables: a body would come later */
			buf_add(pairs, r.content);
			break;
		case RECORD_STREAM_END:
			return pairs->failed ? UNNAMED : unbound_find_name(
			    (struct bytes){ pairs->data, pairs->len }, name);
		case RECORD_BROKEN:
		case RECORD_ABORT:
			return UNNAMED;
		default:
			break;
		}
}

static void
unbound_ask(struct unbound *u, struct bytes name)
{
	u->asked = true;
	(void)link_send(u->task->link, LINK_BIND, -1, name);
}

static void
unbound_look_at(struct unbound *u, int fd)
{
	struct buf pairs = BUF(HEAD_MAX);
	struct bytes name = BYTES_NONE;
	char *room = malloc(HEAD_MAX);
	enum verdict v = UNNAMED;
	ssize_t n = room == NULL ? -1 :
	    recv(fd, room, HEAD_MAX, MSG_PEEK | MSG_DONTWAIT);

	if (n > 0 && n < HEAD_MAX)
		v = unbound_look_through((struct bytes){ room, (size_t)n },
		    &pairs, &name);
	else if (n <= 0)
		v = NOT_YET;	/* it has ended: the next child finds out */
	if (v != NOT_YET && !u->asked)
		unbound_ask(u, name.len <= LINK_TEXT_MAX ? name : BYTES_NONE);
	buf_free(&pairs);
	free(room);
}

static bool
unbound_watch(struct unbound *u, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	return epoll_ctl(u->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

static void
unbound_hold(struct unbound *u, int fd)
{
	int *place = &u->held[u->next];

	/* edge-triggered: what was peeked at stays in the socket */
	if (!unbound_watch(u, fd, EPOLLIN | EPOLLET)) {
		close(fd);
		return;
	}
	if (*place >= 0)
		close(*place);
	*place = fd;
	u->next = (u->next + 1) % HELD_MAX;
}

static void
unbound_accept(struct unbound *u)
{
	int fd = accept4(u->task->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		unbound_hold(u, fd);
}

/* False when the parent has another child now, or has gone. */
static bool
unbound_hear(struct unbound *u)
{
	struct link_message m;

	switch (serve_next(u->task, &m)) {
	case SERVE_FINISH:
		return false;
	case SERVE_CONNECTION:
		unbound_hold(u, m.fd);
		return true;
	case SERVE_NOTHING:
		return true;
	}
	return true;
}

static void
unbound_hand_over(struct unbound *u)
{
	for (int i = 0; i < HELD_MAX; i++) {
		int fd = u->held[(u->next + i) % HELD_MAX];

		if (fd < 0)
			continue;
		serve_hand_over(u->task, fd);
		close(fd);
	}
}

static void
unbound_loop(struct unbound *u)
{
	struct epoll_event events[EVENTS];
	bool finish = false;

	while (!finish) {
		int n = epoll_wait(u->epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			if (events[i].data.fd == u->task->link)
				finish = !unbound_hear(u);
			else if (events[i].data.fd == u->task->listen_fd)
				unbound_accept(u);
			else
				unbound_look_at(u, events[i].data.fd);
	}
}

int
serve_until_bound(const struct serve_task *task)
{
	struct serve_task t = *task;
	struct unbound u = { .task = &t };

	for (int i = 0; i < HELD_MAX; i++)
		u.held[i] = -1;
	u.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!serve_prepare(&t) || u.epoll_fd < 0 ||
	    !unbound_watch(&u, t.link, EPOLLIN) ||
	    !unbound_watch(&u, t.listen_fd, EPOLLIN))
		return 1;
	(void)link_send(t.link, LINK_READY, -1, BYTES_NONE);
	unbound_loop(&u);
	unbound_hand_over(&u);
	return 0;
}
