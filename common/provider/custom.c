#include "provider.h"

#include "bearer.h"
#include "codec.h"
#include "event.h"

/* Whatever calls with a secret: CircleCI's "custom webhook" the other way
 * round, a script's curl, a button. */

enum { IDEMPOTENCY_KEY_MAX = 255 };

/* The secret parameter of a query; absent where it has none. One that appears
 * twice may be read as either by whoever looked at it before us. */
static enum status
query_secret(struct bytes query, struct arena *a, struct bytes *out,
    struct reason *why)
{
	bool found = false;

	*out = BYTES_NONE;
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
		if (out->data == NULL)	/* the name alone, without a '=' */
			*out = BYTES("");
	}
	return ST_OK;
}

static enum status
bearer_secret(const struct message *m, struct bytes *out, struct reason *why)
{
	struct bytes value;
	enum status st = message_only_header(m, "authorization", &value, why);

	if (st != ST_OK)
		return st;
	if (value.data == NULL)
		return fail(why, ST_DENIED, "neither ?secret= nor an "
		    "Authorization header");
	value = message_credentials(value, "bearer");
	if (value.data == NULL)
		return fail(why, ST_DENIED, "no ?secret=, and Authorization is "
		    "not of the Bearer scheme");
	*out = value;
	return ST_OK;
}

static enum status
check_secret(const struct source *s, struct bytes given, bool blind,
    size_t *index, struct reason *why)
{
	bool found = false;

	for (size_t i = 0; i < s->secret_count; i++) {
		if (!bearer_equal(given, blind, secret_bytes(&s->secrets[i])))
			continue;
		*index = i;
		found = true;
	}
	if (!found)
		return fail(why, ST_DENIED, "the secret is none of the "
		    "source's");
	return ST_OK;
}

static enum status
idempotency_key(const struct message *m, struct bytes *out, struct reason *why)
{
	enum status st = message_only_header(m, "idempotency-key", out, why);

	if (st != ST_OK || out->data == NULL)
		return st;
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
	struct proof proof = { 0, BYTES_NONE, NEAR_GENUINE };
	enum status st = query_secret(m->query, a, &given, why);

	out->near = NEAR_NOT;
	/* a proxy on the way may need Authorization for itself: where both are
	 * there, the query counts */
	if (st == ST_OK && given.data == NULL)
		st = bearer_secret(m, &given, why);
	if (st != ST_OK)
		return st;
	out->near = NEAR_SHAPE;
	st = check_secret(s, given, m->blind, &proof.secret_index, why);
	if (st != ST_OK)
		return st;
	out->near = NEAR_GENUINE;
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

static const struct header_rule headers[] = {
	{ "idempotency-key", HEADER_EXACT },
	{ NULL, HEADER_TEXT }
};

const struct provider provider_custom = {
	.name = "custom",
	.bears_secret = true,
	.headers = headers,
	.any_content_type = true,
	.empty_body = true,
	.verify = verify,
	.decode = decode,
	.env = rules,
};
