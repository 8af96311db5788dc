/* How senders sign, by the cases that they publish, and what must not pass for
 * that. The recipes are this test's own: the rows have tests of their own. */
#include <stdio.h>

#include "blind.h"
#include "leak.h"
#include "outgoing_fixture.h"
#include "recipe.h"
#include "secret_key.h"
#include "signed_time.h"
#include "trace.h"
#include "vectors.h"

static const struct recipe github = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-hub-signature-256", .element = "sha256=%hex",
	    .signed_text = "{body}" }, SCHEME_END },
}, standard = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "webhook-signature", .element = "v1,%b64",
	    .separator = ' ', .encoding = SECRET_BASE64,
	    .signed_text = "{header:webhook-id}.{time}.{body}",
	    .time = "header:webhook-timestamp" }, SCHEME_END },
}, slack = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-slack-signature", .element = "v0=%hex",
	    .signed_text = "v0:{time}:{body}",
	    .time = "header:x-slack-request-timestamp" }, SCHEME_END },
}, stripe = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "stripe-signature", .element = "v1=%hex",
	    .separator = ',', .signed_text = "{time}.{body}",
	    .time = "element:t" }, SCHEME_END },
};

struct sender {
	struct vector_source v;
	struct source *source;
};

static struct source *
source_of(struct sender *s, const struct recipe *r, const char *secret)
{
	const char *const secrets[] = { secret, NULL };

	vector_source(&s->v, "circleci", secrets);
	s->source = &s->v.source;
	s->source->recipe = r;
	return s->source;
}

/* At a time; the words of a refusal, "" where it is genuine. */
static const char *
verdict_at(struct arena *a, const struct source *s, const char *headers,
    struct bytes body, int64_t now_s, struct proof *proof)
{
	struct reason why = { "" };
	struct message m;
	enum status st;

	vector_message(a, bytes_of(headers), body, &m);
	m.received_ms = now_s * 1000;
	st = event_verify(s, &m, a, NULL, proof, &why);
	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	assert_true(st == ST_OK || st == ST_DENIED || st == ST_MALFORMED);
	return arena_cstr(a, bytes_of(why.text));
}

#define NO_FIT "none of the source's secrets makes this signature"

/* --- what is published --------------------------------------------------- */

#define SLACK_BODY "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&" \
	"team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&" \
	"user_id=U2CERLKJA&user_name=roadrunner&" \
	"command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F" \
	"hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F" \
	"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121." \
	"803a0bc887a14d10d2c447fce8b6703c"
#define SLACK_KEY "8f742231b10e8888abcd99yyyzzz85a5"
#define SLACK_HEADERS "X-Slack-Request-Timestamp: 1531420618\n" \
	"X-Slack-Signature: v0=a2114d57b48eac39b9ad189dd8316235" \
	"a7b4a8d21a10bd27519666489c69b503\n"
#define STANDARD_KEY "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define STANDARD_BODY "{\"test\": 2432232314}"
#define STANDARD_MAC "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define STANDARD_ID "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\n"
#define STANDARD_TIME "webhook-timestamp: 1614265330\n"
#define STANDARD_HEADERS STANDARD_ID STANDARD_TIME \
	"webhook-signature: v1," STANDARD_MAC "\n"

