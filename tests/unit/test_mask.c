#include "mask.h"
#include "testing.h"

static void
check(const char *name, const char *value, const char *expected)
{
	struct arena a = ARENA(0);
	struct bytes out = mask_header(bytes_of(name), bytes_of(value), &a);

	assert_int_equal(out.len, bytes_of(expected).len);
	assert_memory_equal(out.data, expected, out.len);
	arena_free(&a);
}

static void
shows_four_characters_of_a_signature(void **state)
{
	(void)state;
	check("signature", "keyId=\"hmac-key\",algorithm=\"hmac-sha256\","
	    "signature=\"ABrdtwoolBaELTae+SYxJDUuYQOM/zUh+fZ/HH3kxw4=\","
	    "headers=\"date digest\"",
	    "keyId=\"hmac-key\",algorithm=\"hmac-sha256\","
	    "signature=\"ABrd…\",headers=\"date digest\"");
}

static void
masks_every_element_of_circlecis(void **state)
{
	(void)state;
	check("circleci-signature", "v1=0123456789abcdef0123456789abcdef, "
	    "v2=fedcba9876543210fedcba9876543210", "v1=0123…, v2=fedc…");
}

static void
masks_signatures_that_are_not_well_formed(void **state)
{
	(void)state;
	check("signature", "signature=ABrdtwoolBaELTae+SYxJDUuYQOM",
	    "signature=ABrd…");
	check("signature", "signature=\"ABrdtwoolBaELTae+SYxJDUuYQOM",
	    "signature=\"ABrd…");
	check("signature", "sig = \"x\",x=\"ABrdtwoolBaELTae+SYxJDUuYQOM\"",
	    "sig = \"x\",x=\"ABrd…\"");
}

static void
masks_what_stands_alone_or_behind_another_sign(void **state)
{
	(void)state;
	check("circleci-signature", "0123456789abcdef0123456789abcdef",
	    "0123…");
	check("signature", "v0:0123456789abcdef0123456789abcdef",
	    "v0:0123…");
}

static void
masks_a_header_that_no_provider_has(void **state)
{
	(void)state;
	check("x-acme-mac", "sha256=0123456789abcdef0123456789abcdef",
	    "sha256=0123…");
	check("x-acme-mac", "short", "short");
}

static void
leaves_other_headers_alone(void **state)
{
	(void)state;
	check("digest", "SHA-256=8o6VKEZqhqwZ6F8TOAkYABAqzaKfK48IyFhDSNvitds=",
	    "SHA-256=8o6VKEZqhqwZ6F8TOAkYABAqzaKfK48IyFhDSNvitds=");
	check("x-drone-event", "build", "build");
	check("user-agent", "0123456789abcdef0123456789abcdef",
	    "0123456789abcdef0123456789abcdef");
	check("content-type", "0123456789abcdef0123456789abcdef",
	    "0123456789abcdef0123456789abcdef");
	check("signature", "", "");
	check("signature", "=", "=");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_four_characters_of_a_signature),
		cmocka_unit_test(masks_every_element_of_circlecis),
		cmocka_unit_test(masks_signatures_that_are_not_well_formed),
		cmocka_unit_test(
		    masks_what_stands_alone_or_behind_another_sign),
		cmocka_unit_test(masks_a_header_that_no_provider_has),
		cmocka_unit_test(leaves_other_headers_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
