/* What a body says, by readings of this test's own. */
#include "reading.h"

#include "recipe.h"
#include "scheme.h"
#include "vectors.h"

enum { NOW = 1767323346 };	/* 2026-01-02T03:09:06Z */

struct sender {
	struct vector_source v;
	struct recipe recipe;
};

static const struct scheme by_mac[] = {
	{ .name = "signature", .header = "x-sig", .element = "%hex",
	    .signed_text = "{header:x-signed}.{body}" }, SCHEME_END };
static const struct scheme by_token[] = {
	{ .name = "token", .algorithm = SCHEME_TOKEN, .header = "x-token",
	    .element = "%token" }, SCHEME_END };

static const struct source *
source_by(struct sender *s, const struct reading *r, const char *event_header)
{
	vector_source(&s->v, "gitea", NULL);
	s->recipe = (struct recipe){ .schemes = by_mac, .reading = r,
		.event_header = event_header };
	s->v.source.recipe = &s->recipe;
	return &s->v.source;
}

static enum status
read_with(struct arena *a, const struct reading *r, const char *headers,
    const char *body, const struct proof *proof, struct event *e,
    struct reason *why)
{
	struct sender s;
	struct message m;

	why->text[0] = '\0';
	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	m.received_ms = (int64_t)NOW * 1000;
	return event_decode(source_by(&s, r, NULL), &m, proof, a, e, why);
}

/* "event/type by what", or "! why" */
static const char *
event_of(struct arena *a, const struct reading *r, const char *headers,
    const char *body)
{
	struct reason why;
	struct event e;

	if (read_with(a, r, headers, body, NULL, &e, &why) != ST_OK)
		return vector_cstr(a, arena_printf(a, "! %s", why.text));
	return vector_cstr(a, arena_printf(a, "%s/%s by %s",
	    vector_cstr(a, e.event), vector_cstr(a, e.type), e.named_by));
}

struct event_case {
	const char *headers, *body, *event;
};

static void
check_events(struct arena *a, const struct reading *r,
    const struct event_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(event_of(a, r, cases[i].headers,
		    cases[i].body), cases[i].event);
}

#define CHECK_EVENTS(a, r, ...) do { \
	static const struct event_case cases[] = { __VA_ARGS__ }; \
	check_events((a), (r), cases, sizeof(cases) / sizeof(cases[0])); \
} while (0)

/* --- which event it is --------------------------------------------------- */

static void
the_body_names_its_event_by_the_first_path_that_is_there(void **state)
{
	static const struct reading r = {
		.event = "body:event.type|type body:command" };

	CHECK_EVENTS(*state, &r,
	    { "", "{\"event\":{\"type\":\"app_mention\"},\"type\":\"x\"}",
	      "app_mention/app_mention by body" },
	    { "", "{\"event\":{},\"type\":\"Block Actions\"}",
	      "block-actions/Block Actions by body" },
	    { "", "{\"event\":null,\"type\":\"\",\"command\":\"/deploy\"}",
	      "deploy//deploy by body" },
	    { "", "{\"type\":7}", "7/7 by body" },
	    { "", "{\"event\":\"x\",\"type\":\"y\"}", "y/y by body" });
}