static const struct {
	const struct recipe *recipe;
	const char *secret, *headers, *body;
	int64_t now_s;
} published[] = {
	{ &github, "It's a Secret to Everybody", "X-Hub-Signature-256: sha256="
	    "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	    "\n", "Hello, World!", 0 },
	/* Bitbucket's */
	{ &github, "It's a Secret to Everybody", "X-Hub-Signature-256: sha256="
	    "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
	    "\n", "Hello World!", 0 },
	{ &standard, STANDARD_KEY, STANDARD_HEADERS, STANDARD_BODY,
	    1614265330 },
	{ &standard, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", STANDARD_HEADERS,
	    STANDARD_BODY, 1614265330 },
	{ &slack, SLACK_KEY, SLACK_HEADERS, SLACK_BODY, 1531420618 },
};

enum { PUBLISHED = sizeof(published) / sizeof(published[0]) };

static void
verifies_what_is_published(void **state)
{
	for (size_t i = 0; i < PUBLISHED; i++) {
		struct proof proof;
		struct sender s;

		source_of(&s, published[i].recipe, published[i].secret);
		assert_string_equal(verdict_at(*state, s.source,
		    published[i].headers, bytes_of(published[i].body),
		    published[i].now_s, &proof), "");
		assert_int_equal(proof.near, NEAR_GENUINE);
		assert_int_equal(proof.identity.len, 32);
		assert_ptr_equal(proof.scheme,
		    &published[i].recipe->schemes[0]);
		assert_int_equal(proof.has_time, published[i].now_s != 0);
		if (proof.has_time)
			assert_int_equal(proof.time_ms,
			    published[i].now_s * 1000);
	}
}

/* Each bit of the body and of every header's value. */
static void
refuses_it_with_any_bit_changed(void **state)
{
	for (size_t i = 0; i < PUBLISHED; i++) {
		char *texts[2] = { strdup(published[i].headers),
			strdup(published[i].body) };
		struct sender s;

		source_of(&s, published[i].recipe, published[i].secret);
		for (int part = 0; part < 2; part++) {
			bool value = part == 1;

			for (char *c = texts[part]; *c != '\0'; c++) {
				struct proof proof;

				if (part == 0 && (*c == '\n' || *c == ':')) {
					value = *c == ':' ? (c++, true) :
					    false;
					continue;
				}
				if (!value)
					continue;
				*c ^= 1;
				assert_string_not_equal(verdict_at(*state,
				    s.source, texts[0], bytes_of(texts[1]),
				    published[i].now_s, &proof), "");
				assert_true(proof.near != NEAR_GENUINE);
				*c ^= 1;
			}
		}
		free(texts[0]);
		free(texts[1]);
		arena_reset(*state);
	}
}

/* --- one sender, and what is wrong with a request ------------------------ */

#define NO_HEADER(h) "there is no " h " header, which is signed"

static void
refuses_what_standard_webhooks_would(void **state)
{
	static const struct {
		const char *secret, *headers, *why;
	} cases[] = {
		{ STANDARD_KEY, STANDARD_ID STANDARD_TIME, "there is no "
		    "webhook-signature header: does the sender know the "
		    "secret?" },
		{ STANDARD_KEY, STANDARD_TIME "webhook-signature: v1,"
		    STANDARD_MAC "\n", NO_HEADER("webhook-id") },
		{ STANDARD_KEY, STANDARD_ID "webhook-signature: v1,"
		    STANDARD_MAC "\n", NO_HEADER("webhook-timestamp") },
		{ STANDARD_KEY, STANDARD_HEADERS "webhook-id: x\n",
		    "more than one webhook-id header" },
		{ STANDARD_KEY, STANDARD_HEADERS STANDARD_ID,
		    "more than one webhook-id header" },
		{ STANDARD_KEY, STANDARD_HEADERS STANDARD_TIME,
		    "more than one webhook-timestamp header" },
		{ STANDARD_KEY, "webhook-id:\n" STANDARD_TIME
		    "webhook-signature: v1," STANDARD_MAC "\n",
		    "the webhook-id header, which is signed, is empty" },
		{ STANDARD_KEY, STANDARD_ID "webhook-timestamp:\n"
		    "webhook-signature: v1," STANDARD_MAC "\n", "the "
		    "webhook-timestamp header, which is signed, is empty" },
		{ STANDARD_KEY, STANDARD_ID STANDARD_TIME "webhook-signature: "
		    "v1a," STANDARD_MAC "\n", "webhook-signature has no v1, "
		    "followed by the base64 of 32 bytes" },
		{ STANDARD_KEY, STANDARD_ID STANDARD_TIME "webhook-signature: "
		    STANDARD_MAC "\n", "webhook-signature has no v1, "
		    "followed by the base64 of 32 bytes" },
		{ STANDARD_KEY, STANDARD_ID STANDARD_TIME "webhook-signature: "
		    "v1,\n", "webhook-signature has no v1, followed by the "
		    "base64 of 32 bytes" },
		{ STANDARD_KEY, STANDARD_ID STANDARD_TIME
		    "webhook-signature:\n", "webhook-signature has no v1, "
		    "followed by the base64 of 32 bytes" },
		{ STANDARD_KEY, STANDARD_ID STANDARD_TIME "webhook-signature: "
		    "v1," STANDARD_MAC " a b c d e f g h i j k l m n o p\n",
		    "webhook-signature has more than 16 elements" },
		{ STANDARD_KEY, STANDARD_ID STANDARD_TIME "webhook-signature: "
		    "v1,CeNdK0CaZ0fgGhsSlZ7ZbQEeuGnIaRXjmvzGD6nVRYQ=\n",
		    NO_FIT },
		/* the secret's text, and its base64 in upper case */
		{ "whsec_MFKQ9R8GKYQRTWJUPD8ILPZIO2LALASW", STANDARD_HEADERS,
		    NO_FIT },
		{ "whsec_whsec_AAAA", STANDARD_HEADERS,
		    "a secret is not written in base64" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reason why = { "" };
		struct proof proof;
		struct message m;
		struct sender s;

		source_of(&s, &standard, cases[i].secret);
		vector_message(*state, bytes_of(cases[i].headers),
		    BYTES(STANDARD_BODY), &m);
		m.received_ms = INT64_C(1614265330000);
		assert_int_not_equal(event_verify(s.source, &m, *state, NULL,
		    &proof, &why), ST_OK);
		assert_string_equal(why.text, cases[i].why);
	}
}

/* While a secret is replaced, there are several. */
static void
takes_one_of_several_signatures_on_one_line_or_more(void **state)
{
	static const char *const good[] = {
		"webhook-signature: v1,AAAA v1," STANDARD_MAC "\n",
		"webhook-signature: v1," STANDARD_MAC " v1a,x\n",
		"webhook-signature: v1a,x   v2,y  v1," STANDARD_MAC " \n",
		"webhook-signature: v1a,x\n"
		    "webhook-signature: v1," STANDARD_MAC "\n",
		"webhook-signature:\nwebhook-signature: v1," STANDARD_MAC "\n",
		/* two lines that a server has made one */
		"webhook-signature: v1," STANDARD_MAC ", v1a,x\n",
		"webhook-signature: v1a,x, v1," STANDARD_MAC "\n",
		"webhook-signature: v1,a v1,b v1,c v1,d v1,e v1,f v1,g v1,h "
		    "v1,i v1,j v1,k v1,l v1,m v1,n v1,o v1," STANDARD_MAC
		    "\n",
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct bytes headers = arena_printf(a, "%s%s", STANDARD_ID
		    STANDARD_TIME, good[i]);
		struct proof proof;
		struct sender s;

		source_of(&s, &standard, STANDARD_KEY);
		assert_string_equal(verdict_at(a, s.source, headers.data,
		    BYTES(STANDARD_BODY), 1614265330, &proof), "");
	}
}

static const struct recipe list = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-sig", .element = "v1=%hex", .separator = ',',
	    .signed_text = "{body}" }, SCHEME_END },
};

