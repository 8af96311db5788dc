/*
 * This uses the SHA256_* calls, although OpenSSL 3 deprecates them: they run
 * the same machine code as EVP, without loading providers first. Measured with
 * 3.0 on Debian 12: the first EVP digest of a process takes 0.6 ms (1.2 ms if
 * it reads openssl.cnf) against 0.02 ms, which is a fifth of a CGI process's
 * life; after that 2 KiB take 1.3 to 3 us against 1.2 us; 1 MiB takes the same
 * time. They also need no context that must be kept from call to call.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

_Static_assert(SHA256_LEN == SHA256_DIGEST_LENGTH, "one length, two names");
_Static_assert(HASH_MAX_LEN == SHA512_DIGEST_LENGTH, "one length, two names");

enum { BLOCK_MAX = SHA512_CBLOCK };

/* --- hashes -------------------------------------------------------------- */

union hash_state {
	SHA256_CTX sha256;
	SHA512_CTX sha512;
	SHA_CTX sha1;
};

/* The calls of one hash, as functions of one type. */
struct hash {
	size_t len, block_len;
	int (*init)(union hash_state *h);
	int (*update)(union hash_state *h, const void *data, size_t len);
	int (*final)(unsigned char *out, union hash_state *h);
};

#define HASH_CALLS(name, member, NAME) \
	static int name##_init(union hash_state *h) \
	{ \
		return NAME##_Init(&h->member); \
	} \
	static int name##_update(union hash_state *h, const void *data, \
	    size_t len) \
	{ \
		return NAME##_Update(&h->member, data, len); \
	} \
	static int name##_final(unsigned char *out, union hash_state *h) \
	{ \
		return NAME##_Final(out, &h->member); \
	}

HASH_CALLS(hash_sha256, sha256, SHA256)
HASH_CALLS(hash_sha512, sha512, SHA512)
HASH_CALLS(hash_sha1, sha1, SHA1)

static const struct hash hashes[] = {
	[HASH_SHA256] = { SHA256_DIGEST_LENGTH, SHA256_CBLOCK,
	    hash_sha256_init, hash_sha256_update, hash_sha256_final },
	[HASH_SHA512] = { SHA512_DIGEST_LENGTH, SHA512_CBLOCK,
	    hash_sha512_init, hash_sha512_update, hash_sha512_final },
	[HASH_SHA1] = { SHA_DIGEST_LENGTH, SHA_CBLOCK, hash_sha1_init,
	    hash_sha1_update, hash_sha1_final },
};

size_t
hash_len(enum hash_kind kind)
{
	return hashes[kind].len;
}

/* Of first, then of the parts. */
static enum status
hash_make(const struct hash *h, struct bytes first, const struct bytes *parts,
    size_t count, unsigned char *out)
{
	union hash_state state;
	bool ok = h->init(&state) == 1 &&
	    h->update(&state, first.data, first.len) == 1;

	for (size_t i = 0; i < count; i++)
		ok = ok && (parts[i].len == 0 || h->update(&state,
		    parts[i].data, parts[i].len) == 1);
	ok = ok && h->final(out, &state) == 1;
	OPENSSL_cleanse(&state, sizeof(state));
	return ok ? ST_OK : ST_SYSTEM;
}

enum status
sha256(struct bytes in, unsigned char out[SHA256_LEN])
{
	return hash_make(&hashes[HASH_SHA256], in, NULL, 0, out);
}

enum status
hash_of(enum hash_kind kind, struct bytes in, unsigned char out[HASH_MAX_LEN])
{
	return hash_make(&hashes[kind], in, NULL, 0, out);
}

/* --- HMAC ---------------------------------------------------------------- */

/* One of HMAC's two hashes: H(K XOR pad, text). */
static enum status
hash_keyed(const struct hash *h, const unsigned char *key, unsigned char pad,
    const struct bytes *parts, size_t count, unsigned char *out)
{
	unsigned char block[BLOCK_MAX];
	enum status st;

	for (size_t i = 0; i < h->block_len; i++)
		block[i] = key[i] ^ pad;
	st = hash_make(h, (struct bytes){ (char *)block, h->block_len },
	    parts, count, out);
	OPENSSL_cleanse(block, sizeof(block));
	return st;
}

enum status
hmac(enum hash_kind kind, struct bytes key, const struct bytes *parts,
    size_t count, unsigned char out[HASH_MAX_LEN])
{
	const struct hash *h = &hashes[kind];
	unsigned char block[BLOCK_MAX] = { 0 }, inner[HASH_MAX_LEN];
	const struct bytes hashed = { (char *)inner, h->len };
	enum status st = ST_OK;

	/* RFC 2104 2: a key longer than a block is replaced by its hash */
	if (key.len > h->block_len)
		st = hash_make(h, key, NULL, 0, block);
	else if (key.len > 0)
		memcpy(block, key.data, key.len);
	if (st == ST_OK)
		st = hash_keyed(h, block, 0x36, parts, count, inner);
	if (st == ST_OK)
		st = hash_keyed(h, block, 0x5c, &hashed, 1, out);
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(inner, sizeof(inner));
	return st;
}

enum status
hmac_sha256(struct bytes key, struct bytes in, unsigned char out[SHA256_LEN])
{
	unsigned char made[HASH_MAX_LEN];
	enum status st = hmac(HASH_SHA256, key, &in, 1, made);

	if (st == ST_OK)
		memcpy(out, made, SHA256_LEN);
	OPENSSL_cleanse(made, sizeof(made));
	return st;
}

/* --- ed25519 ------------------------------------------------------------- */

enum status
ed25519_verify(const unsigned char key[ED25519_KEY_LEN], struct bytes text,
    const unsigned char signature[ED25519_SIGNATURE_LEN])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    key, ED25519_KEY_LEN);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum status st = ST_SYSTEM;

	if (pkey == NULL)
		st = ST_DENIED;
	else if (ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL,
	    pkey) == 1)
		st = EVP_DigestVerify(ctx, signature, ED25519_SIGNATURE_LEN,
		    (const unsigned char *)(text.data == NULL ? "" :
		    text.data), text.len) == 1 ? ST_OK : ST_DENIED;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return st;
}

/* --- bytes --------------------------------------------------------------- */

bool
crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

/* The kernel's generator: RAND_bytes would load the providers first. */
enum status
crypto_random(unsigned char *out, size_t len)
{
	while (len > 0) {
		ssize_t got = getrandom(out, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ST_SYSTEM;
		out += got;
		len -= (size_t)got;
	}
	return ST_OK;
}

void
crypto_wipe(void *p, size_t len)
{
	if (len > 0)
		OPENSSL_cleanse(p, len);
}
