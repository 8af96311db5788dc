#include "sample.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "event.h"
#include "json.h"
#include "provider.h"

static const unsigned char random_bytes[64] = { 1, 2, 3, 4, 5, 6, 7, 8,
	[20] = 9 };
static const int64_t now_ms = 1795322264000;

/* The names that handlers get from a body that was made up. */
static void
decode(const char *provider, struct sample_words *words, struct arena *a,
    struct event *out)
{
	struct source s = { .name = "s", .provider = provider_find(provider) };
	struct message m = { .received_ms = now_ms };
	struct reason why = { "" };

	assert_int_equal(sample_complete(s.provider, words, &why), ST_OK);
	assert_int_equal(sample_make(s.provider, words, now_ms, random_bytes, a,
	    &m.body, &why), ST_OK);
	assert_int_equal(event_decode(&s, &m, NULL, a, out, &why), ST_OK);
}

/* Whatever random bytes it gets. */
static void
numbers_and_ids_have_digits_alone(void **state)
{
	struct sample_words w = { NULL, NULL, NULL };
	unsigned char all[SAMPLE_RANDOM_BYTES];
	const struct provider *drone = provider_find("drone");
	struct arena a = ARENA(0);
	struct bytes body;
	struct json_doc d;
	unsigned long long n;
	struct reason why;

	(void)state;
	assert_int_equal(sample_complete(drone, &w, &why), ST_OK);
	for (int fill = 0; fill < 256; fill += 51) {
		memset(all, fill, sizeof(all));
		assert_int_equal(sample_make(drone, &w, now_ms, all, &a, &body,
		    &why), ST_OK);
		assert_int_equal(json_parse(body, &a, &d, &why), ST_OK);
		assert_true(bytes_to_u64(json_text(&d, json_path(&d,
		    BYTES("build.number")), &a), &n) && n >= 100);
		assert_true(bytes_to_u64(json_text(&d, json_path(&d,
		    BYTES("build.id")), &a), &n) && n >= 1000);
	}
	arena_free(&a);
}

static void
builds_have_all_neutral_fields(void **state)
{
	struct sample_words w = { NULL, NULL, "failure" };
	struct arena a = ARENA(0);
	struct event e;

	(void)state;
	decode("drone", &w, &a, &e);
	assert_true(bytes_is(e.event, "build"));
	assert_true(bytes_is(e.action, "updated"));
	assert_true(bytes_is(e.status, "failure"));
	assert_true(e.completed);
	assert_true(bytes_is(e.project, "octocat/hello-world"));
	assert_true(bytes_is(e.branch, "master"));
	assert_true(e.number.len > 0 && e.commit.len == 40 && e.url.len > 0 &&
	    e.title.len > 0 && e.author.len > 0 && e.subject.len > 0);
	assert_true(bytes_is(json_text(&e.doc, json_path(&e.doc,
	    BYTES("build.stages.0.steps.1.status")), &a), "failure"));
	arena_free(&a);
}

static void
a_pending_build_is_created_and_has_no_stages(void **state)
{
	struct sample_words w = { "build", NULL, "pending" };
	struct arena a = ARENA(0);
	struct event e;

	(void)state;
	decode("drone", &w, &a, &e);
	assert_true(bytes_is(e.action, "created"));
	assert_null(json_path(&e.doc, BYTES("build.stages")));
	assert_true(bytes_is(json_text(&e.doc, json_path(&e.doc,
	    BYTES("build.started")), &a), "0"));
	arena_free(&a);
}

static void
a_running_build_has_not_finished(void **state)
{
	struct sample_words w = { NULL, NULL, "running" };
	struct arena a = ARENA(0);
	struct event e;

	(void)state;
	decode("drone", &w, &a, &e);
	assert_false(e.completed);
	assert_true(bytes_is(json_text(&e.doc, json_path(&e.doc,
	    BYTES("build.finished")), &a), "0"));
	arena_free(&a);
}

static void
workflows_and_jobs_have_all_neutral_fields(void **state)
{
	static const char *const events[] = { "workflow-completed",
		"job-completed" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sample_words w = { events[i], NULL, "canceled" };
		struct arena a = ARENA(0);
		struct event e;

		decode("circleci", &w, &a, &e);
		assert_true(bytes_is(e.event, events[i]));
		assert_int_equal(e.result, RESULT_CANCELED);
		assert_true(bytes_is(e.project, "acme/widget"));
		assert_true(bytes_is(e.branch, "main"));
		assert_true(bytes_is(e.author, "Ada Example"));
		assert_true(e.subject.len == 36 && e.url.len > 0 &&
		    e.commit.len == 40 && e.number.len > 0);
		arena_free(&a);
	}
}

