/* Gitea: what tests/vectors/gitea does not have; test_presets reads that. */
#include "opaque.h"
#include "outgoing.h"
#include "sample.h"
#include "vectors.h"

#define VECTORS "tests/vectors/gitea"

static const char *const SECRETS[] = { "Tarn Hows, 1912", NULL };

/* verify, then decode; at each step, whether it went as wanted */
static enum status
receive(const struct source *s, const struct message *m, struct arena *a,
    struct event *e, enum status *verified, struct reason *why)
{
	struct proof proof;

	why->text[0] = '\0';
	*verified = s->provider->verify(s, m, a, NULL, &proof, why);
	return *verified == ST_OK ? event_decode(s, m, &proof, a, e, why) :
	    *verified;
}

/* --- which event it is --------------------------------------------------- */

static enum status
decoded(struct arena *a, const char *headers, const char *body,
    struct event *e, struct reason *why)
{
	struct vector_source v;
	struct message m;

	why->text[0] = '\0';
	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	return event_decode(vector_source(&v, "gitea", SECRETS), &m, NULL, a,
	    e, why);
}

/* "" or the event's name, and what named it */
static const char *
named(struct arena *a, const char *headers, const char *body)
{
	struct reason why;
	struct event e;

	if (decoded(a, headers, body, &e, &why) != ST_OK)
		return "";
	return vector_cstr(a, arena_printf(a, "%s by %s", vector_cstr(a,
	    e.event), e.named_by));
}

/* A body as "send" makes it. */
static const char *
sample_of(struct arena *a, const char *event)
{
	const unsigned char random[SAMPLE_RANDOM_BYTES] = { 1 };
	const struct provider *p = provider_find("gitea");
	struct sample_words words = { .event = event };
	struct reason why = { "" };
	struct bytes body = BYTES_NONE;

	if (sample_complete(p, &words, &why) != ST_OK ||
	    sample_make(p, &words, 0, random, a, &body, &why) != ST_OK)
		fail_msg("%s", why.text);
	return vector_cstr(a, body);
}

static void
every_body_but_a_repositorys_says_which_event_it_is(void **state)
{
	const char *events[40];
	struct arena *a = *state;
	size_t count = sample_events(provider_find("gitea"), events, 40);

	assert_int_equal(count, 17);
	for (size_t i = 0; i < count; i++) {
		const char *body = sample_of(a, events[i]);

		/* nor does a refused request lose its name */
		assert_true(opaque_words(bytes_of(events[i])));
		if (strcmp(events[i], "repository") == 0) {
			assert_string_equal(named(a, "", body), "");
			assert_string_equal(named(a, "X-Gitea-Event: "
			    "repository\n", body),
			    "repository by x-gitea-event");
			continue;
		}
		assert_string_equal(named(a, "", body), vector_cstr(a,
		    arena_printf(a, "%s by body", events[i])));
		/* an old version's header is empty for a package */
		assert_string_equal(named(a, "X-Gitea-Event:\n", body),
		    vector_cstr(a, arena_printf(a, "%s by body", events[i])));
	}
}

static void
names_all_its_events_to_whoever_asks_for_another(void **state)
{
	struct sample_words words = { .event = "zzz" };
	struct reason why = { "" };

	(void)state;
	assert_int_equal(sample_complete(provider_find("gitea"), &words, &why),
	    ST_MALFORMED);
	assert_non_null(strstr(why.text, "choose one of: push, "));
	assert_non_null(strstr(why.text, ", wiki, package"));
}

/* Whoever captured one of them must not choose another handler with it. */
static void
no_body_passes_for_another_event(void **state)
{
	static const char *const others[] = { "Push", "pushed", "push_", "x" };
	const char *events[44];
	struct arena *a = *state;
	size_t count = sample_events(provider_find("gitea"), events, 40);

	for (size_t i = 0; i < 4; i++)
		events[count + i] = others[i];
	for (size_t i = 0; i < count; i++) {
		const char *body = sample_of(a, events[i]);
		bool open = strcmp(events[i], "repository") == 0;

		for (size_t k = 0; k < count + (open ? 0 : 4); k++)
			if (k != i)
				assert_string_equal(named(a, vector_cstr(a,
				    arena_printf(a, "X-Gitea-Event: %s\n",
				    events[k])), body), "");
	}
}

