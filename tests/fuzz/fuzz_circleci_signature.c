/*
 * Whatever the header is, it is believed just when the plainest reading of the
 * rule says so. The input cannot know the signature of the body: each of its
 * bytes 0x01 stands for it.
 */
#include <string.h>

#include "codec.h"
#include "crypto.h"
#include "fuzz.h"
#include "provider.h"

/* elements between commas, blanks around them off, 16 at most that are not
 * empty, one of them v1=<hex> */
static int
plainly_genuine(const char *text, size_t len, const char *hex)
{
	size_t start = 0, elements = 0;
	int found = 0;

	for (size_t i = 0; i <= len; i++) {
		size_t from = start, to = i;

		if (i < len && text[i] != ',')
			continue;
		start = i + 1;
		while (from < to && (text[from] == ' ' || text[from] == '\t'))
			from++;
		while (to > from && (text[to - 1] == ' ' ||
		    text[to - 1] == '\t'))
			to--;
		elements += to > from;
		if (to - from == 67 && memcmp(text + from, "v1=", 3) == 0 &&
		    memcmp(text + from + 3, hex, 64) == 0)
			found = 1;
	}
	return found && elements <= 16;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char key[] = "secret";
	struct secret secret = { key, sizeof(key) - 1 };
	struct source s = {
		.name = "s", .provider = &provider_circleci,
		.secrets = &secret, .secret_count = 1,
	};
	struct arena a = ARENA(64 << 20);
	unsigned char mac[SHA256_LEN];
	char hex[65], *text = malloc(size * 64 + 1);
	struct http_header header = { BYTES("circleci-signature"),
	    { text, 0 } };
	struct message m = { .headers = &header, .header_count = 1,
	    .body = BYTES("foo") };
	struct proof proof;

	MUST(text != NULL && hmac_sha256(BYTES("secret"), m.body, mac) ==
	    ST_OK);
	hex_encode(mac, sizeof(mac), hex);
	for (size_t i = 0; i < size; i++) {
		if (data[i] == 1) {
			memcpy(text + header.value.len, hex, 64);
			header.value.len += 64;
		} else {
			text[header.value.len++] = (char)data[i];
		}
	}
	MUST((provider_circleci.verify(&s, &m, &a, NULL, &proof,
	    NULL) == ST_OK) ==
	    plainly_genuine(text, header.value.len, hex));
	arena_free(&a);
	free(text);
	return 0;
}