static void
refuses_a_body_whose_event_does_not_decide(void **state)
{
	static const struct reading r = { .event = "body:event.type|type" };

	CHECK_EVENTS(*state, &r,
	    { "", "{}", "! the body does not say which event it is: "
	      "body:event.type|type" },
	    { "", "{\"type\":\"a\",\"type\":\"a\"}", "! a member on the way "
	      "to type appears twice" },
	    { "", "{\"event\":{\"type\":\"a\",\"type\":\"b\"}}", "! a member "
	      "on the way to event.type appears twice" },
	    { "", "{\"event\":{},\"event\":{\"type\":\"a\"},\"type\":\"a\"}",
	      "! a member on the way to event.type appears twice" },
	    { "", "{\"type\":true}", "! the member type is neither a string "
	      "nor a whole number" },
	    { "", "{\"type\":1.0}", "! the member type is neither a string "
	      "nor a whole number" },
	    { "", "{\"type\":-1}", "! the member type is neither a string "
	      "nor a whole number" },
	    { "", "{\"type\":{}}", "! the member type is neither a string "
	      "nor a whole number" },
	    { "", "{\"type\":\"...\"}", "! no name of an event can be made of "
	      "what the body says" },
	    { "", "{\"type\":\"../all\"}", "! no name of an event can be "
	      "made of what the body says" },
	    { "", "{\"type\":\"a\\u0000b\"}", "! no name of an event can be "
	      "made of what the body says" });
}

static void
a_header_names_an_event_only_where_the_body_does_not(void **state)
{
	static const struct reading r = { .event = "header:x-event body:type" };

	CHECK_EVENTS(*state, &r,
	    { "X-Event: build.finished\n", "{}",
	      "build-finished/build.finished by x-event" },
	    { "X-Event: push\n", "{\"type\":\"push\"}", "push/push by body" },
	    { "", "{\"type\":\"push\"}", "push/push by body" },
	    { "X-Event:\n", "{\"type\":\"push\"}", "push/push by body" },
	    { "X-Event: fork\n", "{\"type\":\"push\"}", "! the x-event header "
	      "contradicts the body" },
	    { "X-Event: Push\n", "{\"type\":\"push\"}", "! the x-event header "
	      "contradicts the body" },
	    { "X-Event: a\nX-Event: a\n", "{}", "! more than one x-event "
	      "header" },
	    { "X-Event: a\nX-Event: a\n", "{\"type\":\"a\"}", "! more than one "
	      "x-event header" },
	    { "X-Event: ---\n", "{}", "! no name of an event can be made of "
	      "what x-event says" },
	    { "X-Event:\n", "{}", "! neither the body nor x-event says which "
	      "event it is" },
	    { "Y-Event: a\n", "{}", "! neither the body nor x-event says which "
	      "event it is" });
}

static void
a_text_names_what_nothing_else_names(void **state)
{
	static const struct reading r = {
		.event = "=received header:x-event body:type" };

	CHECK_EVENTS(*state, &r,
	    { "", "{}", "received/received by body" },
	    { "X-Event: a\n", "{}", "a/a by x-event" },
	    { "", "{\"type\":\"b\"}", "b/b by body" });
}

static const struct mark marks[] = {
	{ "comment issue", "issue_comment" },
	{ "comment", "commit_comment" },
	{ "review.state=approved", "approved" },
	{ "review", NULL },
	{ "issue", "issues" },
	{ "pushed.ref", "repo:push" },
	{ NULL, NULL }
};

static void
a_mark_tells_the_event_of_a_body(void **state)
{
	static const struct reading r = { .event = "header:x-event",
		.marks = marks };

	CHECK_EVENTS(*state, &r,
	    { "", "{\"issue\":{},\"comment\":{}}",
	      "issue_comment/issue_comment by body" },
	    { "X-Event: commit_comment\n", "{\"comment\":1,\"issue\":null}",
	      "commit_comment/commit_comment by body" },
	    { "X-Event: repo:push\n", "{\"pushed\":{\"ref\":[]}}",
	      "repo-push/repo:push by body" },
	    { "X-Event: approved\n", "{\"review\":{\"state\":\"approved\"}}",
	      "approved/approved by body" },
	    { "X-Event: star\n", "{\"starred\":1}", "star/star by x-event" },
	    { "X-Event: issues\n", "{\"comment\":1}", "! the x-event header "
	      "contradicts the body" },
	    { "X-Event: star\n", "{\"issue\":1}", "! the x-event header "
	      "contradicts the body" },
	    { "X-Event: push\n", "{\"pushed\":{\"ref\":1}}", "! the x-event "
	      "header contradicts the body" },
	    { "", "{\"review\":{\"state\":\"x\"}}", "! the body has review, "
	      "but is not one of the events that have it" },
	    { "", "{\"issue\":1,\"issue\":1}", "! a member on the way to "
	      "issue appears twice" });
}