/* "v1=" and the MAC of a body under a secret. */
static struct bytes
list_element(struct arena *a, const char *secret, const char *body)
{
	unsigned char mac[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	assert_int_equal(hmac_sha256(bytes_of(secret), bytes_of(body), mac),
	    ST_OK);
	hex_encode(mac, sizeof(mac), hex);
	return arena_printf(a, "v1=%s", hex);
}

/* While a secret is replaced, a sender signs with both. Whoever has captured
 * such a request can leave one of them out, or change their order. */
static void
is_the_same_with_any_of_its_signatures(void **state)
{
	static const char *const secrets[] = { "new", "old", NULL };
	struct arena *a = *state;
	const struct bytes new = list_element(a, "new", "{}"),
	    old = list_element(a, "old", "{}"),
	    other = list_element(a, "new", "{ }");
	const struct bytes lines[] = {
		arena_printf(a, "X-Sig: %s,%s\n", new.data, old.data),
		arena_printf(a, "X-Sig: %s,%s\n", old.data, new.data),
		arena_printf(a, "X-Sig: %s\n", new.data),
		arena_printf(a, "X-Sig: %s\n", old.data),
	};
	struct proof first, proof;
	struct sender s;

	vector_source(&s.v, "circleci", secrets);
	s.v.source.recipe = &list;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_string_equal(verdict_at(a, &s.v.source, lines[i].data,
		    BYTES("{}"), 0, &proof), "");
		first = i == 0 ? proof : first;
		assert_true(proof.identity.len > 0);
		assert_true(bytes_equal(proof.identity, first.identity));
	}
	assert_string_equal(verdict_at(a, &s.v.source, arena_printf(a,
	    "X-Sig: %s\n", other.data).data, BYTES("{ }"), 0, &proof), "");
	assert_false(bytes_equal(proof.identity, first.identity));
}

/* A captured request, cut elsewhere: "a" "." "1.b" is "a.1" "." "b", too. */
static void
refuses_a_signed_header_that_could_end_elsewhere(void **state)
{
	static const char *const ids[] = { "a.1614265330", ".a", "a.", "." };
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct bytes headers = arena_printf(a, "webhook-id: %s\n"
		    STANDARD_TIME "webhook-signature: v1," STANDARD_MAC "\n",
		    ids[i]);
		struct proof proof;
		struct sender s;

		source_of(&s, &standard, STANDARD_KEY);
		assert_string_equal(verdict_at(a, s.source, headers.data,
		    BYTES(STANDARD_BODY), 1614265330, &proof), "the "
		    "webhook-id header contains text that is signed beside it: "
		    "nobody can say where it ends");
		assert_int_equal(proof.near, NEAR_NOT);
	}
}

static const struct recipe id_before = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-sig", .element = "%hex",
	    .signed_text = "{header:x-id}::{body}" }, SCHEME_END },
}, id_behind = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-sig", .element = "%hex",
	    .signed_text = "{body}::{header:x-id}" }, SCHEME_END },
}, behind = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-sig", .element = "%hex",
	    .signed_text = "{body}{time}", .time = "header:x-time" },
	    SCHEME_END },
}, beside = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-sig", .element = "%hex",
	    .signed_text = "{header:x-id}{time}{body}",
	    .time = "header:x-time" }, SCHEME_END },
}, joined = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "x-sig", .element = "%hex",
	    .signed_text = "{time}{body}", .time = "header:x-time" },
	    SCHEME_END },
};

/* "a:" "::" "{}" is "a" "::" ":{}", too. */
static void
refuses_a_signed_header_that_makes_a_literal_with_it(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *id;
		bool good;
	} cases[] = {
		{ &id_before, "a", true }, { &id_before, "a:b", true },
		{ &id_before, ":a", true }, { &id_before, "a:", false },
		{ &id_before, ":", false }, { &id_before, "a::b", false },
		{ &id_behind, "a", true }, { &id_behind, "a:b", true },
		{ &id_behind, "a:", true }, { &id_behind, ":a", false },
		{ &id_behind, ":", false }, { &id_behind, "a::b", false },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool first = cases[i].recipe == &id_before;
		struct bytes text = arena_printf(a, first ? "%s::{}" :
		    "{}::%s", cases[i].id);
		struct bytes mac = bytes_from(list_element(a, "secret",
		    text.data), strlen("v1="));
		struct proof proof;
		struct sender s;

		source_of(&s, cases[i].recipe, "secret");
		assert_string_equal(verdict_at(a, s.source, arena_printf(a,
		    "X-Id: %s\nX-Sig: %s\n", cases[i].id, mac.data).data,
		    BYTES("{}"), 0, &proof), cases[i].good ? "" : "the x-id "
		    "header contains text that is signed beside it: nobody can "
		    "say where it ends");
	}
}

