#include "mac.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"

/* Of HMAC-SHA256, which nearly all have, HMAC-SHA1 and HMAC-SHA512. */
static const size_t lengths[] = { 32, 20, 64 };

enum { LENGTH_COUNT = sizeof(lengths) / sizeof(lengths[0]) };

static bool
mac_from_upper_hex(struct bytes text, unsigned char *out, size_t len)
{
	char lower[2 * HASH_MAX_LEN];

	if (text.len != 2 * len)
		return false;
	for (size_t i = 0; i < text.len; i++)
		lower[i] = ascii_lower(text.data[i]);
	return hex_decode_exact((struct bytes){ lower, text.len }, out, len);
}

static bool
mac_from_base64_relaxed(struct bytes text, unsigned char *out, size_t len)
{
	char copy[(HASH_MAX_LEN + 2) / 3 * 4];
	size_t n = text.len, full = (len + 2) / 3 * 4;

	if (n > full || n + (3 - len % 3) % 3 < full)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text.data[i];

		copy[i] = c == '-' ? '+' : c == '_' ? '/' : c;
	}
	memset(copy + n, '=', full - n);
	return base64_decode_exact((struct bytes){ copy, full }, out, len);
}

static bool
mac_from_base64_of_hex(struct bytes text, unsigned char *out, size_t len)
{
	unsigned char hex[2 * HASH_MAX_LEN];

	return base64_decode_exact(text, hex, 2 * len) &&
	    mac_from_upper_hex((struct bytes){ (const char *)hex, 2 * len },
	    out, len);
}

/* Tried in this order; the names are those of a blind text. */
static const struct {
	const char *name;
	bool (*read)(struct bytes text, unsigned char *out, size_t len);
} forms[MAC_FORMS] = {
	[MAC_BASE64] = { "base64", base64_decode_exact },
	[MAC_HEX] = { "hex", hex_decode_exact },
	[MAC_BASE64_OF_HEX] = { "base64ofhex", mac_from_base64_of_hex },
	[MAC_UPPER_HEX] = { "upperhex", mac_from_upper_hex },
	[MAC_BASE64_RELAXED] = { "base64url", mac_from_base64_relaxed },
};

static bool
mac_read_blind(struct bytes text, const char *name, size_t len,
    unsigned char *out)
{
	struct bytes hash = text, part;
	unsigned long long n = SHA256_LEN;

	if (!bytes_cut(&hash, '-', &part) || !bytes_is(part, name) ||
	    !bytes_cut(&hash, '-', &part))
		return false;
	if (bytes_to_u64(part, &n) && !bytes_cut(&hash, '-', &part))
		return false;
	return n == len && bytes_is(part, "sha256") &&
	    hex_decode_exact(hash, out, SHA256_LEN);
}

bool
mac_read_as(struct bytes text, bool blind, enum mac_form form, size_t len,
    struct mac *out)
{
	struct mac m = { .hashed = blind, .len = len };

	if (!(blind ? mac_read_blind(text, forms[form].name, len, m.bytes) :
	    forms[form].read(text, m.bytes, len)))
		return false;
	*out = m;
	return true;
}

bool
mac_read(struct bytes text, bool blind, size_t len, enum mac_form *form,
    struct mac *out)
{
	for (int i = 0; i < MAC_FORMS; i++) {
		if (!mac_read_as(text, blind, (enum mac_form)i, len, out))
			continue;
		*form = (enum mac_form)i;
		return true;
	}
	return false;
}

bool
mac_read_any(struct bytes text, bool blind, enum mac_form *form,
    struct mac *out)
{
	for (size_t i = 0; i < LENGTH_COUNT; i++)
		if (mac_read(text, blind, lengths[i], form, out))
			return true;
	return false;
}

void
mac_write(const unsigned char *made, size_t len, enum mac_form form,
    char out[MAC_TEXT_MAX])
{
	if (form == MAC_BASE64)
		base64_encode(made, len, out);
	else
		hex_encode(made, len, out);
}

bool
mac_equal(const struct mac *m, const unsigned char *made)
{
	unsigned char hash[SHA256_LEN];

	if (!m->hashed)
		return crypto_equal(m->bytes, made, m->len);
	return sha256((struct bytes){ (const char *)made, m->len }, hash) ==
	    ST_OK && crypto_equal(m->bytes, hash, sizeof(hash));
}

bool
mac_blind(struct bytes text, char out[MAC_BLIND_MAX])
{
	unsigned char hash[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1], len[8] = "";
	enum mac_form form;
	struct mac m;

	if (!mac_read_any(text, false, &form, &m) ||
	    sha256((struct bytes){ (const char *)m.bytes, m.len }, hash) !=
	    ST_OK)
		return false;
	hex_encode(hash, sizeof(hash), hex);
	if (m.len != SHA256_LEN)
		snprintf(len, sizeof(len), "%zu-", m.len);
	snprintf(out, MAC_BLIND_MAX, "%s-%ssha256-%s", forms[form].name, len,
	    hex);
	return true;
}