/* Whoever captured a body without a mark must not make such an event of it. */
static void
a_header_never_names_an_event_that_has_a_mark(void **state)
{
	static const struct reading r = { .event = "header:x-event",
		.marks = marks };
	static const char *const names[] = { "issues", "Issues", "ISSUES ",
		"repo:push", "repo-push", "repo push", "Repo.Push",
		"approved", "commit_comment", "-issues", "issues." };
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(event_of(a, &r, vector_cstr(a,
		    arena_printf(a, "X-Event: %s\n", names[i])), "{}"),
		    "! the x-event header contradicts the body");
}

static void
another_header_must_not_contradict_the_body(void **state)
{
	static const struct reading r = { .event = "body:type" };
	static const struct {
		const char *headers;
		enum status st;
	} cases[] = {
		{ "", ST_OK }, { "X-Event: ping\n", ST_OK },
		{ "X-Event: pong\n", ST_MALFORMED },
		{ "X-Event: PING\n", ST_MALFORMED },
		{ "X-Event:\n", ST_MALFORMED },
		{ "X-Event: ping\nX-Event: ping\n", ST_MALFORMED },
	};
	struct arena *a = *state;
	struct sender s;
	struct reason why;
	struct message m;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vector_message(a, bytes_of(cases[i].headers),
		    BYTES("{\"type\":\"ping\"}"), &m);
		assert_int_equal(event_decode(source_by(&s, &r, "x-event"), &m,
		    NULL, a, &e, &why), cases[i].st);
	}
}

/* --- words and fields ---------------------------------------------------- */

static void
action_and_status_become_names(void **state)
{
	static const struct reading r = { .event = "=x",
		.action = "body:object.action|action",
		.status = "body:build.state" };
	struct arena *a = *state;
	struct reason why;
	struct event e;

	assert_int_equal(read_with(a, &r, "", "{\"action\":\"Opened!\","
	    "\"build\":{\"state\":\"IN PROGRESS\"}}", NULL, &e, &why), ST_OK);
	assert_bytes(a, e.action, "opened");
	assert_bytes(a, e.status, "in-progress");
	assert_int_equal(e.result, RESULT_OTHER);
	assert_int_equal(read_with(a, &r, "", "{\"action\":null,\"build\":[]}",
	    NULL, &e, &why), ST_OK);
	assert_null(e.action.data);
	assert_null(e.status.data);
	assert_int_equal(e.result, RESULT_NONE);
}

static void
refuses_an_action_or_a_status_that_does_not_decide(void **state)
{
	static const struct reading r = { .event = "=x",
		.action = "body:action", .status = "body:build.state" };
	static const char *const bodies[] = {
		"{\"action\":\"..\"}", "{\"action\":[]}", "{\"action\":true}",
		"{\"action\":\"a\",\"action\":\"a\"}",
		"{\"build\":{\"state\":\"/\"}}", "{\"build\":{\"state\":{}}}",
		"{\"build\":{\"state\":\"a\",\"state\":\"a\"}}",
		"{\"build\":{},\"build\":{}}",
	};
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(read_with(*state, &r, "", bodies[i], NULL, &e,
		    &why), ST_MALFORMED);
}

