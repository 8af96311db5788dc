#include <stdlib.h>

#include "fcgi_stream.h"
#include "record.h"
#include "testing.h"

static void
reads_records_that_arrive_byte_by_byte(void **state)
{
	static const enum record_event expected[] = { RECORD_BEGIN,
		RECORD_CONTENT, RECORD_CONTENT, RECORD_STREAM_END,
		RECORD_ABORT, RECORD_VALUES, RECORD_UNKNOWN };
	struct record_reader r = { .open = false };
	struct buf b = BUF(ROOM);
	struct record rec;
	size_t events = 0;

	(void)state;
	put_begin(&b, 258, FCGI_RESPONDER, 1);
	put_record_padded(&b, FCGI_PARAMS, 258, BYTES("xy"), 7);
	put_record_padded(&b, FCGI_PARAMS, 258, BYTES_NONE, 255);
	put_record(&b, FCGI_ABORT_REQUEST, 258, BYTES_NONE);
	put_record_padded(&b, FCGI_GET_VALUES, 0, BYTES("abc"), 1);
	put_record_padded(&b, 77, 0, BYTES("abc"), 3);
	for (size_t i = 0; i < b.len; i++) {
		struct bytes in = { b.data + i, 1 };
		enum record_event e;

		while ((e = record_next(&r, &in, &rec)) != RECORD_NONE) {
			assert_int_equal(e, expected[events]);
			if (events < 5)
				assert_int_equal(rec.id, 258);
			events++;
		}
		assert_int_equal(in.len, 0);
	}
	assert_int_equal(events, sizeof(expected) / sizeof(expected[0]));
	assert_int_equal(rec.type, 77);
	assert_true(record_is_between(&r));
	buf_free(&b);
}

static void
says_how_much_of_a_record_is_still_to_come(void **state)
{
	struct record_reader r = { .open = false };
	struct buf b = BUF(ROOM);
	struct bytes in;
	struct record rec;

	(void)state;
	put_record(&b, FCGI_STDIN, 1, BYTES("0123456789"));
	in = (struct bytes){ b.data, 8 + 4 };
	assert_int_equal(record_next(&r, &in, &rec), RECORD_CONTENT);
	assert_true(bytes_is(rec.content, "0123"));
	assert_int_equal(rec.left, 6);
	assert_false(record_is_between(&r));
	buf_free(&b);
}

static void
is_broken_for_good_by_what_is_no_fastcgi(void **state)
{
	static const char bad[][8] = {
		{ 0, 1, 0, 1, 0, 8, 0, 0 },	/* version 0 */
		{ 2, 1, 0, 1, 0, 8, 0, 0 },
		{ 1, 1, 0, 0, 0, 8, 0, 0 },	/* a request without a number */
		{ 1, 1, 0, 1, 0, 7, 0, 0 },	/* a beginning too short */
		{ 1, 1, 0, 1, 0, 9, 0, 0 },	/* … too long */
		{ 1, 4, 0, 0, 0, 1, 0, 0 },	/* variables of no request */
		{ 1, 5, 0, 0, 0, 0, 0, 0 },
		{ 'P', 'O', 'S', 'T', ' ', '/', ' ', 'H' },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct record_reader r = { .open = false };
		struct bytes in = { bad[i], 8 }, more = BYTES("\1\2\0\1\0\0\0");
		struct record rec;

		assert_int_equal(record_next(&r, &in, &rec), RECORD_BROKEN);
		assert_int_equal(record_next(&r, &more, &rec), RECORD_BROKEN);
	}
}

static void
passes_over_what_an_application_would_send(void **state)
{
	static const int types[] = { FCGI_END_REQUEST, FCGI_STDOUT,
		FCGI_STDERR, FCGI_GET_VALUES_RESULT, FCGI_UNKNOWN_TYPE };
	struct record_reader r = { .open = false };
	struct buf b = BUF(ROOM);
	struct bytes in;
	struct record rec;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		put_record_padded(&b, types[i], 3, BYTES("ignored"), 9);
	put_record(&b, FCGI_ABORT_REQUEST, 3, BYTES_NONE);
	in = buf_bytes(&b);
	assert_int_equal(record_next(&r, &in, &rec), RECORD_ABORT);
	assert_int_equal(in.len, 0);
	buf_free(&b);
}

static void
keeps_the_beginning_of_a_long_question(void **state)
{
	static char content[65535] = "\x0f" "\0FCGI_MPXS_CONNS";
	struct record_reader r = { .open = false };
	struct buf b = BUF(ROOM);
	struct bytes in;
	struct record rec;

	(void)state;
	put_record_padded(&b, FCGI_GET_VALUES, 0,
	    (struct bytes){ content, sizeof(content) }, 200);
	in = buf_bytes(&b);
	assert_int_equal(record_next(&r, &in, &rec), RECORD_VALUES);
	assert_int_equal(rec.content.len, RECORD_SMALL);
	assert_int_equal(in.len, 0);
	buf_free(&b);
}