static void
takes_an_event_that_comes_one_day_by_its_header(void **state)
{
	struct arena *a = *state;
	char longest[128] = "X-Gitea-Event: ";

	assert_string_equal(named(a, "X-Gitea-Event: star\n", "{\"a\":1}"),
	    "star by x-gitea-event");
	assert_string_equal(named(a, "X-Gitea-Event: star\nX-GitHub-Event: "
	    "push\nX-Gogs-Event: push\n", "{}"), "star by x-gitea-event");
	memset(longest + 15, 'a', 63);
	strcpy(longest + 15 + 63, "\n");
	assert_string_not_equal(named(a, longest, "{}"), "");
	strcpy(longest + 15 + 63, "a\n");
	assert_string_equal(named(a, longest, "{}"), "");
}

/* However much else is kept of the request. */
static void
keeps_the_header_that_names_the_event(void **state)
{
	struct arena *a = *state;
	const char *line = vector_cstr(a, arena_printf(a,
	    "User-Agent: %0*d\n", 8000, 0));
	struct vector_source v;
	const struct source *s = vector_source(&v, "gitea", SECRETS);
	struct reason why;
	struct message m;
	struct event e;

	vector_message(a, arena_printf(a, "%s%s%sX-Gitea-Event: star\n",
	    line, line, line), BYTES("{}"), &m);
	assert_int_equal(event_decode(s, &m, NULL, a, &e, &why), ST_OK);
	assert_bytes(a, e.event, "star");
	vector_reads_back(s, &m, a, &e);
}

#define REVIEW_OF_NONE "the body has review, but is not one of the events " \
	"that have it"

static void
refuses_words_that_do_not_decide(void **state)
{
	static const struct {
		const char *headers, *body, *why;
	} cases[] = {
		{ "", "{}", "neither the body nor x-gitea-event says which "
		    "event it is" },
		{ "X-GitHub-Event: push\n", "{}", "neither the body nor "
		    "x-gitea-event says which event it is" },
		{ "", "{\"after\":null,\"issue\":null}", "neither the body "
		    "nor x-gitea-event says which event it is" },
		{ "X-Gitea-Event: ../x\n", "{}", "no name of an event can be "
		    "made of what x-gitea-event says" },
		{ "X-Gitea-Event: a\nX-Gitea-Event: a\n", "{}", "more than "
		    "one x-gitea-event header" },
		{ "X-Gitea-Event: push\nX_Gitea_Event: push\n",
		    "{\"after\":\"1\"}", "more than one x-gitea-event "
		    "header" },
		{ "", "{\"after\":\"1\",\"after\":\"1\"}", "a member on the "
		    "way to after appears twice" },
		{ "", "{\"review\":null,\"review\":{}}", "a member on "
		    "the way to review.type appears twice" },
		{ "", "{\"review\":{},\"pull_request\":{}}", REVIEW_OF_NONE },
		{ "", "{\"review\":{\"type\":\"pull_request_\"}}",
		    REVIEW_OF_NONE },
		{ "", "{\"review\":{\"type\":\"push\"}}", REVIEW_OF_NONE },
		{ "", "{\"review\":{\"type\":1}}", REVIEW_OF_NONE },
		{ "", "{\"review\":1}", REVIEW_OF_NONE },
	};
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(decoded(*state, cases[i].headers,
		    cases[i].body, &e, &why), ST_MALFORMED);
		assert_string_equal(why.text, cases[i].why);
	}
}

static void
refuses_an_action_or_a_status_that_is_no_name(void **state)
{
	static const char *const bodies[] = {
		"{\"issue\":{},\"action\":1.5}",
		"{\"issue\":{},\"action\":\"..\"}",
		"{\"issue\":{},\"action\":\"a\",\"action\":\"a\"}",
		"{\"context\":\"x\",\"state\":\"../\"}",
		"{\"context\":\"x\",\"state\":[]}",
		"{\"workflow_run\":{\"conclusion\":\"\\u0000\"}}",
		"{\"workflow_run\":{\"conclusion\":\"\",\"status\":false}}",
		"{\"workflow_job\":{\"status\":\"a\",\"status\":\"a\"}}",
	};
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(decoded(*state, "", bodies[i], &e, &why),
		    ST_MALFORMED);
}

