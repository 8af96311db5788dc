#include "uncode.h"

#include <string.h>

#include "codec.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of digits at text[at]; -1 where they are none. */
static int
hex_at(struct bytes text, size_t at, size_t digits)
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

/* What begins at text.data[at] in a code: how many bytes of it were read, the
 * byte or character that they mean in out, and *len, how long that is. 0 where
 * nothing in this code begins. */

static size_t
take_percent(struct bytes text, size_t at, char out[4], size_t *len)
{
	int byte = text.data[at] == '%' ? hex_at(text, at + 1, 2) : -1;

	out[0] = (char)byte;
	*len = 1;
	return byte < 0 ? 0 : 3;
}

/* \u2026 of JSON and JavaScript, also as two surrogates. */
static size_t
take_unit(struct bytes text, size_t at, char out[4], size_t *len)
{
	int code = hex_at(text, at + 2, 4), low;
	size_t read = 6;

	if (code < 0)
		return 0;
	low = code >= 0xd800 && code < 0xdc00 && at + 7 < text.len &&
	    text.data[at + 6] == '\\' && text.data[at + 7] == 'u' ?
	    hex_at(text, at + 8, 4) : -1;
	if (low >= 0xdc00 && low < 0xe000) {
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		read = 12;
	}
	*len = utf8_encode((unsigned)code, out);
	return read;
}

/* Escapes of JSON and of many other languages. NULs go: UTF-16. */
static size_t
take_escape(struct bytes text, size_t at, char out[4], size_t *len)
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
		read = take_unit(text, at, out, len);
	byte = out[0] == 'x' ? hex_at(text, at + 2, 2) : -1;
	if (read > 0 || byte < 0)
		return read > 0 ? read : 2;
	out[0] = (char)byte;
	return 4;
}

/* "&#x2d;" and "&#45;" of HTML and XML. */
static size_t
take_number(struct bytes text, size_t at, char out[4], size_t *len)
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
take_entity(struct bytes text, size_t at, char out[4], size_t *len)
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
	    take_number(text, at, out, len) : 0;
}

typedef size_t taker(struct bytes text, size_t at, char out[4], size_t *len);

/* A code, and the bytes that can begin what is in it. */
struct code {
	taker *take;
	const char *begin;
	size_t count;
};

static const struct code percent = { take_percent, "%", 1 };
static const struct code escapes = { take_escape, "\\\0", 2 };
static const struct code entities = { take_entity, "&", 1 };

/* What is not in one of the codes stays. Each character's code is as long as
 * what it means or longer, so out may be where text is. */
static size_t
decode_all(struct bytes text, const struct code *const *codes, size_t count,
    char *out)
{
	taker *takers[256] = { NULL };
	size_t n = 0, read, len;
	char meant[4];

	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < codes[k]->count; i++)
			takers[(unsigned char)codes[k]->begin[i]] =
			    codes[k]->take;
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
from_percent(struct bytes text, int which, size_t least, char *out)
{
	const struct code *const codes[] = { &percent };
	size_t n;

	(void)least;
	if (which == 1 && memchr(text.data, '+', text.len) == NULL)
		return 0;	/* as the first way */
	for (n = 0; which == 1 && n < text.len; n++)
		out[n] = text.data[n] == '+' ? ' ' : text.data[n];
	if (which == 1)
		text.data = out;
	return decode_all(text, codes, 1, out);
}

static size_t
from_escapes(struct bytes text, int which, size_t least, char *out)
{
	const struct code *const codes[] = { &escapes };

	(void)which;
	(void)least;
	return decode_all(text, codes, 1, out);
}

static size_t
from_entities(struct bytes text, int which, size_t least, char *out)
{
	const struct code *const codes[] = { &entities };

	(void)which;
	(void)least;
	return decode_all(text, codes, 1, out);
}

/* JSON in a form in JSON: whichever comes. */
static size_t
from_any(struct bytes text, int which, size_t least, char *out)
{
	const struct code *const codes[] = { &percent, &escapes,
		&entities };

	(void)which;
	(void)least;
	return decode_all(text, codes, 3, out);
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Runs of digits, of bits each, the first skip digits of a run left out; a NUL
 * behind each run. */
static size_t
from_digits(struct bytes text, int (*digit)(char c), int bits, int skip,
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
from_base64(struct bytes text, int which, size_t least, char *out)
{
	return from_digits(text, base64_digit, 6, which, least, out);
}

static size_t
from_hex(struct bytes text, int which, size_t least, char *out)
{
	return from_digits(text, hex_digit, 4, which, least, out);
}

const struct uncode uncode[] = {
	{ from_percent, 2, true }, { from_escapes, 1, true },
	{ from_entities, 1, true }, { from_any, 1, true },
	{ from_base64, 4, false }, { from_hex, 2, false },
};

const size_t uncode_count = sizeof(uncode) / sizeof(uncode[0]);
