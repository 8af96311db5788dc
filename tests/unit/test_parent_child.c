/* What a child that was broken into may try with its parent: it is ended for
 * all that no child of ours would say, and asks for nothing it may not have. */
#include "clock.h"
#include "parent_private.h"
#include "testing.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct family {
	struct parent p;
	struct child *c;
	int end;			/* the child's end of the link */
};

/* A child that does nothing, whose end of the link is ours to speak at. */
static int
setup(void **state)
{
	struct family *f = calloc(1, sizeof(*f));
	int ends[2];

	*state = f;
	if (f == NULL || link_open(ends, NULL) != ST_OK)
		return -1;
	f->p.held = f->p.in_force_fd = -1;
	f->p.lookout = LOOKOUT_NONE;
	f->c = &f->p.children[0];
	f->end = ends[1];
	*f->c = (struct child){ .state = CHILD_SERVING, .link = ends[0],
		.store = -1,
		.pid = fork(), .finish_ms = 1000,
		.began_ms = clock_steady_ms() };
	if (f->c->pid == 0) {
		close(ends[1]);
		(void)alarm(60);
		for (;;)
			pause();
	}
	return f->c->pid > 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	struct family *f = *state;

	(void)kill(f->c->pid, SIGKILL);
	(void)waitpid(f->c->pid, NULL, 0);
	close(f->c->link);
	if (f->end >= 0)
		close(f->end);
	if (f->p.held >= 0)
		close(f->p.held);
	if (f->c->store >= 0)
		close(f->c->store);
	free(f);
	return 0;
}

