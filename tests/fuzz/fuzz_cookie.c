/*
 * Whatever a Cookie header is: our cookie's value is in it, and no other
 * cookie's; with a second one of the name there is none. Whatever address was
 * asked for: where a login leads back to is below the page, and is read back as
 * the same.
 */
#include <string.h>

#include "fuzz.h"
#include "page_login.h"
#include "pass.h"
#include "query.h"

static void
check_cookie(struct bytes header, struct arena *a)
{
	const struct bytes found = pass_cookie(header);
	const struct bytes other[] = { header, BYTES("; a=b;cgihook2=c") };
	const struct bytes second[] = { header, BYTES(";" PASS_COOKIE "=") };
	unsigned char digest[SHA256_LEN];
	struct bytes again;

	MUST(found.data == NULL || found.len <= header.len);
	again = pass_cookie(arena_join(a, other, 2));
	MUST(found.data == NULL ? again.data == NULL :
	    again.data != NULL && bytes_equal(again, found));
	if (found.data != NULL)
		MUST(pass_cookie(arena_join(a, second, 2)).data == NULL);
	if (found.data == NULL || !pass_digest(found, digest))
		return;
	MUST(found.len == PASS_SIZE - 1);
	for (size_t i = 0; i < found.len; i++)
		MUST(memchr("0123456789abcdef", found.data[i], 16) != NULL);
}

static void
check_next(struct bytes path, struct bytes query, struct arena *a)
{
	struct bytes address = bytes_of(page_login_address(path, query, a));
	struct bytes word, whole[3];
	struct query q;
	const char *next;

	MUST(bytes_has_prefix(address, "login"));
	for (size_t i = 0; i < address.len; i++)
		MUST(ascii_alnum(address.data[i]) ||
		    memchr("/_.~-%?=", address.data[i], 8) != NULL);
	bytes_cut(&address, '?', &word);
	MUST(bytes_is(word, "login"));
	MUST(query_read(address, a, &q, NULL) == ST_OK);
	next = query_get(&q, "next");
	if (next == NULL)
		return;
	MUST(page_next_valid(bytes_of(next)));
	MUST(next[0] != '/' && strstr(next, "..") == NULL &&
	    strchr(next, ':') == NULL && strchr(next, '\\') == NULL);
	whole[0] = bytes_has_prefix(path, "/-/") ? bytes_from(path, 3) :
	    BYTES("");
	whole[1] = query.len > 0 ? BYTES("?") : BYTES("");
	whole[2] = query;
	MUST(bytes_is(arena_join(a, whole, 3), next));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(0);
	struct bytes rest = arena_copy(&a, (struct bytes){ (const char *)data,
		size }), line;

	check_cookie(rest, &a);
	bytes_cut(&rest, '\n', &line);
	check_next(line, rest, &a);
	arena_free(&a);
	return 0;
}
