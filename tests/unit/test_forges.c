/* The presets of forges, beyond what test_presets.c asks of every one: which
 * event it is, what makes it the same again, whose branch it has. */
#include "outgoing_fixture.h"
#include "sample.h"

struct preset {
	const char *name;
	const char *secrets[3];
};

static const struct preset presets[] = {
	{ "github", { "Cat Bells, 451 m", NULL } },
	{ "gitlab", { "whsec_yKqsVLmohXPCMPqVB0Z9zIVNDN8npGo8jkG/Zm/+D7Y=",
	    "Skiddaw-931-glpt", NULL } },
	{ "forgejo", { "Loughrigg Tarn, 94 m", NULL } },
	{ "bitbucket", { "Helvellyn: 950", NULL } },
	{ "bitbucket-server", { "Great Gable, 899", NULL } },
};

enum { PRESET_COUNT = sizeof(presets) / sizeof(presets[0]) };

static const struct preset *
preset_of(const char *name)
{
	for (size_t i = 0; i < PRESET_COUNT; i++)
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	fail_msg("no preset %s", name);
	return NULL;
}

static const char *
path_of(const struct preset *p, const char *name, struct arena *a)
{
	return vector_cstr(a, arena_printf(a, "tests/vectors/%s/%s.http",
	    p->name, name));
}

/* docs.github.com, "Validating webhook deliveries", and Bitbucket's "Secure
 * webhooks" */
static void
the_published_signatures_are_genuine(void **state)
{
	static const struct {
		const char *preset, *header, *body;
	} cases[] = {
		{ "github", "X-Hub-Signature-256: sha256=757107ea0eb2509fc211"
		    "221cce984b8a37570b6d7586c22c46f4379c8b043e17\n",
		    "Hello, World!" },
		{ "bitbucket", "X-Hub-Signature: sha256=a4771c39fbe90f317c78"
		    "24e83ddef3caae9cb3d976c214ace1f2937e133263c9\n",
		    "Hello World!" },
		{ "bitbucket-server", "X-Hub-Signature: sha256=a4771c39fbe90"
		    "f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9\n",
		    "Hello World!" },
	};
	static const char *const secrets[] = { "It's a Secret to Everybody",
	    NULL };
	struct vector_source v;
	struct message m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct source *s = vector_source(&v, cases[i].preset,
		    secrets);

		vector_message(*state, bytes_of(cases[i].header),
		    bytes_of(cases[i].body), &m);
		assert_int_equal(vector_verify(s, &m, *state), ST_OK);
		m.body = BYTES("Hello, World?");
		assert_int_equal(vector_verify(s, &m, *state), ST_DENIED);
	}
}

/* --- whose it is --------------------------------------------------------- */

/* A sender that sends another's headers as well is never taken for it. */
static void
each_request_is_known_by_its_headers(void **state)
{
	static const struct {
		const char *preset, *file, *title;
	} cases[] = {
		{ "github", "push-branch", "GitHub" },
		{ "gitlab", "push-branch", "GitLab" },
		{ "gitlab", "signed/signed-push", "GitLab" },
		{ "forgejo", "push-branch", "Forgejo" },
		{ "bitbucket", "repo-push-branch", "Bitbucket" },
		{ "bitbucket-server", "pr-opened", "Bitbucket Data Center" },
	};
	struct arena *a = *state;
	const struct provider *p;
	struct message m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vector_http(a, path_of(preset_of(cases[i].preset),
		    cases[i].file, a), &m);
		assert_string_equal(provider_of(&m, &p), cases[i].title);
		assert_ptr_equal(p, provider_find(cases[i].preset));
	}
}

/* --- which event it is --------------------------------------------------- */

static void
made(struct arena *a, const struct preset *p, const char *event,
    struct vector_source *v, struct message *m)
{
	const unsigned char random[SAMPLE_RANDOM_BYTES] = { 1 };
	const struct source *s = vector_source(v, p->name, p->secrets);
	struct sample_words words = { .event = event };
	struct outgoing o = { .now_ms = vector_time(CAPTURE_TIME) };

	outgoing_make(a, s, random, &words, &o, m);
}

/* Whoever captured one of them must not choose another handler with it. The
 * header says which one of a family it is: created or updated. */