static void
knows_every_status(void **state)
{
	static const struct {
		const char *event, *status;
		enum result result;
		bool completed;
	} cases[] = {
		{ "context", "success", RESULT_SUCCESS, true },
		{ "context", "failure", RESULT_FAILURE, true },
		{ "context", "error", RESULT_FAILURE, true },
		{ "context", "pending", RESULT_PENDING, false },
		{ "context", "warning", RESULT_OTHER, true },
		{ "context", "skipped", RESULT_OTHER, true },
		{ "context", "new-one", RESULT_OTHER, false },
		{ "workflow_run", "success", RESULT_SUCCESS, true },
		{ "workflow_run", "cancelled", RESULT_CANCELED, true },
		{ "workflow_run", "in_progress", RESULT_RUNNING, false },
		{ "workflow_job", "failure", RESULT_FAILURE, true },
		{ "workflow_job", "queued", RESULT_PENDING, false },
		{ "workflow_job", "waiting", RESULT_PENDING, false },
	};
	struct arena *a = *state;
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *status = cases[i].status;
		struct bytes body = strcmp(cases[i].event, "context") == 0 ?
		    arena_printf(a, "{\"context\":\"ci\",\"state\":\"%s\"}",
		    status) : arena_printf(a, "{\"%s\":{\"conclusion\":\"%s\","
		    "\"status\":\"completed\"}}", cases[i].event, status);

		assert_int_equal(decoded(a, "", vector_cstr(a, body), &e,
		    &why), ST_OK);
		assert_bytes(a, e.status, cases[i].status);
		assert_int_equal(e.result, cases[i].result);
		assert_int_equal(e.completed, cases[i].completed);
	}
	assert_int_equal(decoded(a, "", "{\"workflow_run\":{\"conclusion\":"
	    "null,\"status\":\"queued\"}}", &e, &why), ST_OK);
	assert_bytes(a, e.status, "queued");
}

/* --- the same again ------------------------------------------------------ */

static void
key_of(struct arena *a, const char *headers, const char *body,
    unsigned char out[DEDUPE_LEN])
{
	struct outgoing o = { .body = bytes_of(body) };
	struct vector_source v;
	const struct source *s = vector_source(&v, "gitea", SECRETS);
	struct reason why;
	struct bytes text = bytes_of(headers);
	enum status verified;
	struct message m;
	struct event e;

	assert_int_equal(outgoing_sign(s, a, &o, &why), ST_OK);
	for (size_t i = 0; i < o.header_count; i++)
		text = arena_printf(a, "%.*s%s: %s\n", (int)text.len,
		    text.data, vector_cstr(a, o.headers[i].name),
		    vector_cstr(a, o.headers[i].value));
	vector_message(a, text, o.body, &m);
	assert_int_equal(receive(s, &m, a, &e, &verified, &why), ST_OK);
	assert_true(e.has_dedupe);
	memcpy(out, e.dedupe, DEDUPE_LEN);
}

static void
is_the_same_event_by_what_is_signed_alone(void **state)
{
	unsigned char one[DEDUPE_LEN], two[DEDUPE_LEN];

	key_of(*state, "X-Gitea-Delivery: 1\n", "{\"after\":\"1\"}", one);
	key_of(*state, "X-Gitea-Delivery: 2\nX-Gitea-Event: push\n",
	    "{\"after\":\"1\"}", two);
	assert_memory_equal(one, two, DEDUPE_LEN);
	key_of(*state, "X-Gitea-Delivery: 1\n", "{\"after\":\"2\"}", two);
	assert_memory_not_equal(one, two, DEDUPE_LEN);
}

/* --- whose it is --------------------------------------------------------- */

static void
is_never_taken_for_a_request_of_github(void **state)
{
	const struct provider *gitea = provider_find("gitea"), *p;
	struct arena *a = *state;
	struct message m;

	vector_http(a, VECTORS "/push-branch.http", &m);
	assert_string_equal(provider_of(&m, &p), "Gitea");
	assert_ptr_equal(p, gitea);
	vector_http(a, VECTORS "/forgejo-push.http", &m);
	assert_string_equal(provider_of(&m, &p), "Forgejo");
	vector_http(a, VECTORS "/craft-github-alone.http", &m);
	assert_string_equal(provider_of(&m, &p), "GitHub");
	assert_ptr_equal(p, provider_find("github"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(
		    every_body_but_a_repositorys_says_which_event_it_is),
		vector_test(names_all_its_events_to_whoever_asks_for_another),
		vector_test(no_body_passes_for_another_event),
		vector_test(takes_an_event_that_comes_one_day_by_its_header),
		vector_test(keeps_the_header_that_names_the_event),
		vector_test(refuses_words_that_do_not_decide),
		vector_test(refuses_an_action_or_a_status_that_is_no_name),
		vector_test(knows_every_status),
		vector_test(is_the_same_event_by_what_is_signed_alone),
		vector_test(is_never_taken_for_a_request_of_github),
	};

	return cmocka_run_group_tests_name("gitea", tests, NULL, NULL);
}
