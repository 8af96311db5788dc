#include <stdio.h>

#include "vectors.h"

#include "httpsig.h"

/* 32 bytes of zero */
#define SIG "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define HEAD "keyId=\"k\",signature=\"" SIG "\","

static enum status
parse(struct arena *a, const char *params, struct httpsig *out)
{
	struct reason why = { "" };
	enum status st = httpsig_parse(bytes_of(params), false, a, out, &why);

	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	return st;
}

/* The signing string of params for a message with some headers; NULL where it
 * was refused, with the status in *st. */
static const char *
signing_string(struct arena *a, const char *params, enum status *st)
{
	struct reason why = { "" };
	struct httpsig sig;
	struct message m;
	struct bytes text = BYTES_NONE;

	vector_message(a, BYTES("Host: example.org\nDate: \t today \n"
	    "Digest: d\nEmpty:\nTwice: 1\nTwice: 1\nX-Under_Score: u\n"
	    "X-Az: z\n"),
	    BYTES_NONE, &m);
	m.method = BYTES("PoSt");
	m.target = BYTES("/Hooks/drone?A=b%20C");
	*st = httpsig_parse(bytes_of(params), false, a, &sig, &why);
	if (*st == ST_OK)
		*st = httpsig_signing_string(&sig, &m, a, &text, &why);
	return *st == ST_OK ? arena_cstr(a, text) : NULL;
}

static void
reads_what_drone_sends(void **state)
{
	struct arena *a = *state;
	struct httpsig s;

	assert_int_equal(parse(a, "keyId=\"hmac-key\",algorithm=\"hmac-sha256\""
	    ",signature=\"oxSMt/YZrb/3ub+DK64dynlCtWF+OGv6POd8C57Tse4=\","
	    "headers=\"date digest\"", &s), ST_OK);
	assert_bytes(a, s.key_id, "hmac-key");
	assert_bytes(a, s.algorithm, "hmac-sha256");
	assert_int_equal(s.header_count, 2);
	assert_bytes(a, s.headers[0], "date");
	assert_bytes(a, s.headers[1], "digest");
	assert_int_equal(s.mac.bytes[0], 0xa3);
	assert_int_equal(s.mac.bytes[31], 0xee);
	assert_true(httpsig_covers(&s, "date"));
	assert_true(httpsig_covers(&s, "digest"));
	assert_false(httpsig_covers(&s, "host"));
	assert_false(httpsig_covers(&s, "dat"));
}

static void
takes_the_whole_grammar_of_a_list(void **state)
{
	static const char *const good[] = {
		/* any order, blanks, empty elements */
		"headers=\"date\",signature=\"" SIG "\",keyId=\"k\"",
		" , ,keyId=\"k\" ,\t signature=\"" SIG "\" ,headers=\"date\",",
		"keyId = \"k\", signature\t=\t\"" SIG "\",headers= \"date\"",
		/* names without case, tokens for strings */
		"KEYID=k,Signature=\"" SIG "\",Headers=date",
		/* quoted pairs; commas and quotes within quotes */
		"keyId=\"\\k\",signature=\"" SIG "\",headers=\"\\d\\ate\"",
		HEAD "headers=\"date\",x=\"a,b\\\",c\"",
		HEAD "headers=\"date\",x=\"\"",
		/* unknown parameters, repeated and ill-formed ones, too */
		HEAD "headers=\"date\",foo=\"bar\"",
		HEAD "headers=\"date\",foo=1,foo=2",
		HEAD "headers=\"date\",foo",
		HEAD "headers=\"date\",foo=a b",
		HEAD "headers=\"date\",=x,\"y\",foo=\"a\"b",
		/* algorithms: the key decides */
		HEAD "headers=\"date\",algorithm=\"hs2019\"",
		HEAD "headers=\"date\",algorithm=hmac-sha256",
	};
	struct arena *a = *state;
	struct httpsig s;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(parse(a, good[i], &s), ST_OK);
		assert_int_equal(s.header_count, 1);
		assert_bytes(a, s.headers[0], "date");
		assert_bytes(a, s.key_id, "k");
	}
}