static bool
may_pass(const char *preset, const char *event, const char *other)
{
	static const char *const families[] = {
		"repo-commit_status_", "pullrequest-comment_",
		"pullrequest-changes_request_", "issue-comment_", NULL };

	if (strcmp(preset, "bitbucket") != 0)
		return false;
	for (size_t i = 0; families[i] != NULL; i++)
		if (strncmp(event, families[i], strlen(families[i])) == 0)
			return strncmp(other, families[i],
			    strlen(families[i])) == 0;
	if (strstr(event, "approved") != NULL)
		return strstr(other, "approved") != NULL;
	return (strcmp(event, "pullrequest-created") == 0 ||
	    strcmp(event, "pullrequest-updated") == 0 ||
	    strcmp(event, "issue-created") == 0 ||
	    strcmp(event, "issue-updated") == 0) &&
	    (strcmp(strchr(other, '-'), "-created") == 0 ||
	    strcmp(strchr(other, '-'), "-updated") == 0) &&
	    strncmp(event, other, 5) == 0;
}

static void
check_renamed(struct arena *a, const struct preset *p)
{
	const char *events[64];
	size_t count = sample_events(provider_find(p->name), events, 64);
	struct message m[64];
	struct vector_source v;
	struct reason why;
	struct event e;

	for (size_t i = 0; i < count; i++)
		made(a, p, events[i], &v, &m[i]);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			struct message mixed = m[k];

			mixed.body = m[i].body;
			if (event_decode(&v.source, &mixed, NULL, a, &e,
			    &why) != ST_OK)
				assert_int_not_equal(i, k);
			else if (!bytes_is(e.event, events[i]) &&
			    !may_pass(p->name, events[i], events[k]))
				fail_msg("%s passes for %s", events[i],
				    events[k]);
		}
}

static void
no_body_passes_for_another_event(void **state)
{
	for (size_t i = 0; i < PRESET_COUNT; i++) {
		check_renamed(*state, &presets[i]);
		arena_reset(*state);
	}
}

/* --- the same again ------------------------------------------------------ */

static void
key_of(struct arena *a, const struct preset *p, const char *file,
    const char *header, const char *value, unsigned char out[DEDUPE_LEN])
{
	struct vector_source v;
	const struct source *s = vector_source(&v, p->name, p->secrets);
	struct http_header *headers;
	struct message m;
	struct event e;

	vector_http(a, path_of(p, file, a), &m);
	headers = arena_array(a, m.header_count + 1, sizeof(*headers));
	memcpy(headers, m.headers, m.header_count * sizeof(*headers));
	for (size_t i = 0; i < m.header_count; i++)
		if (header != NULL && bytes_is(headers[i].name, header))
			headers[i].value = bytes_of(value);
	m.headers = headers;
	assert_int_equal(vector_receive(s, &m, a, &e), ST_OK);
	assert_true(e.has_dedupe);
	memcpy(out, e.dedupe, DEDUPE_LEN);
}

static void
what_nobody_signs_makes_no_new_event(void **state)
{
	static const struct {
		const char *preset, *file, *header;
	} cases[] = {
		{ "github", "push-branch", "x-github-delivery" },
		{ "github", "push-branch", "x-github-hook-id" },
		{ "github", "push-form", "x-github-delivery" },
		{ "gitlab", "signed/signed-push", "idempotency-key" },
		{ "gitlab", "signed/signed-push", "x-gitlab-event-uuid" },
		{ "gitlab", "push-branch", "x-gitlab-event-uuid" },
		{ "forgejo", "push-branch", "x-forgejo-delivery" },
		{ "bitbucket", "repo-push-branch", "x-request-uuid" },
		{ "bitbucket", "repo-push-branch", "x-attempt-number" },
		{ "bitbucket-server", "pr-opened", "x-request-id" },
	};
	unsigned char one[DEDUPE_LEN], two[DEDUPE_LEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct preset *p = preset_of(cases[i].preset);

		key_of(*state, p, cases[i].file, NULL, NULL, one);
		key_of(*state, p, cases[i].file, cases[i].header,
		    "00000000-0000-4000-8000-000000000000", two);
		assert_memory_equal(one, two, DEDUPE_LEN);
	}
}

/* Its signature and its time are new. */
static void
a_signed_request_that_is_sent_again_is_the_same_event(void **state)
{
	const struct preset *p = preset_of("gitlab");
	unsigned char one[DEDUPE_LEN], two[DEDUPE_LEN];

	key_of(*state, p, "signed/signed-push", NULL, NULL, one);
	key_of(*state, p, "signed/signed-push-again", NULL, NULL, two);
	assert_memory_equal(one, two, DEDUPE_LEN);
	key_of(*state, p, "signed/signed-and-token", NULL, NULL, two);
	assert_memory_not_equal(one, two, DEDUPE_LEN);
}

/* A to B, back to A, and to B again: the first and the last body are equal. */
static void
pushes_with_equal_bodies_are_two_where_nothing_is_signed(void **state)
{
	const struct preset *p = preset_of("gitlab");
	const char *id = "00000000-0000-4000-8000-000000000000";
	unsigned char one[DEDUPE_LEN], two[DEDUPE_LEN];

	key_of(*state, p, "push-branch", NULL, NULL, one);
	key_of(*state, p, "push-branch", "webhook-id", id, two);
	assert_memory_not_equal(one, two, DEDUPE_LEN);
}

