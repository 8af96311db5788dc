#include "json_name.h"

#include <stdint.h>
#include <string.h>

#include "codec.h"

static uint32_t
json_hex4(const char *p)
{
	uint32_t n = 0;
	int i;

	for (i = 0; i < 4; i++)
		n = n << 4 | (uint32_t)hex_digit(p[i]);
	return n;
}

/* Join a surrogate with the one that follows, if that is its other half, and
 * move *p past it. U+FFFD for a surrogate alone. */
static uint32_t
json_join_surrogates(uint32_t high, const char **p, const char *end)
{
	uint32_t low;

	if (high >= 0xdc00 || end - *p < 6 || memcmp(*p, "\\u", 2) != 0)
		return 0xfffd;
	low = json_hex4(*p + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*p += 6;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Decode the escape at *p into out, and move *p past it. */
static size_t
json_take_escape(const char **p, const char *end, char out[4])
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	char c = (*p)[1];
	const char *at = strchr(from, c);
	uint32_t code;

	if (c != 'u') {
		*p += 2;
		out[0] = at != NULL ? to[at - from] : c;
		return 1;
	}
	code = json_hex4(*p + 2);
	*p += 6;
	if (code >= 0xd800 && code <= 0xdfff)
		code = json_join_surrogates(code, p, end);
	return utf8_encode(code, out);
}

size_t
json_unescape(struct bytes raw, char *out)
{
	const char *p = raw.data, *end = raw.data + raw.len;
	char *to = out, code[4];
	size_t len;

	while (p < end) {
		const char *stop = memchr(p, '\\', (size_t)(end - p));

		len = (size_t)((stop != NULL ? stop : end) - p);
		memcpy(to, p, len);
		to += len;
		p += len;
		if (stop == NULL)
			break;
		len = json_take_escape(&p, end, code);
		memcpy(to, code, len);
		to += len;
	}
	return (size_t)(to - out);
}

bool
json_name_is(struct bytes raw, bool escaped, struct bytes name)
{
	const char *p = raw.data, *end = raw.data + raw.len;
	char code[4];
	size_t len;

	if (!escaped)
		return bytes_equal(raw, name);
	while (p < end) {
		len = 1;
		if (*p == '\\')
			len = json_take_escape(&p, end, code);
		else
			code[0] = *p++;
		if (name.len < len || memcmp(name.data, code, len) != 0)
			return false;
		name = bytes_from(name, len);
	}
	return name.len == 0;
}
