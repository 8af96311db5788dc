#include "gzip.h"

#include <stdlib.h>

#include "coding.h"
#include "gzip_fixture.h"
#include "vectors.h"

enum { LIMIT = 1000 };

static enum status
inflated(struct arena *a, struct bytes in, struct bytes *out,
    struct reason *why)
{
	why->text[0] = '\0';
	return gzip_inflate(in, LIMIT, a, out, why);
}

static struct bytes
zeros(struct arena *a, size_t len)
{
	return (struct bytes){ arena_alloc(a, len), len };
}

static void
unpacks_what_another_program_packed(void **state)
{
	/* printf 'Hello, World!' | gzip -n */
	static const char stream[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\xf3\x48\xcd"
	    "\xc9\xc9\xd7\x51\x08\xcf\x2f\xca\x49\x51\x04\0\xd0\xc3\x4a\xec\x0d"
	    "\0\0\0";
	struct arena *a = *state;
	struct reason why;
	struct bytes out;

	assert_int_equal(inflated(a, (struct bytes){ stream,
	    sizeof(stream) - 1 }, &out, &why), ST_OK);
	assert_bytes(a, out, "Hello, World!");
}

static void
unpacks_up_to_the_limit_and_no_further(void **state)
{
	struct arena *a = *state;
	struct reason why;
	struct bytes out;

	assert_int_equal(inflated(a, gzip_of(a, BYTES("")), &out, &why), ST_OK);
	assert_int_equal(out.len, 0);
	assert_non_null(out.data);
	assert_int_equal(inflated(a, gzip_of(a, zeros(a, LIMIT)), &out, &why),
	    ST_OK);
	assert_int_equal(out.len, LIMIT);
	assert_int_equal(inflated(a, gzip_of(a, zeros(a, LIMIT + 1)), &out,
	    &why), ST_TOO_BIG);
	assert_string_equal(why.text, "the gzip stream unpacks to more than "
	    "the limit of 1000 bytes");
}

static void
a_bomb_costs_no_more_than_a_little(void **state)
{
	struct arena *a = *state, little = ARENA(4096);
	struct bytes bomb = gzip_of(a, zeros(a, 16 << 20)), out;
	struct reason why;

	assert_true(bomb.len < 32 * 1024);
	assert_int_equal(inflated(&little, bomb, &out, &why), ST_TOO_BIG);
	assert_false(arena_failed(&little));
	arena_free(&little);
}

static void
refuses_a_stream_that_was_cut_anywhere(void **state)
{
	struct arena *a = *state;
	struct bytes whole = gzip_of(a, BYTES("{\"a\":\"some text, and some "
	    "more text\"}")), out = BYTES("before");
	struct reason why;

	for (size_t len = 0; len < whole.len; len++) {
		assert_int_equal(inflated(a, (struct bytes){ whole.data, len },
		    &out, &why), ST_MALFORMED);
		assert_string_equal(why.text, "the gzip stream ends early");
	}
	assert_bytes(a, out, "before");
}

static void
refuses_whatever_is_behind_the_stream(void **state)
{
	struct arena *a = *state;
	struct bytes one = gzip_of(a, BYTES("{}")), out;
	const struct bytes behind[] = { BYTES("\0"), BYTES("\n"),
		BYTES("garbage"), one };
	struct reason why;

	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		struct bytes parts[] = { one, behind[i] };

		assert_int_equal(inflated(a, arena_join(a, parts, 2), &out,
		    &why), ST_MALFORMED);
		assert_non_null(strstr(why.text, "follow the gzip stream"));
	}
}

/* One bit anywhere: nothing is believed but the header's time and the like. */
static void
refuses_a_stream_with_a_wrong_checksum_or_length(void **state)
{
	static const char *const words[] = { "incorrect data check",
		"incorrect length check" };
	struct arena *a = *state;
	struct bytes whole = gzip_of(a, BYTES("{\"a\":1}")), copy, out;
	struct reason why;

	for (size_t i = 0; i < 8; i++) {
		copy = arena_copy(a, whole);
		((char *)copy.data)[whole.len - 8 + i] ^= 1;
		assert_int_equal(inflated(a, copy, &out, &why), ST_MALFORMED);
		assert_non_null(strstr(why.text, words[i / 4]));
	}
}

