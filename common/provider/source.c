#include "source.h"

#include <string.h>

#include "trace.h"

struct bytes
secret_bytes(const struct secret *s)
{
	return (struct bytes){ (const char *)s->data, s->len };
}

static enum status
find_secret(const struct source *s, struct bytes text,
    const struct mac *macs, size_t count, struct arena *a, struct proof *out,
    struct reason *why)
{
	unsigned char mac[SHA256_LEN], made[SHA256_LEN];
	size_t index = 0;
	bool found = false;

	for (size_t i = 0; i < s->secret_count; i++) {
		enum status st = hmac_sha256(secret_bytes(&s->secrets[i]),
		    text, mac);

		if (st != ST_OK)
			return fail(why, st, "libcrypto cannot make an HMAC");
		for (size_t k = 0; k < count; k++) {
			if (!mac_equal(&macs[k], mac))
				continue;
			index = i;
			memcpy(made, mac, sizeof(mac));
			found = true;
		}
	}
	crypto_wipe(mac, sizeof(mac));
	if (!found)
		return fail(why, ST_DENIED, "none of the source's secrets "
		    "makes this signature");
	out->secret_index = index;
	out->identity = arena_copy(a, (struct bytes){ (const char *)made,
	    sizeof(made) });
	return ST_OK;
}

enum status
source_find_secret(const struct source *s, struct bytes text,
    const struct mac *macs, size_t count, struct arena *a, struct trace *t,
    struct proof *out, struct reason *why)
{
	enum status st = find_secret(s, text, macs, count, a, out, why);
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
source_trace_right(const struct source *s, struct bytes text,
    enum mac_form form, struct trace *t)
{
	struct bytes secret = s->secret_count == 0 ? BYTES("") :
	    secret_bytes(&s->secrets[0]);
	unsigned char mac[SHA256_LEN];
	char shown[MAC_TEXT_MAX];

	if (t == NULL || !t->reveal || hmac_sha256(secret, text, mac) != ST_OK)
		return;
	mac_write(mac, form, shown);
	trace_step(t, STEP_NOTE, "right one", "%s", shown);
}
