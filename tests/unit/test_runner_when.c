/* The runner and handlers with conditions. */
#include "runner_fixture.h"

static void
assert_filtered(struct fixture *f, int64_t id, size_t which,
    const char *condition, const char *value)
{
	const struct stored_delivery d = delivery(f, id, which);

	assert_int_equal(d.state, DELIVERY_FILTERED);
	assert_int_equal(d.attempts, 0);
	assert_int_equal(d.history_count, 0);
	assert_string_equal(d.filter.condition, condition);
	assert_int_equal(d.filter.value.len, strlen(value));
	assert_memory_equal(d.filter.value.data, value, strlen(value));
}

/* In one batch, and all alike but for their bodies. */
static void
each_event_of_a_batch_is_judged_by_itself(void **state)
{
	struct fixture *f = *state;
	int64_t a, b, c, d;

	configure(f, "handler ci/received {\n when = \"PAYLOAD_X = a*\"\n"
	    " concurrency = 1\n}\n");
	put_handler(f, "ci/received", "echo $PAYLOAD_X >>runs\n");
	put_handler(f, "ci/all", "echo all $PAYLOAD_X >>all\n");
	a = accept_body(f, "{\"x\":\"a1\"}", NULL);
	b = accept_body(f, "{\"x\":\"b1\"}", NULL);
	c = accept_body(f, "{\"x\":\"a2\"}", NULL);
	d = accept_body(f, "{}", NULL);
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "runs"), "a1\na2\n");
	assert_string_equal(state_of(f, a), "done");
	assert_filtered(f, b, 0, "PAYLOAD_X = a*", "b1");
	assert_string_equal(state_of(f, c), "done");
	assert_filtered(f, d, 0, "PAYLOAD_X = a*", "");
	assert_int_equal(delivery(f, d, 0).filter.met, FILTER_UNSET);
	assert_int_equal(delivery(f, b, 1).state, DELIVERY_DONE);
	assert_non_null(strstr(content(f, "all"), "all b1\n"));
}

static void
conditions_are_about_the_words_and_fields_of_the_event(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	configure(f, "handler drone/build {\n when = { \"status = failure\","
	    " \"project = o/*\", \"DRONE_REPO != x\", \"result != success\" }"
	    "\n}\nhandler drone/all {\n when = \"number != 7\"\n}\n");
	put_handler(f, "drone/build", "echo ran >>runs\n");
	put_handler(f, "drone/all", "echo ran >>runs\n");
	id = accept_build(f, "failure");
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "runs"), "ran\n");
	assert_string_equal(state_of(f, id), "done");
	assert_filtered(f, id, 1, "number != 7", "7");
}

/* A build of o/r on a branch that has ended. */
static int64_t
accept_end(struct fixture *f, int number, const char *branch,
    enum result result)
{
	char body[256], subject[32];
	struct event e = { .source = "drone", .provider = "drone",
	    .event = BYTES("build"), .action = BYTES("updated"),
	    .status = bytes_of(result_name(result)), .result = result };

	snprintf(subject, sizeof(subject), "o/r#%d", number);
	e.subject = bytes_of(subject);
	snprintf(body, sizeof(body), "{\"event\":\"build\",\"action\":"
	    "\"updated\",\"repo\":{\"slug\":\"o/r\"},\"build\":{\"number\":%d,"
	    "\"target\":\"%s\",\"status\":\"%s\"}}", number, branch,
	    result_name(result));
	return accept_event(f, &e, bytes_of(body), NULL);
}

/* Some are dispatched together, some in another run. */
static void
each_build_is_compared_with_the_one_before(void **state)
{
	struct fixture *f = *state;

	configure(f, "handler drone/build {\n concurrency = 1\n}\n"
	    "handler drone/all {\n concurrency = 1\n"
	    " when = \"HOOK_PREVIOUS_RESULT = failure\"\n}\n");
	put_handler(f, "drone/build", "echo $HOOK_ID"
	    " ${HOOK_PREVIOUS_RESULT:-none} >>runs\n");
	put_handler(f, "drone/all", "echo $HOOK_ID >>after\n");
	accept_end(f, 1, "main", RESULT_FAILURE);
	accept_end(f, 2, "next", RESULT_SUCCESS);	/* another branch */
	accept_end(f, 3, "main", RESULT_RUNNING);	/* has not ended */
	accept_end(f, 4, "main", RESULT_SUCCESS);
	accept_end(f, 4, "main", RESULT_SUCCESS);	/* reported again */
	run(f, RUNNER_ONCE);
	accept_end(f, 5, "main", RESULT_SUCCESS);
	accept_end(f, 5, "main", RESULT_FAILURE);	/* restarted */
	accept_end(f, 6, "main", RESULT_CANCELED);
	run(f, RUNNER_ONCE);
	if (f->options.kind == STORE_POSTGRESQL) {	/* it notes none */
		assert_string_equal(content(f, "runs"), "1 none\n2 none\n"
		    "3 none\n4 none\n5 none\n6 none\n7 none\n8 none\n");
		return;
	}
	assert_string_equal(content(f, "runs"), "1 none\n2 none\n"
	    "3 failure\n4 failure\n5 failure\n6 success\n7 success\n"
	    "8 failure\n");
	assert_string_equal(content(f, "after"), "3\n4\n5\n8\n");
}

