#include "provider.h"

#include <string.h>

static const struct provider *const providers[] = {
	&provider_drone, &provider_circleci, &provider_custom, NULL
};

const struct provider *const *
provider_list(void)
{
	return providers;
}

const struct provider *
provider_find(const char *name)
{
	for (size_t i = 0; providers[i] != NULL; i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	return NULL;
}

struct bytes
secret_bytes(const struct secret *s)
{
	return (struct bytes){ (const char *)s->data, s->len };
}

enum status
source_find_secret(const struct source *s, struct bytes text,
    const struct mac *macs, size_t count, size_t *index,
    unsigned char made[SHA256_LEN], struct reason *why)
{
	unsigned char mac[SHA256_LEN];
	bool found = false;

	for (size_t i = 0; i < s->secret_count; i++) {
		enum status st = hmac_sha256(secret_bytes(&s->secrets[i]),
		    text, mac);

		if (st != ST_OK)
			return fail(why, st, "libcrypto cannot make an HMAC");
		for (size_t k = 0; k < count; k++) {
			if (!mac_equal(&macs[k], mac))
				continue;
			*index = i;
			memcpy(made, mac, sizeof(mac));
			found = true;
		}
	}
	crypto_wipe(mac, sizeof(mac));
	if (!found)
		return fail(why, ST_DENIED, "none of the source's secrets "
		    "makes this signature");
	return ST_OK;
}
