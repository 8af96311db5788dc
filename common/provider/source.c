#include "source.h"

#include <string.h>

#include "scheme.h"
#include "secret_key.h"
#include "trace.h"

struct bytes
secret_bytes(const struct secret *s)
{
	return (struct bytes){ (const char *)s->data, s->len };
}

bool
source_secret_counts(const struct source *s, size_t index,
    const struct signing *g)
{
	return g->scheme == NULL || scheme_takes(g->schemes, g->scheme,
	    s->scheme, secret_bytes(&s->secrets[index]));
}

static size_t
signing_len(const struct signing *g)
{
	return g->scheme == NULL ? SHA256_LEN : scheme_mac_len(g->scheme);
}

static enum status
make_mac(struct bytes secret, const struct signing *g,
    unsigned char out[HASH_MAX_LEN], struct reason *why)
{
	const struct scheme *scheme = g->scheme;
	struct secret_key key;
	enum status st;

	if (!secret_key_make(secret, scheme == NULL ? SECRET_RAW :
	    scheme->encoding, &key))
		st = fail(why, ST_CONFIG, "a secret is not written in %s",
		    scheme->encoding == SECRET_HEX ? "hexadecimal" : "base64");
	else if (hmac(scheme == NULL ? HASH_SHA256 : scheme_hash(scheme),
	    key.bytes, g->parts, g->part_count, out) != ST_OK)
		st = fail(why, ST_SYSTEM, "libcrypto cannot make an HMAC");
	else
		st = ST_OK;
	secret_key_wipe(&key);
	return st;
}

enum status
source_make_mac(const struct source *s, size_t index, const struct signing *g,
    unsigned char out[HASH_MAX_LEN], struct reason *why)
{
	return make_mac(secret_bytes(&s->secrets[index]), g, out, why);
}

static enum status
find_secret(const struct source *s, const struct signing *g,
    const struct mac *macs, size_t count, struct arena *a, struct proof *out,
    struct reason *why)
{
	unsigned char mac[HASH_MAX_LEN], made[HASH_MAX_LEN];
	size_t index = 0, len = signing_len(g);
	enum status st = ST_OK;
	bool found = false;

	for (size_t i = 0; i < s->secret_count && st == ST_OK; i++) {
		if (!source_secret_counts(s, i, g))
			continue;
		st = source_make_mac(s, i, g, mac, why);
		for (size_t k = 0; k < count && st == ST_OK; k++) {
			if (macs[k].len != len || !mac_equal(&macs[k], mac))
				continue;
			index = i;
			memcpy(made, mac, len);
			found = true;
		}
	}
	crypto_wipe(mac, sizeof(mac));
	if (st != ST_OK)
		return st;
	if (!found)
		return fail(why, ST_DENIED, "none of the source's secrets "
		    "makes this signature");
	out->secret_index = index;
	out->identity = arena_copy(a, (struct bytes){ (const char *)made,
	    len });
	return ST_OK;
}

static enum status
try_public_key(struct bytes secret, enum secret_encoding encoding,
    struct bytes text, const struct mac *mac)
{
	struct secret_key key;

	if (!secret_key_make(secret, encoding, &key) ||
	    key.bytes.len != ED25519_KEY_LEN)
		return ST_DENIED;
	return ed25519_verify((const unsigned char *)key.bytes.data, text,
	    mac->bytes);
}

/* Public keys: nothing here is secret, and the signature is what identifies. */
static enum status
find_public_key(const struct source *s, const struct signing *g,
    const struct mac *macs, size_t count, struct arena *a, struct proof *out,
    struct reason *why)
{
	struct bytes text = arena_join(a, g->parts, g->part_count);

	if (count > 0 && macs[0].hashed)
		return fail(why, ST_DENIED, "what is kept of a request has "
		    "only the hash of its signature, which an ed25519 key "
		    "cannot verify");
	for (size_t i = 0; i < s->secret_count * count; i++) {
		const struct mac *mac = &macs[i % count];
		size_t index = i / count;

		if (!source_secret_counts(s, index, g) ||
		    try_public_key(secret_bytes(&s->secrets[index]),
		    g->scheme->encoding, text, mac) != ST_OK)
			continue;
		out->secret_index = index;
		out->identity = arena_copy(a, (struct bytes){
		    (const char *)mac->bytes, mac->len });
		return ST_OK;
	}
	return fail(why, ST_DENIED, "none of the source's public keys fits "
	    "this signature");
}

enum status
source_find_secret(const struct source *s, const struct signing *g,
    const struct mac *macs, size_t count, struct arena *a, struct trace *t,
    struct proof *out, struct reason *why)
{
	bool public_key = g->scheme != NULL &&
	    g->scheme->algorithm == SCHEME_ED25519;
	enum status st = public_key ? find_public_key(s, g, macs, count, a,
	    out, why) : find_secret(s, g, macs, count, a, out, why);
	bool one = s->secret_count == 1;

	if (st == ST_OK)
		trace_step(t, STEP_OK, "signature", "made with %s of %s",
		    one ? "the secret" : out->secret_index == 0 ?
		    "the first secret" : "an older secret", s->name);
	else
		trace_step(t, STEP_BAD, "signature", "not made with %s of %s",
		    one ? "the secret" : "any of the secrets", s->name);
	return st;
}

void
source_trace_right(const struct source *s, const struct signing *g,
    enum mac_form form, struct trace *t)
{
	struct bytes secret = BYTES("");
	unsigned char mac[HASH_MAX_LEN];
	char shown[MAC_TEXT_MAX];

	if (t == NULL || !t->reveal || (g->scheme != NULL &&
	    g->scheme->algorithm == SCHEME_ED25519))
		return;
	for (size_t i = s->secret_count; i > 0; i--)
		if (source_secret_counts(s, i - 1, g))
			secret = secret_bytes(&s->secrets[i - 1]);
	if (make_mac(secret, g, mac, NULL) != ST_OK)
		return;
	mac_write(mac, signing_len(g), form, shown);
	trace_step(t, STEP_NOTE, "right one", "%s", shown);
}