static void
refuses_what_is_no_gzip_stream(void **state)
{
	/* plain, zlib's own form, a raw stream, another method */
	const struct bytes bad[] = {
		BYTES("{\"a\":1}"), BYTES("\x78\x9c\x03\0\0\0\0\x01"),
		BYTES("\x03\0"), BYTES("\x1f\x8b\x07\0\0\0\0\0\0\x03\x03\0"),
		BYTES("\x1f\x8b\x08\xff\0\0\0\0\0\x03\x03\0"),
	};
	struct reason why;
	struct bytes out;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(inflated(*state, bad[i], &out, &why),
		    ST_MALFORMED);
		assert_non_null(strstr(why.text, "the gzip stream"));
	}
}

static void
says_so_when_memory_is_short(void **state)
{
	struct arena *a = *state, little = ARENA(512);
	struct reason why = { "" };
	struct bytes out;

	assert_int_equal(gzip_inflate(gzip_of(a, zeros(a, LIMIT)), LIMIT,
	    &little, &out, &why), ST_BUSY);
	arena_free(&little);
}

/* --- of a message -------------------------------------------------------- */

static enum status
undone(struct arena *a, const char *headers, struct bytes body,
    struct message *out, struct reason *why)
{
	struct message m;

	why->text[0] = '\0';
	vector_message(a, bytes_of(headers), body, &m);
	assert_int_equal(coding_check(&m, why) == ST_MEDIA,
	    coding_undo(&m, LIMIT, a, out, why) == ST_MEDIA);
	return coding_undo(&m, LIMIT, a, out, why);
}

static void
undoes_gzip_and_leaves_everything_else_as_it_is(void **state)
{
	static const char *const gzip[] = { "Content-Encoding: gzip\n",
		"Content-Encoding: GZip\n", "Content-Encoding:  x-gzip \n" };
	static const char *const plain[] = { "", "Content-Encoding:\n",
		"Content-Encoding: identity\n", "Content-Encoding: IDENTITY\n",
		"Accept-Encoding: gzip\n", "Transfer-Encoding: gzip\n" };
	struct arena *a = *state;
	struct bytes packed = gzip_of(a, BYTES("{}"));
	struct message m;
	struct reason why;

	for (size_t i = 0; i < sizeof(gzip) / sizeof(gzip[0]); i++) {
		assert_int_equal(undone(a, gzip[i], packed, &m, &why), ST_OK);
		assert_bytes(a, m.body, "{}");
		assert_int_equal(m.header_count, 1);
		assert_int_equal(undone(a, gzip[i], BYTES("{}"), &m, &why),
		    ST_MALFORMED);
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		assert_int_equal(undone(a, plain[i], packed, &m, &why), ST_OK);
		assert_ptr_equal(m.body.data, packed.data);
		assert_int_equal(m.body.len, packed.len);
	}
}

static void
refuses_every_other_coding(void **state)
{
	static const char *const bad[] = { "br", "deflate", "zstd", "compress",
		"gzip, gzip", "gzip,identity", "identity, gzip", "gzip;q=1",
		"*", "gzipp", "x" };
	static const char twice[] = "Content-Encoding: gzip\n"
	    "Content-Encoding: gzip\n";
	struct arena *a = *state;
	struct message m;
	struct reason why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(undone(a, vector_cstr(a, arena_printf(a,
		    "Content-Encoding: %s\n", bad[i])), BYTES("{}"), &m, &why),
		    ST_MEDIA);
		assert_string_equal(why.text, "the body is encoded, and not by "
		    "gzip alone");
	}
	assert_int_equal(undone(a, twice, BYTES("{}"), &m, &why), ST_MEDIA);
	assert_string_equal(why.text, "Content-Encoding appears twice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(unpacks_what_another_program_packed),
		vector_test(unpacks_up_to_the_limit_and_no_further),
		vector_test(a_bomb_costs_no_more_than_a_little),
		vector_test(refuses_a_stream_that_was_cut_anywhere),
		vector_test(refuses_whatever_is_behind_the_stream),
		vector_test(refuses_a_stream_with_a_wrong_checksum_or_length),
		vector_test(refuses_what_is_no_gzip_stream),
		vector_test(says_so_when_memory_is_short),
		vector_test(undoes_gzip_and_leaves_everything_else_as_it_is),
		vector_test(refuses_every_other_coding),
	};

	return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
