#include "uncode.h"

#include <string.h>

#include "codec.h"

/* The value of digits at text[at]; -1 where they are none. */
static int
uncode_hex_at(struct bytes text, size_t at, size_t digits)
{
	int n = 0;

	if (text.len < digits || at > text.len - digits)
		return -1;
	for (size_t i = at; i < at + digits; i++) {
		if (hex_digit(text.data[i]) < 0)
			return -1;
		n = n * 16 + hex_digit(text.data[i]);
	}
	return n;
}

/* A taker decodes one byte or character that is encoded at text.data[at]. It
 * writes *len bytes to out and returns how many it has read; 0 where nothing in
 * its code begins there. */
typedef size_t taker(struct bytes text, size_t at, char out[4], size_t *len);

static size_t
uncode_take_percent(struct bytes text, size_t at, char out[4], size_t *len)
{
	int byte = text.data[at] == '%' ? uncode_hex_at(text, at + 1, 2) : -1;

	out[0] = (char)byte;
	*len = 1;
	return byte < 0 ? 0 : 3;
}

/* \u2026 of JSON and JavaScript, also as two surrogates. */
static size_t
uncode_take_unit(struct bytes text, size_t at, char out[4], size_t *len)
{
	int code = uncode_hex_at(text, at + 2, 4), low;
	size_t read = 6;

	if (code < 0)
		return 0;
	low = code >= 0xd800 && code < 0xdc00 && at + 7 < text.len &&
	    text.data[at + 6] == '\\' && text.data[at + 7] == 'u' ?
	    uncode_hex_at(text, at + 8, 4) : -1;
	if (low >= 0xdc00 && low < 0xe000) {
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		read = 12;
	}
	*len = utf8_encode((unsigned)code, out);
	return read;
}

/* Escapes of JSON and of many other languages. NULs go: UTF-16. */
static size_t
uncode_take_escape(struct bytes text, size_t at, char out[4], size_t *len)
{
	size_t read = 0;
	int byte;

	*len = 0;
	if (text.data[at] == '\0')
		return 1;
	if (text.data[at] != '\\' || at + 1 == text.len)
		return 0;
	*len = 1;
	out[0] = text.data[at + 1];
	if (out[0] == 'u')
		read = uncode_take_unit(text, at, out, len);
	byte = out[0] == 'x' ? uncode_hex_at(text, at + 2, 2) : -1;
	if (read > 0 || byte < 0)
		return read > 0 ? read : 2;
	out[0] = (char)byte;
	return 4;
}

/* "&#x2d;" and "&#45;" of HTML and XML. */
static size_t
uncode_take_number(struct bytes text, size_t at, char out[4], size_t *len)
{
	bool hex = at + 2 < text.len && ascii_lower(text.data[at + 2]) == 'x';
	size_t i = at + 2 + hex, begin = i;
	unsigned code = 0;

	for (; i < text.len && i - begin < 7; i++) {
		int digit = hex_digit(text.data[i]);

		if (digit < 0 || (!hex && digit > 9))
			break;
		code = code * (hex ? 16 : 10) + (unsigned)digit;
	}
	if (i == begin || i == text.len || text.data[i] != ';' ||
	    code > 0x10ffff)
		return 0;
	*len = utf8_encode(code, out);
	return i + 1 - at;
}

static size_t
uncode_take_entity(struct bytes text, size_t at, char out[4], size_t *len)
{
	static const struct {
		const char *name;
		char meant;
	} names[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' },
	};

	if (text.data[at] != '&')
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!bytes_has_prefix(bytes_from(text, at), names[i].name))
			continue;
		out[0] = names[i].meant;
		*len = 1;
		return strlen(names[i].name);
	}
	return at + 1 < text.len && text.data[at + 1] == '#' ?
	    uncode_take_number(text, at, out, len) : 0;
}

/* A code, and the bytes that can begin what is in it. */
struct code {
	taker *take;
	const char *begin;
	size_t count;
};

static const struct code codes[] = {
	{ uncode_take_percent, "%", 1 }, { uncode_take_escape, "\\\0", 2 },
	{ uncode_take_entity, "&", 1 }
};

enum { PERCENT, ESCAPES, ENTITIES, CODES };

/* Decodes codes[first] and those behind it, count in all; everything else
 * stays. No character's code is shorter than what it means, so out may be where
 * text is. */
static size_t
uncode_decode_codes(struct bytes text, size_t first, size_t count, char *out)
{
	taker *takers[256] = { NULL };
	size_t n = 0, read, len;
	char meant[4];

	for (size_t k = first; k < first + count; k++)
		for (size_t i = 0; i < codes[k].count; i++)
			takers[(unsigned char)codes[k].begin[i]] =
			    codes[k].take;
	for (size_t i = 0; i < text.len; i += read) {
		taker *take = takers[(unsigned char)text.data[i]];

		read = take == NULL ? 0 : take(text, i, meant, &len);
		if (read == 0) {
			out[n++] = text.data[i];
			read = 1;
			continue;
		}
		memcpy(out + n, meant, len);
		n += len;
	}
	return n;
}

static size_t
uncode_from_percent(struct bytes text, int way, size_t least, char *out)
{
	(void)least;
	if (way == 1) {
		if (memchr(text.data, '+', text.len) == NULL)
			return 0;	/* the same as way 0 */
		for (size_t i = 0; i < text.len; i++)
			out[i] = text.data[i] == '+' ? ' ' : text.data[i];
		text.data = out;
	}
	return uncode_decode_codes(text, PERCENT, 1, out);
}

static size_t
uncode_from_escapes(struct bytes text, int way, size_t least, char *out)
{
	(void)way;
	(void)least;
	return uncode_decode_codes(text, ESCAPES, 1, out);
}

static size_t
uncode_from_entities(struct bytes text, int way, size_t least, char *out)
{
	(void)way;
	(void)least;
	return uncode_decode_codes(text, ENTITIES, 1, out);
}

/* Of RFC 4648 4 or 5. */
static int
uncode_base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Runs of digits, each worth so many bits. The first skip digits of a run are
 * left out, and a NUL follows what the run means. */
static size_t
uncode_from_digits(struct bytes text, int (*digit)(char c), int bits, int skip,
    size_t least, char *out)
{
	size_t n = 0;
	unsigned sum = 0;
	int have = 0, seen = 0;
	size_t begun = 0;	/* where the run's bytes are in out */

	for (size_t i = 0; i <= text.len; i++) {
		int value = i < text.len ? digit(text.data[i]) : -1;

		if (value < 0) {
			/* too short to mean anything */
			if (n - begun < least)
				n = begun;
			else
				out[n++] = '\0';
			begun = n;
			sum = 0;
			have = seen = 0;
			continue;
		}
		if (seen++ < skip)
			continue;
		sum = (sum << bits | (unsigned)value) & 0xffff;
		have += bits;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(sum >> have & 0xff);
	}
	return n;
}

static size_t
uncode_from_base64(struct bytes text, int way, size_t least, char *out)
{
	return uncode_from_digits(text, uncode_base64_digit, 6, way, least,
	    out);
}

static size_t
uncode_from_hex(struct bytes text, int way, size_t least, char *out)
{
	return uncode_from_digits(text, hex_digit, 4, way, least, out);
}

const struct uncode uncode[] = {
	{ uncode_from_percent, 2, true }, { uncode_from_escapes, 1, true },
	{ uncode_from_entities, 1, true },
	{ uncode_from_base64, 4, false }, { uncode_from_hex, 2, false },
};

const size_t uncode_count = sizeof(uncode) / sizeof(uncode[0]);
