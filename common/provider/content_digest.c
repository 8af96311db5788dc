#include "content_digest.h"

#include "codec.h"
#include "crypto.h"
#include "structured.h"

static const struct {
	const char *name;
	enum hash_kind hash;
	size_t len;
} kinds[] = {
	{ "sha-256", HASH_SHA256, SHA256_LEN },
	{ "sha-512", HASH_SHA512, HASH_MAX_LEN },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static enum status
content_digest_compare(size_t i, const struct structured_item *item,
    struct bytes body, struct reason *why)
{
	unsigned char given[HASH_MAX_LEN], made[HASH_MAX_LEN];

	if (item->kind != STRUCTURED_BYTES || !base64_decode_exact(item->text,
	    given, kinds[i].len))
		return fail(why, ST_DENIED, "the %s of content-digest is not "
		    "the base64 of %zu bytes, between colons", kinds[i].name,
		    kinds[i].len);
	if (hash_of(kinds[i].hash, body, made) != ST_OK)
		return fail(why, ST_SYSTEM, "libcrypto cannot make a hash");
	return crypto_equal(given, made, kinds[i].len) ? ST_OK : fail(why,
	    ST_DENIED, "the body is not the one that content-digest is of");
}

enum status
content_digest_check(struct bytes value, struct bytes body,
    struct reason *why)
{
	bool seen[KINDS] = { false };
	struct structured_item item;
	struct bytes key;

	while (value.data != NULL) {
		if (!structured_next_member(&value, &key, &item))
			return fail(why, ST_DENIED, "content-digest is not "
			    "written as RFC 9530 has it");
		for (size_t i = 0; i < KINDS; i++) {
			enum status st;

			if (!bytes_is(key, kinds[i].name))
				continue;
			if (seen[i])
				return fail(why, ST_DENIED, "content-digest "
				    "has more than one %s", kinds[i].name);
			seen[i] = true;
			st = content_digest_compare(i, &item, body, why);
			if (st != ST_OK)
				return st;
		}
	}
	return seen[0] || seen[1] ? ST_OK : fail(why, ST_DENIED,
	    "content-digest has neither sha-256 nor sha-512");
}

struct bytes
content_digest_make(struct bytes body, struct arena *a)
{
	unsigned char made[SHA256_LEN];
	char text[(SHA256_LEN + 2) / 3 * 4 + 1];

	if (sha256(body, made) != ST_OK)
		return BYTES_NONE;
	base64_encode(made, sizeof(made), text);
	return arena_printf(a, "sha-256=:%s:", text);
}
