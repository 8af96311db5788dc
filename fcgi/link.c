#include "link.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <fcntl.h>
#include <unistd.h>

enum { SEND_S = 2 };

/* Precedes the text. Both ends belong to the same program, so a plain struct is
 * enough. */
struct envelope {
	uint32_t kind;
};

/* Room for one descriptor, aligned as cmsg(3) wants it. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

enum status
link_open(int ends[2], struct reason *why)
{
	const struct timeval wait = { .tv_sec = SEND_S };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return fail(why, ST_BUSY, "socketpair: %s", strerror(errno));
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 &&
	    setsockopt(ends[1], SOL_SOCKET, SO_SNDTIMEO, &wait,
	    sizeof(wait)) == 0)
		return ST_OK;
	fail(why, ST_SYSTEM, "socketpair: %s", strerror(errno));
	close(ends[0]);
	close(ends[1]);
	return ST_SYSTEM;
}

static void
link_put_descriptor(struct msghdr *m, union control *control, int fd)
{
	struct cmsghdr *head;

	*control = (union control){ .room = { 0 } };
	m->msg_control = control->room;
	m->msg_controllen = sizeof(control->room);
	head = CMSG_FIRSTHDR(m);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
}

enum link_result
link_send(int end, enum link_kind kind, int passed, struct bytes text)
{
	struct envelope envelope = { .kind = (uint32_t)kind };
	struct iovec parts[2] = {
		{ .iov_base = &envelope, .iov_len = sizeof(envelope) },
		{ .iov_base = (void *)(uintptr_t)text.data,
		    .iov_len = text.len },
	};
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	union control control;
	ssize_t n;

	if (passed >= 0)
		link_put_descriptor(&m, &control, passed);
	do
		n = sendmsg(end, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return LINK_DONE;
	/* too many descriptors are in flight: that passes */
	return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM ||
	    errno == ETOOMANYREFS ? LINK_LATER : LINK_GONE;
}

/* The last descriptor; any others are closed. The room is for one, but it is
 * aligned, so more may fit. */
static int
link_take_descriptor(struct msghdr *m)
{
	int taken = -1;

	for (struct cmsghdr *head = CMSG_FIRSTHDR(m); head != NULL;
	    head = CMSG_NXTHDR(m, head)) {
		if (head->cmsg_level != SOL_SOCKET ||
		    head->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(taken) <=
		    head->cmsg_len; at += sizeof(taken)) {
			if (taken >= 0)
				close(taken);
			memcpy(&taken, (char *)head + at, sizeof(taken));
		}
	}
	return taken;
}

static bool
link_is_sound(const struct link_message *m, const struct msghdr *h, size_t n)
{
	const bool wants_descriptor = m->kind == LINK_CONNECTION ||
	    m->kind == LINK_LOG || (m->kind == LINK_STORE && m->fd >= 0);

	return n >= sizeof(struct envelope) &&
	    (h->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
	    m->kind < LINK_KINDS && (m->fd >= 0) == wants_descriptor;
}

enum link_result
link_receive(int end, struct link_message *out)
{
	struct envelope envelope = { .kind = LINK_KINDS };
	struct iovec parts[2] = {
		{ .iov_base = &envelope, .iov_len = sizeof(envelope) },
		{ .iov_base = out->text, .iov_len = sizeof(out->text) },
	};
	union control control = { .room = { 0 } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	ssize_t n;

	do
		n = recvmsg(end, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? LINK_LATER : LINK_GONE;
	if (n == 0)
		return LINK_GONE;
	out->kind = envelope.kind;
	out->fd = link_take_descriptor(&m);
	out->len = (size_t)n < sizeof(envelope) ? 0 :
	    (size_t)n - sizeof(envelope);
	if (link_is_sound(out, &m, (size_t)n))
		return LINK_DONE;
	/* this process is out of descriptors: the other end is not to blame */
	if (out->fd < 0 && (m.msg_flags & MSG_CTRUNC) != 0)
		return LINK_LATER;
	if (out->fd >= 0)
		close(out->fd);
	return LINK_UNSOUND;
}
