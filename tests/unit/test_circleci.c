#include <stdio.h>

#include "vectors.h"

#define VECTORS "tests/vectors/circleci/vectors.json"
/* HMAC-SHA256 of "foo" under "secret": from CircleCI's own example */
#define FOO "773ba44693c7553d6ee20f61ea5d2757a9a4f4a44d2841ae4e95b52e4cd62db4"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

static const char *const SECRETS[] = { "secret", NULL };

static struct bytes
base64_text(struct arena *a, struct bytes text)
{
	size_t len = text.len / 4 * 3;
	unsigned char *out = arena_alloc(a, len + 1);

	if (text.len > 0 && text.data[text.len - 1] == '=')
		len--;
	if (text.len > 1 && text.data[text.len - 2] == '=')
		len--;
	assert_true(base64_decode_exact(text, out, len));
	return (struct bytes){ (char *)out, len };
}

static struct bytes
repeated_text(struct arena *a, const struct json_doc *d,
    const struct json_node *how)
{
	struct bytes unit = json_text(d, json_member(d, how, "unit"), a);
	struct bytes tail = json_text(d, json_member(d, how, "tail"), a);
	unsigned long long count;
	char *out;

	assert_true(bytes_to_u64(json_text(d, json_member(d, how, "count"), a),
	    &count));
	out = arena_alloc(a, unit.len * count + tail.len + 1);
	for (size_t i = 0; i < count; i++)
		memcpy(out + i * unit.len, unit.data, unit.len);
	if (tail.len > 0)
		memcpy(out + count * unit.len, tail.data, tail.len);
	return (struct bytes){ out, unit.len * count + tail.len };
}

static struct bytes
body_of(struct arena *a, const struct json_doc *d, const struct json_node *one)
{
	const struct json_node *n = json_member(d, one, "body");

	if (n != NULL)
		return json_text(d, n, a);
	n = json_member(d, one, "body_b64");
	if (n != NULL)
		return base64_text(a, json_text(d, n, a));
	n = json_member(d, one, "body_repeat");
	assert_non_null(n);
	return repeated_text(a, d, n);
}

/* Names as the transport makes them, values as they are, NUL and all. */
static void
headers_of(struct arena *a, const struct json_doc *d,
    const struct json_node *object, struct message *m)
{
	struct http_header *headers = arena_array(a, 8, sizeof(*headers));
	const struct json_node *n, *line;

	m->headers = headers;
	for (n = json_first(object); n != NULL;
	    n = json_next(d, object, n)) {
		struct bytes name = arena_copy(a, json_key(d, n, a));

		for (size_t i = 0; i < name.len; i++) {
			char *c = (char *)name.data + i;

			*c = *c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ?
			    (char)(*c - 'A' + 'a') : *c;
		}
		line = n->type == JSON_ARRAY ? json_first(n) : n;
		for (; line != NULL; line = line == n ? NULL :
		    json_next(d, n, line)) {
			assert_true(m->header_count < 8);
			headers[m->header_count].name = name;
			headers[m->header_count++].value = json_text(d, line,
			    a);
		}
	}
}

static void
every_published_vector_has_its_verdict(void **state)
{
	struct arena *a = *state;
	const struct json_node *list, *one;
	struct json_doc d;
	size_t count = 0;

	vector_json(a, VECTORS, &d);
	list = json_path(&d, BYTES("vectors"));
	for (one = json_first(list); one != NULL;
	    one = json_next(&d, list, one), count++) {
		struct bytes expect = json_text(&d, json_member(&d, one,
		    "expect"), a);
		const struct json_node *secret = json_member(&d, one,
		    "secret");
		const char *secrets[2] = { NULL, NULL };
		struct vector_source v;
		struct message m = { .method = BYTES("POST") };
		unsigned char hash[SHA256_LEN], want[SHA256_LEN];

		if (bytes_is(expect, "either"))
			expect = json_text(&d, json_member(&d, one,
			    "recommend"), a);
		if (secret->type == JSON_STRING)
			secrets[0] = arena_cstr(a, json_text(&d, secret, a));
		m.body = body_of(a, &d, one);
		assert_true(hex_decode_exact(json_text(&d, json_member(&d, one,
		    "body_sha256"), a), want, sizeof(want)));
		assert_int_equal(sha256(m.body, hash), ST_OK);
		assert_memory_equal(hash, want, sizeof(hash));
		headers_of(a, &d, json_member(&d, one, "headers"), &m);
		if ((vector_verify(vector_source(&v, "circleci", secrets), &m,
		    a) == ST_OK) != bytes_is(expect, "accept"))
			fail_msg("%s", vector_cstr(a, json_text(&d,
			    json_member(&d, one, "name"), a)));
	}
	assert_int_equal(count, 73);
}

