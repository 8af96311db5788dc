/* What is kept of a request's headers with its event. */
#include "kept.h"
#include "vectors.h"

static void
read_headers(struct arena *a, const char *text, struct message *m)
{
	vector_message(a, bytes_of(text), BYTES_NONE, m);
}

static struct bytes
keep(const char *provider, const struct message *m, struct arena *a)
{
	return kept_headers(provider_find(provider)->headers, m, "body", a);
}

static void
keeps_what_its_own_sender_needs_and_no_secret(void **state)
{
	static const struct {
		const char *provider, *kept;
	} cases[] = {
		{ "drone", "date: d\ndigest: g\nsignature: s\n"
		    "x-drone-event: build\n"
		    "content-type: application/json\nuser-agent: u\n" },
		{ "circleci", "circleci-signature: v1=0\n"
		    "circleci-event-type: ping\n"
		    "content-type: application/json\nuser-agent: u\n" },
		{ "custom", "content-type: application/json\nuser-agent: u\n"
		    "idempotency-key: k\n" },
	};
	struct arena *a = *state;
	struct message m;

	read_headers(a, "Host: h\nDate: d\nDigest: g\nSignature: s\n"
	    "Authorization: Basic dXNlcjpwYXNz\nCookie: c\n"
	    "X-Drone-Event: build\nCircleci-Signature: v1=0\n"
	    "Circleci-Event-Type: ping\nX-Circleci-Signature: no\n"
	    "Content-Type: application/json\nUser-Agent: u\n"
	    "Idempotency-Key: k\nX-Forwarded-For: f\n"
	    "Proxy-Authorization: Signature p\nX-Original-Url: /?secret=o\n"
	    "X-Forwarded-Authorization: Bearer a\nReferer: r\n", &m);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_bytes(a, keep(cases[i].provider, &m, a), cases[i].kept);
}

/* Also where it looks like what another sender signs with. */
static void
keeps_no_authorization_that_is_a_secret(void **state)
{
	struct arena *a = *state;
	struct message m;

	read_headers(a, "Authorization: Signature x\n", &m);
	assert_bytes(a, keep("custom", &m, a), "");
	assert_bytes(a, keep("circleci", &m, a), "");
}

static void
keeps_of_authorization_the_signature_alone(void **state)
{
	struct arena *a = *state;
	struct message m;

	read_headers(a, "Authorization: signature  keyId=\"k\"\n", &m);
	assert_bytes(a, keep("drone", &m, a), "signature: keyId=\"k\"\n");
	read_headers(a, "Authorization: Signature a\nSignature: b\n", &m);
	assert_bytes(a, keep("drone", &m, a), "signature: b\n");
	read_headers(a, "Authorization: Bearer secret\n", &m);
	assert_bytes(a, keep("drone", &m, a), "");
	read_headers(a, "Authorization: Signaturex\n", &m);
	assert_bytes(a, keep("drone", &m, a), "");
}

static void
leaves_a_header_out_that_would_be_another_when_read_back(void **state)
{
	const struct http_header headers[] = {
		{ BYTES("user-agent"), BYTES("x\ndate: forged") },
		{ BYTES("digest"), BYTES("x\rdate: forged") },
		{ BYTES("content-type"), BYTES("x\0y") },
		{ BYTES("date"), BYTES("true") },
	};
	struct message m = { .headers = headers, .header_count = 4 };

	assert_bytes(*state, keep("drone", &m, *state), "date: true\n");
}

static void
leaves_a_header_out_whole_that_does_not_fit(void **state)
{
	static char longest[16 * 1024 - 20];
	const struct http_header headers[] = {
		{ BYTES("user-agent"), { longest, sizeof(longest) } },
		{ BYTES("date"), BYTES("much too long for what is left") },
		{ BYTES("digest"), BYTES("") },
	};
	struct message m = { .headers = headers, .header_count = 3 };
	struct bytes kept;

	memset(longest, 'x', sizeof(longest));
	kept = keep("drone", &m, *state);
	assert_int_equal(kept.len, sizeof("user-agent: \n") - 1 +
	    sizeof(longest));
	assert_true(bytes_has_prefix(kept, "user-agent: x"));
}

static void
reads_back_what_it_kept(void **state)
{
	struct arena *a = *state;
	struct message m, again;

	vector_http(a, "tests/vectors/drone/v1.0.0-build-updated.http", &m);
	memset(&again, 0, sizeof(again));
	assert_int_equal(message_read_headers(keep("drone", &m, a), a,
	    &again), ST_OK);
	assert_int_equal(again.header_count, 6);
	for (size_t i = 0; i < again.header_count; i++) {
		struct bytes value;
		const char *name = arena_cstr(a, again.headers[i].name);

		assert_int_equal(message_headers(&m, name, &value), 1);
		assert_true(bytes_equal(value, again.headers[i].value));
	}
}

static void
says_so_when_memory_is_short(void **state)
{
	struct arena none = ARENA(32);
	struct message m;

	read_headers(*state, "Digest: a long one, longer than what the arena "
	    "has to give to it\n", &m);
	assert_null(keep("drone", &m, &none).data);
	assert_true(arena_failed(&none));
	arena_free(&none);
}

/* Or it would have another name, or none, when it is decoded again. */
static void
keeps_first_what_named_the_event(void **state)
{
	struct arena *a = *state;
	struct bytes line = arena_printf(a, "User-Agent: %0*d\n", 8000, 0);
	struct bytes kept;
	struct message m;

	read_headers(a, vector_cstr(a, arena_printf(a, "%s%s%s"
	    "X-Drone-Event: user\nDate: d\n", line.data, line.data,
	    line.data)), &m);
	kept = kept_headers(provider_drone.headers, &m, "x-drone-event", a);
	assert_true(kept.len <= 16 * 1024);
	assert_true(bytes_has_prefix(kept, "x-drone-event: user\nuser-agent: "
	    "00"));
	kept = keep("drone", &m, a);
	assert_true(bytes_has_prefix(kept, "user-agent: 00"));
}

static void
a_header_names_the_events_of_old_versions_of_drone(void **state)
{
	static const struct {
		const char *path, *named_by;
	} cases[] = {
		{ "tests/vectors/drone/v1.0.0-build-updated.http",
		    "x-drone-event" },
		{ "tests/vectors/drone/build-updated-success.http", "body" },
	};
	struct reason why = { "" };
	struct vector_source v;
	struct message m;
	struct event e;

	for (size_t i = 0; i < 2; i++) {
		vector_http(*state, cases[i].path, &m);
		assert_int_equal(event_decode(vector_source(&v, "drone", NULL),
		    &m, NULL, *state, &e, &why), ST_OK);
		assert_string_equal(e.named_by, cases[i].named_by);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(keeps_what_its_own_sender_needs_and_no_secret),
		vector_test(keeps_no_authorization_that_is_a_secret),
		vector_test(keeps_of_authorization_the_signature_alone),
		vector_test(
		    leaves_a_header_out_that_would_be_another_when_read_back),
		vector_test(leaves_a_header_out_whole_that_does_not_fit),
		vector_test(reads_back_what_it_kept),
		vector_test(says_so_when_memory_is_short),
		vector_test(keeps_first_what_named_the_event),
		vector_test(a_header_names_the_events_of_old_versions_of_drone),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
