#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi_stream.h"
#include "front.h"
#include "patience.h"
#include "testing.h"

enum { FINISH = -1, LONG_REPLY = 900 * 1000 };

/* A front on a thread of its own, and what it is told. */
struct running {
	struct front_options o;
	pthread_t thread;
	int control[2];		/* for orders */
	int handed[2];		/* numbers of descriptors come out here */
	size_t reply_len;
	int served;
};

struct asked {
	struct conn *conn;
	struct running *r;
};

static void *
begin(void *ctx)
{
	struct asked *q = malloc(sizeof(*q));

	q->conn = ctx;
	q->r = front_ctx(q->conn);
	return q;
}

static bool
reserve(void *ctx, long long bytes)
{
	(void)ctx, (void)bytes;
	return true;
}

static bool
head(void *request, char *text, size_t len, enum call_fault fault)
{
	(void)request, (void)text, (void)len, (void)fault;
	return true;
}

static bool
body(void *request, struct bytes piece, size_t left)
{
	(void)request, (void)piece, (void)left;
	return true;
}

static void
end(void *request, int how)
{
	(void)request, (void)how;
}

static const struct call_ops ops = { begin, reserve, head, body, end, free };

static void
serve(void *request)
{
	static const char text[LONG_REPLY];
	struct asked *q = request;
	struct conn *conn = q->conn;

	__atomic_fetch_add(&q->r->served, 1, __ATOMIC_SEQ_CST);
	call_reply(front_call(conn), q->r->reply_len > 0 ?
	    (struct bytes){ text, q->r->reply_len } : BYTES("ok"));
	call_end_reply(front_call(conn));
	front_give_back(conn);
}

static int64_t
body_timeout_ms(void *request)
{
	(void)request;
	return 60 * 1000;
}

static void
hear_order(void *ctx, struct front *f)
{
	struct running *r = ctx;
	int fd;

	assert_int_equal(read(r->control[1], &fd, sizeof(fd)), sizeof(fd));
	if (fd == FINISH)
		front_finish(f);
	else
		front_adopt(f, fd);
}

static void
hand_over(void *ctx, int fd)
{
	struct running *r = ctx;
	int copy = dup(fd);

	assert_int_equal(write(r->handed[1], &copy, sizeof(copy)),
	    sizeof(copy));
}

static void *
run(void *arg)
{
	struct running *r = arg;
	struct reason why;

	assert_int_equal(front_run(&r->o, &why), ST_OK);
	return NULL;
}

static void
start(struct running *r, int listen_fd)
{
	*r = (struct running){ .served = 0 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, r->control), 0);
	assert_int_equal(pipe(r->handed), 0);
	r->o = (struct front_options){ .listen_fd = dup(listen_fd),
		.parent = { r->control[1], hear_order, hand_over, r },
		.workers = 4, .ops = &ops,
		.body_timeout_ms = body_timeout_ms, .serve = serve,
		.ctx = r };
	assert_int_equal(pthread_create(&r->thread, NULL, run, r), 0);
}

/* To adopt fd, or to finish. */
static void
order(struct running *r, int fd)
{
	assert_int_equal(write(r->control[0], &fd, sizeof(fd)), sizeof(fd));
}

static void
finish(struct running *r)
{
	int fd;

	order(r, FINISH);
	assert_int_equal(pthread_join(r->thread, NULL), 0);
	assert_int_equal(fcntl(r->handed[0], F_SETFL, O_NONBLOCK), 0);
	while (read(r->handed[0], &fd, sizeof(fd)) > 0)
		close(fd);
	for (int i = 0; i < 2; i++) {
		close(r->control[i]);
		close(r->handed[i]);
	}
}

/* --- clients --- */

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static socklen_t address_len = sizeof(address);
static int listener;

/* At an abstract address that the kernel chooses: unix(7), autobind. */
static int
listen_somewhere(void **state)
{
	(void)state;
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bind(listener, (struct sockaddr *)&address,
	    sizeof(sa_family_t)) != 0 || listen(listener, 64) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address,
	    &address_len) != 0;
}

static int
stop_listening(void **state)
{
	(void)state;
	return close(listener);
}

static int
join(void)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address,
	    address_len), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* A request, but for its last bytes. */
static void
ask(int fd, int flags, int times, size_t less)
{
	struct buf b = BUF(ROOM);

	for (int i = 0; i < times; i++)
		put_request(&b, 1, flags, "body");
	assert_int_equal(send(fd, b.data, b.len - less, 0), b.len - less);
	buf_free(&b);
}

static void
ask_rest(int fd, size_t less)
{
	static const char last[] = "\1\5\0\1\0\0\0";

	assert_int_equal(send(fd, last + sizeof(last) - less, less, 0), less);
}