static void
takes_an_empty_record_only_where_it_comes_next(void **state)
{
	struct record_reader r = { .open = false };
	struct buf b = BUF(ROOM);
	struct bytes in;
	struct record rec;

	(void)state;
	put_record_padded(&b, FCGI_STDIN, 1, BYTES("x"), 7);
	put_record_padded(&b, FCGI_STDIN, 1, BYTES_NONE, 5);
	put_begin(&b, 1, FCGI_RESPONDER, 0);
	in = buf_bytes(&b);
	assert_false(record_take_empty(&r, &in, FCGI_STDIN, 1));
	assert_int_equal(record_next(&r, &in, &rec), RECORD_CONTENT);
	assert_false(record_take_empty(&r, &in, FCGI_STDIN, 2));
	assert_false(record_take_empty(&r, &in, FCGI_ABORT_REQUEST, 1));
	assert_true(record_take_empty(&r, &in, FCGI_STDIN, 1));
	assert_false(record_take_empty(&r, &in, FCGI_STDIN, 1));
	assert_int_equal(record_next(&r, &in, &rec), RECORD_BEGIN);
	buf_free(&b);
}

static void
cuts_pairs_with_short_and_long_lengths(void **state)
{
	struct bytes rest = BYTES("\1\2ab1" "\x80\0\0\1\x80\0\0\2c23" "\0\0"),
	    name, value;

	(void)state;
	assert_int_equal(record_pair(&rest, &name, &value), PAIR_FOUND);
	assert_true(bytes_is(name, "a") && bytes_is(value, "b1"));
	assert_int_equal(record_pair(&rest, &name, &value), PAIR_FOUND);
	assert_true(bytes_is(name, "c") && bytes_is(value, "23"));
	assert_int_equal(record_pair(&rest, &name, &value), PAIR_FOUND);
	assert_int_equal(name.len + value.len, 0);
	assert_int_equal(record_pair(&rest, &name, &value), PAIR_NONE);
}

static void
refuses_lengths_that_are_more_than_there_is(void **state)
{
	const struct bytes bad[] = {
		BYTES("\xc0\0\0\0\xc0\0\0\0REQUEST_METHOD"),
		BYTES("\xff\xff\xff\xff\xff\xff\xff\xffREQUEST_METHOD"),
		BYTES("\1\xff\xff\xff\xff" "a"), BYTES("\2\0a"), BYTES("\1\1a"),
		BYTES("\1"), BYTES("\x80\0"), BYTES("\1\x80\0\0"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes rest = bad[i], name, value;
		char *copy = malloc(rest.len);
		bool whole;

		memcpy(copy, rest.data, rest.len);
		assert_int_equal(record_pair(&rest, &name, &value),
		    PAIR_BROKEN);
		assert_int_equal(record_variables(copy, bad[i].len, &whole),
		    0);
		assert_false(whole);
		free(copy);
	}
}

static void
makes_strings_of_variables_where_they_stand(void **state)
{
	char text[] = "\1\1ab" "\x80\0\0\2\0cc" "\0\1d";
	bool whole;

	(void)state;
	assert_int_equal(record_variables(text, sizeof(text) - 1, &whole), 3);
	assert_true(whole);
	assert_memory_equal(text, "a=b\0cc=\0=d", 11);
}

static void
refuses_variables_that_would_be_others_as_strings(void **state)
{
	const struct bytes bad[] = { BYTES("\2\1a\0b"),
		BYTES("\1\2ab\0"), BYTES("\3\1a=bc") };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[16] = "\1\1xy";
		bool whole;

		memcpy(text + 4, bad[i].data, bad[i].len);
		assert_int_equal(record_variables(text, 4 + bad[i].len,
		    &whole), 1);
		assert_false(whole);
		assert_string_equal(text, "x=y");
	}
}

static void
writes_long_output_as_several_records(void **state)
{
	static char output[150000];
	struct buf b = BUF(ROOM);
	size_t at = 0, len;

	(void)state;
	memset(output, 'o', sizeof(output));
	record_put_stdout(&b, 7, (struct bytes){ output, sizeof(output) });
	for (len = 0; at < b.len; at += len) {
		const unsigned char *head = (unsigned char *)b.data + at;

		assert_int_equal(head[1], FCGI_STDOUT);
		len = (size_t)(head[4] << 8 | head[5]);
		assert_memory_equal(head + 8, output, len);
		len += 8u + head[6];
		assert_int_equal(len % 8, 0);
	}
	assert_int_equal(at, b.len);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_records_that_arrive_byte_by_byte),
		cmocka_unit_test(says_how_much_of_a_record_is_still_to_come),
		cmocka_unit_test(is_broken_for_good_by_what_is_no_fastcgi),
		cmocka_unit_test(passes_over_what_an_application_would_send),
		cmocka_unit_test(keeps_the_beginning_of_a_long_question),
		cmocka_unit_test(
		    takes_an_empty_record_only_where_it_comes_next),
		cmocka_unit_test(cuts_pairs_with_short_and_long_lengths),
		cmocka_unit_test(refuses_lengths_that_are_more_than_there_is),
		cmocka_unit_test(makes_strings_of_variables_where_they_stand),
		cmocka_unit_test(
		    refuses_variables_that_would_be_others_as_strings),
		cmocka_unit_test(writes_long_output_as_several_records),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