/* Without Idempotency-Key and webhook-id, as before 17.4. */
static void
old_key(struct arena *a, const char *uuid, const char *body,
    unsigned char out[DEDUPE_LEN])
{
	const struct preset *p = preset_of("gitlab");
	struct vector_source v;
	const struct source *s = vector_source(&v, p->name, p->secrets);
	struct message m;
	struct event e;

	vector_message(a, arena_printf(a, "X-Gitlab-Token: %s\n%s\n",
	    p->secrets[1], uuid), bytes_of(body), &m);
	assert_int_equal(vector_receive(s, &m, a, &e), ST_OK);
	assert_true(e.has_dedupe);
	memcpy(out, e.dedupe, DEDUPE_LEN);
}

/* Its UUID is the same in all events of one request to GitLab. */
static void
an_old_gitlab_is_told_by_uuid_and_body(void **state)
{
	static const char *const uuids[] = { "X-Gitlab-Event-UUID: 1",
		"X-Gitlab-Event-UUID: 2", "X-Nothing: 1" };
	static const char *const bodies[] = { "{\"object_kind\":\"push\"}",
		"{\"object_kind\":\"note\"}" };
	unsigned char keys[6][DEDUPE_LEN], again[DEDUPE_LEN];

	for (int i = 0; i < 6; i++) {
		old_key(*state, uuids[i / 2], bodies[i % 2], keys[i]);
		old_key(*state, uuids[i / 2], bodies[i % 2], again);
		assert_memory_equal(keys[i], again, DEDUPE_LEN);
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(keys[i], keys[k],
			    DEDUPE_LEN);
	}
}

/* The body names GitLab's event; the header must not name another one. */
static void
a_gitlab_header_fits_its_body(void **state)
{
	static const struct {
		const char *header, *body;
		enum status st;
	} cases[] = {
		{ "Push Hook", "{\"object_kind\":\"push\"}", ST_OK },
		{ "System Hook", "{\"object_kind\":\"push\"}", ST_OK },
		{ "System Hook", "{\"event_name\":\"push\"}", ST_OK },
		{ "Issue Hook", "{\"object_kind\":\"work_item\"}", ST_OK },
		{ "Member Hook", "{\"event_name\":\"user_add_to_group\"}",
		    ST_OK },
		{ "Comet Hook", "{\"object_kind\":\"comet\"}", ST_OK },
		{ "Comet Hook", "{\"object_kind\":\"push\"}",
		    ST_MALFORMED },
		{ "Push Hook", "{\"object_kind\":\"comet\"}",
		    ST_MALFORMED },
		{ "push", "{\"object_kind\":\"push\"}", ST_MALFORMED },
		{ "Push Hook\nX-Gitlab-Event: Push Hook",
		    "{\"object_kind\":\"push\"}", ST_MALFORMED },
		{ "Push Hook", "{\"object_kind\":\"push\","
		    "\"object_kind\":\"push\"}", ST_MALFORMED },
	};
	struct arena *a = *state;
	struct vector_source v;
	struct reason why;
	struct message m;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vector_message(a, arena_printf(a, "X-Gitlab-Event: %s\n",
		    cases[i].header), bytes_of(cases[i].body), &m);
		assert_int_equal(event_decode(vector_source(&v, "gitlab",
		    NULL), &m, NULL, a, &e, &why), cases[i].st);
	}
}

/* --- GitLab's two kinds of secrets --------------------------------------- */

static enum status
verdict(struct arena *a, const char *file, const char *secret)
{
	const char *const secrets[] = { secret, NULL };
	struct vector_source v;
	struct message m;

	vector_http(a, path_of(preset_of("gitlab"), file, a), &m);
	return vector_verify(vector_source(&v, "gitlab", secrets), &m, a);
}

/* No scheme is a fallback of another. */
static void
a_gitlab_secret_belongs_to_one_scheme(void **state)
{
	const struct preset *p = preset_of("gitlab");
	const char *signing = p->secrets[0], *token = p->secrets[1];

	assert_int_equal(verdict(*state, "signed/signed-push", signing), ST_OK);
	assert_int_equal(verdict(*state, "push-branch", token), ST_OK);
	assert_int_equal(verdict(*state, "signed/signed-push", token),
	    ST_DENIED);
	assert_int_equal(verdict(*state, "push-branch", signing), ST_DENIED);
	/* with both, each of the two */
	assert_int_equal(verdict(*state, "signed/signed-and-token", signing),
	    ST_OK);
	assert_int_equal(verdict(*state, "signed/signed-and-token", token),
	    ST_OK);
}

