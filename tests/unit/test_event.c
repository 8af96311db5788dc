#include "scheme.h"
#include "vectors.h"

static void
knows_what_may_become_part_of_a_path(void **state)
{
	static const char longest[] = "0123456789012345678901234567890123456789"
	    "01234567890123456789abc";
	static const char longer[] = "0123456789012345678901234567890123456789"
	    "01234567890123456789abcd";
	static const char *const good[] = {
		"a", "0", "build", "workflow-completed", "a_b", "z-", longest
	};
	static const char *const bad[] = {
		"", "-a", "_a", ".", "..", "a.b", "a/b", "/", "A", "aB", "a b",
		" a", "a ", "a\n", "a\t", "\xc3\xa4", "a\x7f", "a~", "a,b",
		longer,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(event_word_valid(bytes_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(event_word_valid(bytes_of(bad[i])));
	assert_false(event_word_valid(BYTES_NONE));
	assert_false(event_word_valid(BYTES("a\0b")));
}

static void
makes_no_name_of_a_control_character(void **state)
{
	static const struct bytes bad[] = { { "a\rb", 3 }, { "a\nb", 3 },
		{ "a\tb", 3 }, { "\x1f", 1 }, { "a\x7f", 2 }, { "a\0b", 3 } };

	assert_bytes(*state, event_name(BYTES("a b"), *state), "a-b");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(event_name(bad[i], *state).data);
}

static void
makes_names_of_what_senders_say(void **state)
{
	static const struct {
		const char *said, *name;
	} cases[] = {
		{ "push", "push" }, { "pull_request", "pull_request" },
		{ "workflow-completed", "workflow-completed" },
		{ "z-", "z-" }, { "a__b--c", "a__b--c" },
		{ "Push Hook", "push-hook" }, { "Tag Push Hook",
		    "tag-push-hook" },
		{ "repo:push", "repo-push" },
		{ "pullrequest:comment_created",
		    "pullrequest-comment_created" },
		{ "build.finished", "build-finished" },
		{ "orders/create", "orders-create" },
		{ "customer.subscription.created",
		    "customer-subscription-created" },
		{ "/deploy", "deploy" }, { "IN_PROGRESS", "in_progress" },
		{ "A", "a" }, { "  a   b ", "a-b" }, { "a.:/b", "a-b" },
		{ "a - b", "a---b" }, { "-a", "a" }, { "_-_a", "a" },
		{ "._.a", "a" }, { "a.", "a" }, { "A-.-", "a" },
		{ "A_", "a_" }, { "\xc3\xa4 x", "x" },
		{ "x\xc3\xa4y", "x-y" }, { "$(reboot)", "reboot" },
		{ "A0123456789012345678901234567890123456789"
		    "0123456789012345678901",
		    "a0123456789012345678901234567890123456789"
		    "0123456789012345678901" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes name = event_name(bytes_of(cases[i].said), a);

		assert_bytes(a, name, cases[i].name);
		assert_true(event_word_valid(name));
		/* a name stays what it is */
		assert_bytes(a, event_name(name, a), cases[i].name);
	}
}

static void
makes_no_name_of_what_cannot_be_one(void **state)
{
	static const char *const bad[] = { "", "-", "_", "--", "...", "/", " ",
		"\xc3\xa4", "_-.-_", "..", "../x", "a..b", "x/../y",
		("A01234567890123456789012345678901234567890123456789012345678"
		    "9012"), "\x01\x7f" };
	struct arena *a = *state;
	char text[EVENT_TEXT_MAX + 2];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (event_name(bytes_of(bad[i]), a).data != NULL)
			fail_msg("%s", bad[i]);
	assert_null(event_name(BYTES_NONE, a).data);
	assert_null(event_name(BYTES("a\0b"), a).data);
	memset(text, ' ', sizeof(text));
	text[0] = 'a';
	assert_bytes(a, event_name((struct bytes){ text, EVENT_TEXT_MAX }, a),
	    "a");
	assert_null(event_name((struct bytes){ text, EVENT_TEXT_MAX + 1 },
	    a).data);
}

static void
has_the_same_words_for_every_result(void **state)
{
	(void)state;
	assert_null(result_name(RESULT_NONE));
	assert_string_equal(result_name(RESULT_SUCCESS), "success");
	assert_string_equal(result_name(RESULT_FAILURE), "failure");
	assert_string_equal(result_name(RESULT_CANCELED), "canceled");
	assert_string_equal(result_name(RESULT_RUNNING), "running");
	assert_string_equal(result_name(RESULT_PENDING), "pending");
	assert_string_equal(result_name(RESULT_OTHER), "other");
}

/* Each row's key differs from every other's. */
static void
a_key_is_of_the_source_the_kind_and_the_identity_apart(void **state)
{
	const struct {
		const char *source;
		char kind;
		struct bytes identity;
	} rows[] = {
		{ "a", 'i', BYTES("x") }, { "a", 'b', BYTES("x") },
		{ "b", 'i', BYTES("x") }, { "a", 'i', BYTES("y") },
		{ "a", 'i', BYTES("") }, { "ai", 'x', BYTES("") },
		{ "a", 'i', BYTES("\0x") }, { "a", 'i', BYTES("x\0") },
		{ "ai", 'i', BYTES("x") }, { "a", 'x', BYTES("i") },
	};
	unsigned char keys[sizeof(rows) / sizeof(rows[0])][DEDUPE_LEN];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event e = { .source = rows[i].source };
		struct reason why = { "" };

		assert_int_equal(event_identify(&e, rows[i].kind,
		    rows[i].identity, *state, &why), ST_OK);
		assert_true(e.has_dedupe);
		memcpy(keys[i], e.dedupe, DEDUPE_LEN);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(keys[i], keys[k], DEDUPE_LEN);
	}
}

/* The key stands in stores: it must not change from one version to the next.
 * Made with: printf 'ci\0i1' | sha256sum */
static void
the_key_of_an_event_stays_what_it_was(void **state)
{
	unsigned char want[DEDUPE_LEN];
	struct event e = { .source = "ci" };
	struct reason why = { "" };

	assert_true(hex_decode_exact(BYTES("afdcccd3398a2fac0d341b4cc6c7b87d"),
	    want, sizeof(want)));
	assert_int_equal(event_identify(&e, 'i', BYTES("1"), *state, &why),
	    ST_OK);
	assert_memory_equal(e.dedupe, want, DEDUPE_LEN);
}

static bool
lasts(struct arena *a, const struct source *s, const struct proof *proof,
    const char *body)
{
	struct reason why = { "" };
	struct message m;
	struct event e;

	vector_message(a, BYTES(""), bytes_of(body), &m);
	if (event_decode(s, &m, proof, a, &e, &why) != ST_OK)
		fail_msg("%s", why.text);
	assert_int_equal(e.has_dedupe, proof != NULL);
	return e.lasting;
}

/* What makes a copy of a request useless some day lets its key go. */
static void
the_key_of_what_never_ages_lasts(void **state)
{
	static const char page[] = "{\"page\":\"Home\"}", gone[] =
	    "{\"type\":\"ping\",\"id\":\"1\","
	    "\"happened_at\":\"2026-11-22T04:37:59Z\"}", to_come[] =
	    "{\"type\":\"ping\",\"id\":\"1\","
	    "\"happened_at\":\"2026-11-22T04:38:01Z\"}", dateless[] =
	    "{\"type\":\"ping\",\"id\":\"1\"}";
	static const struct scheme token = { .name = "token",
	    .algorithm = SCHEME_TOKEN }, mac = { .name = "signature",
	    .algorithm = SCHEME_SHA256 };
	const struct proof by_mac = { .identity = BYTES("x"), .scheme = &mac },
	    dated = { .identity = BYTES("x"), .scheme = &mac,
	    .has_time = true }, by_token = { .identity = BYTES("x"),
	    .scheme = &token };
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "gitea", NULL);

	assert_true(lasts(a, s, &by_mac, page));
	assert_false(lasts(a, s, &dated, page));
	assert_false(lasts(a, s, &by_token, page));
	assert_false(lasts(a, s, NULL, page));
	v.source.unsigned_allowed = true;
	assert_false(lasts(a, s, &by_mac, page));

	s = vector_source(&v, "circleci", NULL);
	assert_false(lasts(a, s, &by_mac, gone));
	assert_true(lasts(a, s, &by_mac, to_come));
	assert_true(lasts(a, s, &by_mac, dateless));
}

static void
lets_the_key_go(struct arena *a, const struct source *s,
    const struct message *m)
{
	struct reason why = { "" };
	struct proof proof;
	struct event e;

	assert_int_equal(event_verify(s, m, a, NULL, &proof, &why), ST_OK);
	assert_int_equal(event_decode(s, m, &proof, a, &e, &why), ST_OK);
	assert_true(e.has_dedupe);
	assert_false(e.lasting);
}

static void
a_date_that_is_signed_and_a_secret_that_is_sent_let_the_key_go(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	struct message m;

	vector_http(a, "tests/vectors/drone/build-updated-success.http", &m);
	lets_the_key_go(a, vector_source(&v, "drone",
	    (const char *const[]){ CAPTURE_SECRET, NULL }), &m);
	vector_message(a, BYTES("Authorization: Bearer s\n"
	    "Idempotency-Key: 1\n"), BYTES("{}"), &m);
	lets_the_key_go(a, vector_source(&v, "custom",
	    (const char *const[]){ "s", NULL }), &m);
}

static void
leaves_out_untouched_when_it_refuses(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	struct reason why = { "" };
	struct message m;
	struct event e = { .source = "before" };

	vector_message(a, BYTES(""), BYTES("{\"event\":\"NO\"}"), &m);
	assert_int_equal(event_decode(vector_source(&v, "drone", NULL), &m,
	    NULL, a, &e, &why), ST_MALFORMED);
	assert_string_equal(e.source, "before");
	assert_string_not_equal(why.text, "");
}

static void
says_whose_event_it_is(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	struct reason why = { "" };
	struct message m;
	struct event e;

	vector_source(&v, "drone", NULL);
	v.source.name = "ci";
	vector_message(a, BYTES(""), BYTES("{\"event\":\"x\"}"), &m);
	assert_int_equal(event_decode(&v.source, &m, NULL, a, &e, &why),
	    ST_OK);
	assert_string_equal(e.source, "ci");
	assert_string_equal(e.provider, "drone");
}

/* Every amount of memory, from none to enough: either it says busy, or the
 * event is there whole. */
static void
says_so_when_memory_is_short(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "drone",
	    (const char *const[]){ CAPTURE_SECRET, NULL });
	struct message m;
	bool busy = false, ok = false;

	vector_http(a, "tests/vectors/drone/build-updated-success.http", &m);
	for (size_t limit = 16; limit < 48 * 1024; limit += limit < 16 * 1024 ?
	    16 : 512) {
		struct arena little = ARENA(limit);
		struct reason why = { "" };
		struct proof proof;
		struct event e;
		enum status st = event_verify(s, &m, &little, NULL, &proof,
		    &why);

		if (st == ST_OK)
			st = event_decode(s, &m, &proof, &little, &e, &why);
		assert_true(st == ST_OK || st == ST_BUSY);
		busy |= st == ST_BUSY;
		ok |= st == ST_OK;
		if (st == ST_OK)
			assert_true(bytes_is(e.subject,
			    "octocat/hello-world#185") && e.url.len > 0 &&
			    e.author.len > 0);
		arena_free(&little);
	}
	assert_true(busy && ok);
}

static void
finds_providers_by_name(void **state)
{
	(void)state;
	assert_true(provider_custom.traits & TRAIT_ANY_TYPE);
	assert_true(provider_custom.traits & TRAIT_EMPTY_BODY);
	assert_false(provider_drone.traits & TRAIT_ANY_TYPE);
	assert_false(provider_drone.traits & TRAIT_EMPTY_BODY);
	assert_false(provider_circleci.traits & TRAIT_ANY_TYPE);
	assert_false(provider_circleci.traits & TRAIT_EMPTY_BODY);
	assert_ptr_equal(provider_find("drone"), &provider_drone);
	assert_ptr_equal(provider_find("circleci"), &provider_circleci);
	assert_ptr_equal(provider_find("custom"), &provider_custom);
	assert_null(provider_find("Drone"));
	assert_null(provider_find(""));
	assert_ptr_equal(provider_list()[0], &provider_drone);
}

static void
tries_every_mac_with_every_secret(void **state)
{
	static const char *const secrets[] = { "a", "b", "c", NULL };
	struct vector_source v;
	const struct source *s = vector_source(&v, "circleci", secrets);
	struct mac macs[3];
	const struct bytes text = BYTES("x");
	const struct signing g = { .parts = &text, .part_count = 1 };
	struct proof proof = { .secret_index = 9 };
	struct arena *a = *state;
	struct reason why = { "" };

	memset(macs, 0, sizeof(macs));
	assert_int_equal(source_find_secret(s, &g, macs, 3, a, NULL, &proof,
	    &why), ST_DENIED);
	for (size_t i = 0; i < 3; i++)
		macs[i].len = SHA256_LEN;
	assert_int_equal(source_find_secret(s, &g, macs, 3, a,
	    NULL, &proof, &why), ST_DENIED);
	assert_int_equal(source_find_secret(s, &g, macs, 0, a,
	    NULL, &proof, &why), ST_DENIED);
	assert_int_equal(proof.secret_index, 9);
	assert_null(proof.identity.data);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(hmac_sha256(bytes_of(secrets[i]), BYTES("x"),
		    macs[2 - i].bytes), ST_OK);
		assert_int_equal(source_find_secret(s, &g,
		    macs + (2 - i), 1, a, NULL, &proof, &why), ST_OK);
		assert_int_equal(proof.secret_index, i);
		assert_int_equal(proof.identity.len, SHA256_LEN);
		assert_memory_equal(proof.identity.data, macs[2 - i].bytes,
		    SHA256_LEN);
	}
	/* one bit off, first and last */
	macs[0].bytes[0] ^= 0x80;
	assert_int_equal(source_find_secret(s, &g, macs, 1, a,
	    NULL, &proof, &why), ST_DENIED);
	macs[0].bytes[0] ^= 0x80;
	macs[0].bytes[SHA256_LEN - 1] ^= 1;
	assert_int_equal(source_find_secret(s, &g, macs, 1, a,
	    NULL, &proof, &why), ST_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(knows_what_may_become_part_of_a_path),
		vector_test(makes_no_name_of_a_control_character),
		vector_test(makes_names_of_what_senders_say),
		vector_test(makes_no_name_of_what_cannot_be_one),
		vector_test(has_the_same_words_for_every_result),
		vector_test(
		    a_key_is_of_the_source_the_kind_and_the_identity_apart),
		vector_test(the_key_of_an_event_stays_what_it_was),
		vector_test(the_key_of_what_never_ages_lasts),
		vector_test(
		    a_date_that_is_signed_and_a_secret_that_is_sent_let_the_key_go),
		vector_test(leaves_out_untouched_when_it_refuses),
		vector_test(says_whose_event_it_is),
		vector_test(says_so_when_memory_is_short),
		vector_test(finds_providers_by_name),
		vector_test(tries_every_mac_with_every_secret),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
