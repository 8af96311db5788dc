/*
 * Constant time, shown: run under valgrind, with every byte of the secret
 * marked as undefined. Memcheck then complains of each branch and each address
 * that depends on it. What verification may tell, whether the two MACs are
 * equal, is declared defined again where crypto_equal says it.
 *
 *	ct_verify		all providers, right and wrong signatures
 *	ct_verify control	one that does leak: must be complained of
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "clock.h"
#include "codec.h"
#include "crypto.h"
#include "date.h"
#include "message.h"
#include "provider.h"

bool
__real_crypto_equal(const void *a, const void *b, size_t len);
bool
__wrap_crypto_equal(const void *a, const void *b, size_t len);

/* The linker puts this in place of crypto_equal (--wrap). */
bool
__wrap_crypto_equal(const void *a, const void *b, size_t len)
{
	bool equal = __real_crypto_equal(a, b, len);

	VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof(equal));
	return equal;
}

static const char key[] = "bea26a2221fd8090ea38720fc445eca6";
static char key_bytes[sizeof(key) - 1];
static struct secret secret = { (unsigned char *)key_bytes,
	sizeof(key_bytes) };
static const struct bytes body = { "{\"event\":\"user\"}", 16 };

static enum status
verify(const struct provider *p, struct message *m)
{
	struct source s = { .name = "ct", .provider = p, .secrets = &secret,
		.secret_count = 1, .max_age_ms = 60000, .keep_ms = 600000 };
	struct arena a = ARENA(0);
	struct proof proof;
	struct reason why;
	enum status st;

	memcpy(key_bytes, key, sizeof(key_bytes));
	VALGRIND_MAKE_MEM_UNDEFINED(key_bytes, sizeof(key_bytes));
	st = p->verify(&s, m, &a, NULL, &proof, &why);
	VALGRIND_MAKE_MEM_DEFINED(&st, sizeof(st));
	arena_free(&a);
	return st;
}

static void
sign(struct bytes text, unsigned char mac[SHA256_LEN])
{
	hmac_sha256((struct bytes){ key, sizeof(key) - 1 }, text, mac);
}

static enum status
circleci(bool right)
{
	char value[3 + 2 * SHA256_LEN + 1] = "v1=";
	struct http_header h = { BYTES("circleci-signature"),
		{ value, sizeof(value) - 1 } };
	struct message m = { .method = BYTES("POST"), .headers = &h,
		.header_count = 1, .body = body };
	unsigned char mac[SHA256_LEN];

	sign(body, mac);
	mac[0] ^= (unsigned char)!right;
	hex_encode(mac, sizeof(mac), value + 3);
	return verify(&provider_circleci, &m);
}

static enum status
drone(bool right)
{
	char date[30], digest[8 + 45] = "SHA-256=", text[200], value[200];
	char mac64[45];
	struct http_header h[3] = { { BYTES("date"), { date, 29 } },
		{ BYTES("digest"), { digest, 52 } }, { BYTES("signature"),
		{ value, 0 } } };
	struct message m = { .method = BYTES("POST"), .headers = h,
		.header_count = 3, .body = body,
		.received_ms = clock_wall_ms() };
	unsigned char mac[SHA256_LEN];

	date_format_http(m.received_ms, date);
	sha256(body, mac);
	base64_encode(mac, sizeof(mac), digest + 8);
	snprintf(text, sizeof(text), "date: %s\ndigest: %s", date, digest);
	sign(bytes_of(text), mac);
	mac[31] ^= (unsigned char)!right;
	base64_encode(mac, sizeof(mac), mac64);
	h[2].value.len = (size_t)snprintf(value, sizeof(value),
	    "keyId=\"k\",signature=\"%s\",headers=\"date digest\"", mac64);
	return verify(&provider_drone, &m);
}

static enum status
custom(bool right)
{
	char query[60];
	struct message m = { .method = BYTES("POST"), .query = { query, 0 },
		.body = body };

	m.query.len = (size_t)snprintf(query, sizeof(query), "secret=%s%s",
	    key, right ? "" : "x");
	return verify(&provider_custom, &m);
}

/* What must not be done, to see that it would be noticed. */
static int
leak(void)
{
	memcpy(key_bytes, key, sizeof(key_bytes));
	VALGRIND_MAKE_MEM_UNDEFINED(key_bytes, sizeof(key_bytes));
	puts(key_bytes[0] == key[0] ? "equal" : "different");
	return 0;
}

int
main(int argc, char **argv)
{
	static enum status (*const all[])(bool) = { circleci, drone, custom };

	if (argc > 1 && strcmp(argv[1], "control") == 0)
		return leak();
	for (size_t i = 0; i < 3; i++) {
		if (all[i](true) != ST_OK || all[i](false) != ST_DENIED) {
			printf("provider %zu does not verify\n", i);
			return 1;
		}
	}
	return 0;
}