/* --- what strangers choose ----------------------------------------------- */

static void
a_strangers_branch_is_never_taken_for_ours(void **state)
{
	static const struct {
		const char *preset, *file, *branch;
	} cases[] = {
		{ "github", "workflow_run-failure", "main" },
		{ "github", "workflow_run-fork", "(absent)" },
		{ "github", "workflow_job-cancelled", "(absent)" },
		{ "github", "pull_request-opened", "main" },
		{ "gitlab", "pipeline-failed", "main" },
		{ "gitlab", "pipeline-fork", "(absent)" },
		{ "gitlab", "pipeline-merge-request", "path" },
		{ "gitlab", "build-merge-request", "(absent)" },
		{ "forgejo", "action_run_recover-pull", "(absent)" },
		{ "bitbucket", "pullrequest-created", "main" },
		{ "bitbucket-server", "pr-opened", "main" },
	};
	struct arena *a = *state;
	struct vector_source v;
	struct message m;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct preset *p = preset_of(cases[i].preset);

		vector_http(a, path_of(p, cases[i].file, a), &m);
		assert_int_equal(vector_receive(vector_source(&v, p->name,
		    p->secrets), &m, a, &e), ST_OK);
		assert_bytes(a, e.branch, cases[i].branch);
	}
}

/* --- several branches and tags in one push ------------------------------- */

#define NEW(type, name, hash) "{\"old\":null,\"new\":{\"type\":\"" type \
	"\",\"name\":\"" name "\",\"target\":{\"hash\":\"" hash "\"}}}"
#define GONE(type, name) "{\"new\":null,\"old\":{\"type\":\"" type \
	"\",\"name\":\"" name "\",\"target\":{\"hash\":\"0a\"}}}"

static void
the_first_branch_and_tag_of_a_push_count(void **state)
{
	static const struct {
		const char *changes, *branch, *tag, *commit;
	} cases[] = {
		{ "", NULL, NULL, NULL },
		{ "1,null,[],{}", NULL, NULL, NULL },
		{ NEW("branch", "a", "1a"), "a", NULL, "1a" },
		{ NEW("branch", "a", "1a") "," NEW("branch", "b", "1b"), "a",
		    NULL, "1a" },
		{ NEW("tag", "v1", "2a") "," NEW("branch", "b", "1b"), "b",
		    "v1", "1b" },
		{ NEW("tag", "v1", "2a") "," NEW("tag", "v2", "2b"), NULL,
		    "v1", "2a" },
		{ GONE("branch", "a") "," NEW("branch", "b", "1b"), "b", NULL,
		    "1b" },
		{ GONE("branch", "a") "," NEW("tag", "v1", "2a"), NULL, "v1",
		    "2a" },
		{ GONE("tag", "v1") "," NEW("branch", "b", "1b"), "b", NULL,
		    "1b" },
		{ GONE("branch", "a") "," GONE("branch", "b"), "a", NULL,
		    NULL },
		{ GONE("tag", "v1") "," GONE("branch", "b"), "b", "v1",
		    NULL },
	};
	struct arena *a = *state;
	struct vector_source v;
	struct reason why;
	struct message m;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vector_message(a, BYTES(""), arena_printf(a, "{\"push\":{"
		    "\"changes\":[%s]}}", cases[i].changes), &m);
		assert_int_equal(event_decode(vector_source(&v, "bitbucket",
		    NULL), &m, NULL, a, &e, &why), ST_OK);
		assert_true(bytes_equal(e.branch, bytes_of(cases[i].branch)));
		assert_true(bytes_equal(e.tag, bytes_of(cases[i].tag)));
		assert_true(bytes_equal(e.commit, bytes_of(cases[i].commit)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(the_published_signatures_are_genuine),
		vector_test(each_request_is_known_by_its_headers),
		vector_test(no_body_passes_for_another_event),
		vector_test(what_nobody_signs_makes_no_new_event),
		vector_test(
		    a_signed_request_that_is_sent_again_is_the_same_event),
		vector_test(
		    pushes_with_equal_bodies_are_two_where_nothing_is_signed),
		vector_test(an_old_gitlab_is_told_by_uuid_and_body),
		vector_test(a_gitlab_header_fits_its_body),
		vector_test(a_gitlab_secret_belongs_to_one_scheme),
		vector_test(a_strangers_branch_is_never_taken_for_ours),
		vector_test(the_first_branch_and_tag_of_a_push_count),
	};

	return cmocka_run_group_tests_name("forges", tests, NULL, NULL);
}