/* Seconds and three digits more are the same time in milliseconds. */
static void
refuses_a_body_whose_digits_could_be_of_the_time(void **state)
{
	static const struct { const char *time, *body, *why; } cases[] = {
		{ "1614265330", "{}", "" }, { "1614265330123", "{}", "" },
		{ "1614265330", "a=1", "" },
		{ "1614265330", "123=1", "the body begins with a digit, right "
		    "after the signed time: nobody can say where the time "
		    "ends" },
		{ "1614265330123", "=1", "" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes text = arena_printf(a, "%s%s", cases[i].time,
		    cases[i].body);
		struct bytes mac = bytes_from(list_element(a, "secret",
		    text.data), strlen("v1="));
		struct proof proof;
		struct sender s;

		source_of(&s, &joined, "secret");
		assert_string_equal(verdict_at(a, s.source, arena_printf(a,
		    "X-Time: %s\nX-Sig: %s\n", cases[i].time, mac.data).data,
		    bytes_of(cases[i].body), 1614265330, &proof),
		    cases[i].why);
	}
}

#define DIGIT "there is a digit right before the signed time: nobody can say " \
	"where the time begins"

/* 1614265330 behind 161 are the milliseconds of a day in another month. A date
 * takes no digit: that is how Twitch signs. */
static void
refuses_a_digit_that_could_be_the_first_of_the_time(void **state)
{
	static const struct {
		const struct recipe *recipe;
		const char *time, *id, *body, *why;
	} cases[] = {
		{ &behind, "1614265330", "", "{}", "" },
		{ &behind, "1614265330", "", "a=161", DIGIT },
		{ &behind, "2021-02-25T15:02:10Z", "", "a=161", "" },
		{ &beside, "1614265330", "a", "{}", "" },
		{ &beside, "1614265330", "a161", "{}", DIGIT },
		{ &beside, "2021-02-25T15:02:10Z", "a161", "{}", "" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool body_first = cases[i].recipe == &behind;
		struct bytes text = arena_printf(a, "%s%s%s", body_first ?
		    cases[i].body : cases[i].id, cases[i].time, body_first ?
		    "" : cases[i].body);
		struct bytes mac = bytes_from(list_element(a, "secret",
		    text.data), strlen("v1="));
		struct proof proof;
		struct sender s;

		source_of(&s, cases[i].recipe, "secret");
		assert_string_equal(verdict_at(a, s.source, arena_printf(a,
		    "X-Time: %s\nX-Id: %s\nX-Sig: %s\n", cases[i].time,
		    cases[i].id, mac.data).data, bytes_of(cases[i].body),
		    1614265330, &proof), cases[i].why);
	}
}

/* --- the time ------------------------------------------------------------ */

static const char *
slack_at(struct arena *a, int64_t now_s, bool any_age,
    enum nearness *near)
{
	const char *why;
	struct proof proof;
	struct sender s;

	source_of(&s, &slack, SLACK_KEY)->any_age = any_age;
	why = verdict_at(a, s.source, SLACK_HEADERS, BYTES(SLACK_BODY), now_s,
	    &proof);
	*near = proof.near;
	return why;
}

static void
refuses_a_genuine_one_of_another_time(void **state)
{
	static const struct {
		int off_s;
		const char *why;
	} cases[] = {
		{ 0, "" }, { 300, "" }, { -300, "" },
		{ 301, "the signed time 2018-07-12T18:36:58.000Z is 301 s old "
		    "at 2018-07-12T18:41:59.000Z, more than max_age" },
		{ -301, "the signed time 2018-07-12T18:36:58.000Z is 301 s "
		    "ahead of 2018-07-12T18:31:57.000Z, more than max_age: a "
		    "clock is wrong" },
		{ 100000000, "the signed time 2018-07-12T18:36:58.000Z is "
		    "100000000 s old at 2021-09-12T04:23:38.000Z, more than "
		    "max_age" },
	};
	enum nearness near;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(slack_at(*state, 1531420618 +
		    cases[i].off_s, false, &near), cases[i].why);
		assert_int_equal(near, NEAR_GENUINE);
		/* an operator sends it again, and knows how old it is */
		assert_string_equal(slack_at(*state, 1531420618 +
		    cases[i].off_s, true, &near), "");
	}
}

static void
reads_a_time_as_senders_write_it(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "0", 0 }, { "1", 1000 }, { "1614265330", 1614265330000 },
		{ "99999999999", 99999999999000 },
		{ "1614265330123", 1614265330123 },
		{ "2021-02-25T15:02:10Z", 1614265330000 },
		{ "2021-02-25T15:02:10.5+00:00", 1614265330500 },
	};
	static const char *const bad[] = {
		"", " ", "-1", "-1614265330", "+1614265330", "01614265330",
		"00", "1614265330.0", "1614265330.", "1.6e9", "0x603d7a72",
		"1614265330 ", " 1614265330", "1614265330s", "1_614_265_330",
		"253402300800000", "9223372036854775807",
		"9223372036854775808", "18446744073709551615",
		"18446744073709551616", "99999999999999999999999999",
		"Thu, 25 Feb 2021 15:02:10 GMT", "2021-02-25", "now", "nan",
		"\xd9\xa1",
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(signed_time_read(bytes_of(good[i].text), &ms));
		assert_int_equal(ms, good[i].ms);
	}
	ms = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (signed_time_read(bytes_of(bad[i]), &ms))
			fail_msg("taken: %s", bad[i]);
	assert_false(signed_time_read((struct bytes){ "1614265330", 11 },
	    &ms));
	assert_false(signed_time_read(BYTES_NONE, &ms));
	assert_int_equal(ms, 7);
}

/* Genuine by its MAC, whatever the time is. */
static void
refuses_what_is_no_time_although_it_is_signed(void **state)
{
	static const char *const times[] = { "-1614265330", "+1614265330",
		"01614265330", "1614265330.5", "9223372036854775808", "soon" };
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct bytes text = arena_printf(a, "%s.{}", times[i]);
		unsigned char mac[SHA256_LEN];
		char hex[2 * SHA256_LEN + 1];
		struct proof proof;
		struct sender s;

		source_of(&s, &stripe, "secret")->any_age = i % 2 == 0;
		assert_int_equal(hmac_sha256(BYTES("secret"), text, mac),
		    ST_OK);
		hex_encode(mac, sizeof(mac), hex);
		assert_string_equal(verdict_at(a, s.source, arena_printf(a,
		    "Stripe-Signature: t=%s,v1=%s\n", times[i], hex).data,
		    BYTES("{}"), 1614265330, &proof), "the signed time is not "
		    "a number of seconds since 1970");
		assert_int_equal(proof.near, NEAR_GENUINE);
	}
}