static void
fields_are_of_the_first_row_that_leads_to_something(void **state)
{
	static const struct field_rule fields[] = {
		FIELD(name, "other", "a"),
		FIELD_WHEN(name, NULL, "kind=b", "b"),
		FIELD_WHEN(name, NULL, "kind=c c", "c"),
		FIELD(name, "x-y", "d|e"),
		FIELD(subject, NULL, "{a}#{d}/{e}|{a}#{d}|{a}"),
		FIELD(title, NULL, "text"),
		FIELD(project, NULL, "=fixed"),
		FIELDS_END
	};
	static const struct reading x_y = { .event = "=x-y",
		.fields = fields };
	struct arena *a = *state;
	struct reason why;
	struct event e;

	assert_int_equal(read_with(a, &x_y, "", "{\"a\":\"1\",\"kind\":\"b\","
	    "\"b\":\"\",\"c\":\"3\",\"d\":4,\"text\":\"one\\ntwo\"}", NULL, &e,
	    &why), ST_OK);
	assert_bytes(a, e.name, "4");
	assert_bytes(a, e.subject, "1#4");
	assert_bytes(a, e.title, "one");
	assert_bytes(a, e.project, "fixed");
	assert_int_equal(read_with(a, &x_y, "", "{\"a\":\"1\",\"kind\":\"c\","
	    "\"c\":\"3\",\"d\":\"4\",\"e\":\"5\",\"text\":\"\\n\"}", NULL, &e,
	    &why), ST_OK);
	assert_bytes(a, e.name, "3");
	assert_bytes(a, e.subject, "1#4/5");
	assert_null(e.title.data);
}

static void
branch_and_tag_are_names_without_the_kind_of_reference(void **state)
{
	static const struct field_rule fields[] = {
		FIELD(branch, NULL, "ref"), FIELD(tag, NULL, "ref"), FIELDS_END
	};
	static const struct reading r = { .event = "=x", .fields = fields };
	static const struct {
		const char *ref, *branch, *tag;
	} cases[] = {
		{ "refs/heads/main", "main", "(absent)" },
		{ "refs/heads/a/b", "a/b", "(absent)" },
		{ "refs/tags/v1", "(absent)", "v1" },
		{ "refs/pull/1/head", "(absent)", "(absent)" },
		{ "refs/heads/", "(absent)", "(absent)" },
		{ "main", "main", "main" }, { "", "(absent)", "(absent)" },
	};
	struct arena *a = *state;
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_with(a, &r, "", vector_cstr(a,
		    arena_printf(a, "{\"ref\":\"%s\"}", cases[i].ref)), NULL,
		    &e, &why), ST_OK);
		assert_bytes(a, e.branch, cases[i].branch);
		assert_bytes(a, e.tag, cases[i].tag);
	}
}

/* --- the same again ------------------------------------------------------ */

static const struct proof signed_proof = { .identity = { "the MAC", 7 },
	.scheme = &by_mac[0] };
static const struct proof token_proof = { .scheme = &by_token[0] };

/* The key, or false. */
static bool
key_of(struct arena *a, const char *identity, const char *headers,
    const char *body, const struct proof *proof, unsigned char key[DEDUPE_LEN])
{
	const struct reading r = { .event = "=x", .identity = identity };
	struct reason why;
	struct event e;

	assert_int_equal(read_with(a, &r, headers, body, proof, &e, &why),
	    ST_OK);
	memcpy(key, e.dedupe, DEDUPE_LEN);
	return e.has_dedupe;
}

/* Whether two requests are the same one. */
static bool
same(struct arena *a, const char *identity, const struct proof *proof,
    const char *headers, const char *body, const char *headers2,
    const char *body2)
{
	unsigned char one[DEDUPE_LEN], two[DEDUPE_LEN];

	assert_true(key_of(a, identity, headers, body, proof, one));
	assert_true(key_of(a, identity, headers2, body2, proof, two));
	return memcmp(one, two, DEDUPE_LEN) == 0;
}

