#include "provider.h"

#include "codec.h"
#include "event.h"

/* Whatever calls with a secret: CircleCI's "custom webhook" the other way
 * round, a script's curl, a button. */

enum { IDEMPOTENCY_KEY_MAX = 255 };

/* The secret parameter of a query. One that comes twice may be read as either
 * by whoever looked at it before us. */
static enum status
query_secret(struct bytes query, struct arena *a, struct bytes *out,
    struct reason *why)
{
	bool found = false;

	while (query.data != NULL) {
		struct bytes pair, name, decoded;

		bytes_cut(&query, '&', &pair);
		bytes_cut(&pair, '=', &name);
		if (!form_decode(name, a, &decoded) ||
		    !bytes_is(decoded, "secret"))
			continue;
		if (found)
			return fail(why, ST_MALFORMED, "the query has more "
			    "than one secret");
		found = true;
		if (!form_decode(pair, a, out))
			return fail(why, ST_DENIED, "the query's secret is not "
			    "form-encoded: a %% has to be %%25");
	}
	return found ? ST_OK : ST_UNKNOWN;
}

static enum status
bearer_secret(const struct message *m, struct bytes *out, struct reason *why)
{
	struct bytes value;
	enum status st = message_sole_header(m, "authorization", &value, why);

	if (st == ST_UNKNOWN)
		return fail(why, ST_DENIED, "neither ?secret= nor an "
		    "Authorization header");
	if (st != ST_OK)
		return st;
	value = message_credentials(value, "bearer");
	if (value.data == NULL)
		return fail(why, ST_DENIED, "no ?secret=, and Authorization is "
		    "not of the Bearer scheme");
	*out = value;
	return ST_OK;
}

/* Equal hashes are compared, so that neither the time taken nor where it ends
 * says how long a secret is, or how much of it was right. */
static enum status
check_secret(const struct source *s, struct bytes given, size_t *index,
    struct reason *why)
{
	unsigned char want[SHA256_LEN], have[SHA256_LEN];
	bool found = false;
	enum status st = sha256(given, have);

	for (size_t i = 0; st == ST_OK && i < s->secret_count; i++) {
		st = sha256(secret_bytes(&s->secrets[i]), want);
		if (st == ST_OK && crypto_equal(want, have, sizeof(want))) {
			*index = i;
			found = true;
		}
	}
	crypto_wipe(want, sizeof(want));
	crypto_wipe(have, sizeof(have));
	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	if (!found)
		return fail(why, ST_DENIED, "the secret is none of the "
		    "source's");
	return ST_OK;
}

static enum status
idempotency_key(const struct message *m, struct bytes *out, struct reason *why)
{
	enum status st;

	*out = BYTES_NONE;
	st = message_sole_header(m, "idempotency-key", out, why);
	if (st != ST_OK)
		return st == ST_UNKNOWN ? ST_OK : st;
	if (out->len < 1 || out->len > IDEMPOTENCY_KEY_MAX)
		return fail(why, ST_MALFORMED, "the Idempotency-Key has %zu "
		    "bytes, and not 1 to %d", out->len, IDEMPOTENCY_KEY_MAX);
	return ST_OK;
}

static enum status
verify(const struct source *s, const struct message *m, struct arena *a,
    struct proof *out, struct reason *why)
{
	struct bytes given = BYTES_NONE;
	struct proof proof = { 0, BYTES_NONE };
	enum status st = query_secret(m->query, a, &given, why);

	/* a proxy on the way may need Authorization for itself: where both are
	 * there, the query counts */
	if (st == ST_UNKNOWN)
		st = bearer_secret(m, &given, why);
	if (st == ST_OK)
		st = check_secret(s, given, &proof.secret_index, why);
	if (st == ST_OK)
		st = idempotency_key(m, &proof.identity, why);
	if (st == ST_OK)
		*out = proof;
	return st;
}

static enum status
decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	(void)s;
	(void)m;
	e->event = BYTES("received");
	if (proof == NULL || proof->identity.data == NULL)
		return ST_OK;
	return event_identify(e, 'k', proof->identity, a, why);
}

/* A body of anybody's has nothing but PAYLOAD_*. */
static const struct env_rule rules[] = {
	{ NULL, NULL, NULL }
};

const struct provider provider_custom = {
	.name = "custom",
	.any_content_type = true,
	.empty_body = true,
	.verify = verify,
	.decode = decode,
	.env = rules,
};
