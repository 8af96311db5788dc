/* How near a refused request came to being genuine: who floods with what is
 * not even shaped like a signature pushes out nobody who only has a wrong
 * clock. */
#include <stdio.h>

#include "vectors.h"

static const char *const secrets[] = { "old", CAPTURE_SECRET, NULL };

static void
is_refused_so_near(struct arena *a, const char *provider, const char *headers,
    const char *query, enum status st, enum nearness near)
{
	struct vector_source v;
	const struct source *s = vector_source(&v, provider, secrets);
	struct reason why = { "" };
	struct proof proof = { .near = NEAR_GENUINE };
	struct message m;

	vector_message(a, bytes_of(headers), BYTES("{}"), &m);
	if (query != NULL)
		m.query = bytes_of(query);
	/* what is left of another one counts for nothing */
	proof.near = near == NEAR_NOT ? NEAR_GENUINE : NEAR_NOT;
	assert_int_equal(event_verify(s, &m, a, NULL, &proof, &why), st);
	assert_int_equal(proof.near, near);
}

static const char *
drone_headers(struct arena *a, const char *date, const char *mac)
{
	/* of {} */
	static const char digest[] = "SHA-256="
	    "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=";
	struct bytes text = arena_printf(a, "date: %s\ndigest: %s", date,
	    digest);

	return arena_printf(a, "Date: %s\nDigest: %s\nSignature: keyId=\"k\","
	    "algorithm=\"hmac-sha256\",signature=\"%s\",headers=\"date "
	    "digest\"\n", date, digest, mac != NULL ? mac :
	    vector_sign(a, text)).data;
}

static void
drones(void **state)
{
	static const char zeros[] =
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	struct arena *a = *state;

	is_refused_so_near(a, "drone", "", NULL, ST_DENIED, NEAR_NOT);
	is_refused_so_near(a, "drone", "Signature: x\n", NULL, ST_DENIED,
	    NEAR_NOT);
	is_refused_so_near(a, "drone", drone_headers(a, CAPTURE_TIME, zeros),
	    NULL, ST_DENIED, NEAR_SHAPE);
	is_refused_so_near(a, "drone", drone_headers(a, CAPTURE_TIME, NULL),
	    NULL, ST_OK, NEAR_GENUINE);
	is_refused_so_near(a, "drone", drone_headers(a,
	    "Sun, 22 Nov 2026 03:38:00 GMT", NULL), NULL, ST_DENIED,
	    NEAR_GENUINE);
}

static const char *
circleci_headers(struct arena *a)
{
	unsigned char mac[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1] = "";

	assert_int_equal(hmac_sha256(BYTES(CAPTURE_SECRET), BYTES("{}"), mac),
	    ST_OK);
	hex_encode(mac, sizeof(mac), hex);
	return arena_printf(a, "circleci-signature: v1=%s\n", hex).data;
}

static void
circlecis(void **state)
{
	struct arena *a = *state;

	is_refused_so_near(a, "circleci", "", NULL, ST_DENIED, NEAR_NOT);
	is_refused_so_near(a, "circleci", "circleci-signature: v1=0\n", NULL,
	    ST_DENIED, NEAR_NOT);
	is_refused_so_near(a, "circleci", "circleci-signature: v1=00000000000"
	    "00000000000000000000000000000000000000000000000000000\n", NULL,
	    ST_DENIED, NEAR_SHAPE);
	is_refused_so_near(a, "circleci", circleci_headers(a), NULL, ST_OK,
	    NEAR_GENUINE);
}

static void
any_others(void **state)
{
	static const char bearer[] = "Authorization: Bearer " CAPTURE_SECRET
	    "\n";
	struct arena *a = *state;

	is_refused_so_near(a, "custom", "", NULL, ST_DENIED, NEAR_NOT);
	is_refused_so_near(a, "custom", "Authorization: Basic x\n", NULL,
	    ST_DENIED, NEAR_NOT);
	is_refused_so_near(a, "custom", "", "secret=x", ST_DENIED, NEAR_SHAPE);
	is_refused_so_near(a, "custom", "Authorization: Bearer x\n", NULL,
	    ST_DENIED, NEAR_SHAPE);
	is_refused_so_near(a, "custom", bearer, NULL, ST_OK, NEAR_GENUINE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(drones),
		vector_test(circlecis),
		vector_test(any_others),
	};

	return cmocka_run_group_tests_name("nearness", tests, NULL, NULL);
}
