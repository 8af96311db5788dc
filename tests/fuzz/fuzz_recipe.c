/*
 * Whatever the header is, and whatever the recipe (the first byte says), it is
 * believed just when the plainest reading of the rule says so; a trace changes
 * nothing; and what the recipe signs, it believes. The input cannot know the
 * signature of the body: each of its bytes 0x01 stands for it.
 *
 * And whatever a recipe is made of (the first bytes say): what it signs, it
 * believes; with any byte of the body, of the time, of an id that is signed or
 * of the signature changed, it does not; nor where the signed text is cut at
 * other places.
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
		/* of lines that were joined by ", " */
		if (scheme->separator == ' ' && to > from &&
		    text[to - 1] == ',')
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

/* Signs o; m gets its headers, named as they are when they arrive. */
static void
sign(const struct source *s, struct outgoing *o,
    struct http_header headers[OUTGOING_HEADERS_MAX], struct message *m,
    struct arena *a)
{
	MUST(outgoing_sign(s, a, o, NULL) == ST_OK);
	for (size_t i = 0; i < o->header_count; i++)
		headers[i] = (struct http_header){ message_header_name(
		    o->headers[i].name, a), o->headers[i].value };
	m->headers = headers;
	m->header_count = o->header_count;
}

static void
check_signed(const struct source *s, struct bytes body, struct arena *a)
{
	struct outgoing o = { .body = body, .event = "e" };
	struct http_header headers[OUTGOING_HEADERS_MAX];
	struct message m = { .body = body };
	struct proof proof;

	sign(s, &o, headers, &m, a);
	MUST(recipe_verify(s, &m, a, NULL, &proof, NULL) == ST_OK);
}

/* --- any recipe ---------------------------------------------------------- */

#define NOW_MS INT64_C(1614265330000)

/* A scheme that the input chose. */
struct made {
	struct scheme schemes[2];
	struct recipe recipe;
	struct provider provider;
	struct secret secret;
	struct source source;
};

static void
choose(const uint8_t *data, struct made *x)
{
	static const char *const elements[] = { "%hex", "%b64", "v1=%hex",
		"v1,%b64", "sha256=%hex", "a%b64;z", "t=%hex", "[%hex]" };
	static const char separators[] = { '\0', ',', ' ', ';', '|', 'v' };
	static const struct {
		const char *text, *time;
	} signs[] = {
		{ "{body}", NULL },
		{ "{time}.{body}", "header:x-time" },
		{ "{time}.{body}", "element:t" },
		{ "v0:{time}:{body}", "header:x-time" },
		{ "{header:x-id}.{time}.{body}", "header:x-time" },
		{ "{header:x-id}.{header:x-id2}.{body}", NULL },
		{ "{body}{time}", "header:x-time" },
		{ "{time}{body}", "header:x-time" },
		{ "{header:x-id}{time}{body}", "header:x-time" },
		{ "POST https://example.com/{body};{header:x-id}", NULL },
		{ "{header:x-id}{body}", NULL },	/* refused */
	};
	static unsigned char key[] = "whsec_c2VjcmV0", hex[] = "5ec2e7";
	const size_t way = data[3] % (sizeof(signs) / sizeof(signs[0]));

	*x = (struct made){ .provider = provider_circleci };
	x->schemes[0] = (struct scheme){ .name = "s",
		.algorithm = (enum scheme_algorithm)(data[0] % 3),
		.header = "x-sig",
		.element = elements[data[1] % 8],
		.separator = separators[data[2] % 6],
		.encoding = (enum secret_encoding)(data[0] / 3 % 3),
		.signed_text = signs[way].text, .time = signs[way].time };
	x->recipe = (struct recipe){ .schemes = x->schemes, .agent = "f",
		.secret_place = "f" };
	x->provider.recipe = &x->recipe;
	x->secret = (struct secret){ key, sizeof(key) - 1 };
	if (x->schemes[0].encoding == SECRET_HEX)
		x->secret = (struct secret){ hex, sizeof(hex) - 1 };
	x->source = (struct source){ .name = "s", .provider = &x->provider,
		.secrets = &x->secret, .secret_count = 1,
		.max_age_ms = 300000, .keep_ms = 600000 };
}

static enum status
judge(const struct made *x, const struct message *m)
{
	struct arena a = ARENA(64 << 20);
	struct proof proof;
	enum status st = recipe_verify(&x->source, m, &a, NULL, &proof, NULL);

	arena_free(&a);
	return st;
}