/* HMAC-SHA256 of "1614265330.{}" under "secret" */
static struct bytes
stripe_mac(struct arena *a)
{
	unsigned char mac[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	assert_int_equal(hmac_sha256(BYTES("secret"), BYTES("1614265330.{}"),
	    mac), ST_OK);
	hex_encode(mac, sizeof(mac), hex);
	return arena_copy(a, bytes_of(hex));
}

static void
takes_a_time_from_an_element(void **state)
{
	static const struct {
		const char *value, *why;	/* '#' is the MAC */
	} cases[] = {
		{ "t=1614265330,v1=#", "" },
		{ "v1=#,t=1614265330", "" },
		{ "t=1614265330 , v0=x,v1=00,v1=#", "" },
		{ "v1=#", "stripe-signature has no t=, which is the time" },
		{ "t=,v1=#", "stripe-signature has no t=, which is the "
		    "time" },
		{ "T=1614265330,v1=#", "stripe-signature has no t=, which is "
		    "the time" },
		{ "tt=1614265330,v1=#", "stripe-signature has no t=, which is "
		    "the time" },
		{ "t=1614265330,t=1614265330,v1=#",
		    "stripe-signature has more than one t=" },
		{ "t=1614265330,v1=#,t=", "stripe-signature has more than one "
		    "t=" },
		{ "t=1614265331,v1=#", NO_FIT },
		{ "t=1614265330,v0=#", "stripe-signature has no v1= followed "
		    "by 64 lower-case hexadecimal digits" },
		{ "t=1614265330", "stripe-signature has no v1= followed by 64 "
		    "lower-case hexadecimal digits" },
		{ "t=1614265330,v1=#,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o",
		    "stripe-signature has more than 16 elements" },
	};
	struct arena *a = *state;
	struct bytes mac = stripe_mac(a);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes rest = bytes_of(cases[i].value), before;
		struct proof proof;
		struct sender s;

		bytes_cut(&rest, '#', &before);
		source_of(&s, &stripe, "secret");
		assert_string_equal(verdict_at(a, s.source, arena_printf(a,
		    "Stripe-Signature: %.*s%.*s%.*s\n", (int)before.len,
		    before.data, rest.data == NULL ? 0 : (int)mac.len,
		    mac.data, (int)rest.len,
		    rest.data == NULL ? "" : rest.data).data, BYTES("{}"),
		    1614265330, &proof), cases[i].why);
	}
}

/* --- keys and hashes ----------------------------------------------------- */

static void
decodes_keys_as_they_are_written(void **state)
{
	static const struct {
		const char *secret;
		enum secret_encoding encoding;
		const char *key;	/* NULL: it is refused */
		size_t len;
	} cases[] = {
		{ "whsec_x", SECRET_RAW, "whsec_x", 7 },
		{ "", SECRET_RAW, "", 0 },
		{ "whsec_Zm9v", SECRET_BASE64, "foo", 3 },
		{ "whpk_Zm9v", SECRET_BASE64, "foo", 3 },
		{ "Zm9v", SECRET_BASE64, "foo", 3 },
		{ "Zm8=", SECRET_BASE64, "fo", 2 },
		{ "Zg==", SECRET_BASE64, "f", 1 },
		{ "AP8+/w==", SECRET_BASE64, "\0\xff>\xff", 4 },
		{ "", SECRET_BASE64, NULL, 0 },
		{ "whsec_", SECRET_BASE64, NULL, 0 },
		{ "WHSEC_Zm9v", SECRET_BASE64, NULL, 0 },
		{ "Zm9", SECRET_BASE64, NULL, 0 },
		{ "Zm8", SECRET_BASE64, NULL, 0 },
		{ "Zm9=", SECRET_BASE64, NULL, 0 },
		{ "Zh==", SECRET_BASE64, NULL, 0 },
		{ "Z===", SECRET_BASE64, NULL, 0 },
		{ "Zm9vA===", SECRET_BASE64, NULL, 0 },
		{ "====", SECRET_BASE64, NULL, 0 },
		{ "Zm=v", SECRET_BASE64, NULL, 0 },
		{ "Zm9v\n", SECRET_BASE64, NULL, 0 },
		{ "Zm9v====", SECRET_BASE64, NULL, 0 },
		{ "Zm_v", SECRET_BASE64, NULL, 0 },
		{ "Zm-v", SECRET_BASE64, NULL, 0 },
		{ "Z m9v", SECRET_BASE64, NULL, 0 },
		{ "666f6f", SECRET_HEX, "foo", 3 },
		{ "666F6f", SECRET_HEX, "foo", 3 },
		{ "00fF", SECRET_HEX, "\0\xff", 2 },
		{ "", SECRET_HEX, NULL, 0 }, { "6", SECRET_HEX, NULL, 0 },
		{ "666", SECRET_HEX, NULL, 0 }, { "6g", SECRET_HEX, NULL, 0 },
		{ "0x66", SECRET_HEX, NULL, 0 },
		{ "/0", SECRET_HEX, NULL, 0 }, { ":0", SECRET_HEX, NULL, 0 },
		{ "@0", SECRET_HEX, NULL, 0 }, { "G0", SECRET_HEX, NULL, 0 },
		{ "`0", SECRET_HEX, NULL, 0 },
		{ "\xb0" "0", SECRET_HEX, NULL, 0 },
	};
	struct secret_key key;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool good = secret_key_make(bytes_of(cases[i].secret),
		    cases[i].encoding, &key);

		if (good != (cases[i].key != NULL))
			fail_msg("%s", cases[i].secret);
		if (good) {
			assert_int_equal(key.bytes.len, cases[i].len);
			assert_memory_equal(key.bytes.data, cases[i].key,
			    cases[i].len);
		}
		secret_key_wipe(&key);
		assert_null(key.bytes.data);
	}
}

