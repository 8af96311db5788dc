#include "pass.h"

#include "codec.h"

enum { PASS_BYTES = 32 };

static struct bytes
pass_bytes(const unsigned char *data, size_t len)
{
	return (struct bytes){ (const char *)data, len };
}

static int64_t
pass_lasts_ms(enum store_session_kind kind)
{
	return kind == STORE_TICKET ? STORE_TICKET_MAX_MS :
	    STORE_SESSION_MAX_MS;
}

static enum status
pass_bind(const struct token_config *t,
    const unsigned char digest[SHA256_LEN], unsigned char out[SHA256_LEN])
{
	return hmac_sha256(secret_bytes(&t->secret), pass_bytes(digest,
	    SHA256_LEN), out);
}

enum status
pass_make(const struct token_config *t, enum store_session_kind kind,
    int64_t now_ms, char shown[PASS_SIZE], struct store_session *out,
    struct reason *why)
{
	unsigned char random[PASS_BYTES];
	struct store_session s = { .kind = kind, .token = t->name,
		.began_ms = now_ms, .until_ms = now_ms + pass_lasts_ms(kind) };
	enum status st = crypto_random(random, sizeof(random));

	hex_encode(random, sizeof(random), shown);
	crypto_wipe(random, sizeof(random));
	if (st == ST_OK)
		st = sha256(bytes_of(shown), s.digest);
	if (st == ST_OK)
		st = pass_bind(t, s.digest, s.binding);
	if (st != ST_OK)
		return fail(why, ST_SYSTEM, "libcrypto: no random numbers, or "
		    "no SHA-256");
	*out = s;
	return ST_OK;
}

struct bytes
pass_cookie(struct bytes header)
{
	struct bytes pair, name, found = BYTES_NONE;

	while (header.data != NULL) {
		bytes_cut(&header, ';', &pair);
		pair = bytes_trim(pair);
		bytes_cut(&pair, '=', &name);
		if (!bytes_is(name, PASS_COOKIE))
			continue;
		if (found.data != NULL)
			return BYTES_NONE;
		found = pair.data != NULL ? pair : BYTES("");
	}
	return found;
}

bool
pass_digest(struct bytes shown, unsigned char out[SHA256_LEN])
{
	unsigned char decoded[PASS_BYTES];

	return hex_decode_exact(shown, decoded, sizeof(decoded)) &&
	    sha256(shown, out) == ST_OK;
}

const struct token_config *
pass_token(const struct config *c, const struct store_session *s,
    int64_t now_ms)
{
	const struct token_config *t = config_token(c, bytes_of(s->token));
	unsigned char binding[SHA256_LEN];

	/* the clock may have been set back since it began */
	if (t == NULL || t->secret.data == NULL || now_ms >= s->until_ms ||
	    s->until_ms - now_ms > pass_lasts_ms(s->kind) ||
	    pass_bind(t, s->digest, binding) != ST_OK ||
	    !crypto_equal(binding, s->binding, sizeof(binding)))
		return NULL;
	return t;
}
