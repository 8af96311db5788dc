#include "mac.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"

static bool
mac_from_base64(struct bytes text, unsigned char *out)
{
	return base64_decode_exact(text, out, SHA256_LEN);
}

static bool
mac_from_hex(struct bytes text, unsigned char *out)
{
	return hex_decode_exact(text, out, SHA256_LEN);
}

static bool
mac_from_upper_hex(struct bytes text, unsigned char *out)
{
	char lower[2 * SHA256_LEN];

	if (text.len != sizeof(lower))
		return false;
	for (size_t i = 0; i < sizeof(lower); i++)
		lower[i] = ascii_lower(text.data[i]);
	return mac_from_hex((struct bytes){ lower, sizeof(lower) }, out);
}

static bool
mac_from_base64_relaxed(struct bytes text, unsigned char *out)
{
	char copy[44];
	size_t n = text.len;

	if (n != 43 && n != 44)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text.data[i];

		copy[i] = c == '-' ? '+' : c == '_' ? '/' : c;
	}
	if (n == 43)
		copy[n++] = '=';
	return mac_from_base64((struct bytes){ copy, n }, out);
}

static bool
mac_from_base64_of_hex(struct bytes text, unsigned char *out)
{
	unsigned char hex[2 * SHA256_LEN];

	return base64_decode_exact(text, hex, sizeof(hex)) &&
	    mac_from_upper_hex((struct bytes){ (const char *)hex, sizeof(hex) },
	    out);
}

/* Tried in this order; the names are those of a blind text. */
static const struct {
	const char *name;
	bool (*read)(struct bytes text, unsigned char *out);
} forms[MAC_FORMS] = {
	[MAC_BASE64] = { "base64", mac_from_base64 },
	[MAC_HEX] = { "hex", mac_from_hex },
	[MAC_BASE64_OF_HEX] = { "base64ofhex", mac_from_base64_of_hex },
	[MAC_UPPER_HEX] = { "upperhex", mac_from_upper_hex },
	[MAC_BASE64_RELAXED] = { "base64url", mac_from_base64_relaxed },
};

static bool
mac_read_blind(struct bytes text, const char *name, unsigned char *out)
{
	struct bytes hash = text, part;

	return bytes_cut(&hash, '-', &part) && bytes_is(part, name) &&
	    bytes_cut(&hash, '-', &part) && bytes_is(part, "sha256") &&
	    mac_from_hex(hash, out);
}

bool
mac_read_as(struct bytes text, bool blind, enum mac_form form,
    struct mac *out)
{
	struct mac m = { .hashed = blind };

	if (!(blind ? mac_read_blind(text, forms[form].name, m.bytes) :
	    forms[form].read(text, m.bytes)))
		return false;
	*out = m;
	return true;
}

bool
mac_read(struct bytes text, bool blind, enum mac_form *form,
    struct mac *out)
{
	for (int i = 0; i < MAC_FORMS; i++) {
		if (!mac_read_as(text, blind, (enum mac_form)i, out))
			continue;
		*form = (enum mac_form)i;
		return true;
	}
	return false;
}

void
mac_write(const unsigned char made[SHA256_LEN], enum mac_form form,
    char out[MAC_TEXT_MAX])
{
	if (form == MAC_BASE64)
		base64_encode(made, SHA256_LEN, out);
	else
		hex_encode(made, SHA256_LEN, out);
}

bool
mac_equal(const struct mac *m, const unsigned char made[SHA256_LEN])
{
	unsigned char hash[SHA256_LEN];

	if (!m->hashed)
		return crypto_equal(m->bytes, made, SHA256_LEN);
	return sha256((struct bytes){ (const char *)made, SHA256_LEN },
	    hash) == ST_OK && crypto_equal(m->bytes, hash, sizeof(hash));
}

bool
mac_blind(struct bytes text, char out[MAC_BLIND_MAX])
{
	unsigned char hash[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	enum mac_form form;
	struct mac m;

	if (!mac_read(text, false, &form, &m) ||
	    sha256((struct bytes){ (const char *)m.bytes, SHA256_LEN },
	    hash) != ST_OK)
		return false;
	hex_encode(hash, sizeof(hash), hex);
	snprintf(out, MAC_BLIND_MAX, "%s-sha256-%s", forms[form].name, hex);
	return true;
}
