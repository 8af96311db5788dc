#include "cgi.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"

enum { ARENA_LIMIT = 64 * 1024 * 1024 };

struct cgi {
	int64_t deadline_ms;		/* on the steady clock */
};

static void
set_deadline(void *ctx, int64_t within_ms)
{
	struct cgi *c = ctx;

	c->deadline_ms = clock_steady_ms() + within_ms;
}

static ssize_t
read_body(void *ctx, char *out, size_t len)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct cgi *c = ctx;
	ssize_t n;

	for (;;) {
		int64_t left_ms = c->deadline_ms - clock_steady_ms();

		if (left_ms <= 0)
			return TRANSPORT_LATE;
		if (poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms)
		    <= 0)
			continue;
		n = read(STDIN_FILENO, out, len);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return TRANSPORT_BROKEN;
	}
}

static void
write_reply(void *ctx, struct bytes b)
{
	struct reason why;

	(void)ctx;
	file_write_all(STDOUT_FILENO, b, &why);
}

int
cgi_serve(struct responder *r)
{
	struct cgi c = { 0 };
	struct transport t = { .variables = environ, .body_ends = false,
		.set_deadline = set_deadline, .read = read_body,
		.write = write_reply, .ctx = &c };
	struct arena a = ARENA(ARENA_LIMIT);

	responder_serve(r, &t, &a);
	arena_free(&a);
	return 0;
}
