/* The private keys of senders whose secret, here, is the public one: what only
 * they can sign. A key is 32 times the same byte. */
#ifndef CGIHOOK_TEST_SENDER_KEY_H
#define CGIHOOK_TEST_SENDER_KEY_H

#include <openssl/evp.h>

#include "outgoing.h"
#include "recipe.h"
#include "signature.h"
#include "vectors.h"

static inline EVP_PKEY *
sender_key(unsigned char seed)
{
	unsigned char raw[ED25519_KEY_LEN];
	EVP_PKEY *key;

	memset(raw, seed, sizeof(raw));
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw,
	    sizeof(raw));
	assert_non_null(key);
	return key;
}

/* As Discord shows it. */
static inline const char *
sender_public_hex(unsigned char seed, char out[2 * ED25519_KEY_LEN + 1])
{
	unsigned char raw[ED25519_KEY_LEN];
	size_t len = sizeof(raw);
	EVP_PKEY *key = sender_key(seed);

	assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &len), 1);
	EVP_PKEY_free(key);
	hex_encode(raw, sizeof(raw), out);
	return out;
}

static inline void
sender_sign(unsigned char seed, struct bytes text,
    unsigned char out[ED25519_SIGNATURE_LEN])
{
	size_t len = ED25519_SIGNATURE_LEN;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key = sender_key(seed);

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, out, &len,
	    (const unsigned char *)text.data, text.len), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

/* Where a probe of the source is forged, replace its signature, which is the
 * only header of m that has it, by the sender's. */
static inline void
sender_sign_message(const struct source *s, unsigned char seed,
    struct arena *a, struct message *m)
{
	const struct scheme *scheme = recipe_scheme(s, m, a);
	unsigned char made[ED25519_SIGNATURE_LEN];
	struct signature sig;
	struct http_header *headers = arena_array(a, m->header_count,
	    sizeof(*headers));

	assert_int_equal(signature_read(scheme, m, &sig, a, NULL), ST_OK);
	assert_int_equal(signature_text(m, &sig, a, NULL), ST_OK);
	sender_sign(seed, arena_join(a, sig.parts, sig.part_count), made);
	memcpy(headers, m->headers, m->header_count * sizeof(*headers));
	for (size_t i = 0; i < m->header_count; i++)
		if (bytes_is(headers[i].name, scheme->header))
			headers[i].value = signature_write(scheme, made, a);
	m->headers = headers;
}

#endif
