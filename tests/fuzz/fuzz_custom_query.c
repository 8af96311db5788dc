/*
 * Whatever the query is, it is let in just when the plainest reading of the
 * rule says so: one parameter that decodes to "secret", whose value decodes to
 * ours.
 */
#include <string.h>

#include "fuzz.h"
#include "provider.h"

static int
hex(unsigned char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* text[from, to) decoded is want; -1 where it cannot be decoded */
static int
decodes_to(const uint8_t *text, size_t from, size_t to, const char *want)
{
	size_t n = 0;
	int same = 1;

	for (; from < to; from++, n++) {
		int c = text[from] == '+' ? ' ' : text[from];

		if (c == '%') {
			if (to - from < 3 || hex(text[from + 1]) < 0 ||
			    hex(text[from + 2]) < 0)
				return -1;
			c = hex(text[from + 1]) * 16 + hex(text[from + 2]);
			from += 2;
		}
		same = same && n < strlen(want) &&
		    (unsigned char)want[n] == c;
	}
	return same && n == strlen(want);
}

static enum status
plain_verdict(const uint8_t *text, size_t len, const char *secret)
{
	size_t start = 0;
	int found = 0;

	for (size_t i = 0; i <= len; i++) {
		size_t equals = start;

		if (i < len && text[i] != '&')
			continue;
		while (equals < i && text[equals] != '=')
			equals++;
		if (decodes_to(text, start, equals, "secret") == 1) {
			if (found++)
				return ST_MALFORMED;
			if (decodes_to(text, equals + (equals < i), i, secret)
			    == -1)
				return ST_DENIED;
			if (decodes_to(text, equals + (equals < i), i, secret))
				found = 1 << 8;
		}
		start = i + 1;
	}
	return found >= 1 << 8 ? ST_OK : ST_DENIED;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char key[] = "a b%";
	struct secret secret = { key, sizeof(key) - 1 };
	struct source s = {
		.name = "s", .provider = &provider_custom,
		.secrets = &secret, .secret_count = 1,
	};
	struct arena a = ARENA(64 << 20);
	struct message m = { .query = { (const char *)data, size } };
	struct proof proof;

	MUST(provider_custom.verify(&s, &m, &a, NULL, &proof, NULL) ==
	    plain_verdict(data, size, (const char *)key));
	arena_free(&a);
	return 0;
}