/* "once" is for those that run; the other build has the same subject. */
static void
once_passes_over_what_is_filtered(void **state)
{
	struct fixture *f = *state;

	configure(f, "handler drone/all {\n once = yes\n"
	    " when = \"action = updated\"\n}\n");
	put_handler(f, "drone/all", "echo $HOOK_ID >>runs\n");
	accept_build(f, "running");
	accept_build(f, "running");
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "runs"), "1\n");
	configure(f, "handler drone/all {\n once = yes\n"
	    " when = \"action = other\"\n}\n");
	accept_build(f, "failure");
	run(f, RUNNER_ONCE);
	configure(f, "handler drone/all {\n once = yes\n}\n");
	accept_build(f, "failure");
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "runs"), "1\n4\n");
}

/* Its condition holds now; the others' would not. */
static void
only_a_retry_decides_again(void **state)
{
	struct fixture *f = *state;
	int64_t id, other;
	struct store_retry r = { .what = STORE_AGAIN, .events = &id,
	    .count = 1, .who = "test" };

	configure(f, "handler ci/received {\n when = \"PAYLOAD_X = a\"\n}\n");
	put_handler(f, "ci/received", "echo $HOOK_ID >>runs\n");
	id = accept_body(f, "{\"x\":\"b\"}", NULL);
	other = accept_body(f, "{\"x\":\"b\"}", NULL);
	run(f, RUNNER_ONCE);
	configure(f, "handler ci/received {\n when = \"PAYLOAD_X = b\"\n}\n");
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "runs"), "");
	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.filtered, 1);
	run(f, RUNNER_ONCE);
	assert_string_equal(content(f, "runs"), "1\n");
	assert_string_equal(state_of(f, id), "done");
	assert_filtered(f, other, 0, "PAYLOAD_X = a", "b");
}

/* Its responder has read another configuration, or it would not wait. */
static void
who_waits_for_what_is_filtered_is_told_at_once(void **state)
{
	struct fixture *f = *state;
	int64_t id;
	struct waiter w = open_waiter(f);

	configure(f, "handler ci/received {\n mode = wait\n"
	    " when = \"PAYLOAD_X = a\"\n}\n");
	put_handler(f, "ci/received", "true\n");
	id = accept_body(f, "{\"x\":\"b\"}", w.bell);
	run(f, RUNNER_ONCE);
	AWAIT(rung_for(&w) == id);
	assert_filtered(f, id, 0, "PAYLOAD_X = a", "b");
	close_waiter(&w);
}

/* An event whose body means nothing to this version: the attempt says so. */
static void
what_cannot_be_decoded_is_not_filtered(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	configure(f, "handler ci/received {\n attempts = 1\n"
	    " when = \"PAYLOAD_X = a\"\n}\n");
	put_handler(f, "ci/received", "true\n");
	id = accept_body(f, "no JSON", NULL);
	run(f, RUNNER_ONCE);
	assert_string_equal(state_of(f, id), "dead");
	assert_int_equal(attempt(f, id, 0).result, ATTEMPT_UNSTARTED);
}

static void
the_log_has_a_line_for_what_is_filtered(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	configure(f, "handler ci/received {\n when = \"PAYLOAD_X != a*\"\n}\n"
	    "handler ci/all {\n when = \"tag = *\"\n}\n");
	put_handler(f, "ci/received", "true\n");
	put_handler(f, "ci/all", "true\n");
	accept_body(f, "{\"x\":\"a\\n\\u001b \"}", NULL);
	pid = fork();
	if (pid == 0) {
		if (log_open(f->log, "test", NULL) != ST_OK)
			_exit(1);
		_exit(runner_run(f->config, RUNNER_ONCE, NULL) != ST_OK);
	}
	assert_int_equal(end_runner(pid, 0), 0);
	assert_non_null(strstr(content(f, "state/log"), "filtered source=ci"
	    " event=received id=1 handler=received when=\"PAYLOAD_X != a*\""
	    " value=\"a\\n\\x1b \"\n"));
	assert_non_null(strstr(content(f, "state/log"), "filtered source=ci"
	    " event=received id=1 handler=all when=\"tag = *\" note=unset\n"));
	assert_null(strstr(content(f, "state/log"), "attempt "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_event_of_a_batch_is_judged_by_itself),
		TEST(conditions_are_about_the_words_and_fields_of_the_event),
		TEST(each_build_is_compared_with_the_one_before),
		TEST(once_passes_over_what_is_filtered),
		TEST(only_a_retry_decides_again),
		TEST(who_waits_for_what_is_filtered_is_told_at_once),
		TEST(what_cannot_be_decoded_is_not_filtered),
		TEST(the_log_has_a_line_for_what_is_filtered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
