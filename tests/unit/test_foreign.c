/* Signatures made by others: tests/foreign/sign.py makes them while we wait. */
#include <stdio.h>

#include "buf.h"
#include "vectors.h"

static struct bytes
output_of(const char *command, struct arena *a)
{
	struct buf text = BUF(64 << 20);
	struct bytes out;
	char piece[4096];
	size_t n;
	FILE *f = popen(command, "re");

	assert_non_null(f);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&text, (struct bytes){ piece, n });
	assert_int_equal(pclose(f), 0);
	assert_false(text.failed);
	out = arena_copy(a, buf_bytes(&text));
	buf_free(&text);
	return out;
}

static struct bytes
decoded(struct bytes text, struct arena *a)
{
	unsigned char *out = arena_alloc(a, text.len + 1);

	/* how long it is, the padding says: three lengths to try */
	for (size_t len = text.len / 4 * 3, i = 0; i < 3 && len >= i; i++)
		if (base64_decode_exact(text, out, len - i))
			return (struct bytes){ (char *)out, len - i };
	fail_msg("not base64");
	return BYTES_NONE;
}

static void
believes_what_others_sign_and_nothing_changed_behind_their_back(void **state)
{
	struct arena *a = *state;
	struct reason why = { "" };
	const struct json_node *one;
	struct json_doc d;
	size_t good = 0, bad = 0;

	if (json_parse(output_of("/usr/bin/python3 tests/foreign/sign.py", a),
	    a, &d, &why) != ST_OK)
		fail_msg("%s", why.text);
	for (one = json_first(&d.nodes[0]); one != NULL;
	    one = json_next(&d, &d.nodes[0], one)) {
#define TEXT(name) json_text(&d, json_member(&d, one, name), a)
		const char *secrets[] = { arena_cstr(a, TEXT("secret")), NULL };
		bool want = bytes_is(TEXT("good"), "true");
		struct vector_source v;
		struct message m;
		enum status st;

		vector_message(a, TEXT("headers"), decoded(TEXT("body"), a),
		    &m);
		m.target = TEXT("target");
		st = vector_verify(vector_source(&v, arena_cstr(a,
		    TEXT("provider")), secrets), &m, a);
		if ((st == ST_OK) != want)
			fail_msg("%s: %s", want ? "refused" : "believed",
			    vector_cstr(a, TEXT("headers")));
		*(want ? &good : &bad) += 1;
	}
	assert_int_equal(good, 74);
	assert_int_equal(bad, 153);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(
	    believes_what_others_sign_and_nothing_changed_behind_their_back),
	};

	return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