static void
the_first_thing_that_is_there_identifies_a_request(void **state)
{
	static const char places[] = "body:event.id|id mac";
	struct arena *a = *state;
	struct proof other = signed_proof;
	unsigned char one[DEDUPE_LEN], two[DEDUPE_LEN];

	other.identity = BYTES("another MAC");
	assert_true(key_of(a, places, "", "{}", &signed_proof, one));
	assert_true(key_of(a, places, "", "{}", &other, two));
	assert_memory_not_equal(one, two, DEDUPE_LEN);
	assert_true(same(a, places, &signed_proof, "", "{\"id\":\"1\"}", "",
	    "{\"id\":\"1\",\"retry\":2}"));
	assert_true(same(a, places, &signed_proof, "", "{\"id\":1}", "",
	    "{\"event\":{\"id\":\"1\"}}"));
	assert_false(same(a, places, &signed_proof, "", "{\"id\":\"1\"}", "",
	    "{\"id\":\"2\"}"));
	assert_false(same(a, places, &signed_proof, "", "{\"id\":\"1\"}", "",
	    "{}"));
	assert_true(same(a, places, &signed_proof, "", "{\"a\":1}", "", "{}"));
	assert_true(same(a, NULL, &signed_proof, "", "{\"a\":1}", "", "{}"));
	assert_false(same(a, "body", &signed_proof, "", "{\"a\":1}", "",
	    "{}"));
}

/* A captured request would pass again, under another number. */
static void
a_header_that_is_not_signed_never_identifies_what_is_signed(void **state)
{
	static const char places[] = "header:x-id mac";
	struct arena *a = *state;

	assert_true(same(a, places, &signed_proof, "X-Id: 1\n", "{}",
	    "X-Id: 2\n", "{}"));
	assert_true(same(a, "header:x-id", &signed_proof, "X-Id: 1\n", "{}",
	    "", "{}"));
	/* this one is in the signed text */
	assert_false(same(a, "header:x-signed mac", &signed_proof,
	    "X-Signed: 1\n", "{}", "X-Signed: 2\n", "{}"));
	assert_true(same(a, "header:x-signed mac", &signed_proof,
	    "X-Signed: 1\n", "{\"a\":1}", "X-Signed: 1\n", "{}"));
}

/* Where the same bodies come twice and mean two things, the number tells. */
static void
any_header_identifies_what_nobody_signs(void **state)
{
	static const char places[] = "header:idempotency-key header:x-id body";
	unsigned char key[DEDUPE_LEN];
	struct arena *a = *state;

	assert_false(same(a, places, &token_proof, "X-Id: 1\n", "{}",
	    "X-Id: 2\n", "{}"));
	assert_true(same(a, places, &token_proof, "X-Id: 1\n", "{}",
	    "X-Id: 1\n", "{\"a\":1}"));
	assert_true(same(a, places, &token_proof, "", "{}", "X-Id:\n", "{}"));
	assert_false(same(a, places, &token_proof, "", "{}", "",
	    "{\"a\":1}"));
	assert_false(key_of(a, "header:x-id", "", "{}", &token_proof, key));
	assert_false(key_of(a, "body:id", "", "{}", NULL, key));
}

static void
refuses_an_identity_that_does_not_decide(void **state)
{
	static const struct {
		const char *identity, *headers, *body;
	} cases[] = {
		{ "body:id", "", "{\"id\":\"1\",\"id\":\"1\"}" },
		{ "body:id", "", "{\"id\":[1]}" },
		{ "body:id", "", "{\"id\":1.5}" },
		{ "header:x-id", "X-Id: 1\nX-Id: 1\n", "{}" },
		{ "header:x-id", "X-Id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "\n", "{}" },
	};
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct reading r = { .event = "=x",
			.identity = cases[i].identity };

		assert_int_equal(read_with(*state, &r, cases[i].headers,
		    cases[i].body, &token_proof, &e, &why), ST_MALFORMED);
	}
}

/* --- how old it may be --------------------------------------------------- */

