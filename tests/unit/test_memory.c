/*
 * Where memory runs out, whatever was just being done: the sender is told to
 * come again (ST_BUSY), and never that his request is wrong, nor that it is
 * right. Each request is tried with a little more memory, until it is enough.
 */
#include <stdio.h>

#include "vectors.h"

#define DRONE "tests/vectors/drone/"

enum { STEP_BYTES = 16, MOST_BYTES = 1 << 22 };

static const char *const drone_secrets[] = { "old", CAPTURE_SECRET, NULL };
static const char *const secrets[] = { "old", "secret", NULL };

static void
asks_for_another_try(const struct source *s, const struct message *m)
{
	size_t limit = 0, tries = 0;
	enum status st = ST_BUSY;

	while (st != ST_OK) {
		struct arena a = ARENA(limit += STEP_BYTES);
		struct event e;

		st = vector_receive(s, m, &a, &e);
		if (st != ST_OK)
			assert_int_equal(st, ST_BUSY);
		arena_free(&a);
		tries++;
		assert_true(limit < MOST_BYTES);
	}
	assert_true(tries > 5);
}

static void
asks_drone_for_another_try(void **state)
{
	static const char *const files[] = { "build-created-push.http",
	    "build-created-pull-request.http", "build-created-tag.http",
	    "repo-enabled.http", "user-created.http" };
	struct vector_source v;
	const struct source *s = vector_source(&v, "drone", drone_secrets);
	struct arena *a = *state;
	struct message m;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[96];

		snprintf(path, sizeof(path), DRONE "%s", files[i]);
		vector_http(a, path, &m);
		asks_for_another_try(s, &m);
	}
}

static void
asks_circleci_for_another_try(void **state)
{
	static const char body[] = "{\"type\":\"ping\",\"id\":\"1\","
	    "\"happened_at\":\"2026-11-22T04:38:00.123Z\",\"webhook\":"
	    "{\"id\":\"2\",\"name\":\"a \\u00e4\"}}";
	struct vector_source v;
	const struct source *s = vector_source(&v, "circleci", secrets);
	struct arena *a = *state;
	unsigned char mac[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1] = "", headers[200];
	struct message m;

	assert_int_equal(hmac_sha256(BYTES("secret"), bytes_of(body), mac),
	    ST_OK);
	hex_encode(mac, sizeof(mac), hex);
	snprintf(headers, sizeof(headers), "Content-Type: application/json\n"
	    "circleci-event-type: ping\ncircleci-signature: v2=0,v1=%s\n",
	    hex);
	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	asks_for_another_try(s, &m);
}

static void
asks_any_other_for_another_try(void **state)
{
	static const char headers[] = "Content-Type: application/json\n"
	    "Authorization: Bearer secret\nIdempotency-Key: one\n";
	struct vector_source v;
	const struct source *s = vector_source(&v, "custom", secrets);
	struct arena *a = *state;
	struct message m;

	vector_message(a, bytes_of(headers), BYTES("{\"ref\":\"\\n\"}"), &m);
	m.target = BYTES("/hooks/deploy?a=%20b&c=d");
	m.query = BYTES("a=%20b&c=d");
	asks_for_another_try(s, &m);
}

/* By RFC 9421; the digest is of the body "{}". */
static void
asks_an_http_signature_for_another_try(void **state)
{
	static const char covered[] = "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536"
	    "DEMBg9hyq/4o=:", list[] = "(\"@method\" \"content-digest\" "
	    "\"@target-uri\");created=1795322280";
	struct vector_source v;
	const struct source *s = vector_source(&v, "http-signature", secrets);
	struct arena *a = *state;
	unsigned char mac[SHA256_LEN];
	char text[45];
	struct message m;

	assert_int_equal(hmac_sha256(BYTES("secret"), arena_printf(a,
	    "\"@method\": POST\n\"content-digest\": %s\n\"@target-uri\": "
	    "https://a/hooks/drone\n\"@signature-params\": %s", covered,
	    list), mac), ST_OK);
	base64_encode(mac, sizeof(mac), text);
	vector_message(a, arena_printf(a, "Host: a\nSignature-Input: b=(), "
	    "c=%s\nContent-Digest: %s\nSignature: c=:%s:\n", list, covered,
	    text), BYTES("{}"), &m);
	asks_for_another_try(s, &m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(asks_drone_for_another_try),
		vector_test(asks_circleci_for_another_try),
		vector_test(asks_any_other_for_another_try),
		vector_test(asks_an_http_signature_for_another_try),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
