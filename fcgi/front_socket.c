#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front_private.h"

/* Edge-triggered: a request on a kept connection costs no epoll_ctl(2). */
bool
conn_watch(struct conn *c, bool writing)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET |
		(writing ? (uint32_t)EPOLLOUT : 0), .data.ptr = c };

	if (c->watched && c->watched_writing == writing)
		return true;
	if (epoll_ctl(c->front->epoll_fd, c->watched ? EPOLL_CTL_MOD :
	    EPOLL_CTL_ADD, c->fd, &e) != 0)
		return false;
	c->watched = true;
	c->watched_writing = writing;
	return true;
}

bool
conn_send(struct conn *c)
{
	struct buf *out = &c->call.out;
	ssize_t n;

	if (out->failed)
		return false;
	if (out->len == 0)
		return true;
	do
		n = send(c->fd, out->data + c->sent, out->len - c->sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN;
	c->sent += (size_t)n;
	if (c->sent == out->len) {
		buf_free(out);
		c->sent = 0;
	}
	return true;
}

void
conn_close_fd(struct conn *c)
{
	/* a process that is just being started may hold the connection a moment
	 * longer, and then its close here does not end the watch */
	if (c->watched)
		epoll_ctl(c->front->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	c->watched = false;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}