static enum status
verdict(struct arena *a, const char *headers)
{
	struct vector_source v;
	struct message m;

	vector_message(a, bytes_of(headers), BYTES("foo"), &m);
	return vector_verify(vector_source(&v, "circleci", SECRETS), &m, a);
}

#define SIG "circleci-signature: "

static void
takes_16_elements_and_not_17(void **state)
{
	struct arena *a = *state;

	assert_int_equal(verdict(a, SIG "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,v1="
	    FOO "\n"), ST_OK);
	assert_int_equal(verdict(a, SIG "v1=" FOO ",b,c,d,e,f,g,h,i,j,k,l,m,n,"
	    "o,p\n"), ST_OK);
	assert_int_equal(verdict(a, SIG "v1=" FOO ",b,c,d,e,f,g,h,i,j,k,l,m,n,"
	    "o,p,q\n"), ST_DENIED);
	assert_int_equal(verdict(a, SIG "v1=" FOO ",b,c,d,e,f,g,h,i\n"
	    SIG "j,k,l,m,n,o,p,q\n"), ST_DENIED);
}

static void
takes_any_v1_that_fits_from_any_line(void **state)
{
	static const char *const good[] = {
		SIG "v1=" ZERO ",v1=" FOO "\n", SIG "v1=" FOO ",v1=short\n",
		SIG "v1=" ZERO "\n" SIG "v1=" FOO "\n",
		SIG "\t v1=" FOO " \t,\t\n", SIG ",,v1=" FOO ",,\n",
		SIG "v1\n" SIG "v1=" FOO "\n",
		"Circleci-Event-Type: other\n" SIG "v1=" FOO "\n",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(verdict(*state, good[i]), ST_OK);
}

static void
refuses_what_is_not_a_v1_of_64_lower_case_digits(void **state)
{
	static const char *const bad[] = {
		"", SIG "\n", SIG "v1\n", SIG "v1=\n", SIG FOO "\n",
		SIG "=" FOO "\n", SIG "v1 =" FOO "\n", SIG "v1= " FOO "\n",
		SIG "v1:" FOO "\n", SIG "v1==" FOO "\n",
		SIG "v2=v1=" FOO "\n", SIG "v1=v1=" FOO "\n",
		SIG "v1=\"" FOO "\"\n", SIG "v1=0x" FOO "\n",
		SIG "v1=" FOO FOO "\n", SIG "v1=" FOO ";v2=0\n",
		SIG "v1=" FOO " v2=0\n", SIG "v1=" ZERO "\n",
		SIG "v1=773BA44693C7553D6EE20F61EA5D2757A9A4F4A44D2841AE4E95B"
		    "52E4CD62DB4\n",
		SIG "V1=" FOO "\n", SIG "v01=" FOO "\n", SIG "v1.0=" FOO "\n",
		"signature: v1=" FOO "\n", "x-circleci-signature: v1=" FOO "\n",
		"authorization: v1=" FOO "\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(verdict(*state, bad[i]), ST_DENIED);
}

static void
takes_any_of_its_secrets_and_says_which(void **state)
{
	static const char *const secrets[] = { "new", "old", "secret", NULL };
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "circleci", secrets);
	struct reason why = { "" };
	struct proof proof;
	struct message m;

	vector_message(a, BYTES(SIG "v1=" FOO "\n"), BYTES("foo"), &m);
	assert_int_equal(event_verify(s, &m, a, NULL, &proof, &why), ST_OK);
	assert_int_equal(proof.secret_index, 2);
	v.source.secret_count = 2;
	assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
}

static void
takes_unsigned_requests_where_the_source_says_so_and_only_there(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "circleci", NULL);
	struct message m;

	vector_message(a, BYTES(""), BYTES("foo"), &m);
	assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
	v.source.unsigned_allowed = true;
	assert_int_equal(vector_verify(s, &m, a), ST_OK);
}

/* --- what the body says --------------------------------------------------- */

/* Received as genuine at 2026-01-02T03:09:06Z and kept for 30 days. */
static enum status
received(struct arena *a, const char *headers, const char *body,
    struct event *e)
{
	struct vector_source v;
	struct message m;

	vector_source(&v, "circleci", NULL);
	v.source.unsigned_allowed = true;
	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	m.received_ms = vector_time("Fri, 02 Jan 2026 03:09:06 GMT");
	return vector_receive(&v.source, &m, a, e);
}

