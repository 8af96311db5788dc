#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front_private.h"

enum {
	HEAD_MS = 10 * 1000,		/* until the variables are complete */
	DRAIN_MS = 5 * 1000,		/* until an unwanted body ends */
	WRITE_MS = 20 * 1000,		/* until the web server takes a reply */
	TURN = 4			/* chunks read in a row */
};

/* --- its end -------------------------------------------------------------- */

void
conn_close(struct conn *c)
{
	struct front *f = c->front;

	conn_unlist(c);
	conn_close_fd(c);
	call_free(&c->call);
	if (c->rest != NULL)
		c->call.ops->reserve(c, -(long long)c->rest_len);
	free(c->rest);
	c->rest = NULL;
	f->conns--;
	c->next = f->dead;
	f->dead = c;
}

void
conn_finish(struct conn *c)
{
	const struct front_parent *p = &c->front->o.parent;

	p->hand_over(p->ctx, c->fd);
	conn_close(c);
}

/* --- what comes next ------------------------------------------------------ */

/* Wait for what the call expects. */
static void
conn_wait_on(struct conn *c)
{
	switch (call_waits(&c->call)) {
	case CALL_IDLE:
		conn_wait(c, WAIT_REQUEST, -1);
		break;
	case CALL_HEAD:
		conn_wait(c, WAIT_HEAD, HEAD_MS);
		break;
	case CALL_BODY:
		conn_wait(c, WAIT_BODY, c->front->o.body_timeout_ms(
		    c->call.request));
		break;
	default:
		if (!c->shut)
			shutdown(c->fd, SHUT_WR);
		c->shut = true;
		conn_wait(c, WAIT_DRAIN, DRAIN_MS);
		break;
	}
}

/* Keep the bytes that were read and not taken until the request has been
 * served. Without room they are lost, and the connection ends with the
 * reply. */
static void
conn_keep_rest(struct conn *c, struct bytes in)
{
	struct call *call = &c->call;

	if (in.len == 0 || call->state != CALL_WHOLE)
		return;
	if (call->ops->reserve(c, (long long)in.len)) {
		c->rest = malloc(in.len);
		c->rest_len = in.len;
		if (c->rest != NULL) {
			memcpy(c->rest, in.data, in.len);
			return;
		}
		call->ops->reserve(c, -(long long)in.len);
	}
	call->keep = call->streaming = false;
}

/* Feed these bytes, if their turn has come. */
static bool
conn_feed_rest(struct conn *c)
{
	struct bytes in = { c->rest, c->rest_len };
	char *rest = c->rest;
	size_t len = c->rest_len;

	if (rest == NULL || c->call.out.len > 0 ||
	    (c->call.state != CALL_IDLE && c->call.state != CALL_DRAIN))
		return false;
	c->rest = NULL;
	call_feed(&c->call, &in);
	conn_keep_rest(c, in);
	free(rest);
	c->call.ops->reserve(c, -(long long)len);
	return true;
}

/* After the call has learned something: send what there is, and find out what
 * to wait for now. Returns whether to read. */
static bool
conn_settle(struct conn *c)
{
	struct front *f = c->front;
	bool sound;

	do
		sound = conn_send(c);
	while (sound && conn_feed_rest(c));
	if (sound && c->call.state == CALL_WHOLE) {
		conn_unlist(c);
		c->served = true;
		work_add(f, c);
		return false;
	}
	if (!sound || (c->call.state == CALL_OVER && c->call.out.len == 0) ||
	    !conn_watch(c, c->call.out.len > 0)) {
		conn_close(c);
		return false;
	}
	if (c->call.out.len > 0)
		conn_wait(c, WAIT_WRITE, WRITE_MS);
	else
		conn_wait_on(c);
	if (f->finishing && c->wait == WAIT_REQUEST) {
		conn_finish(c);
		return false;
	}
	return c->wait != WAIT_WRITE;
}

static void
conn_read_later(struct conn *c)
{
	if (c->again)
		return;
	c->again = true;
	c->next_again = c->front->again;
	c->front->again = c;
}

/* Read what has arrived. After a short read the socket is empty, but if the
 * other side has closed, the end of file is still to be read. */
static void
conn_read(struct conn *c)
{
	struct front *f = c->front;
	struct bytes in;
	ssize_t n;

	for (int i = 0; i < TURN; i++) {
		do
			n = recv(c->fd, f->chunk, FRONT_CHUNK, MSG_DONTWAIT);
		while (n < 0 && errno == EINTR);
		c->unread = n == FRONT_CHUNK || (n > 0 && c->broken);
		if (n < 0 && errno == EAGAIN) {
			conn_settle(c);
			return;
		}
		if (n <= 0) {
			call_break_off(&c->call, TRANSPORT_BROKEN);
			conn_settle(c);
			return;
		}
		in = (struct bytes){ f->chunk, (size_t)n };
		call_feed(&c->call, &in);
		conn_keep_rest(c, in);
		if (!conn_settle(c) || !c->unread)
			return;
	}
	conn_read_later(c);
}

/* --- what the front calls ------------------------------------------------- */

void
conn_add(struct front *f, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	c->front = f;
	c->fd = fd;
	call_init(&c->call, f->o.ops, c);
	f->conns++;
	conn_read(c);
}

void
conn_event(struct conn *c, uint32_t events)
{
	if (c->served) {
		work_stir(c);
		return;
	}
	if (c->fd < 0)
		return;
	c->broken = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	/* first the rest of a reply, then what has arrived meanwhile */
	if (c->wait != WAIT_WRITE || conn_settle(c))
		conn_read(c);
}

/* Read it if something may have arrived before or meanwhile: epoll reports each
 * edge only once. */
void
conn_return(struct conn *c)
{
	c->served = false;
	if (c->fd < 0) {
		conn_close(c);
		return;
	}
	if (!conn_settle(c) || !(c->stirred || c->unread))
		return;
	c->broken = c->broken || c->stirred;	/* perhaps */
	c->stirred = false;
	conn_read(c);
}

void
conn_read_again(struct front *f)
{
	struct conn *c = f->again, *next;

	f->again = NULL;
	for (; c != NULL; c = next) {
		next = c->next_again;
		c->again = false;
		/* conn_return reads those that are being served */
		if (!c->served && c->fd >= 0 && c->wait != WAIT_WRITE)
			conn_read(c);
	}
}

void
conn_end_body(struct conn *c, int how)
{
	call_break_off(&c->call, how);
	conn_settle(c);
}

void
conn_late(struct conn *c)
{
	if (c->wait != WAIT_BODY) {
		conn_close(c);
		return;
	}
	conn_end_body(c, TRANSPORT_LATE);
}
