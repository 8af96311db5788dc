#include "secret_key.h"

#include <string.h>

#include "crypto.h"

/* 0xff if low <= c <= high, else 0. */
static unsigned
key_in_range(unsigned c, unsigned low, unsigned high)
{
	return (((c - low) | (high - c)) >> 8 & 0xff) ^ 0xff;
}

/* The value of a digit; 0x100 or more where it is none. No branch. */
static unsigned
key_hex_digit(unsigned c)
{
	unsigned digit = key_in_range(c, '0', '9');
	unsigned small = key_in_range(c, 'a', 'f');
	unsigned capital = key_in_range(c, 'A', 'F');

	return (digit & (c - '0')) | (small & (c - 'a' + 10)) |
	    (capital & (c - 'A' + 10)) |
	    (~(digit | small | capital) & 0xff) << 8;
}

static unsigned
key_base64_digit(unsigned c)
{
	unsigned capital = key_in_range(c, 'A', 'Z');
	unsigned small = key_in_range(c, 'a', 'z');
	unsigned digit = key_in_range(c, '0', '9');
	unsigned plus = key_in_range(c, '+', '+');
	unsigned slash = key_in_range(c, '/', '/');

	return (capital & (c - 'A')) | (small & (c - 'a' + 26)) |
	    (digit & (c - '0' + 52)) | (plus & 62) | (slash & 63) |
	    (~(capital | small | digit | plus | slash) & 0xff) << 8;
}

/* Whether nothing was wrong: the one thing that may be told. */
static bool
key_is_good(unsigned wrong)
{
	static const unsigned none = 0;

	return crypto_equal(&wrong, &none, sizeof(none));
}

static bool
key_from_hex(struct bytes text, struct secret_key *out)
{
	const unsigned char *in = (const unsigned char *)text.data;
	unsigned wrong = 0;

	if (text.len == 0 || text.len % 2 != 0 ||
	    text.len / 2 > SECRET_KEY_MAX)
		return false;
	for (size_t i = 0; i < text.len / 2; i++) {
		unsigned byte = key_hex_digit(in[2 * i]) << 4 |
		    key_hex_digit(in[2 * i + 1]);

		wrong |= byte >> 8;
		out->room[i] = (unsigned char)byte;
	}
	out->bytes = (struct bytes){ (char *)out->room, text.len / 2 };
	return key_is_good(wrong);
}

/* Digits, without padding. Bits that the bytes do not use must be zero. */
static bool
key_from_digits(const unsigned char *in, size_t len, struct secret_key *out)
{
	unsigned bits = 0, wrong = 0, have = 0;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned digit = key_base64_digit(in[i]);

		wrong |= digit >> 8;
		bits = (bits << 6 | (digit & 63)) & 0xffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out->room[n++] = (unsigned char)(bits >> have);
	}
	wrong |= bits & ((1u << have) - 1);
	out->bytes = (struct bytes){ (char *)out->room, n };
	return key_is_good(wrong) && n > 0;
}

static bool
key_from_base64(struct bytes text, struct secret_key *out)
{
	const unsigned char *in = (const unsigned char *)text.data;
	size_t len = text.len;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > SECRET_KEY_MAX)
		return false;
	for (int i = 0; i < 2 && crypto_equal(&in[len - 1], "=", 1); i++)
		len--;
	return key_from_digits(in, len, out);
}

bool
secret_has_prefix(struct bytes secret, const char *prefix)
{
	size_t len = prefix == NULL ? 0 : strlen(prefix);

	return secret.len >= len && (len == 0 ||
	    crypto_equal(secret.data, prefix, len));
}

bool
secret_key_make(struct bytes secret, enum secret_encoding encoding,
    struct secret_key *out)
{
	static const char *const skipped[] = { "whsec_", "whpk_" };

	out->bytes = secret;
	switch (encoding) {
	case SECRET_RAW:
		return true;
	case SECRET_BASE64:
		for (size_t i = 0; i < 2; i++)
			if (secret_has_prefix(secret, skipped[i]))
				return key_from_base64(bytes_from(secret,
				    strlen(skipped[i])), out);
		return key_from_base64(secret, out);
	case SECRET_HEX:
		return key_from_hex(secret, out);
	}
	return false;
}

void
secret_key_wipe(struct secret_key *key)
{
	if (key->bytes.data == (const char *)key->room)
		crypto_wipe(key->room, sizeof(key->room));
	key->bytes = BYTES_NONE;
}