static void
refuses_what_the_draft_refuses(void **state)
{
	static const char *const bad[] = {
		"", ",", "x", "keyId=\"k\"",
		"keyId=\"k\",headers=\"date\"",
		"signature=\"" SIG "\",headers=\"date\"",
		/* ill-formed is ignored, and then missing */
		"keyId=,signature=\"" SIG "\"",
		"keyId,signature=\"" SIG "\"",
		"keyId=a b,signature=\"" SIG "\"",
		"keyId=\"a\"b,signature=\"" SIG "\"",
		"keyId=\"a\x01\",signature=\"" SIG "\"",
		"keyId=\"a\x7f\",signature=\"" SIG "\"",
		"keyId=\"k\",signature=" SIG,
		"keyId=\"k\";signature=\"" SIG "\"",
		"Signature keyId=\"k\",signature=\"" SIG "\"",
		"keyId=\"k\" signature=\"" SIG "\"",
		"key Id=\"k\",signature=\"" SIG "\"",
		"keyId='k',signature='" SIG "'",
		/* an open quote */
		"keyId=\"k\",signature=\"" SIG "\",headers=\"date",
		HEAD "headers=\"date\",x=\"",
		HEAD "headers=\"date\",x=\"\\\"",
		HEAD "headers=\"date\",x=\"\\",
		HEAD "headers=\"date\",x=a\"b",
	};
	struct arena *a = *state;
	struct httpsig s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(a, bad[i], &s), ST_DENIED);
}

static void
refuses_a_parameter_that_comes_twice_even_alike(void **state)
{
	static const char *const bad[] = {
		HEAD "keyId=\"k\"", HEAD "signature=\"" SIG "\"",
		HEAD "algorithm=hs2019,algorithm=hs2019",
		HEAD "headers=\"date\",headers=\"date\"",
		HEAD "created=1,created=1", HEAD "expires=1,expires=1",
		/* in another spelling, and ill-formed */
		HEAD "KeyID=\"k\"", HEAD "SIGNATURE=\"" SIG "\"",
		HEAD "keyId", HEAD "signature=\"AAAA\"", HEAD "signature=/",
		"signature," HEAD "headers=\"date\"",
	};
	struct arena *a = *state;
	struct httpsig s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(a, bad[i], &s), ST_DENIED);
}

static void
refuses_a_signature_that_is_not_the_base64_of_32_bytes(void **state)
{
	static const char *const bad[] = {
		"", "***", "AAAA", SIG "AAAA", " " SIG, SIG " ",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		"AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA=",
		"____________________________________________=",
	};
	struct arena *a = *state;
	struct httpsig s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *text = arena_cstr(a, arena_printf(a,
		    "keyId=\"k\",headers=\"date\",signature=\"%s\"", bad[i]));

		assert_int_equal(parse(a, text, &s), ST_DENIED);
	}
}

static void
refuses_other_algorithms_by_name(void **state)
{
	static const char *const bad[] = {
		"", "hmac-sha1", "hmac-sha512", "rsa-sha256", "ed25519",
		"none", "HMAC-SHA256", "hmac-sha256 ", "sha256", "hmac",
	};
	struct arena *a = *state;
	struct httpsig s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *text = arena_cstr(a, arena_printf(a,
		    HEAD "headers=\"date\",algorithm=\"%s\"", bad[i]));

		assert_int_equal(parse(a, text, &s), ST_DENIED);
	}
}

static void
refuses_lists_of_headers_that_are_empty_or_have_gaps(void **state)
{
	static const char *const bad[] = {
		"", " ", "date ", " date", "date  digest", "date digest date",
		"date Date",
	};
	struct arena *a = *state;
	struct httpsig s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *text = arena_cstr(a, arena_printf(a, HEAD
		    "headers=\"%s\"", bad[i]));

		assert_int_equal(parse(a, text, &s), ST_DENIED);
	}
}

static void
takes_32_headers_and_not_33(void **state)
{
	struct arena *a = *state;
	struct httpsig s;
	char list[33 * 4 + 1] = "";

	for (unsigned i = 0; i < 32; i++)
		sprintf(list + strlen(list), "%sh%02u", i == 0 ? "" : " ", i);
	assert_int_equal(parse(a, arena_cstr(a, arena_printf(a,
	    HEAD "headers=\"%s\"", list)), &s), ST_OK);
	assert_int_equal(s.header_count, HTTPSIG_MAX_HEADERS);
	strcat(list, " h32");
	assert_int_equal(parse(a, arena_cstr(a, arena_printf(a,
	    HEAD "headers=\"%s\"", list)), &s), ST_DENIED);
}

