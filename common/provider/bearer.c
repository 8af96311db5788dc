#include "bearer.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "codec.h"
#include "crypto.h"

static bool
bearer_salted_hash(const unsigned char salt[BEARER_SALT_LEN], struct bytes text,
    unsigned char out[SHA256_LEN])
{
	/* HMAC, and not a hash of both in a row: nothing to be copied */
	return hmac_sha256((struct bytes){ (const char *)salt,
	    BEARER_SALT_LEN }, text, out) == ST_OK;
}

bool
bearer_blind(struct bytes given, const unsigned char salt[BEARER_SALT_LEN],
    char out[BEARER_BLIND_MAX])
{
	char salt_hex[2 * BEARER_SALT_LEN + 1], hash_hex[2 * SHA256_LEN + 1];
	unsigned char hash[SHA256_LEN];

	if (!bearer_salted_hash(salt, given, hash))
		return false;
	hex_encode(salt, BEARER_SALT_LEN, salt_hex);
	hex_encode(hash, sizeof(hash), hash_hex);
	snprintf(out, BEARER_BLIND_MAX, "sha256-%s-%s-%zu", salt_hex, hash_hex,
	    given.len);
	return true;
}

static bool
bearer_blind_equal(struct bytes given, struct bytes secret)
{
	unsigned char salt[BEARER_SALT_LEN], kept[SHA256_LEN];
	unsigned char made[SHA256_LEN];
	struct bytes part;

	return bytes_cut(&given, '-', &part) && bytes_is(part, "sha256") &&
	    bytes_cut(&given, '-', &part) &&
	    hex_decode_exact(part, salt, sizeof(salt)) &&
	    bytes_cut(&given, '-', &part) &&
	    hex_decode_exact(part, kept, sizeof(kept)) &&
	    bearer_salted_hash(salt, secret, made) &&
	    crypto_equal(kept, made, sizeof(made));
}

/* Equal hashes are compared, so that neither the time taken nor where it ends
 * says how long a secret is, or how much of it was right. */
bool
bearer_equal(struct bytes given, bool blind, struct bytes secret)
{
	unsigned char want[SHA256_LEN], have[SHA256_LEN];
	bool equal;

	if (blind)
		return bearer_blind_equal(given, secret);
	equal = sha256(given, have) == ST_OK &&
	    sha256(secret, want) == ST_OK &&
	    crypto_equal(want, have, sizeof(want));
	crypto_wipe(want, sizeof(want));
	crypto_wipe(have, sizeof(have));
	return equal;
}
