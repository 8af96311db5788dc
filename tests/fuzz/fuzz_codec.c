/*
 * Hex and base64: encoding and decoding are each other's inverse, so that a
 * text that is taken is the only one for its bytes. Form decoding undoes
 * percent encoding. UTF-8 is what a decoder written from the definition takes.
 */
#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "fuzz.h"

static void
check_hex(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size };
	unsigned char *bytes = malloc(size + 1);
	char *again = malloc(2 * size + 1);

	MUST(bytes != NULL && again != NULL);
	hex_encode(data, size, again);
	MUST(hex_decode_exact(bytes_of(again), bytes, size));
	MUST(memcmp(bytes, data, size) == 0);
	MUST(!hex_decode_exact(text, bytes, size / 2 + 1));
	if (hex_decode_exact(text, bytes, size / 2)) {
		hex_encode(bytes, size / 2, again);
		MUST(bytes_is(text, again));
	}
	free(bytes);
	free(again);
}

static void
check_base64(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size };
	unsigned char *bytes = malloc(size + 1);
	char *again = malloc(4 * ((size + 2) / 3) + 1);
	size_t len, most = size / 4 * 3, taken = 0;

	MUST(bytes != NULL && again != NULL);
	base64_encode(data, size, again);
	MUST(base64_decode_exact(bytes_of(again), bytes, size));
	MUST(memcmp(bytes, data, size) == 0);
	for (len = most < 3 ? 0 : most - 3; len <= most; len++) {
		if (!base64_decode_exact(text, bytes, len))
			continue;
		taken++;
		base64_encode(bytes, len, again);
		MUST(bytes_is(text, again));
	}
	MUST(taken <= 1);
	free(bytes);
	free(again);
}

static void
check_form(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(0);
	char *text = malloc(3 * size + 1);
	struct bytes out;
	size_t i;

	MUST(text != NULL);
	for (i = 0; i < size; i++)
		snprintf(text + 3 * i, 4, i % 2 ? "%%%02x" : "%%%02X", data[i]);
	MUST(form_decode((struct bytes){ text, 3 * size }, &a, &out));
	MUST(out.len == size && memcmp(out.data, data, size) == 0);
	if (form_decode((struct bytes){ (const char *)data, size }, &a, &out))
		MUST(out.len <= size);
	else
		MUST(memchr(data, '%', size) != NULL);
	free(text);
	arena_free(&a);
}

/* The length of the character at p by its definition; 0 where there is none. */
static size_t
reference_len(const uint8_t *p, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;
	uint32_t c;

	if (left == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	len = p[0] >> 5 == 0x6 ? 2 : p[0] >> 4 == 0xe ? 3 : 0;
	if (p[0] >> 3 == 0x1e)
		len = 4;
	if (len == 0 || left < len)
		return 0;
	c = p[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return len;
}

static void
check_utf8(const uint8_t *data, size_t size)
{
	size_t i, len;
	int valid = 1;

	for (i = 0; i < size; i += len > 0 ? len : 1) {
		struct bytes rest = { (const char *)data + i, size - i };

		len = reference_len(data + i, size - i);
		MUST(utf8_char_len(rest) == len);
		valid = valid && len > 0;
	}
	MUST(is_utf8((struct bytes){ (const char *)data, size }) == valid);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_hex(data, size);
	check_base64(data, size);
	check_form(data, size);
	check_utf8(data, size);
	return 0;
}