static void
refuses_more_than_4_kib(void **state)
{
	struct arena *a = *state;
	struct httpsig s;
	char text[HTTPSIG_MAX_BYTES + 2];

	memset(text, ',', sizeof(text));
	memcpy(text, HEAD, sizeof(HEAD) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(parse(a, text, &s), ST_DENIED);
	text[sizeof(text) - 2] = '\0';
	assert_int_equal(parse(a, text, &s), ST_OK);
}

static void
says_so_when_memory_is_short(void **state)
{
	struct arena none = ARENA(8);
	struct httpsig s;

	(void)state;
	(void)parse(&none, HEAD, &s);
	assert_true(arena_failed(&none));
	arena_free(&none);
	(void)parse(&none, "keyId=k,x=\"0123456789\"", &s);
	assert_true(arena_failed(&none));
	arena_free(&none);
}

static void
makes_one_line_of_each_header_in_the_listed_order(void **state)
{
	struct arena *a = *state;
	enum status st;

	assert_string_equal(signing_string(a, HEAD "headers=\"date digest\"",
	    &st), "date: today\ndigest: d");
	assert_string_equal(signing_string(a, HEAD "headers=\"Digest DATE\"",
	    &st), "digest: d\ndate: today");
	assert_string_equal(signing_string(a, HEAD "headers=\"X-AZ\"", &st),
	    "x-az: z");
	assert_string_equal(signing_string(a, HEAD "headers=\"empty\"", &st),
	    "empty: ");
	assert_string_equal(signing_string(a, HEAD "headers=\"x-under-score "
	    "host\"", &st), "x-under-score: u\nhost: example.org");
}

static void
lowers_the_method_and_leaves_the_target_as_it_is(void **state)
{
	struct arena *a = *state;
	enum status st;

	assert_string_equal(signing_string(a,
	    HEAD "headers=\"(request-target) date\"", &st),
	    "(request-target): post /Hooks/drone?A=b%20C\ndate: today");
}

static void
signs_times_as_whole_numbers(void **state)
{
	struct arena *a = *state;
	enum status st;

	assert_string_equal(signing_string(a, HEAD
	    "created=1402170695,expires=1402170699,"
	    "headers=\"(expires) (created)\"", &st),
	    "(expires): 1402170699\n(created): 1402170695");
	assert_string_equal(signing_string(a, HEAD
	    "created=\"12\",headers=\"(created)\",algorithm=hs2019", &st),
	    "(created): 12");
	/* draft 2.1.6: what a missing list means */
	assert_string_equal(signing_string(a, HEAD "created=-5", &st),
	    "(created): -5");
}

static void
refuses_times_in_the_list_that_are_none(void **state)
{
	static const char *const bad[] = {
		HEAD "headers=\"(created)\"", HEAD "headers=\"(expires)\"",
		HEAD, HEAD "expires=5",
		HEAD "created=,headers=\"(created)\"",
		HEAD "created=x,headers=\"(created)\"",
		HEAD "created=1.5,headers=\"(created)\"",
		HEAD "created=1.0,headers=\"(created)\"",
		HEAD "created=0x10,headers=\"(created)\"",
		HEAD "created=+1,headers=\"(created)\"",
		HEAD "created=1e9,headers=\"(created)\"",
		HEAD "created=--1,headers=\"(created)\"",
		HEAD "created=9999999999999999999,headers=\"(created)\"",
		HEAD "expires=1.5,headers=\"(expires)\"",
		HEAD "expires=1.,headers=\"(expires)\"",
		/* draft 2.3: not with an algorithm that begins with hmac */
		HEAD "algorithm=hmac-sha256,created=1,headers=\"(created)\"",
		HEAD "algorithm=hmac-sha256,expires=1,headers=\"(expires)\"",
	};
	struct arena *a = *state;
	enum status st;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(signing_string(a, bad[i], &st));
		assert_int_equal(st, ST_DENIED);
	}
}

static void
refuses_a_listed_header_that_is_not_there_or_comes_twice(void **state)
{
	static const char *const absent[] = {
		"nosuch", "date:", "(foo)", "(request-target", "()", "\tdate",
		"date\tdigest", "request-target", "x_under_score",
	};
	struct arena *a = *state;
	char name[200];
	enum status st;

	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		assert_null(signing_string(a, arena_cstr(a, arena_printf(a,
		    HEAD "headers=\"%s\"", absent[i])), &st));
		assert_int_equal(st, ST_DENIED);
	}
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_null(signing_string(a, arena_cstr(a, arena_printf(a,
	    HEAD "headers=\"%s\"", name)), &st));
	assert_int_equal(st, ST_DENIED);
	assert_null(signing_string(a, HEAD "headers=\"date twice\"", &st));
	assert_int_equal(st, ST_MALFORMED);
}

static void
refuses_a_signed_target_that_nobody_knows(void **state)
{
	struct arena *a = *state;
	struct reason why = { "" };
	struct httpsig s;
	struct message m = { .method = BYTES("POST") };
	struct bytes text;

	assert_int_equal(parse(a, HEAD "headers=\"(request-target)\"", &s),
	    ST_OK);
	assert_int_equal(httpsig_signing_string(&s, &m, a, &text, &why),
	    ST_DENIED);
}

static enum status
times(struct arena *a, const char *params, int64_t now_ms)
{
	struct reason why = { "" };
	struct httpsig s;

	assert_int_equal(parse(a, arena_cstr(a, arena_printf(a,
	    HEAD "%s", params)), &s), ST_OK);
	return httpsig_check_times(&s, now_ms, 2000, &why);
}