/* Every byte as codec.h has it, which is written another way. */
static void
decodes_every_digit_as_the_codec_does(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[] = { 'A', (char)c, 'A', 'A' };
		unsigned char out[3];
		struct secret_key key;

		assert_int_equal(secret_key_make((struct bytes){ text, 4 },
		    SECRET_BASE64, &key), base64_decode_exact(
		    (struct bytes){ text, 4 }, out, 3));
		secret_key_wipe(&key);
		text[0] = '0';
		assert_int_equal(secret_key_make((struct bytes){ text, 2 },
		    SECRET_HEX, &key), hex_digit((char)c) >= 0);
		if (hex_digit((char)c) >= 0)
			assert_int_equal(key.room[0], hex_digit((char)c));
		secret_key_wipe(&key);
	}
}

static void
wipes_what_was_decoded(void **state)
{
	static const char none[SECRET_KEY_MAX];
	struct secret_key key;

	(void)state;
	assert_true(secret_key_make(BYTES("whsec_Zm9v"), SECRET_BASE64, &key));
	secret_key_wipe(&key);
	assert_memory_equal(key.room, none, sizeof(none));
	assert_false(secret_key_make(BYTES("666f6fxx"), SECRET_HEX, &key));
	secret_key_wipe(&key);
	assert_memory_equal(key.room, none, sizeof(none));
}

/* Of "foo" under "secret" */
static const char *const macs[] = {
	[SCHEME_SHA256] = "773ba44693c7553d6ee20f61ea5d2757"
	    "a9a4f4a44d2841ae4e95b52e4cd62db4",
	[SCHEME_SHA512] = "82df7103de8d82de45e01c45fe642b5d"
	    "13c6c2b47decafebc009431c665c6fa5"
	    "f3d1af4e978ea1bde91426622073ebea"
	    "c61a3461efd467e0971c788bc8ebdbbe",
	[SCHEME_SHA1] = "9baed91be7f58b57c824b60da7cb262b2ecafbd2",
};

static void
verifies_with_each_hash_and_no_other(void **state)
{
	struct arena *a = *state;

	for (int have = SCHEME_SHA256; have <= SCHEME_SHA1; have++)
		for (int want = SCHEME_SHA256; want <= SCHEME_SHA1; want++) {
			const struct scheme schemes[] = { { .name = "s",
			    .algorithm = (enum scheme_algorithm)want,
			    .header = "x-sig", .element = "%hex",
			    .signed_text = "{body}" }, SCHEME_END };
			const struct recipe r = { .schemes = schemes };
			struct proof proof;
			struct sender s;
			const char *why;

			source_of(&s, &r, "secret");
			why = verdict_at(a, s.source, arena_printf(a,
			    "X-Sig: %s\n", macs[have]).data, BYTES("foo"), 0,
			    &proof);
			if (have == want)
				assert_string_equal(why, "");
			else
				assert_non_null(strstr(why, "x-sig is not "));
		}
}

/* A refused request is kept with the hash of its MAC, whichever length that
 * has. */
static void
verifies_what_is_kept_with_each_hash(void **state)
{
	struct arena *a = *state;

	for (int i = SCHEME_SHA256; i <= SCHEME_SHA1; i++) {
		const struct scheme schemes[] = { { .name = "s",
		    .algorithm = (enum scheme_algorithm)i,
		    .header = "x-sig", .element = "%hex",
		    .signed_text = "{body}" }, SCHEME_END };
		const struct recipe r = { .schemes = schemes };
		char blind[MAC_BLIND_MAX];
		struct reason why;
		struct proof proof;
		struct message m;
		struct sender s;

		source_of(&s, &r, "secret");
		assert_true(mac_blind(bytes_of(macs[i]), blind));
		vector_message(a, arena_printf(a, "X-Sig: %s\n", blind),
		    BYTES("foo"), &m);
		assert_int_equal(event_verify(s.source, &m, a, NULL, &proof,
		    &why), ST_DENIED);
		m.blind = true;
		assert_int_equal(event_verify(s.source, &m, a, NULL, &proof,
		    &why), ST_OK);
		m.body = BYTES("bar");
		assert_int_equal(event_verify(s.source, &m, a, NULL, &proof,
		    &why), ST_DENIED);
		assert_string_equal(why.text, NO_FIT);
	}
}

/* A relay's body has a whole request in it, signed by a recipe that only the
 * configuration knows. */
static void
keeps_no_body_that_quotes_a_signature_of_a_recipe(void **state)
{
	static const struct header_rule rules[] = {
		{ "x-acme-sig", HEADER_SIGNATURE, false },
		{ NULL, HEADER_TEXT, false }
	};
	static const char *const bodies[] = {
		"{\"X-Acme-Sig\":\"%s\"}", "{\"sig\":\"acme:%s\"}",
		"x-acme-sig: %s", "ACME:%s", "acme:acme:%s",
		"{\"other\":\"%s\"}",
	};
	static const struct scheme schemes[] = { { .name = "s",
	    .header = "x-acme-sig", .element = "acme:%hex",
	    .signed_text = "{body}" }, SCHEME_END };
	const struct recipe r = { .schemes = schemes };
	struct arena *a = *state;
	struct message m, kept;
	struct sender s;

	source_of(&s, &r, "secret")->headers = rules;
	for (size_t i = 0; i < 6; i++) {
		const struct bytes parts[] = { { bodies[i], (size_t)(strstr(
		    bodies[i], "%s") - bodies[i]) },
		    bytes_of(macs[SCHEME_SHA256]),
		    bytes_of(strstr(bodies[i], "%s") + 2) };

		vector_message(a, BYTES("Content-Type: application/json\n"),
		    arena_join(a, parts, 3), &m);
		assert_int_equal(blind_message(&m, s.source, s.source, 1,
		    leak_search_make(s.source, 1, a), a, &kept), ST_OK);
		assert_int_equal(kept.body.data == NULL, i < 5);
	}
}

