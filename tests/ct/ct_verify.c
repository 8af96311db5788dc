/*
 * Constant time, shown: run under valgrind, with every byte of the secret
 * marked as undefined. Memcheck then complains of each branch and each address
 * that depends on it. What verification may tell, whether the two MACs are
 * equal, is declared defined again where crypto_equal says it.
 *
 *	ct_verify		all providers and each kind of scheme, right and
 *				wrong signatures
 *	ct_verify control	one that does leak: must be complained of
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "clock.h"
#include "crypto.h"
#include "message.h"
#include "outgoing.h"
#include "provider.h"
#include "recipe.h"

bool
__real_crypto_equal(const void *a, const void *b, size_t len);
bool
__wrap_crypto_equal(const void *a, const void *b, size_t len);

/* The linker puts this in place of crypto_equal (--wrap). */
bool
__wrap_crypto_equal(const void *a, const void *b, size_t len)
{
	bool equal = __real_crypto_equal(a, b, len);

	VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof(equal));
	return equal;
}

static const char key[] = "bea26a2221fd8090ea38720fc445eca6";
static char key_bytes[sizeof(key) - 1];
static struct secret secret = { (unsigned char *)key_bytes,
	sizeof(key_bytes) };

static enum status
verify(const struct source *s, const struct message *m, struct arena *a)
{
	struct proof proof;
	struct reason why;
	enum status st;

	memcpy(key_bytes, key, sizeof(key_bytes));
	VALGRIND_MAKE_MEM_UNDEFINED(key_bytes, sizeof(key_bytes));
	st = s->provider->verify(s, m, a, NULL, &proof, &why);
	VALGRIND_MAKE_MEM_DEFINED(&st, sizeof(st));
	return st;
}

/* A request that is signed with the key, or with one that is wrong in its last
 * byte. recipe: NULL, the provider's. */
static enum status
sign_and_verify(const struct provider *p, const struct recipe *recipe,
    bool right)
{
	struct source s = { .name = "ct", .provider = p, .recipe = recipe,
		.secrets = &secret, .secret_count = 1, .max_age_ms = 60000,
		.keep_ms = 600000 };
	struct outgoing o = { .body = BYTES("{\"event\":\"user\"}"),
		.event = "user", .now_ms = clock_wall_ms() };
	struct arena a = ARENA(0);
	struct reason why;
	struct message m;
	enum status st;

	memcpy(key_bytes, key, sizeof(key_bytes));
	key_bytes[sizeof(key_bytes) - 1] ^= (char)!right;
	VALGRIND_MAKE_MEM_DEFINED(key_bytes, sizeof(key_bytes));
	st = outgoing_sign(&s, &a, &o, &why);
	for (size_t i = 0; i < o.header_count && st == ST_OK; i++)
		o.headers[i].name = message_header_name(o.headers[i].name, &a);
	m = (struct message){ .method = BYTES("POST"), .query = o.query,
		.headers = o.headers, .header_count = o.header_count,
		.body = o.body, .received_ms = o.now_ms };
	if (st == ST_OK)
		st = verify(&s, &m, &a);
	arena_free(&a);
	return st;
}

/* What no row of ours need have. The key is hexadecimal and base64 as well. */
static const struct scheme schemes[] = {
	{ .name = "sha512", .algorithm = SCHEME_SHA512, .header = "x-sig",
	    .element = "%b64", .signed_text = "{body}" },
	{ .name = "sha1", .algorithm = SCHEME_SHA1, .header = "x-sig",
	    .element = "sha1=%hex", .signed_text = "{body}" },
	{ .name = "base64", .header = "x-sig", .element = "v1,%b64",
	    .separator = ' ', .encoding = SECRET_BASE64,
	    .signed_text = "{header:x-id}.{time}.{body}",
	    .time = "header:x-time" },
	{ .name = "hex", .header = "x-sig", .element = "v1=%hex",
	    .separator = ',', .encoding = SECRET_HEX,
	    .signed_text = "{time}.{body}", .time = "element:t" },
	{ .name = "header", .algorithm = SCHEME_TOKEN, .header = "x-token",
	    .element = "%token" },
	{ .name = "bearer", .algorithm = SCHEME_TOKEN,
	    .header = "authorization", .element = "Bearer %token" },
	{ .name = "basic", .algorithm = SCHEME_TOKEN,
	    .header = "authorization", .element = "Basic %token" },
	{ .name = "address", .algorithm = SCHEME_TOKEN,
	    .element = "query:key" },
};

static bool
does_not_verify(const struct provider *p, const struct recipe *recipe,
    const char *name)
{
	if (sign_and_verify(p, recipe, true) == ST_OK &&
	    sign_and_verify(p, recipe, false) == ST_DENIED)
		return false;
	printf("%s does not verify\n", name);
	return true;
}

/* Before it, a scheme that looks at the secret's beginning. */
static int
verify_each_scheme(void)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		struct scheme table[] = { { .name = "other",
			.header = "x-other", .element = "%hex",
			.secret_prefix = "whsec_", .signed_text = "{body}" },
			schemes[i], SCHEME_END };
		const struct recipe r = { .schemes = table };

		failed |= does_not_verify(&provider_circleci, &r,
		    schemes[i].name);
	}
	return failed;
}

/* What must not be done, to see that it would be noticed. */
static int
leak(void)
{
	memcpy(key_bytes, key, sizeof(key_bytes));
	VALGRIND_MAKE_MEM_UNDEFINED(key_bytes, sizeof(key_bytes));
	puts(key_bytes[0] == key[0] ? "equal" : "different");
	return 0;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	if (argc > 1 && strcmp(argv[1], "control") == 0)
		return leak();
	for (const struct provider *const *p = provider_list(); *p != NULL;
	    p++)
		if ((*p)->recipe == NULL || recipe_signs((*p)->recipe))
			failed |= does_not_verify(*p, NULL, (*p)->name);
	return failed | verify_each_scheme();
}