/* Whether the other side has taken all that was sent. */
static bool
is_read(int fd)
{
	int left;

	assert_int_equal(ioctl(fd, TIOCOUTQ, &left), 0);
	return left == 0;
}

static void
read_fully(int fd, char *to, size_t len)
{
	for (size_t n = 0; n < len;) {
		ssize_t more = recv(fd, to + n, len - n, 0);

		assert_true(more > 0);
		n += (size_t)more;
	}
}

/* Records up to the end of a request; how many bytes of output. */
static size_t
hear(int fd)
{
	static char content[65536 + 256];
	unsigned char record[8];
	size_t output = 0, len;

	do {
		read_fully(fd, (char *)record, sizeof(record));
		len = (size_t)(record[4] << 8 | record[5]);
		read_fully(fd, content, len + record[6]);
		output += record[1] == FCGI_STDOUT ? len : 0;
	} while (record[1] != FCGI_END_REQUEST);
	return output;
}

static void
assert_closed(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

static int
handed(struct running *r)
{
	int fd;

	assert_int_equal(read(r->handed[0], &fd, sizeof(fd)), sizeof(fd));
	return fd;
}

/* --- */

static void
hands_an_idle_connection_over_and_the_next_front_serves_it(void **state)
{
	struct running old, new;
	int fd = join(), fresh = join();

	(void)state;
	start(&old, listener);
	ask(fd, FCGI_KEEP_CONN, 1, 0);
	assert_int_equal(hear(fd), 2);
	ask(fresh, FCGI_KEEP_CONN, 1, 0);
	assert_int_equal(hear(fresh), 2);
	start(&new, listener);
	order(&old, FINISH);
	order(&new, handed(&old));
	order(&new, handed(&old));
	ask(fd, FCGI_KEEP_CONN, 1, 0);
	assert_int_equal(hear(fd), 2);
	ask(fresh, FCGI_KEEP_CONN, 1, 0);
	assert_int_equal(hear(fresh), 2);
	assert_int_equal(old.served, 2);
	assert_int_equal(new.served, 2);
	finish(&old);
	finish(&new);
	close(fd);
	close(fresh);
}

static void
finishes_what_has_begun_to_arrive(void **state)
{
	struct running old, new;
	int half = join(), waiting;

	(void)state;
	start(&old, listener);
	ask(half, FCGI_KEEP_CONN, 1, 5);
	AWAIT(is_read(half));
	order(&old, FINISH);
	AWAIT(is_read(old.control[0]));
	/* nothing more is accepted: this one is the next front's */
	waiting = join();
	ask(waiting, 0, 1, 0);
	ask_rest(half, 5);
	assert_int_equal(hear(half), 2);
	assert_int_equal(old.served, 1);
	close(handed(&old));
	start(&new, listener);
	assert_int_equal(hear(waiting), 2);
	assert_closed(waiting);
	finish(&old);
	finish(&new);
	close(half);
}

static void
serves_what_was_sent_together_and_sees_the_end_behind_it(void **state)
{
	struct running r;

	(void)state;
	start(&r, listener);
	for (int i = 0; i < 200; i++) {
		int fd = join();

		if (i % 2 == 0) {
			ask(fd, FCGI_KEEP_CONN, 1, 0);
			assert_int_equal(hear(fd), 2);
		}
		ask(fd, FCGI_KEEP_CONN, 3, 0);
		shutdown(fd, SHUT_WR);
		for (int k = 0; k < 3; k++)
			assert_int_equal(hear(fd), 2);
		assert_closed(fd);
	}
	finish(&r);
}

static void
waits_for_nobody_who_does_not_read(void **state)
{
	struct running r;
	int deaf[6], other;

	(void)state;
	start(&r, listener);
	r.reply_len = LONG_REPLY;
	for (int i = 0; i < 6; i++) {
		deaf[i] = join();
		ask(deaf[i], i % 2 * FCGI_KEEP_CONN, 1, 0);
	}
	other = join();
	ask(other, FCGI_KEEP_CONN, 2, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(hear(other), LONG_REPLY);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(hear(deaf[i]), LONG_REPLY);
		if (i % 2 == 0)
			assert_closed(deaf[i]);
		else
			close(deaf[i]);
	}
	close(other);
	finish(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    hands_an_idle_connection_over_and_the_next_front_serves_it),
		cmocka_unit_test(finishes_what_has_begun_to_arrive),
		cmocka_unit_test(
		    serves_what_was_sent_together_and_sees_the_end_behind_it),
		cmocka_unit_test(waits_for_nobody_who_does_not_read),
	};

	return cmocka_run_group_tests_name("front", tests, listen_somewhere,
	    stop_listening);
}