/* As a chat sends it: Authorization, which has secrets of others. */
static const struct recipe in_authorization = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .header = "authorization", .element = "HMAC %b64",
	    .encoding = SECRET_BASE64, .signed_text = "{body}" },
	    SCHEME_END },
};

static void
keeps_a_signature_in_authorization_and_no_secret(void **state)
{
	static const struct header_rule rules[] = {
		{ "authorization", HEADER_SIGNATURE, false },
		{ NULL, HEADER_TEXT, false }
	};
	/* of "foo" under "secret" */
	static const char mac[] =
	    "dzukRpPHVT1u4g9h6l0nV6mk9KRNKEGuTpW1LkzWLbQ=";
	struct arena *a = *state;
	struct message m, kept;
	struct reason why;
	struct proof proof;
	struct sender s;

	source_of(&s, &in_authorization, "c2VjcmV0")->headers = rules;
	vector_message(a, arena_printf(a, "Authorization: HMAC %s\n", mac),
	    BYTES("foo"), &m);
	assert_int_equal(event_verify(s.source, &m, a, NULL, &proof, &why),
	    ST_OK);
	assert_int_equal(blind_message(&m, s.source, s.source, 1,
	    leak_search_make(s.source, 1, a), a, &kept), ST_OK);
	assert_int_equal(kept.header_count, 1);
	assert_null(strstr(vector_cstr(a, kept.headers[0].value), mac));
	assert_int_equal(event_verify(s.source, &kept, a, NULL, &proof, &why),
	    ST_OK);
	vector_message(a, BYTES("Authorization: Bearer hmac-of-nobody-0123\n"),
	    BYTES("foo"), &m);
	assert_int_equal(blind_message(&m, s.source, s.source, 1,
	    leak_search_make(s.source, 1, a), a, &kept), ST_OK);
	assert_int_equal(kept.header_count, 0);
}

/* RFC 8032 7.1, test 2, of "r" (0x72) */
#define ED_KEY \
	"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define ED_SIG \
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" \
	"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"

static const struct recipe ed25519 = {
	.schemes = (const struct scheme[]){ { .name = "signature",
	    .algorithm = SCHEME_ED25519, .header = "x-sig",
	    .element = "%hex", .encoding = SECRET_HEX,
	    .signed_text = "{body}" }, SCHEME_END },
};

static void
verifies_ed25519_with_a_public_key(void **state)
{
	static const struct {
		const char *key, *sig, *body, *why;
	} cases[] = {
		{ ED_KEY, ED_SIG, "r", "" },
		{ ED_KEY, ED_SIG, "s", "none of the source's public keys fits "
		    "this signature" },
		{ ED_KEY, ED_SIG, "", "none of the source's public keys fits "
		    "this signature" },
		/* the key of test 1 */
		{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707"
		    "511a", ED_SIG, "r", "none of the source's public keys "
		    "fits this signature" },
		{ "00", ED_SIG, "r", "none of the source's public keys fits "
		    "this signature" },
		{ ED_KEY, "00", "r", "x-sig is not 128 lower-case hexadecimal "
		    "digits" },
	};
	struct outgoing o = { .body = BYTES("r") };
	struct arena *a = *state;
	struct reason why;
	struct sender s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct proof proof;

		source_of(&s, &ed25519, cases[i].key);
		assert_string_equal(verdict_at(a, s.source, arena_printf(a,
		    "X-Sig: %s\n", cases[i].sig).data,
		    bytes_of(cases[i].body), 0, &proof), cases[i].why);
	}
	source_of(&s, &ed25519, ED_KEY);
	assert_int_equal(outgoing_sign(s.source, a, &o, &why), ST_CONFIG);
	assert_string_equal(why.text, "the secret of circleci is a public "
	    "key: it verifies requests, and only the sender can sign them. "
	    "Have the sender send a test (most have a button for that); then "
	    "see cgihook log");
}

/* --- several schemes ----------------------------------------------------- */

#define WHSEC "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* As GitLab has them: a token, or a signature where the secret begins so. */
static const struct recipe two = {
	.schemes = (const struct scheme[]){
		{ .name = "signature", .header = "webhook-signature",
		    .element = "v1,%b64", .separator = ' ',
		    .encoding = SECRET_BASE64, .secret_prefix = "whsec_",
		    .signed_text = "{header:webhook-id}.{time}.{body}",
		    .time = "header:webhook-timestamp" },
		{ .name = "token", .algorithm = SCHEME_TOKEN,
		    .header = "x-token", .element = "%token" },
		SCHEME_END },
};

