#include "http_text.h"
#include "testing.h"

static struct http_text
read_text(const char *text, struct arena *a)
{
	struct http_text t;
	struct reason why;

	assert_int_equal(http_text_read(bytes_of(text), a, &t, &why), ST_OK);
	return t;
}

static void
refuse(const char *text)
{
	struct arena a = ARENA(0);
	struct http_text t;
	struct reason why = { "" };

	assert_int_equal(http_text_read(bytes_of(text), &a, &t, &why),
	    ST_MALFORMED);
	assert_true(why.text[0] != '\0');
	arena_free(&a);
}

static void
takes_a_request_apart(void **state)
{
	struct arena a = ARENA(0);
	struct http_text t = read_text("PUT /a/b?c=d&e HTTP/1.1\r\nHost: x\r\n"
	    "X_Two:  y \r\n\r\nbody\r\n\r\nmore", &a);
	struct bytes value;

	(void)state;
	assert_true(bytes_is(t.message.method, "PUT"));
	assert_true(bytes_is(t.message.target, "/a/b?c=d&e"));
	assert_true(bytes_is(t.message.query, "c=d&e"));
	assert_true(bytes_is(t.path, "/a/b"));
	assert_int_equal(message_headers(&t.message, "x-two", &value), 1);
	assert_true(bytes_is(value, "y"));
	assert_true(bytes_is(t.message.body, "body\r\n\r\nmore"));
	arena_free(&a);
}

static void
does_without_a_request_line_a_query_a_body(void **state)
{
	struct arena a = ARENA(0);
	struct http_text t = read_text("\n\nDate: x\nDigest: y", &a);

	(void)state;
	assert_true(bytes_is(t.message.method, "POST"));
	assert_null(t.path.data);
	assert_int_equal(t.message.header_count, 2);
	assert_true(t.message.body.data != NULL && t.message.body.len == 0);
	t = read_text("POST / HTTP/1.1\n\n{}", &a);
	assert_null(t.message.query.data);
	assert_int_equal(t.message.header_count, 0);
	assert_true(bytes_is(t.message.body, "{}"));
	arena_free(&a);
}

static void
cuts_the_newline_that_content_length_does_not_count(void **state)
{
	struct arena a = ARENA(0);
	struct http_text t = read_text("Content-Length: 2\n\n{}\n", &a);

	(void)state;
	assert_true(t.newline_cut && bytes_is(t.message.body, "{}"));
	t = read_text("Content-Length: 2\n\n{}\r\n", &a);
	assert_true(t.newline_cut && bytes_is(t.message.body, "{}"));
	t = read_text("Content-Length: 3\n\n{}\n", &a);
	assert_true(!t.newline_cut && bytes_is(t.message.body, "{}\n"));
	assert_int_equal(t.missing_bytes, 0);
	arena_free(&a);
}

static void
says_what_is_missing_or_too_much(void **state)
{
	struct arena a = ARENA(0);

	(void)state;
	assert_int_equal(read_text("Content-Length: 9\n\n{}", &a)
	    .missing_bytes, 7);
	assert_int_equal(read_text("Content-Length: 1\n\n{}{}", &a)
	    .missing_bytes, -3);
	assert_int_equal(read_text("Content-Length: x\n\n{}", &a)
	    .missing_bytes, 0);
	arena_free(&a);
}

static void
puts_chunks_together(void **state)
{
	struct arena a = ARENA(0);
	struct http_text t = read_text("Transfer-Encoding: chunked\n\n"
	    "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", &a);

	(void)state;
	assert_true(t.chunked);
	assert_true(bytes_is(t.message.body, "abc0123456789"));
	t = read_text("Transfer-Encoding: chunked\n\n{\"a\":1}", &a);
	assert_false(t.chunked);	/* the recorder has done it */
	assert_true(bytes_is(t.message.body, "{\"a\":1}"));
	arena_free(&a);
}

static void
refuses_chunks_that_cannot_be_read(void **state)
{
	(void)state;
	refuse("Transfer-Encoding: chunked\n\n9\r\nabc\r\n0\r\n\r\n");
	refuse("Transfer-Encoding: chunked\n\nffffffff\r\nabc\r\n0\r\n\r\n");
	refuse("Transfer-Encoding: chunked\n\n3\r\nabc\r\n");
	refuse("Transfer-Encoding: chunked\n\nxyz\r\n");
	refuse("Transfer-Encoding: chunked\n\n3");
}

static void
refuses_what_is_no_request(void **state)
{
	(void)state;
	refuse("");
	refuse("\n\n");
	refuse("{\"event\":\"build\"}");
	refuse("no such thing");
	refuse("POST / HTTP/1.1\nno colon\n\n{}");
	refuse("POST /\n\n{}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_request_apart),
		cmocka_unit_test(does_without_a_request_line_a_query_a_body),
		cmocka_unit_test(
		    cuts_the_newline_that_content_length_does_not_count),
		cmocka_unit_test(says_what_is_missing_or_too_much),
		cmocka_unit_test(puts_chunks_together),
		cmocka_unit_test(refuses_chunks_that_cannot_be_read),
		cmocka_unit_test(refuses_what_is_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