static void
a_ping_and_a_call_are_made(void **state)
{
	struct sample_words ping = { "ping", NULL, NULL };
	struct sample_words call = { NULL, NULL, NULL };
	struct arena a = ARENA(0);
	struct event e;

	(void)state;
	decode("circleci", &ping, &a, &e);
	assert_true(bytes_is(e.event, "ping"));
	decode("custom", &call, &a, &e);
	assert_true(bytes_is(e.event, "received"));
	arena_free(&a);
}

static void
refuse(const char *provider, const char *event, const char *action,
    const char *status, const char *said)
{
	struct sample_words w = { event, action, status };
	struct reason why = { "" };

	assert_int_equal(sample_complete(provider_find(provider), &w, &why),
	    ST_MALFORMED);
	assert_non_null(strstr(why.text, said));
	assert_ptr_equal(w.event, event);
	assert_ptr_equal(w.status, status);
}

static void
refuses_words_that_the_sender_does_not_have(void **state)
{
	(void)state;
	refuse("drone", "biuld", NULL, NULL, "did you mean build?");
	refuse("drone", "zzz", NULL, NULL, "build, repo, user");
	refuse("drone", NULL, NULL, "sucess", "did you mean success?");
	refuse("drone", NULL, "enabled", NULL, "updated, created");
	refuse("drone", "user", NULL, "success", "has no status");
	refuse("circleci", NULL, NULL, "failure", "failed");
	refuse("circleci", "ping", NULL, "success", "has no status");
	refuse("circleci", NULL, "created", NULL, "has no action");
	refuse("custom", "build", NULL, NULL, "received");
	refuse("drone", "workflow-completed", NULL, NULL, "build");
}

/* Only a table of ours can be wrong; it must not go out. */
static void
an_unknown_name_in_a_sample_makes_no_body(void **state)
{
	static const char *const bad[] = { "{'x':<b>}", "{'x':<now", "<>",
		"{'x':'<status>'}" };
	struct sample_words w = { "e", NULL, NULL };
	struct arena a = ARENA(0);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct event_rule events[] = {
			EVENT("e", false, NULL, NULL, bad[i]),
			{ NULL, false, NULL, NULL, NULL }
		};
		const struct provider p = { .events = events };
		struct bytes body = BYTES_NONE;

		assert_int_not_equal(sample_make(&p, &w, now_ms, random_bytes,
		    &a, &body, NULL), ST_OK);
		assert_null(body.data);
	}
	arena_free(&a);
}

static void
names_whole_words_and_how_many_are_left(void **state)
{
	static const char *const providers[] = { "azure-devops", "bitbucket",
	    "stripe", "shopify", "drone" };
	static const bool whole[] = { false, false, false, false, true };
	const struct provider *p;
	const char *words[64];

	(void)state;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		struct sample_words w = { .event = "zzzzzz" };
		struct reason why = { "" };
		char expected[sizeof(why.text)];
		char *list;
		size_t count, shown = 1;

		p = provider_find(providers[i]);
		count = sample_events(p, words, 64);
		assert_int_not_equal(sample_complete(p, &w, &why), ST_OK);
		list = strstr(why.text, "one of: ");
		assert_non_null(list);
		for (const char *c = list; (c = strchr(c, ',')) != NULL; c++)
			shown++;
		if (whole[i]) {
			assert_int_equal(shown, count);
			assert_null(strstr(list, " more"));
			continue;
		}
		/* the comma before "in" is none between two words */
		shown--;
		assert_true(shown < count);
		(void)snprintf(expected, sizeof(expected),
		    "%s and %zu more, in cgihook.conf(5)", words[shown - 1],
		    count - shown);
		assert_non_null(strstr(list, expected));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_ids_have_digits_alone),
		cmocka_unit_test(builds_have_all_neutral_fields),
		cmocka_unit_test(a_pending_build_is_created_and_has_no_stages),
		cmocka_unit_test(a_running_build_has_not_finished),
		cmocka_unit_test(workflows_and_jobs_have_all_neutral_fields),
		cmocka_unit_test(a_ping_and_a_call_are_made),
		cmocka_unit_test(refuses_words_that_the_sender_does_not_have),
		cmocka_unit_test(an_unknown_name_in_a_sample_makes_no_body),
		cmocka_unit_test(names_whole_words_and_how_many_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