static void
judges_by_one_scheme_and_never_falls_back(void **state)
{
	static const struct {
		const char *secrets[3];
		const char *only;
		const char *headers, *why;
	} cases[] = {
		{ { WHSEC }, NULL, STANDARD_HEADERS, "" },
		{ { "pass" }, NULL, "X-Token: pass\n", "" },
		{ { "pass", WHSEC }, NULL, "X-Token: pass\n", "" },
		{ { "pass", WHSEC }, NULL, STANDARD_HEADERS, "" },
		/* GitLab's id and time come with a token as well */
		{ { "pass", WHSEC }, NULL, STANDARD_ID STANDARD_TIME
		    "X-Token: pass\n", "" },
		/* a secret that signs is no token, and the other way round */
		{ { WHSEC }, NULL, "X-Token: " WHSEC "\n", "there is no "
		    "webhook-signature header: does the sender know the "
		    "secret?" },
		{ { "pass", WHSEC }, NULL, "X-Token: " WHSEC "\n",
		    "it is not one of the source's secrets" },
		/* what is signed wrongly is not saved by a token */
		{ { "pass", WHSEC }, NULL, STANDARD_ID STANDARD_TIME
		    "webhook-signature: v1,AAAA\nX-Token: pass\n",
		    "webhook-signature has no v1, followed by the base64 of "
		    "32 bytes" },
		{ { "pass" }, NULL, STANDARD_HEADERS,
		    "there is no secret in X-Token" },
		{ { WHSEC }, "token", STANDARD_HEADERS, "there is no secret "
		    "in X-Token" },
		{ { WHSEC }, "token", "X-Token: " WHSEC "\n", "" },
		{ { "pass" }, "signature", "X-Token: pass\n", "there is no "
		    "webhook-signature header: does the sender know the "
		    "secret?" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vector_source v;
		struct proof proof;

		vector_source(&v, "circleci", cases[i].secrets);
		v.source.recipe = &two;
		v.source.scheme = cases[i].only;
		assert_string_equal(verdict_at(*state, &v.source,
		    cases[i].headers, BYTES(STANDARD_BODY), 1614265330,
		    &proof), cases[i].why);
	}
}

/* Asked to, a trace shows what would have been right: by the first secret that
 * signs, and not by one that is sent. */
static void
reveals_what_the_first_secret_that_signs_makes(void **state)
{
	static const char *const secrets[] = { "pass", WHSEC, "whsec_AAAA",
		NULL };
	struct arena *a = *state;
	struct trace t = TRACE(a);
	struct vector_source v;
	struct reason why;
	struct proof proof;
	struct message m;

	vector_source(&v, "circleci", secrets);
	v.source.recipe = &two;
	vector_message(a, BYTES(STANDARD_ID STANDARD_TIME
	    "webhook-signature: v1,AAAA\n"), BYTES(STANDARD_BODY), &m);
	t.reveal = true;
	assert_int_equal(event_verify(&v.source, &m, a, &t, &proof, &why),
	    ST_DENIED);
	assert_int_equal(t.steps[t.count - 1].kind, STEP_NOTE);
	assert_string_equal(t.steps[t.count - 1].text, STANDARD_MAC);
	assert_string_equal(t.steps[0].name, "scheme");
	assert_string_equal(t.steps[0].text, "judged as a signature");
	t = TRACE(a);
	assert_int_equal(event_verify(&v.source, &m, a, &t, &proof, &why),
	    ST_DENIED);
	for (size_t i = 0; i < t.count; i++)
		assert_null(strstr(t.steps[i].text, STANDARD_MAC));
}

static void
signs_by_the_scheme_of_the_first_secret(void **state)
{
	static const struct {
		const char *secrets[3];
		const char *header;
	} cases[] = {
		{ { "pass", WHSEC }, "X-Token" },
		{ { WHSEC, "pass" }, "Webhook-Signature" },
	};

	for (size_t i = 0; i < 2; i++) {
		struct outgoing o = { .body = BYTES("{}"),
			.now_ms = INT64_C(1614265330000) };
		struct vector_source v;
		struct reason why;
		struct proof proof;
		struct message m;

		vector_source(&v, "circleci", cases[i].secrets);
		v.source.recipe = &two;
		assert_int_equal(outgoing_sign(&v.source, *state, &o, &why),
		    ST_OK);
		assert_bytes(*state, o.headers[o.header_count - 1].name,
		    cases[i].header);
		outgoing_arrives(*state, &o, &m);
		m.received_ms = o.now_ms;
		assert_int_equal(event_verify(&v.source, &m, *state, NULL,
		    &proof, &why), ST_OK);
		assert_int_equal(proof.secret_index, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(verifies_what_is_published),
		vector_test(refuses_it_with_any_bit_changed),
		vector_test(refuses_what_standard_webhooks_would),
		vector_test(
		    takes_one_of_several_signatures_on_one_line_or_more),
		vector_test(is_the_same_with_any_of_its_signatures),
		vector_test(refuses_a_signed_header_that_could_end_elsewhere),
		vector_test(
		    refuses_a_signed_header_that_makes_a_literal_with_it),
		vector_test(refuses_a_body_whose_digits_could_be_of_the_time),
		vector_test(
		    refuses_a_digit_that_could_be_the_first_of_the_time),
		vector_test(refuses_a_genuine_one_of_another_time),
		vector_test(reads_a_time_as_senders_write_it),
		vector_test(refuses_what_is_no_time_although_it_is_signed),
		vector_test(takes_a_time_from_an_element),
		vector_test(decodes_keys_as_they_are_written),
		vector_test(decodes_every_digit_as_the_codec_does),
		vector_test(wipes_what_was_decoded),
		vector_test(verifies_with_each_hash_and_no_other),
		vector_test(verifies_what_is_kept_with_each_hash),
		vector_test(keeps_no_body_that_quotes_a_signature_of_a_recipe),
		vector_test(keeps_a_signature_in_authorization_and_no_secret),
		vector_test(verifies_ed25519_with_a_public_key),
		vector_test(judges_by_one_scheme_and_never_falls_back),
		vector_test(reveals_what_the_first_secret_that_signs_makes),
		vector_test(signs_by_the_scheme_of_the_first_secret),
	};

	return cmocka_run_group_tests_name("scheme", tests, NULL, NULL);
}