static struct bytes *
value_of(struct message *m, const char *name)
{
	struct http_header *headers = (struct http_header *)m->headers;

	for (size_t i = 0; i < m->header_count; i++)
		if (bytes_is(headers[i].name, name))
			return &headers[i].value;
	return NULL;
}

/* Each byte in its turn; a part that is not there, or not signed, has none. */
static void
change_each(const struct made *x, struct message *m, struct bytes *part,
    uint8_t flip, struct arena *a)
{
	const struct bytes before = part == NULL ? BYTES("") : *part;
	struct bytes copy = arena_copy(a, before);
	size_t step = copy.len / 64 + 1;

	for (size_t i = 0; i < copy.len; i += step) {
		((char *)(uintptr_t)copy.data)[i] ^= (char)flip;
		*part = copy;
		MUST(judge(x, m) != ST_OK);
		((char *)(uintptr_t)copy.data)[i] ^= (char)flip;
	}
	if (copy.len > 0) {
		*part = (struct bytes){ before.data, before.len - 1 };
		MUST(judge(x, m) != ST_OK);
		*part = before;
	}
}

/* "ID.TIME.BODY" cut at any two dots: genuine only where it was. */
static void
cut_elsewhere(const struct made *x, struct message *m, struct arena *a)
{
	struct bytes *id = value_of(m, "x-id"), *time = value_of(m, "x-time");
	const struct bytes parts[] = { *id, BYTES("."), *time, BYTES("."),
		m->body }, body = m->body;
	struct bytes text = arena_join(a, parts, 5);
	size_t tries = 0, first = id->len, second = id->len + 1 + time->len;

	for (size_t i = 0; i < text.len && tries < 200; i++) {
		for (size_t k = i + 1; k < text.len && text.data[i] == '.' &&
		    tries < 200; k++) {
			if (text.data[k] != '.')
				continue;
			tries++;
			*id = (struct bytes){ text.data, i };
			*time = (struct bytes){ text.data + i + 1, k - i - 1 };
			m->body = bytes_from(text, k + 1);
			MUST((judge(x, m) == ST_OK) == (i == first &&
			    k == second));
		}
	}
	m->body = body;
}

static void
any_recipe(const uint8_t *data, size_t size, struct arena *a)
{
	struct http_header headers[OUTGOING_HEADERS_MAX];
	struct message m = { .received_ms = NOW_MS };
	struct outgoing o = { .now_ms = NOW_MS };
	struct made x;

	if (size < 5)
		return;
	choose(data, &x);
	o.body = m.body = (struct bytes){ (const char *)data + 5, size - 5 };
	if (scheme_check(&x.schemes[0], NULL) != ST_OK)
		return;
	sign(&x.source, &o, headers, &m, a);
	/* three of its digits could be of the time before it */
	if (strstr(x.schemes[0].signed_text, "{time}{body}") != NULL &&
	    m.body.len > 0 && m.body.data[0] >= '0' && m.body.data[0] <= '9') {
		MUST(judge(&x, &m) == ST_DENIED);
		return;
	}
	if (strstr(x.schemes[0].signed_text, "{body}{time}") != NULL &&
	    m.body.len > 0 && m.body.data[m.body.len - 1] >= '0' &&
	    m.body.data[m.body.len - 1] <= '9') {
		MUST(judge(&x, &m) == ST_DENIED);
		return;
	}
	MUST(judge(&x, &m) == ST_OK);
	explain(&x.source, &m, a, ST_OK);
	change_each(&x, &m, &m.body, data[4] | 1, a);
	change_each(&x, &m, value_of(&m, "x-time"), 1, a);
	change_each(&x, &m, value_of(&m, "x-id"), 1, a);
	change_each(&x, &m, value_of(&m, "x-id2"), 1, a);
	if (x.schemes[0].separator == '\0')
		change_each(&x, &m, value_of(&m, "x-sig"), 1, a);
	if (strcmp(x.schemes[0].signed_text,
	    "{header:x-id}.{time}.{body}") == 0)
		cut_elsewhere(&x, &m, a);
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
	check_signed(&s, (struct bytes){ (const char *)data, size }, &a);
	any_recipe(data, size, &a);
	arena_free(&a);
	free(text);
	return 0;
}
