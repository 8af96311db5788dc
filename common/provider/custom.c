#include "custom.h"

#include <string.h>

#include "bearer.h"
#include "codec.h"
#include "event.h"
#include "outgoing.h"
#include "trace.h"

/* Whatever calls with a secret: CircleCI's "custom webhook" the other way
 * round, a script's curl, a button. */

enum { IDEMPOTENCY_KEY_MAX = 255, QUERY_MAX = 8192 };

/* The secret parameter of a query; absent where it has none. One that appears
 * twice may be read as either by whoever looked at it before us. */
static enum status
custom_query_secret(struct bytes query, struct arena *a, struct bytes *out,
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
			    "form-encoded: write %%25 for a %%");
		if (out->data == NULL)	/* the name alone, without a '=' */
			*out = BYTES("");
	}
	return ST_OK;
}

static enum status
custom_bearer_secret(const struct message *m, struct bytes *out,
    struct reason *why)
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
custom_check_secret(const struct source *s, struct bytes given, bool blind,
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
custom_idempotency_key(const struct message *m, struct bytes *out,
    struct reason *why)
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
custom_prove(const struct source *s, const struct message *m, struct arena *a,
    struct proof *out, struct reason *why)
{
	struct bytes given = BYTES_NONE;
	struct proof proof = { .near = NEAR_GENUINE };
	enum status st = custom_query_secret(m->query, a, &given, why);

	out->near = NEAR_NOT;
	/* a proxy on the way may need Authorization for itself: where both are
	 * there, the query counts */
	if (st == ST_OK && given.data == NULL)
		st = custom_bearer_secret(m, &given, why);
	if (st != ST_OK)
		return st;
	out->near = NEAR_SHAPE;
	st = custom_check_secret(s, given, m->blind, &proof.secret_index, why);
	if (st != ST_OK)
		return st;
	out->near = NEAR_GENUINE;
	st = custom_idempotency_key(m, &proof.identity, why);
	if (st == ST_OK)
		*out = proof;
	return st;
}

static enum status
custom_verify(const struct source *s, const struct message *m,
    struct arena *a, struct trace *t, struct proof *out, struct reason *why)
{
	enum status st = custom_prove(s, m, a, out, why);

	if (st == ST_OK)
		trace_step(t, STEP_OK, "secret", "it is that of %s", s->name);
	else
		trace_step(t, STEP_BAD, "secret", "%s",
		    why == NULL ? "" : why->text);
	return st;
}

static enum status
custom_decode(const struct source *s, const struct message *m,
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

/* --- signing ------------------------------------------------------------- */

/* In the query, percent-encoded but for RFC 3986 2.3; none where that is longer
 * than servers read. */
static void
custom_add_query(struct bytes secret, struct arena *a, struct outgoing *o)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";
	char *text = arena_alloc(a, 3 * secret.len + 1);
	size_t n = 0;

	o->query_is_secret = true;
	for (size_t i = 0; text != NULL && i < secret.len; i++) {
		unsigned char c = (unsigned char)secret.data[i];

		if (c != '\0' && strchr(plain, c) != NULL) {
			text[n++] = (char)c;
			continue;
		}
		text[n++] = '%';
		text[n++] = digits[c >> 4];
		text[n++] = digits[c & 15];
	}
	if (n <= QUERY_MAX - strlen("secret="))
		o->query = arena_printf(a, "secret=%.*s", (int)n, text);
}

/* As RFC 6750 2.1 has it; false where no header can hold the secret. */
static bool
custom_add_bearer(struct bytes secret, struct arena *a, struct outgoing *o)
{
	for (size_t i = 0; i < secret.len; i++)
		if (secret.data[i] <= ' ' || secret.data[i] > '~')
			return false;
	outgoing_add(o, "Authorization", arena_printf(a, "Bearer %.*s",
	    (int)secret.len, secret.data));
	return true;
}

/* A check's request has the secret in a header: web servers write queries to
 * their logs. */
static enum status
custom_sign(const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	struct bytes secret = outgoing_secret(s);

	(void)why;
	if (!o->check || !custom_add_bearer(secret, a, o))
		custom_add_query(secret, a, o);
	return ST_OK;
}

/* --- the table ----------------------------------------------------------- */

static const struct event_rule custom_events[] = {
	EVENT("received", false, NULL, NULL, "{'branch':'main'}"),
	{ NULL, false, NULL, NULL, NULL }
};

/* A body of anybody's has nothing but PAYLOAD_*. */
static const struct env_rule custom_env[] = {
	{ NULL, NULL, NULL }
};

static const struct header_rule custom_headers[] = {
	{ "idempotency-key", HEADER_EXACT, false },
	{ "authorization", HEADER_SECRET, false },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_custom = PROVIDER("custom", "custom",
    TRAIT_ANY_TYPE | TRAIT_EMPTY_BODY | TRAIT_BEARER, custom_headers,
    custom_events, custom_verify, custom_decode, custom_sign,
    custom_guess, custom_env, NULL, NULL);