static void
refuses_what_happened_longer_ago_than_events_are_kept(void **state)
{
	static const struct reading r = { .event = "=x",
		.happened = "at|object.created" };
	static const struct {
		const char *body;
		enum status st;
	} cases[] = {
		{ "{}", ST_OK }, { "{\"at\":null}", ST_OK },
		{ "{\"at\":1767323346}", ST_OK },
		{ "{\"at\":1764731346}", ST_OK },
		{ "{\"at\":1764731345}", ST_DENIED },
		{ "{\"at\":\"1764731345\"}", ST_DENIED },
		{ "{\"at\":0}", ST_DENIED },
		{ "{\"object\":{\"created\":1764731345}}", ST_DENIED },
		{ "{\"at\":\"2025-12-03T03:09:06Z\"}", ST_OK },
		{ "{\"at\":\"2025-12-03T03:09:05Z\"}", ST_DENIED },
		{ "{\"at\":1767323346.5}", ST_MALFORMED },
		{ "{\"at\":\"yesterday\"}", ST_MALFORMED },
		{ "{\"at\":-1}", ST_MALFORMED },
		{ "{\"at\":253402300800}", ST_MALFORMED },
		{ "{\"at\":99999999999999999999}", ST_MALFORMED },
		{ "{\"at\":1,\"at\":1767323346}", ST_MALFORMED },
	};
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (read_with(*state, &r, "", cases[i].body, &signed_proof, &e,
		    &why) != cases[i].st)
			fail_msg("%s: %s", cases[i].body, why.text);
		/* what is stored is not judged again */
		assert_int_equal(read_with(*state, &r, "", cases[i].body, NULL,
		    &e, &why), ST_OK);
	}
}

/* --- handshakes ---------------------------------------------------------- */

static const struct handshake challenge[] = {
	{ "type=url_verification", "body:challenge", "text/plain" },
	HANDSHAKES_END
};
static const struct handshake pings[] = {
	{ "type=1 !event", "={\"type\":1}", "application/json" },
	{ "type=0", NULL, NULL },
	HANDSHAKES_END
};

static void
a_handshake_is_answered_and_is_no_event(void **state)
{
	static const struct reading slack = { .event = "body:type",
		.handshakes = challenge };
	static const struct reading discord = { .event = "body:name",
		.handshakes = pings };
	struct arena *a = *state;
	struct reason why;
	struct event e;

	assert_int_equal(read_with(a, &slack, "", "{\"type\":"
	    "\"url_verification\",\"challenge\":\"3eZbrw1a\"}", &signed_proof,
	    &e, &why), ST_OK);
	assert_bytes(a, e.answer, "3eZbrw1a");
	assert_string_equal(e.answer_type, "text/plain");
	assert_bytes(a, e.event, "handshake");
	assert_false(e.has_dedupe);
	assert_int_equal(read_with(a, &discord, "", "{\"type\":1}",
	    &signed_proof, &e, &why), ST_OK);
	assert_bytes(a, e.answer, "{\"type\":1}");
	assert_string_equal(e.answer_type, "application/json");
	/* the second row: an answer without a body */
	assert_int_equal(read_with(a, &discord, "", "{\"type\":0}",
	    &signed_proof, &e, &why), ST_OK);
	assert_non_null(e.answer.data);
	assert_int_equal(e.answer.len, 0);
	/* neither */
	assert_int_equal(read_with(a, &discord, "", "{\"type\":1,\"event\":{},"
	    "\"name\":\"x\"}", &signed_proof, &e, &why), ST_OK);
	assert_null(e.answer.data);
	assert_false(e.quiet);
	assert_int_equal(read_with(a, &discord, "", "{\"type\":1,\"event\":"
	    "null}", &signed_proof, &e, &why), ST_OK);
	assert_bytes(a, e.answer, "{\"type\":1}");
	assert_int_equal(read_with(a, &discord, "", "{\"type\":1,\"event\":"
	    "null,\"event\":{}}", &signed_proof, &e, &why), ST_MALFORMED);
	assert_string_equal(why.text, "a member on the way to event appears "
	    "twice");
}

