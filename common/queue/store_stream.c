#include "store_stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"

enum { PIECE = 64 * 1024 };

/* False when it is too late. */
static bool
stream_wait(int fd, short events, int64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&p, 1, clock_poll_ms(until_ms));
	while (n < 0 && errno == EINTR);
	return n > 0;
}

enum status
stream_await(int fd, int64_t until_ms)
{
	return stream_wait(fd, POLLIN, until_ms) ? ST_OK : ST_BUSY;
}

enum status
stream_send(int fd, struct bytes text, int64_t until_ms, struct reason *why)
{
	ssize_t n;

	while (text.len > 0) {
		n = send(fd, text.data, text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			text = bytes_from(text, (size_t)n);
		else if (errno == EAGAIN && !stream_wait(fd, POLLOUT,
		    until_ms))
			return fail(why, ST_BUSY, "the other end of a socket "
			    "does not read");
		else if (errno != EAGAIN && errno != EINTR)
			return fail(why, ST_SYSTEM, "send: %s",
			    strerror(errno));
	}
	return ST_OK;
}

/* Up to len bytes; *len is how many were read: 0 at the end. */
static enum status
stream_read(int fd, char *out, size_t *len, int64_t until_ms,
    struct reason *why)
{
	ssize_t n;

	for (;;) {
		n = recv(fd, out, *len, MSG_DONTWAIT);
		if (n >= 0 || errno == ECONNRESET) {
			*len = n > 0 ? (size_t)n : 0;
			return ST_OK;
		}
		if (errno == EAGAIN && !stream_wait(fd, POLLIN, until_ms))
			return fail(why, ST_BUSY, "no whole message came in "
			    "time");
		if (errno != EAGAIN && errno != EINTR)
			return fail(why, ST_SYSTEM, "recv: %s",
			    strerror(errno));
	}
}

enum status
stream_head(int fd, int64_t until_ms, struct wire_head *out,
    struct reason *why)
{
	unsigned char bytes[WIRE_HEAD_LEN];
	size_t have = 0, n;
	enum status st;

	while (have < sizeof(bytes)) {
		n = sizeof(bytes) - have;
		st = stream_read(fd, (char *)bytes + have, &n, until_ms, why);
		if (st != ST_OK)
			return st;
		if (n == 0)
			return fail(why, have == 0 ? ST_UNKNOWN :
			    ST_MALFORMED, "the other end has gone");
		have += n;
	}
	return wire_read_head(bytes, out) ? ST_OK :
	    fail(why, ST_MALFORMED, "there is no such kind of message");
}

enum status
stream_rest(int fd, int64_t until_ms, const struct wire_head *head,
    struct buf *in, struct reason *why)
{
	char piece[PIECE];
	size_t left = head->len, n;
	enum status st;

	in->len = 0;
	in->failed = in->no_memory = false;
	if (left > in->limit)
		return fail(why, ST_MALFORMED, "a message is too long");
	while (left > 0) {
		n = left < sizeof(piece) ? left : sizeof(piece);
		st = stream_read(fd, piece, &n, until_ms, why);
		if (st != ST_OK)
			return st;
		if (n == 0)
			return fail(why, ST_MALFORMED, "a message is cut off");
		buf_add(in, (struct bytes){ piece, n });
		if (in->failed)
			return fail(why, ST_BUSY, "no memory for a message");
		left -= n;
	}
	return ST_OK;
}

enum status
stream_receive(int fd, int64_t until_ms, struct wire_head *head,
    struct buf *in, struct reason *why)
{
	enum status st = stream_head(fd, until_ms, head, why);

	return st == ST_OK ? stream_rest(fd, until_ms, head, in, why) : st;
}