static void
lets_no_signature_pass_before_its_time_or_behind_it(void **state)
{
	struct arena *a = *state;

	assert_int_equal(times(a, "created=100,expires=200", 150000), ST_OK);
	assert_int_equal(times(a, "created=100", 98000), ST_OK);
	assert_int_equal(times(a, "created=100", 97999), ST_DENIED);
	assert_int_equal(times(a, "expires=200", 200000), ST_OK);
	assert_int_equal(times(a, "expires=200", 200001), ST_DENIED);
	assert_int_equal(times(a, "expires=\"200.25\"", 200250), ST_OK);
	assert_int_equal(times(a, "expires=200.25", 200251), ST_DENIED);
	assert_int_equal(times(a, "expires=200.2509999", 200250), ST_OK);
	assert_int_equal(times(a, "expires=-1", 0), ST_DENIED);
	assert_int_equal(times(a, "expires=-1", -1000), ST_OK);
	assert_int_equal(times(a, "expires=-0.5", -500), ST_OK);
	assert_int_equal(times(a, "expires=-0.5", -499), ST_DENIED);
	assert_int_equal(times(a, "created=999999999999999", 0), ST_DENIED);
	assert_int_equal(times(a, "expires=999999999999999", INT64_C(1) << 50),
	    ST_OK);
	/* not well-formed and not signed: ignored, draft 2.2 */
	assert_int_equal(times(a, "created=soon,expires=\"\"", 0), ST_OK);
	assert_int_equal(times(a, "expires=1.2x", 9999), ST_OK);
	assert_int_equal(times(a, "expires=1.2.3", 9999), ST_OK);
}

static void
finds_the_parameters_in_either_header(void **state)
{
	static const struct {
		const char *headers;
		enum status st;
		const char *params;
	} cases[] = {
		{ "Signature: x\n", ST_OK, "x" },
		{ "Signature:\n", ST_OK, "" },
		{ "Authorization: Signature x\n", ST_OK, "x" },
		{ "Authorization: sIGNATURE  x \n", ST_OK, "x" },
		{ "Authorization: Basic dXNlcjpwYXNz\nSignature: x\n", ST_OK,
		    "x" },
		{ "Authorization: Signature y\nSignature: x\n", ST_OK, "x" },
		{ "Authorization: a\nAuthorization: b\nSignature: x\n", ST_OK,
		    "x" },
		{ "", ST_DENIED, NULL },
		{ "Authorization: Basic dXNlcjpwYXNz\n", ST_DENIED, NULL },
		{ "Authorization: keyId=\"k\"\n", ST_DENIED, NULL },
		{ "Authorization: Signature\n", ST_DENIED, NULL },
		{ "Authorization: Signature,x\n", ST_DENIED, NULL },
		{ "Authorization: Signature\tx\n", ST_DENIED, NULL },
		{ "Authorization:\n", ST_DENIED, NULL },
		{ "Signature: x\nSignature: x\n", ST_MALFORMED, NULL },
		{ "Signature: x\nSignature:\n", ST_MALFORMED, NULL },
		{ "Authorization: Basic y\nAuthorization: Signature x\n",
		    ST_MALFORMED, NULL },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reason why = { "" };
		struct bytes params = BYTES_NONE;
		struct message m;

		vector_message(a, bytes_of(cases[i].headers), BYTES_NONE, &m);
		assert_int_equal(httpsig_find(&m, &params, &why), cases[i].st);
		if (cases[i].st == ST_OK)
			assert_bytes(a, params, cases[i].params);
		else
			assert_string_not_equal(why.text, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(reads_what_drone_sends),
		vector_test(takes_the_whole_grammar_of_a_list),
		vector_test(refuses_what_the_draft_refuses),
		vector_test(refuses_a_parameter_that_comes_twice_even_alike),
		vector_test(
		    refuses_a_signature_that_is_not_the_base64_of_32_bytes),
		vector_test(refuses_other_algorithms_by_name),
		vector_test(
		    refuses_lists_of_headers_that_are_empty_or_have_gaps),
		vector_test(takes_32_headers_and_not_33),
		vector_test(refuses_more_than_4_kib),
		vector_test(says_so_when_memory_is_short),
		vector_test(makes_one_line_of_each_header_in_the_listed_order),
		vector_test(lowers_the_method_and_leaves_the_target_as_it_is),
		vector_test(signs_times_as_whole_numbers),
		vector_test(refuses_times_in_the_list_that_are_none),
		vector_test(
		    refuses_a_listed_header_that_is_not_there_or_comes_twice),
		vector_test(refuses_a_signed_target_that_nobody_knows),
		vector_test(
		    lets_no_signature_pass_before_its_time_or_behind_it),
		vector_test(finds_the_parameters_in_either_header),
	};

	return cmocka_run_group_tests_name("httpsig", tests, NULL, NULL);
}