static void
refuses_bodies_whose_words_do_not_decide(void **state)
{
	static const struct {
		const char *headers, *body;
	} cases[] = {
		{ "", "" }, { "", "[]" }, { "", "\xef\xbb\xbf{}" },
		{ "", "{}" }, { "", "{\"type\":null}" },
		{ "", "{\"type\":\"\"}" }, { "", "{\"type\":1.0}" },
		{ "", "{\"type\":true}" }, { "", "{\"type\":\"../x\"}" },
		{ "", "{\"type\":\"ping\\u0000\"}" },
		{ "", "{\"type\":\"ping\",\"type\":\"ping\"}" },
		{ "", "{\"type\":\"a\",\"id\":\"1\",\"id\":\"1\"}" },
		{ "", "{\"type\":\"a\",\"id\":-1}" },
		{ "", "{\"type\":\"a\",\"id\":[1]}" },
		{ "", "{\"type\":\"a\",\"happened_at\":\"yesterday\"}" },
		{ "", "{\"type\":\"a\",\"happened_at\":1767323345.5}" },
		{ "", "{\"type\":\"a\",\"happened_at\":null,"
		    "\"happened_at\":null}" },
		{ "", "{\"type\":\"a\",\"job\":{},\"job\":{}}" },
		{ "", "{\"type\":\"a\",\"workflow\":{},\"workflow\":{}}" },
		{ "", "{\"type\":\"a\",\"job\":{\"status\":\"x\","
		    "\"status\":\"x\"}}" },
		{ "", "{\"type\":\"a\",\"workflow\":{\"status\":\"..\"}}" },
		{ "", "{\"type\":\"a\",\"workflow\":{\"status\":[]}}" },
		{ "Circleci-Event-Type: job-completed\n",
		    "{\"type\":\"ping\"}" },
		{ "Circleci-Event-Type:\n", "{\"type\":\"ping\"}" },
		{ "Circleci-Event-Type: ping\nCircleci-Event-Type: ping\n",
		    "{\"type\":\"ping\"}" },
	};
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (received(*state, cases[i].headers, cases[i].body, &e) !=
		    ST_MALFORMED)
			fail_msg("%s", cases[i].body);
}

static void
takes_a_type_that_comes_one_day_by_name(void **state)
{
	struct arena *a = *state;
	struct event e;

	assert_int_equal(received(a, "Circleci-Event-Type: pipeline-started\n",
	    "{\"type\":\"pipeline-started\",\"workflow\":{\"status\":\"odd\"}}",
	    &e), ST_OK);
	assert_bytes(a, e.event, "pipeline-started");
	assert_bytes(a, e.status, "odd");
	assert_null(e.action.data);
	assert_int_equal(e.result, RESULT_OTHER);
	assert_false(e.completed);
}

static void
knows_every_status(void **state)
{
	static const struct {
		const char *status, *result;
	} cases[] = {
		{ "success", "success" }, { "failed", "failure" },
		{ "error", "failure" }, { "unauthorized", "failure" },
		{ "canceled", "canceled" }, { "new-one", "other" },
	};
	struct arena *a = *state;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[100];

		snprintf(body, sizeof(body), "{\"type\":\"job-completed\","
		    "\"job\":{\"status\":\"%s\"}}", cases[i].status);
		assert_int_equal(received(a, "", body, &e), ST_OK);
		assert_string_equal(result_name(e.result), cases[i].result);
		assert_true(e.completed);
	}
}

static void
lets_any_map_be_null_empty_missing_or_of_another_type(void **state)
{
	static const char *const bodies[] = {
		"{\"type\":\"job-completed\"}",
		"{\"type\":\"job-completed\",\"job\":null,\"workflow\":null,"
		    "\"pipeline\":null,\"project\":null,\"organization\":null}",
		"{\"type\":\"job-completed\",\"job\":{},\"workflow\":{},"
		    "\"pipeline\":{\"vcs\":null,\"trigger_parameters\":null}}",
		"{\"type\":\"job-completed\",\"job\":[],\"pipeline\":{\"vcs\":"
		    "{},\"trigger_parameters\":{\"git\":null,\"gitlab\":{}}}}",
		"{\"type\":\"job-completed\",\"job\":\"x\",\"pipeline\":"
		    "{\"vcs\":{\"commit\":null,\"branch\":{\"x\":1},\"tag\":[],"
		    "\"revision\":null}}}",
	};
	struct arena *a = *state;
	struct event e;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(received(a, "", bodies[i], &e), ST_OK);
		assert_null(e.status.data);
		assert_int_equal(e.result, RESULT_NONE);
		assert_false(e.completed);
		assert_null(e.branch.data);
		assert_null(e.tag.data);
		assert_null(e.commit.data);
		assert_null(e.project.data);
		assert_null(e.subject.data);
		assert_null(e.url.data);
	}
}