static void
only_what_asks_is_a_handshake(void **state)
{
	static const struct reading r = { .event = "body:type",
		.handshakes = challenge };
	static const char *const bodies[] = {
		"{\"type\":\"x\",\"challenge\":\"1\"}",
		"{\"type\":\"URL_VERIFICATION\"}",
		"{\"type\":\"url_verification \"}" };
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(read_with(*state, &r, "", bodies[i],
		    &signed_proof, &e, &why), ST_OK);
		assert_null(e.answer.data);
		assert_true(e.has_dedupe);
	}
	/* one that was stored is an event whatever it says */
	assert_int_equal(read_with(*state, &r, "", "{\"type\":"
	    "\"url_verification\",\"challenge\":\"1\"}", NULL, &e, &why),
	    ST_OK);
	assert_null(e.answer.data);
}

static void
refuses_a_handshake_without_an_answer_or_with_a_long_one(void **state)
{
	static const struct reading r = { .event = "body:type",
		.handshakes = challenge };
#define ASKS "{\"type\":\"url_verification\""
	static const struct {
		const char *rest, *why;
	} cases[] = {
		{ "}", "the handshake's challenge has 0 bytes, and not 1 to "
		    "1024" },
		{ ",\"challenge\":null}", "the handshake's challenge has 0 "
		    "bytes, and not 1 to 1024" },
		{ ",\"challenge\":\"\"}", "the handshake's challenge has 0 "
		    "bytes, and not 1 to 1024" },
		{ ",\"challenge\":[]}", "the member challenge is neither a "
		    "string nor a whole number" },
		{ ",\"challenge\":\"a\",\"challenge\":\"a\"}", "a member on "
		    "the way to challenge appears twice" },
		{ ",\"type\":\"url_verification\",\"challenge\":\"a\"}",
		    "a member on the way to type appears twice" },
	};
	struct arena *a = *state;
	struct reason why;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_with(a, &r, "", vector_cstr(a,
		    arena_printf(a, ASKS "%s", cases[i].rest)), &signed_proof,
		    &e, &why), ST_MALFORMED);
		assert_string_equal(why.text, cases[i].why);
	}
	for (int len = ANSWER_MAX; len <= ANSWER_MAX + 1; len++)
		assert_int_equal(read_with(a, &r, "", vector_cstr(a,
		    arena_printf(a, ASKS ",\"challenge\":\"%0*d\"}", len, 0)),
		    &signed_proof, &e, &why), len == ANSWER_MAX ? ST_OK :
		    ST_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(
		    the_body_names_its_event_by_the_first_path_that_is_there),
		vector_test(refuses_a_body_whose_event_does_not_decide),
		vector_test(
		    a_header_names_an_event_only_where_the_body_does_not),
		vector_test(a_text_names_what_nothing_else_names),
		vector_test(a_mark_tells_the_event_of_a_body),
		vector_test(a_header_never_names_an_event_that_has_a_mark),
		vector_test(another_header_must_not_contradict_the_body),
		vector_test(action_and_status_become_names),
		vector_test(refuses_an_action_or_a_status_that_does_not_decide),
		vector_test(
		    fields_are_of_the_first_row_that_leads_to_something),
		vector_test(
		    branch_and_tag_are_names_without_the_kind_of_reference),
		vector_test(the_first_thing_that_is_there_identifies_a_request),
		vector_test(
	    a_header_that_is_not_signed_never_identifies_what_is_signed),
		vector_test(any_header_identifies_what_nobody_signs),
		vector_test(refuses_an_identity_that_does_not_decide),
		vector_test(
		    refuses_what_happened_longer_ago_than_events_are_kept),
		vector_test(a_handshake_is_answered_and_is_no_event),
		vector_test(only_what_asks_is_a_handshake),
		vector_test(
		    refuses_a_handshake_without_an_answer_or_with_a_long_one),
	};

	return cmocka_run_group_tests_name("reading", tests, NULL, NULL);
}
