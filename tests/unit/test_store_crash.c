/*
 * Several processes at once, and processes killed at any instant: what was
 * acknowledged is there, once, and the store is whole.
 */
#include "store_check.h"

#include <poll.h>

#include "on_valgrind.h"

#define ROUNDS (on_valgrind() ? 3 : 40)

static struct event
crash_event(uint32_t key)
{
	struct event e = an_event(key);

	e.dedupe[15] = 1;
	return e;
}

/* Each takes the same keys, beginning somewhere else; tells how many of them
 * were new to it. */
static void
accept_all(struct fixture *f, uint32_t keys, uint32_t from, int out)
{
	int32_t fresh = 0;
	struct store *s;

	if (open_writer(f, &s) != ST_OK)
		_exit(1);
	for (uint32_t i = 0; i < keys; i++) {
		struct event e = crash_event((from + i) % keys + 1);
		struct store_accept item = an_item(&e);

		if (accept_many(s, &item, 1, NULL) != ST_OK)
			_exit(2);
		fresh += item.status == ST_OK;
	}
	_exit(write(out, &fresh, sizeof(fresh)) != sizeof(fresh));
}

static void
of_the_same_event_to_four_processes_one_is_new(void **state)
{
	struct fixture *f = *state;
	const uint32_t keys = on_valgrind() ? 20 : 400;
	int32_t fresh, all = 0;
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	for (uint32_t i = 0; i < 4; i++)
		if (fork() == 0)
			accept_all(f, keys, i * keys / 4, pipes[1]);
	for (int i = 0; i < 4; i++) {
		int how;

		assert_true(wait(&how) > 0);
		assert_int_equal(how, 0);
		assert_int_equal(read(pipes[0], &fresh, sizeof(fresh)),
		    sizeof(fresh));
		all += fresh;
	}
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(all, keys);
	assert_int_equal(stats(f).events, keys);
	assert_sound(f);
}

struct told {
	int64_t id, key;		/* of one size: without a hole */
};

/* Accepts, dispatches, runs and prunes until it is killed; tells what it has
 * accepted. */
static void
live(struct fixture *f, uint32_t key, int out)
{
	const char *const handlers[] = { "build", "all" };
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	struct wanted wanted = { .limit = 1 };
	const struct store_policy policy = policy_of(&wanted);
	struct store_dispatch dispatch = { .count = 2,
	    .paths = handler_paths(f, handlers, 2) };
	struct store_finish finish = { .ended = &end, .next = DELIVERY_DONE };
	struct store_work begin = { .dispatched = &dispatch,
	    .dispatched_count = 1, .arena = &f->a };
	struct store_work ended = { .finished = &finish, .finished_count = 1,
	    .arena = &f->a };
	struct store *s;

	if (open_writer(f, &s) != ST_OK)
		_exit(1);
	for (;; key++) {
		struct event e = crash_event(key);
		struct store_accept item = an_item(&e);
		struct told told = { 0, key };

		if (accept_many(s, &item, 1, NULL) != ST_OK)
			continue;
		told.id = item.id;
		if (write(out, &told, sizeof(told)) != sizeof(told))
			_exit(1);
		dispatch.event_id = item.id;
		wanted.count = 0;
		begin.policy = &policy;
		if (store_work(s, &begin, NULL) == ST_OK && key % 3 == 0 &&
		    wanted.count > 0) {
			finish.delivery_id = wanted.claimed[0].delivery_id;
			finish.claim = wanted.claimed[0].claim;
			(void)store_work(s, &ended, NULL);
		}
		if (key % 16 == 0)
			(void)tidy(s);
	}
}

static void
check_told(struct fixture *f, const struct told *t)
{
	struct event e = crash_event((uint32_t)t->key);
	int64_t id = 0;

	assert_int_equal(accept_event(f, &e, &id), ST_DUPLICATE);
	assert_int_equal(id, t->id);
}

static void
what_was_acknowledged_survives_kills_at_any_instant(void **state)
{
	struct fixture *f = *state;
	struct told told[2000];
	unsigned seed = 4711;
	size_t n, all = 0;
	int pipes[2];

	for (uint32_t round = 0; round < (uint32_t)ROUNDS; round++) {
		pid_t pid[2];

		assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
		/* the last one to leave is killed, too: then the next finds a
		 * log that nobody closed */
		store_close(f->store);
		f->store = NULL;
		for (uint32_t i = 0; i < 2; i++) {
			pid[i] = fork();
			if (pid[i] == 0)
				live(f, round * 100000 + i * 50000 + 1,
				    pipes[1]);
		}
		/* every other time one was accepted at least, however slow the
		 * disk is */
		if (round % 2 == 1)
			assert_int_equal(poll(&(struct pollfd){ .fd = pipes[0],
			    .events = POLLIN }, 1, PATIENCE_MS), 1);
		usleep((useconds_t)(rand_r(&seed) % 40000) + 2000);
		for (int i = 0; i < 2; i++) {
			kill(pid[i], SIGKILL);
			assert_int_equal(waitpid(pid[i], NULL, 0), pid[i]);
		}
		OK(store_open(&f->options, &f->store, &f->why));
		assert_sound(f);
		for (n = 0; n < 2000 && read(pipes[0], &told[n],
		    sizeof(told[n])) == sizeof(told[n]); n++)
			check_told(f, &told[n]);
		all += n;
		close(pipes[0]);
		close(pipes[1]);
	}
	assert_true(all > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(of_the_same_event_to_four_processes_one_is_new),
		WITH_STORE(what_was_acknowledged_survives_kills_at_any_instant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
