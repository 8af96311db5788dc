#include "codec.h"

#include <stdint.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of c as a digit of the alphabet; -1 if it is none. */
static int
codec_digit_of(char c, const char *alphabet, size_t base)
{
	const char *at = memchr(alphabet, c, base);

	return at != NULL ? (int)(at - alphabet) : -1;
}

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
hex_decode_exact(struct bytes text, unsigned char *out, size_t len)
{
	size_t i;

	if (text.len % 2 != 0 || text.len / 2 != len)
		return false;
	for (i = 0; i < len; i++) {
		int high = codec_digit_of(text.data[2 * i], hex_digits, 16);
		int low = codec_digit_of(text.data[2 * i + 1], hex_digits, 16);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

void
hex_encode(const unsigned char *in, size_t len, char *out)
{
	size_t i;

	for (i = 0; i < len; i++) {
		*out++ = hex_digits[in[i] >> 4];
		*out++ = hex_digits[in[i] & 15];
	}
	*out = '\0';
}

/* Decode a group of four digits into 1 to 3 bytes. Bits that the bytes do not
 * use must be zero, else two texts would mean the same bytes. */
static bool
base64_group(const char *in, unsigned char *out, size_t bytes)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		int digit = codec_digit_of(in[i], base64_digits, 64);

		if (i > bytes && in[i] == '=')
			digit = 0;
		else if (i > bytes || digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
	}
	for (i = 0; i < bytes; i++)
		out[i] = (unsigned char)(bits >> (16 - 8 * i));
	return bytes == 3 || (bits & (UINT32_C(0xffffff) >> 8 * bytes)) == 0;
}

bool
base64_decode_exact(struct bytes text, unsigned char *out, size_t len)
{
	size_t i;

	if (text.len % 4 != 0 || text.len / 4 != len / 3 + (len % 3 > 0))
		return false;
	for (i = 0; i < text.len / 4; i++) {
		size_t left = len - 3 * i;

		if (!base64_group(text.data + 4 * i, out + 3 * i,
		    left < 3 ? left : 3))
			return false;
	}
	return true;
}

bool
base64_decode(struct bytes text, struct arena *a, struct bytes *out)
{
	size_t most = text.len / 4 * 3;
	unsigned char *p = arena_alloc(a, most + 1);

	for (size_t pad = 0; p != NULL && pad <= 2 && pad <= most; pad++) {
		if (!base64_decode_exact(text, p, most - pad))
			continue;
		*out = (struct bytes){ (char *)p, most - pad };
		return true;
	}
	return false;
}

void
base64_encode(const unsigned char *in, size_t len, char *out)
{
	size_t i, k;

	for (i = 0; i < len; i += 3) {
		size_t bytes = len - i < 3 ? len - i : 3;
		uint32_t bits = 0;

		for (k = 0; k < bytes; k++)
			bits |= (uint32_t)in[i + k] << (16 - 8 * k);
		for (k = 0; k < 4; k++)
			*out++ = k > bytes ? '=' :
			    base64_digits[bits >> (18 - 6 * k) & 63];
	}
	*out = '\0';
}

bool
form_decode(struct bytes text, struct arena *a, struct bytes *out)
{
	size_t i, len = 0;
	char *p;

	if (text.len == 0) {
		*out = text;
		return true;
	}
	p = arena_alloc(a, text.len + 1);
	if (p == NULL)
		return false;
	for (i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '%') {
			int high, low;

			if (text.len - i < 3)
				return false;
			high = hex_digit(text.data[i + 1]);
			low = hex_digit(text.data[i + 2]);
			if (high < 0 || low < 0)
				return false;
			c = (char)(unsigned char)(high << 4 | low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		p[len++] = c;
	}
	*out = (struct bytes){ p, len };
	return true;
}

/*
 * Unicode 15 table 3-7: the range of the second byte excludes overlong forms,
 * surrogates and what is above U+10FFFF; all further bytes are 80..BF.
 */
static const struct {
	unsigned char first_low, first_high, second_low, second_high, len;
} utf8_forms[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t
utf8_char_len(struct bytes text)
{
	const unsigned char *p = (const unsigned char *)text.data;
	size_t i, k, len;

	if (text.len == 0)
		return 0;
	for (i = 0; i < sizeof(utf8_forms) / sizeof(utf8_forms[0]); i++)
		if (p[0] >= utf8_forms[i].first_low &&
		    p[0] <= utf8_forms[i].first_high)
			break;
	if (i == sizeof(utf8_forms) / sizeof(utf8_forms[0]))
		return 0;
	len = utf8_forms[i].len;
	if (text.len < len)
		return 0;
	if (len > 1 && (p[1] < utf8_forms[i].second_low ||
	    p[1] > utf8_forms[i].second_high))
		return 0;
	for (k = 2; k < len; k++)
		if (p[k] < 0x80 || p[k] > 0xbf)
			return 0;
	return len;
}

unsigned
utf8_code(struct bytes character)
{
	const unsigned char *p = (const unsigned char *)character.data;
	static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned code = p[0] & first[character.len];

	for (size_t i = 1; i < character.len; i++)
		code = code << 6 | (p[i] & 0x3fu);
	return code;
}

size_t
utf8_encode(unsigned code, char out[4])
{
	static const unsigned char first[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };
	size_t i, len = 4;

	if (code < 0x10000)
		len = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
	for (i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(first[len] | code);
	return len;
}

bool
utf8_unseen(struct bytes character)
{
	static const struct { unsigned first, last; } ranges[] = {
		{ 0x0000, 0x001f },	/* C0 */
		{ 0x007f, 0x009f },	/* DEL, C1 */
		{ 0x061c, 0x061c },	/* Arabic letter mark */
		{ 0x180e, 0x180e },
		{ 0x200b, 0x200b },	/* zero width space */
		{ 0x200e, 0x200f },	/* left-to-right, right-to-left mark */
		{ 0x2028, 0x202e },	/* separators; embeddings, overrides */
		{ 0x2060, 0x2064 },	/* invisible operators */
		{ 0x2066, 0x2069 },	/* isolates */
		{ 0xfeff, 0xfeff },	/* byte order mark */
		{ 0xfff9, 0xfffb },	/* interlinear annotation */
		{ 0xe0000, 0xe007f },	/* tags */
	};
	unsigned code = utf8_code(character);

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

struct bytes
shell_quote(struct bytes text, struct arena *a)
{
	char *out = arena_alloc(a, text.len * 4 + 3);
	size_t n = 0;

	if (out == NULL)
		return BYTES_NONE;
	out[n++] = '\'';
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\'') {
			memcpy(out + n, "'\\'", 3);
			n += 3;
		}
		out[n++] = text.data[i];
	}
	out[n++] = '\'';
	return (struct bytes){ out, n };
}

const char *
shell_word(const char *text, struct arena *a)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789/._-+,:@";
	const char *quoted;

	if (text[0] != '\0' && text[strspn(text, plain)] == '\0')
		return text;
	quoted = shell_quote(bytes_of(text), a).data;
	return quoted != NULL ? quoted : text;
}
