/*
 * Whatever the header is, and whatever the recipe (the first byte says), it is
 * believed just when the plainest reading of the rule says so; a trace changes
 * nothing; and what the recipe signs, it believes. The input cannot know the
 * signature of the body: each of its bytes 0x01 stands for it.
 */
#include <string.h>

#include "codec.h"
#include "crypto.h"
#include "fuzz.h"
#include "guess.h"
#include "outgoing.h"
#include "recipe.h"
#include "trace.h"

#define SIG(element_, separator_) { .schemes = (const struct scheme[]){ { \
	.name = "signature", .header = "x-sig", .element = element_, \
	.separator = separator_, .signed_text = "{body}" }, SCHEME_END }, \
	.event_header = "x-event", .agent = "f", .secret_place = "f" }

static const struct recipe recipes[] = {
	SIG("v1=%hex", ','),
	SIG("%hex", '\0'),
	SIG("sha256=%hex", '\0'),
	SIG("%b64", '\0'),
	SIG("v1,%b64", ' '),
};

enum { RECIPE_COUNT = sizeof(recipes) / sizeof(recipes[0]) };

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Elements, blanks around them removed, 16 at most that are not empty, one of
 * them the prefix and the MAC. */
static bool
plainly_genuine(const struct recipe *r, const char *text, size_t len,
    const char *mac)
{
	const struct scheme *scheme = &r->schemes[0];
	size_t start = 0, elements = 0;
	size_t before = strcspn(scheme->element, "%");
	size_t whole = before + strlen(mac);
	bool found = false;

	for (size_t i = 0; i <= len; i++) {
		size_t from = start, to = i;

		if (i < len && (scheme->separator == '\0' ||
		    text[i] != scheme->separator))
			continue;
		start = i + 1;
		while (from < to && is_blank(text[from]))
			from++;
		while (to > from && is_blank(text[to - 1]))
			to--;
		elements += to > from;
		if (to - from == whole &&
		    memcmp(text + from, scheme->element, before) == 0 &&
		    memcmp(text + from + before, mac, whole - before) == 0)
			found = true;
	}
	return found && elements <= 16;
}

static void
make_mac(const struct recipe *r, struct bytes body, char out[65])
{
	unsigned char mac[SHA256_LEN];

	MUST(hmac_sha256(BYTES("secret"), body, mac) == ST_OK);
	if (strstr(r->schemes[0].element, "%b64") != NULL)
		base64_encode(mac, sizeof(mac), out);
	else
		hex_encode(mac, sizeof(mac), out);
}

/* The same verdict with a trace; guessing survives. */
static void
explain(const struct source *s, const struct message *m, struct arena *a,
    enum status st)
{
	struct trace t = TRACE(a);
	struct guesses out = { .count = 0 };
	struct reason why;
	struct proof proof;

	t.reveal = true;
	MUST(recipe_verify(s, m, a, &t, &proof, &why) == st);
	MUST(t.count > 0 && t.command.data != NULL);
	if (st != ST_OK)
		recipe_guess(&(struct guess_case){ s, s, 1, m, a }, &out);
}

static void
sign(const struct source *s, struct bytes body, struct arena *a)
{
	struct outgoing o = { .body = body, .event = "e" };
	struct http_header headers[OUTGOING_HEADERS_MAX];
	struct message m = { .headers = headers, .body = body };
	struct proof proof;

	MUST(outgoing_sign(s, a, &o, NULL) == ST_OK);
	for (; m.header_count < o.header_count; m.header_count++) {
		headers[m.header_count] = o.headers[m.header_count];
		headers[m.header_count].name = message_header_name(
		    headers[m.header_count].name, a);
	}
	MUST(recipe_verify(s, &m, a, NULL, &proof, NULL) == ST_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char key[] = "secret";
	struct secret secret = { key, sizeof(key) - 1 };
	struct provider p = provider_circleci;
	struct source s = { .name = "s", .provider = &p, .secrets = &secret,
		.secret_count = 1 };
	struct arena a = ARENA(64 << 20);
	char mac[65], *text = malloc(size * 64 + 1);
	struct http_header header = { BYTES("x-sig"), { text, 0 } };
	struct message m = { .headers = &header, .header_count = 1,
	    .body = BYTES("foo") };
	struct proof proof;
	enum status st;

	MUST(text != NULL);
	p.recipe = &recipes[size == 0 ? 0 : data[0] % RECIPE_COUNT];
	make_mac(p.recipe, m.body, mac);
	for (size_t i = 1; i < size; i++) {
		if (data[i] == 1) {
			memcpy(text + header.value.len, mac, strlen(mac));
			header.value.len += strlen(mac);
		} else {
			text[header.value.len++] = (char)data[i];
		}
	}
	st = recipe_verify(&s, &m, &a, NULL, &proof, NULL);
	MUST((st == ST_OK) == plainly_genuine(p.recipe, text,
	    header.value.len, mac));
	explain(&s, &m, &a, st);
	sign(&s, (struct bytes){ (const char *)data, size }, &a);
	arena_free(&a);
	free(text);
	return 0;
}
