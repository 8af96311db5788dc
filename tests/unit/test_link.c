/* What one end of a link says, the other one hears; and what is no message is
 * told from what is one. */
#include "link.h"
#include "on_valgrind.h"
#include "testing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

struct ends {
	int end[2];
	struct link_message m;
};

static int
setup(void **state)
{
	struct ends *e = calloc(1, sizeof(*e));

	*state = e;
	return e == NULL || link_open(e->end, NULL) != ST_OK ? -1 : 0;
}

static int
teardown(void **state)
{
	struct ends *e = *state;

	close(e->end[0]);
	close(e->end[1]);
	free(e);
	return 0;
}

static void
a_message_arrives_with_its_text(void **state)
{
	struct ends *e = *state;

	assert_int_equal(link_receive(e->end[0], &e->m), LINK_LATER);
	assert_int_equal(link_send(e->end[1], LINK_BIND, -1, BYTES("/a b")),
	    LINK_DONE);
	assert_int_equal(link_send(e->end[1], LINK_READY, -1, BYTES_NONE),
	    LINK_DONE);
	assert_int_equal(link_receive(e->end[0], &e->m), LINK_DONE);
	assert_int_equal(e->m.kind, LINK_BIND);
	assert_int_equal(e->m.fd, -1);
	assert_int_equal(e->m.len, 4);
	assert_memory_equal(e->m.text, "/a b", 4);
	assert_int_equal(link_receive(e->end[0], &e->m), LINK_DONE);
	assert_int_equal(e->m.kind, LINK_READY);
	assert_int_equal(e->m.len, 0);
	assert_int_equal(link_receive(e->end[0], &e->m), LINK_LATER);
}

static void
a_descriptor_arrives_as_another_one_of_the_same_file(void **state)
{
	struct ends *e = *state;
	struct stat sent, got;
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(link_send(e->end[0], LINK_CONNECTION, fd, BYTES_NONE),
	    LINK_DONE);
	assert_int_equal(link_receive(e->end[1], &e->m), LINK_DONE);
	assert_int_equal(e->m.kind, LINK_CONNECTION);
	assert_true(e->m.fd >= 0 && e->m.fd != fd);
	assert_int_equal(fcntl(e->m.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &sent), 0);
	assert_int_equal(fstat(e->m.fd, &got), 0);
	assert_true(sent.st_ino == got.st_ino);
	close(e->m.fd);
	close(fd);
}

static void
an_end_that_has_gone_is_told(void **state)
{
	struct ends *e = *state;

	close(e->end[1]);
	e->end[1] = -1;
	assert_int_equal(link_receive(e->end[0], &e->m), LINK_GONE);
	assert_int_equal(link_send(e->end[0], LINK_FINISH, -1, BYTES_NONE),
	    LINK_GONE);
}

static void
the_parents_end_is_full_and_does_not_wait(void **state)
{
	struct ends *e = *state;
	enum link_result sent = LINK_DONE;

	for (int i = 0; sent == LINK_DONE && i < 100000; i++)
		sent = link_send(e->end[0], LINK_FINISH, -1, BYTES_NONE);
	assert_int_equal(sent, LINK_LATER);
}

static void
a_child_waits_for_two_seconds_at_most(void **state)
{
	struct ends *e = *state;
	struct timeval wait = { 0 };
	socklen_t len = sizeof(wait);

	assert_int_equal(fcntl(e->end[1], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(getsockopt(e->end[1], SOL_SOCKET, SO_SNDTIMEO, &wait,
	    &len), 0);
	assert_int_equal(wait.tv_sec, 2);
}

/* --- what a child that was broken into may send --------------------------- */

static void
refuses(struct ends *e, const void *data, size_t len)
{
	assert_int_equal(send(e->end[1], data, len, 0), (ssize_t)len);
	assert_int_equal(link_receive(e->end[0], &e->m), LINK_UNSOUND);
}

static void
refuses_what_is_no_message(void **state)
{
	static char long_one[sizeof(uint32_t) + LINK_TEXT_MAX + 1];
	struct ends *e = *state;
	uint32_t kind = LINK_KINDS;

	refuses(e, "x", 1);
	refuses(e, "xxx", 3);
	refuses(e, &kind, sizeof(kind));
	kind = UINT32_MAX;
	refuses(e, &kind, sizeof(kind));
	refuses(e, long_one, sizeof(long_one));
	kind = LINK_CONNECTION;		/* without one */
	refuses(e, &kind, sizeof(kind));
}

static int
count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
refuses_descriptors_that_do_not_belong_and_keeps_none(void **state)
{
	struct ends *e = *state;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(5 * sizeof(int))];
	} control = { .room = { 0 } };
	uint32_t kind = LINK_CONNECTION;
	struct iovec part = { &kind, sizeof(kind) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	const int five[5] = { 0, 0, 0, 0, 0 };
	int before = count_descriptors();

	assert_int_equal(link_send(e->end[1], LINK_READY, 0, BYTES_NONE),
	    LINK_DONE);
	assert_int_equal(link_receive(e->end[0], &e->m), LINK_UNSOUND);
	assert_int_equal(count_descriptors(), before);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(five));
	memcpy(CMSG_DATA(&control.head), five, sizeof(five));
	assert_int_equal(sendmsg(e->end[1], &m, 0), sizeof(kind));
	assert_int_equal(link_receive(e->end[0], &e->m), LINK_UNSOUND);
	assert_int_equal(count_descriptors(), before);
}

/* A child that is out of descriptors is not told to end by that. */
static void
a_descriptor_that_finds_no_room_is_lost_and_nothing_else(void **state)
{
	struct ends *e = *state;
	struct rlimit before, none;
	enum link_result heard;

	NOT_ON_VALGRIND("it holds no recvmsg(2) to the limit of descriptors");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(link_send(e->end[0], LINK_CONNECTION, e->end[0],
	    BYTES_NONE), LINK_DONE);
	assert_int_equal(link_send(e->end[0], LINK_FINISH, -1, BYTES_NONE),
	    LINK_DONE);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	heard = link_receive(e->end[1], &e->m);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(heard, LINK_LATER);
	assert_int_equal(link_receive(e->end[1], &e->m), LINK_DONE);
	assert_int_equal(e->m.kind, LINK_FINISH);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_message_arrives_with_its_text),
		TEST(a_descriptor_arrives_as_another_one_of_the_same_file),
		TEST(an_end_that_has_gone_is_told),
		TEST(the_parents_end_is_full_and_does_not_wait),
		TEST(a_child_waits_for_two_seconds_at_most),
		TEST(refuses_what_is_no_message),
		TEST(refuses_descriptors_that_do_not_belong_and_keeps_none),
		TEST(a_descriptor_that_finds_no_room_is_lost_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