static void
assert_killed(struct family *f)
{
	int status;

	assert_int_equal(waitpid(f->c->pid, &status, 0), f->c->pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
assert_alive(struct family *f)
{
	assert_int_equal(waitpid(f->c->pid, NULL, WNOHANG), 0);
}

static void
is_ended_for_what_is_no_message(void **state)
{
	struct family *f = *state;

	assert_int_equal(send(f->end, "nonsense", 8, 0), 8);
	child_hear(&f->p, f->c);
	assert_killed(f);
}

static void
is_ended_for_what_only_a_parent_says(void **state)
{
	struct family *f = *state;

	assert_int_equal(link_send(f->end, LINK_FINISH, -1, BYTES_NONE),
	    LINK_DONE);
	child_hear(&f->p, f->c);
	assert_killed(f);
}

static void
is_ended_for_a_connection_before_it_is_told_to_finish(void **state)
{
	struct family *f = *state;

	assert_int_equal(link_send(f->end, LINK_CONNECTION, STDERR_FILENO,
	    BYTES_NONE), LINK_DONE);
	child_hear(&f->p, f->c);
	assert_int_equal(f->p.held, -1);
	assert_killed(f);
}

static void
is_ended_when_it_closes_its_end(void **state)
{
	struct family *f = *state;
	struct pollfd gone = { .fd = f->c->link, .events = POLLIN };

	close(f->end);
	f->end = -1;
	/* the other process may not have closed its copy yet */
	assert_int_equal(poll(&gone, 1, 10 * 1000), 1);
	child_hear(&f->p, f->c);
	assert_killed(f);
}

static void
names_no_configuration_once_there_is_one(void **state)
{
	struct family *f = *state;

	f->p.path = "/of/the/parent";
	assert_int_equal(link_send(f->end, LINK_BIND, -1,
	    BYTES("/of/a/stranger")), LINK_DONE);
	child_hear(&f->p, f->c);
	assert_string_equal(f->p.path, "/of/the/parent");
	assert_null(f->p.config);
	assert_alive(f);
}

static void
has_a_runner_started_only_where_it_is_auto_and_not_too_often(void **state)
{
	const int64_t started_ms = clock_steady_ms() + 50;
	struct config c = { .runner = RUNNER_EXTERNAL };
	struct family *f = *state;

	f->p.config = &c;
	assert_int_equal(link_send(f->end, LINK_RUNNER, -1, BYTES_NONE),
	    LINK_DONE);
	child_hear(&f->p, f->c);
	assert_int_equal(f->p.runner_ms, 0);
	/* one was started just now */
	c.runner = RUNNER_AUTO;
	f->p.runner_ms = started_ms;
	assert_int_equal(link_send(f->end, LINK_RUNNER, -1, BYTES_NONE),
	    LINK_DONE);
	child_hear(&f->p, f->c);
	assert_int_equal(f->p.runner_ms, started_ms);
	assert_alive(f);
}

static void
one_that_finishes_hands_connections_over(void **state)
{
	struct family *f = *state;

	f->c->state = CHILD_FINISHING;
	assert_int_equal(link_send(f->end, LINK_CONNECTION, STDERR_FILENO,
	    BYTES_NONE), LINK_DONE);
	child_hear(&f->p, f->c);
	assert_true(f->p.held >= 0);	/* there is no heir */
	assert_alive(f);
}

static void
one_that_does_not_end_is_ended(void **state)
{
	struct family *f = *state;

	f->p.ending = true;
	f->c->state = CHILD_FINISHING;
	(void)child_care(&f->p);
	assert_alive(f);
	f->c->began_ms -= f->c->finish_ms + 1;
	(void)child_care(&f->p);
	assert_killed(f);
}

/* Where all it said is not heard yet; its number can be another one's. */
static void
one_that_has_ended_is_not_ended_again(void **state)
{
	struct family *f = *state;

	f->p.ending = true;
	f->c->state = CHILD_FINISHING;
	f->c->began_ms -= f->c->finish_ms + 1;
	f->c->dead = true;
	(void)child_care(&f->p);
	usleep(20 * 1000);
	assert_alive(f);
}

static void
one_that_does_not_begin_to_serve_is_ended(void **state)
{
	struct family *f = *state;

	f->p.ending = true;
	f->c->state = CHILD_STARTING;
	f->c->began_ms -= 59 * 1000;
	(void)child_care(&f->p);
	assert_alive(f);
	f->c->began_ms -= 2 * 1000;
	(void)child_care(&f->p);
	assert_killed(f);
}

static void
no_more_are_left_behind_than_may_be(void **state)
{
	struct family *f = *state;

	f->p.wanted = true;
	for (int i = 0; i < FINISHING_MAX; i++)
		f->p.children[i + 1] = (struct child){
			.state = CHILD_FINISHING, .pid = f->c->pid,
			.finish_ms = 60 * 1000,
			.began_ms = clock_steady_ms() };
	assert_int_equal(child_care(&f->p), -1);
	assert_false(f->p.started);
	/* nor is one started while another one starts, or where all ends */
	f->p.children[1].state = CHILD_STARTING;
	assert_int_equal(child_care(&f->p), -1);
	f->p.children[1].state = CHILD_NONE;
	f->p.ending = true;
	assert_int_equal(child_care(&f->p), -1);
	/* or where the one that serves is good */
	f->p.ending = f->p.wanted = false;
	assert_int_equal(child_care(&f->p), -1);
	assert_false(f->p.started);
	assert_alive(f);
}

/* --- connections to the agent --------------------------------------------- */

/* Gives the family a link for that. Returns: the child's end */
static int
store_end(struct family *f, struct config *c)
{
	int ends[2];

	*c = (struct config){ .store = CONFIG_POSTGRESQL,
		.state_dir = "/of/no/agent", .path = "/of/no/configuration" };
	f->p.config = c;
	f->p.path = c->path;
	assert_int_equal(store_link_open(&f->p, ends, NULL), ST_OK);
	f->c->store = ends[0];
	return ends[1];
}

static void
has_no_link_to_the_agent_where_it_needs_none(void **state)
{
	struct family *f = *state;
	struct config c = { .store = CONFIG_SQLITE };
	int ends[2] = { 0, 0 };

	assert_int_equal(store_link_open(&f->p, ends, NULL), ST_OK);
	assert_int_equal(ends[0], -1);
	f->p.config = &c;
	assert_int_equal(store_link_open(&f->p, ends, NULL), ST_OK);
	assert_int_equal(ends[1], -1);
	/* and on the link that it has it asks for none */
	assert_int_equal(link_send(f->end, LINK_STORE, -1, BYTES_NONE),
	    LINK_DONE);
	child_hear(&f->p, f->c);
	assert_killed(f);
}

static void
is_told_why_there_is_no_connection_to_the_agent(void **state)
{
	struct family *f = *state;
	struct link_message m;
	struct config c;
	int end = store_end(f, &c);

	assert_int_equal(store_link_serve(&f->p), -1);
	assert_int_equal(link_send(end, LINK_STORE, -1, BYTES_NONE),
	    LINK_DONE);
	assert_true(store_link_hear(f->c));
	/* an agent is not started by one that ends */
	f->p.ending = true;
	assert_int_equal(store_link_serve(&f->p), -1);
	assert_int_equal(link_receive(end, &m), LINK_DONE);
	assert_int_equal(m.kind, LINK_STORE);
	assert_int_equal(m.fd, -1);
	assert_true(m.len > 0);
	/* once is enough */
	assert_int_equal(store_link_serve(&f->p), -1);
	assert_int_equal(link_receive(end, &m), LINK_LATER);
	close(end);
	assert_alive(f);
}

static void
is_ended_for_what_is_no_wish_for_the_agent(void **state)
{
	struct family *f = *state;
	struct config c;
	int end = store_end(f, &c);

	assert_int_equal(link_send(end, LINK_STORE, -1, BYTES("/of/mine")),
	    LINK_DONE);
	assert_false(store_link_hear(f->c));
	assert_int_equal(link_send(end, LINK_STORE, STDERR_FILENO,
	    BYTES_NONE), LINK_DONE);
	assert_false(store_link_hear(f->c));
	assert_int_equal(link_send(end, LINK_READY, -1, BYTES_NONE),
	    LINK_DONE);
	assert_false(store_link_hear(f->c));
	assert_int_equal(send(end, "nonsense", 8, 0), 8);
	assert_false(store_link_hear(f->c));
	child_end(f->c);
	assert_killed(f);
	close(end);
}

/* --- more than one -------------------------------------------------------- */

static void
the_one_that_starts_is_the_heir(void **state)
{
	struct family *f = *state;
	struct child *next = &f->p.children[1];

	assert_ptr_equal(child_heir(&f->p), f->c);
	next->state = CHILD_STARTING;
	assert_ptr_equal(child_heir(&f->p), next);
	f->c->state = next->state = CHILD_FINISHING;
	assert_null(child_heir(&f->p));
}

static void
a_connection_that_nobody_takes_is_held_until_the_end(void **state)
{
	struct family *f = *state;
	struct link_message m;

	f->p.held = dup(STDERR_FILENO);
	f->c->state = CHILD_FINISHING;
	child_pass_on(&f->p);
	assert_true(f->p.held >= 0);
	f->c->state = CHILD_SERVING;
	child_pass_on(&f->p);
	assert_int_equal(f->p.held, -1);
	assert_int_equal(link_receive(f->end, &m), LINK_DONE);
	assert_int_equal(m.kind, LINK_CONNECTION);
	close(m.fd);
	f->p.held = dup(STDERR_FILENO);
	f->p.ending = true;
	child_pass_on(&f->p);
	assert_int_equal(f->p.held, -1);
	assert_int_equal(link_receive(f->end, &m), LINK_LATER);
}

static void
all_are_told_to_finish_once(void **state)
{
	struct family *f = *state;
	struct link_message m;

	child_finish_all(&f->p);
	assert_int_equal(f->c->state, CHILD_FINISHING);
	assert_int_equal(link_receive(f->end, &m), LINK_DONE);
	assert_int_equal(m.kind, LINK_FINISH);
	child_finish_all(&f->p);
	assert_int_equal(link_receive(f->end, &m), LINK_LATER);
	/* whoever finishes still writes to the log */
	child_give_log(&f->p, STDERR_FILENO);
	assert_int_equal(link_receive(f->end, &m), LINK_DONE);
	assert_int_equal(m.kind, LINK_LOG);
	close(m.fd);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(is_ended_for_what_is_no_message),
		TEST(has_no_link_to_the_agent_where_it_needs_none),
		TEST(is_told_why_there_is_no_connection_to_the_agent),
		TEST(is_ended_for_what_is_no_wish_for_the_agent),
		TEST(is_ended_for_what_only_a_parent_says),
		TEST(is_ended_for_a_connection_before_it_is_told_to_finish),
		TEST(is_ended_when_it_closes_its_end),
		TEST(names_no_configuration_once_there_is_one),
		TEST(has_a_runner_started_only_where_it_is_auto_and_not_too_often),
		TEST(one_that_finishes_hands_connections_over),
		TEST(one_that_does_not_end_is_ended),
		TEST(one_that_has_ended_is_not_ended_again),
		TEST(one_that_does_not_begin_to_serve_is_ended),
		TEST(no_more_are_left_behind_than_may_be),
		TEST(the_one_that_starts_is_the_heir),
		TEST(a_connection_that_nobody_takes_is_held_until_the_end),
		TEST(all_are_told_to_finish_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
