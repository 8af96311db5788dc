#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "crypto.h"
#include "testing.h"

static void
assert_hex(const unsigned char digest[SHA256_LEN], const char *hex)
{
	char text[2 * SHA256_LEN + 1];

	hex_encode(digest, SHA256_LEN, text);
	assert_string_equal(text, hex);
}

/* FIPS 180-4's examples, as NIST publishes them */
static void
sha256_gives_the_published_digests(void **state)
{
	unsigned char out[SHA256_LEN];
	char *million = malloc(1000000);

	(void)state;
	assert_int_equal(sha256(BYTES(""), out), ST_OK);
	assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	assert_int_equal(sha256(BYTES_NONE, out), ST_OK);
	assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	assert_int_equal(sha256(BYTES("abc"), out), ST_OK);
	assert_hex(out, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(sha256(BYTES("abcdbcdecdefdefgefghfghighijhijkijkl"
	    "jklmklmnlmnomnopnopq"), out), ST_OK);
	assert_hex(out, "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
	assert_non_null(million);
	memset(million, 'a', 1000000);
	assert_int_equal(sha256((struct bytes){ million, 1000000 }, out),
	    ST_OK);
	assert_hex(out, "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
	free(million);
}

/* RFC 4231 4.2 to 4.8, all but the truncated one */
static void
hmac_gives_the_published_codes(void **state)
{
	char key[131], data[50];
	unsigned char out[SHA256_LEN];
	size_t i;

	(void)state;
	memset(key, 0x0b, 20);
	hmac_sha256((struct bytes){ key, 20 }, BYTES("Hi There"), out);
	assert_hex(out, "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7");

	hmac_sha256(BYTES("Jefe"), BYTES("what do ya want for nothing?"), out);
	assert_hex(out, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");

	memset(key, 0xaa, 20);
	memset(data, 0xdd, 50);
	hmac_sha256((struct bytes){ key, 20 }, (struct bytes){ data, 50 }, out);
	assert_hex(out, "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe");

	for (i = 0; i < 25; i++)
		key[i] = (char)(i + 1);
	memset(data, 0xcd, 50);
	hmac_sha256((struct bytes){ key, 25 }, (struct bytes){ data, 50 }, out);
	assert_hex(out, "82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b");

	memset(key, 0xaa, 131);
	hmac_sha256((struct bytes){ key, 131 }, BYTES("Test Using Larger Than "
	    "Block-Size Key - Hash Key First"), out);
	assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");

	hmac_sha256((struct bytes){ key, 131 }, BYTES("This is a test using a "
	    "larger than block-size key and a larger than block-size data. "
	    "The key needs to be hashed before being used by the HMAC "
	    "algorithm."), out);
	assert_hex(out, "9b09ffa71b942fcb27635fbcd5b0e944"
	    "bfdc63644f0713938a7f51535c3a35e2");
}

/* The secret and body of CircleCI's documentation of its signatures. */
static void
hmac_gives_the_codes_of_circleci_s_documentation(void **state)
{
	unsigned char out[SHA256_LEN];

	(void)state;
	hmac_sha256(BYTES("secret"), BYTES("hello world"), out);
	assert_hex(out, "734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c06"
	    "21cdac48623a");
	hmac_sha256(BYTES("another-secret"), BYTES("lalala"), out);
	assert_hex(out, "daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb3"
	    "8b6d0425fa00");
	hmac_sha256(BYTES("hunter123"), BYTES("an-important-request-payload"),
	    out);
	assert_hex(out, "9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd3"
	    "14ef18ac49fa");
}

/* A key of a block's length is taken as it is, a longer one is hashed. */
static void
hmac_pads_keys_around_the_length_of_a_block(void **state)
{
	char key[65];
	unsigned char a[SHA256_LEN], b[SHA256_LEN], hashed[SHA256_LEN];

	(void)state;
	memset(key, 'k', sizeof(key));
	hmac_sha256((struct bytes){ key, 65 }, BYTES("x"), a);
	sha256((struct bytes){ key, 65 }, hashed);
	hmac_sha256((struct bytes){ (char *)hashed, SHA256_LEN }, BYTES("x"),
	    b);
	assert_memory_equal(a, b, SHA256_LEN);
	hmac_sha256((struct bytes){ key, 64 }, BYTES("x"), a);
	assert_memory_not_equal(a, b, SHA256_LEN);
	sha256((struct bytes){ key, 64 }, hashed);
	hmac_sha256((struct bytes){ (char *)hashed, SHA256_LEN }, BYTES("x"),
	    b);
	assert_memory_not_equal(a, b, SHA256_LEN);
}

static void
hmac_takes_an_empty_key_and_an_empty_text(void **state)
{
	unsigned char out[SHA256_LEN];

	(void)state;
	assert_int_equal(hmac_sha256(BYTES_NONE, BYTES_NONE, out), ST_OK);
	assert_hex(out, "b613679a0814d9ec772f95d778c35fc5"
	    "ff1697c493715653c6c712144292c5ad");
}

static void
assert_hmac(enum hash_kind kind, struct bytes key, struct bytes text,
    const char *hex)
{
	unsigned char out[HASH_MAX_LEN], other[HASH_MAX_LEN];
	char made[2 * HASH_MAX_LEN + 1];

	assert_int_equal(hmac(kind, key, &text, 1, out), ST_OK);
	assert_int_equal(strlen(hex), 2 * hash_len(kind));
	hex_encode(out, hash_len(kind), made);
	assert_string_equal(made, hex);
	/* the same in two parts, wherever it is cut */
	for (size_t i = 0; i <= text.len; i++) {
		const struct bytes parts[] = { { text.data, i },
			bytes_from(text, i), BYTES_NONE };

		assert_int_equal(hmac(kind, key, parts, 3, other), ST_OK);
		assert_memory_equal(out, other, hash_len(kind));
	}
}

/* RFC 2202 3, RFC 4231 4.2, 4.3, 4.7 */
static void
hmac_gives_the_published_codes_of_other_hashes(void **state)
{
	char key[131];

	(void)state;
	memset(key, 0x0b, 20);
	assert_hmac(HASH_SHA1, (struct bytes){ key, 20 }, BYTES("Hi There"),
	    "b617318655057264e28bc0b6fb378c8ef146be00");
	assert_hmac(HASH_SHA512, (struct bytes){ key, 20 }, BYTES("Hi There"),
	    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	    "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
	assert_hmac(HASH_SHA1, BYTES("Jefe"), BYTES("what do ya want for "
	    "nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	assert_hmac(HASH_SHA512, BYTES("Jefe"), BYTES("what do ya want for "
	    "nothing?"),
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	memset(key, 0xaa, sizeof(key));
	assert_hmac(HASH_SHA1, (struct bytes){ key, 80 }, BYTES("Test Using "
	    "Larger Than Block-Size Key - Hash Key First"),
	    "aa4ae5e15272d00e95705637ce8a3b55ed402112");
	assert_hmac(HASH_SHA512, (struct bytes){ key, 131 }, BYTES("Test Using "
	    "Larger Than Block-Size Key - Hash Key First"),
	    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	    "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

static void
equality_sees_a_difference_in_any_byte(void **state)
{
	unsigned char a[SHA256_LEN], b[SHA256_LEN];
	size_t i;
	int bit;

	(void)state;
	memset(a, 0x5a, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_true(crypto_equal(a, b, sizeof(a)));
	assert_true(crypto_equal(a, b, 0));
	for (i = 0; i < sizeof(a); i++) {
		for (bit = 0; bit < 8; bit++) {
			b[i] = (unsigned char)(b[i] ^ 1 << bit);
			assert_false(crypto_equal(a, b, sizeof(a)));
			b[i] = a[i];
		}
	}
}

static void
random_bytes_are_new_each_time(void **state)
{
	unsigned char a[1000] = { 0 }, b[1000] = { 0 };

	(void)state;
	assert_int_equal(crypto_random(a, sizeof(a)), ST_OK);
	assert_int_equal(crypto_random(b, sizeof(b)), ST_OK);
	assert_memory_not_equal(a, b, 16);
	assert_memory_not_equal(a + 984, b + 984, 16);
	assert_int_equal(crypto_random(a, 0), ST_OK);
}

static void
wiping_leaves_nothing_behind(void **state)
{
	unsigned char a[100], zero[100] = { 0 };

	(void)state;
	memset(a, 1, sizeof(a));
	crypto_wipe(a, sizeof(a));
	assert_memory_equal(a, zero, sizeof(a));
	crypto_wipe(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_published_digests),
		cmocka_unit_test(hmac_gives_the_published_codes),
		cmocka_unit_test(
		    hmac_gives_the_published_codes_of_other_hashes),
		cmocka_unit_test(
		    hmac_gives_the_codes_of_circleci_s_documentation),
		cmocka_unit_test(hmac_pads_keys_around_the_length_of_a_block),
		cmocka_unit_test(hmac_takes_an_empty_key_and_an_empty_text),
		cmocka_unit_test(equality_sees_a_difference_in_any_byte),
		cmocka_unit_test(random_bytes_are_new_each_time),
		cmocka_unit_test(wiping_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