static void
refuses_what_happened_longer_ago_than_events_are_kept(void **state)
{
	static const struct {
		const char *happened_at;
		enum status st;
	} cases[] = {
		{ "2026-01-02T03:09:05.317000Z", ST_OK },
		{ "2025-12-03T03:09:06Z", ST_OK },
		{ "2025-12-03T03:09:05.999Z", ST_DENIED },
		{ "2025-12-03T04:09:05+01:00", ST_DENIED },
		{ "1970-01-01T00:00:00Z", ST_DENIED },
		{ "2026-01-03T00:00:00Z", ST_OK },
		{ "", ST_OK },
	};
	struct arena *a = *state;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[100];

		snprintf(body, sizeof(body), "{\"type\":\"ping\","
		    "\"happened_at\":\"%s\"}", cases[i].happened_at);
		assert_int_equal(received(a, "", body, &e), cases[i].st);
	}
}

static void
does_not_judge_the_age_of_what_is_already_kept(void **state)
{
	struct arena *a = *state;
	struct reason why = { "" };
	struct vector_source v;
	struct message m;
	struct event e;

	vector_source(&v, "circleci", NULL);
	vector_message(a, BYTES(""), BYTES("{\"type\":\"ping\",\"happened_at\":"
	    "\"1970-01-01T00:00:00Z\"}"), &m);
	assert_int_equal(event_decode(&v.source, &m, NULL, a, &e, &why), ST_OK);
	assert_false(e.has_dedupe);
}

static void
is_the_same_event_by_its_id_or_else_its_body(void **state)
{
	static const char *const bodies[] = {
		"{\"type\":\"ping\",\"id\":\"1\"}",
		"{\"id\":\"\\u0031\",\"type\":\"other\"}",	/* the same */
		"{\"type\":\"ping\",\"id\":\"2\"}",
		"{\"type\":\"ping\"}",
		"{\"type\":\"ping\",\"id\":null}",
		"{\"type\":\"ping\",\"id\":\"\"}",
		"{\"type\":\"ping\",\"id\":\"\\ud800\"}",
		"{\"type\":\"ping\",\"id\":\"\\ud801\"}",
	};
	enum { COUNT = sizeof(bodies) / sizeof(bodies[0]) };
	struct arena *a = *state;
	struct event e[COUNT], again;

	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(received(a, "", bodies[i], &e[i]), ST_OK);
		assert_true(e[i].has_dedupe);
		assert_int_equal(received(a, "", bodies[i], &again), ST_OK);
		assert_memory_equal(e[i].dedupe, again.dedupe, DEDUPE_LEN);
		for (size_t k = 0; k < i; k++)
			assert_int_equal(memcmp(e[i].dedupe, e[k].dedupe,
			    DEDUPE_LEN) == 0, i == 1 && k == 0);
	}
}

static void
an_id_never_equals_the_hash_of_a_body(void **state)
{
	unsigned char hash[SHA256_LEN];
	struct arena *a = *state;
	struct reason why = { "" };
	struct event e = { .source = "s" }, f = { .source = "s" };
	struct bytes id = { (char *)hash, sizeof(hash) };

	assert_int_equal(sha256(BYTES("x"), hash), ST_OK);
	assert_int_equal(event_identify(&e, 'i', id, a, &why), ST_OK);
	assert_int_equal(event_identify(&f, 'b', id, a, &why), ST_OK);
	assert_memory_not_equal(e.dedupe, f.dedupe, DEDUPE_LEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(every_published_vector_has_its_verdict),
		vector_test(takes_16_elements_and_not_17),
		vector_test(takes_any_v1_that_fits_from_any_line),
		vector_test(refuses_what_is_not_a_v1_of_64_lower_case_digits),
		vector_test(takes_any_of_its_secrets_and_says_which),
		vector_test(
	    takes_unsigned_requests_where_the_source_says_so_and_only_there),
		vector_test(refuses_bodies_whose_words_do_not_decide),
		vector_test(takes_a_type_that_comes_one_day_by_name),
		vector_test(knows_every_status),
		vector_test(
		    lets_any_map_be_null_empty_missing_or_of_another_type),
		vector_test(
		    refuses_what_happened_longer_ago_than_events_are_kept),
		vector_test(does_not_judge_the_age_of_what_is_already_kept),
		vector_test(is_the_same_event_by_its_id_or_else_its_body),
		vector_test(an_id_never_equals_the_hash_of_a_body),
	};

	return cmocka_run_group_tests_name("circleci", tests, NULL, NULL);
}
