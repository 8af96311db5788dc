#include <stdlib.h>

#include "call.h"
#include "fcgi_stream.h"
#include "testing.h"

/* Who is told of requests: keeps what it hears of the latest. */
struct host {
	int begun, dropped, heads, ends, how;
	bool no_memory;
	size_t body_wanted;	/* its length; 0: until its end */
	bool refuses;		/* by its head */
	enum call_fault fault;
	long long reserved, most;
	char variables[64];
	char body[64];
	size_t body_len;
};

static void *
begin(void *ctx)
{
	struct host *h = ctx;

	if (h->no_memory)
		return NULL;
	h->begun++;
	h->body_len = 0;
	h->ends = 0;
	return h;
}

static bool
reserve(void *ctx, long long bytes)
{
	struct host *h = ctx;

	if (bytes > 0 && h->most > 0 && h->reserved + bytes > h->most)
		return false;
	h->reserved += bytes;
	return true;
}

static bool
head(void *request, char *text, size_t len, enum call_fault fault)
{
	struct host *h = request;

	h->heads++;
	h->fault = fault;
	len = len < sizeof(h->variables) ? len : sizeof(h->variables) - 1;
	if (len > 0)
		memcpy(h->variables, text, len);
	h->variables[len] = '\0';
	return !h->refuses && fault == CALL_SOUND;
}

static bool
body(void *request, struct bytes piece, size_t left)
{
	struct host *h = request;

	assert_true(left <= 65535);
	assert_true(piece.len > 0 &&
	    piece.len < sizeof(h->body) - h->body_len);
	memcpy(h->body + h->body_len, piece.data, piece.len);
	h->body_len += piece.len;
	return h->body_wanted == 0 || h->body_len < h->body_wanted;
}

static void
end(void *request, int how)
{
	struct host *h = request;

	h->ends++;
	h->how = how;
}

static void
drop(void *request)
{
	((struct host *)request)->dropped++;
}

static const struct call_ops ops = { begin, reserve, head, body, end, drop };

/* A call, and what is sent to it. */
struct talk {
	struct host host;
	struct call call;
	struct buf in;
	size_t fed;
};

static int
set_up(void **state)
{
	struct talk *t = calloc(1, sizeof(*t));

	t->in = BUF(ROOM);
	call_init(&t->call, &ops, &t->host);
	*state = t;
	return 0;
}

static int
tear_down(void **state)
{
	struct talk *t = *state;

	call_free(&t->call);
	assert_int_equal(t->host.reserved, 0);
	assert_int_equal(t->host.begun, t->host.dropped);
	buf_free(&t->in);
	free(t);
	return 0;
}

/* What is not fed yet, at most so many bytes at once. */
static enum call_state
feed(struct talk *t, size_t piece)
{
	while (t->fed < t->in.len && t->call.state != CALL_WHOLE &&
	    t->call.state != CALL_OVER) {
		size_t n = t->in.len - t->fed < piece ? t->in.len - t->fed :
		    piece;
		struct bytes in = { t->in.data + t->fed, n };

		call_feed(&t->call, &in);
		t->fed += n - in.len;
	}
	return call_waits(&t->call);
}

static void
assert_said(struct talk *t, struct bytes expected)
{
	assert_int_equal(t->call.out.len, expected.len);
	assert_memory_equal(t->call.out.data, expected.data, expected.len);
	buf_free(&t->call.out);
}

/* END_REQUEST without a reply. */
static void
assert_ended(struct talk *t, char id, char status)
{
	char expected[16] = { 1, FCGI_END_REQUEST, 0, id, 0, 8, 0, 0,
		0, 0, 0, 0, status };

	assert_said(t, (struct bytes){ expected, sizeof(expected) });
}

static void
answer(struct talk *t)
{
	call_reply(&t->call, BYTES("12345678"));
	call_end_reply(&t->call);
	assert_int_equal(t->call.out.len, 16 + 8 + 16);
	buf_free(&t->call.out);
}

/* --- */

static void
takes_a_request_wherever_its_stream_is_cut(void **state)
{
	struct talk *t = *state;

	for (size_t piece = 1; piece < 40; piece++) {
		put_request(&t->in, 1, FCGI_KEEP_CONN, "hello");
		assert_int_equal(feed(t, piece), CALL_WHOLE);
		assert_int_equal(t->fed, t->in.len);
		assert_string_equal(t->host.variables, "\1\1Ab");
		assert_int_equal(t->host.body_len, 5);
		assert_memory_equal(t->host.body, "hello", 5);
		assert_int_equal(t->host.ends, 1);
		assert_int_equal(t->host.how, 0);
		answer(t);
		assert_int_equal(t->call.state, CALL_IDLE);
	}
}

static void
begins_when_the_body_is_there_without_its_empty_record(void **state)
{
	struct talk *t = *state;

	t->host.body_wanted = 5;
	put_request(&t->in, 1, FCGI_KEEP_CONN, "hello");
	t->in.len -= 8;
	assert_int_equal(feed(t, ROOM), CALL_WHOLE);
	assert_int_equal(t->host.ends, 0);
	answer(t);
	/* the empty record comes late, and another request behind it */
	put_record(&t->in, FCGI_STDIN, 1, BYTES_NONE);
	assert_int_equal(feed(t, ROOM), CALL_IDLE);
	put_request(&t->in, 1, FCGI_KEEP_CONN, "again");
	assert_int_equal(feed(t, ROOM), CALL_WHOLE);
	assert_memory_equal(t->host.body, "again", 5);
	answer(t);
}

static void
serves_requests_that_arrive_together_one_after_the_other(void **state)
{
	struct talk *t = *state;

	put_request(&t->in, 1, FCGI_KEEP_CONN, "one");
	put_request(&t->in, 2, FCGI_KEEP_CONN, "two");
	put_request(&t->in, 1, 0, "three");
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(feed(t, ROOM), CALL_WHOLE);
		assert_int_equal(t->host.begun, i);
		answer(t);
	}
	assert_memory_equal(t->host.body, "three", 5);
	assert_int_equal(t->fed, t->in.len);
	assert_int_equal(t->call.state, CALL_OVER);
}

static void
refuses_a_second_request_in_the_middle_of_the_first(void **state)
{
	struct talk *t = *state;

	put_begin(&t->in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	put_record(&t->in, FCGI_PARAMS, 1, BYTES("\1\1A"));
	put_request(&t->in, 2, FCGI_KEEP_CONN, "other");
	assert_int_equal(feed(t, 3), CALL_HEAD);
	assert_ended(t, 2, FCGI_CANT_MPX_CONN);
	put_record(&t->in, FCGI_PARAMS, 1, BYTES("b"));
	put_record(&t->in, FCGI_PARAMS, 1, BYTES_NONE);
	put_record(&t->in, FCGI_STDIN, 1, BYTES("mine"));
	put_begin(&t->in, 3, FCGI_RESPONDER, 0);
	put_record(&t->in, FCGI_STDIN, 1, BYTES_NONE);
	assert_int_equal(feed(t, 3), CALL_WHOLE);
	assert_ended(t, 3, FCGI_CANT_MPX_CONN);
	assert_string_equal(t->host.variables, "\1\1Ab");
	assert_int_equal(t->host.body_len, 4);
	assert_int_equal(t->host.begun, 1);
	answer(t);
}

static void
answers_questions_alone_and_in_the_middle_of_a_request(void **state)
{
	struct bytes asked = BYTES("\x0f\0FCGI_MPXS_CONNS\5\0OTHER"
	    "\x0e\0FCGI_MAX_CONNS\x0d\0FCGI_MAX_REQS");
	struct talk *t = *state;

	put_record(&t->in, FCGI_GET_VALUES, 0, asked);
	assert_int_equal(feed(t, 1), CALL_IDLE);
	assert_said(t, BYTES("\1\x0a\0\0\0\x3b\5\0"
	    "\x0e\5FCGI_MAX_CONNS10000" "\x0d\5FCGI_MAX_REQS10000"
	    "\x0f\1FCGI_MPXS_CONNS0\0\0\0\0\0"));
	put_begin(&t->in, 1, FCGI_RESPONDER, 0);
	put_record(&t->in, FCGI_PARAMS, 1, BYTES("\1\1A"));
	put_record(&t->in, FCGI_GET_VALUES, 0, BYTES_NONE);
	assert_int_equal(feed(t, 1), CALL_HEAD);
	assert_said(t, BYTES("\1\x0a\0\0\0\0\0\0"));
	put_record(&t->in, FCGI_PARAMS, 1, BYTES("b"));
	put_record(&t->in, FCGI_PARAMS, 1, BYTES_NONE);
	put_record(&t->in, 99, 0, BYTES("what?"));
	assert_int_equal(feed(t, 1), CALL_BODY);
	assert_said(t, BYTES("\1\x0b\0\0\0\x8\0\0\x63\0\0\0\0\0\0\0"));
	put_record(&t->in, FCGI_STDIN, 1, BYTES_NONE);
	assert_int_equal(feed(t, 1), CALL_WHOLE);
	assert_string_equal(t->host.variables, "\1\1Ab");
	answer(t);
}

static void
answers_no_endless_questions(void **state)
{
	struct talk *t = *state;

	for (int i = 0; i < CALL_QUESTIONS_MAX; i++)
		put_record(&t->in, i % 2 == 0 ? 99 : FCGI_GET_VALUES, 0,
		    BYTES_NONE);
	assert_int_equal(feed(t, ROOM), CALL_IDLE);
	put_begin(&t->in, 1, 9, FCGI_KEEP_CONN);
	assert_int_equal(feed(t, ROOM), CALL_OVER);
}

static void
refuses_other_roles_at_once(void **state)
{
	static const int roles[] = { 0, FCGI_AUTHORIZER, FCGI_FILTER, 9, 255 };
	struct talk *t = *state;

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		put_begin(&t->in, 5, roles[i], FCGI_KEEP_CONN);
		assert_int_equal(feed(t, ROOM), CALL_IDLE);
		assert_ended(t, 5, FCGI_UNKNOWN_ROLE);
		/* what belongs to it is nobody's */
		put_record(&t->in, FCGI_PARAMS, 5, BYTES("\1\1Ab"));
		put_record(&t->in, FCGI_PARAMS, 5, BYTES_NONE);
		put_record(&t->in, FCGI_STDIN, 5, BYTES("x"));
		put_record(&t->in, FCGI_DATA, 5, BYTES("x"));
		assert_int_equal(feed(t, ROOM), CALL_IDLE);
	}
	assert_int_equal(t->host.begun, 0);
	put_begin(&t->in, 5, FCGI_FILTER, 0);
	assert_int_equal(feed(t, ROOM), CALL_DRAIN);
	put_record(&t->in, FCGI_STDIN, 5, BYTES_NONE);
	assert_int_equal(feed(t, ROOM), CALL_OVER);
	assert_ended(t, 5, FCGI_UNKNOWN_ROLE);
}

static void
takes_an_empty_record_of_variables_with_padding(void **state)
{
	struct talk *t = *state;

	put_begin(&t->in, 1, FCGI_RESPONDER, 0);
	put_record_padded(&t->in, FCGI_PARAMS, 1, BYTES("\1\1Ab"), 4);
	put_record_padded(&t->in, FCGI_PARAMS, 1, BYTES_NONE, 8);
	put_record_padded(&t->in, FCGI_STDIN, 1, BYTES_NONE, 8);
	assert_int_equal(feed(t, ROOM), CALL_WHOLE);
	assert_int_equal(t->host.fault, CALL_SOUND);
	answer(t);
}

static void
joins_variables_that_are_split_anywhere(void **state)
{
	static const char pair[] = "\x80\0\0\3\2ABCde";
	struct talk *t = *state;

	for (size_t cut = 1; cut < sizeof(pair) - 1; cut++) {
		put_begin(&t->in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
		put_record(&t->in, FCGI_PARAMS, 1,
		    (struct bytes){ pair, cut });
		put_record(&t->in, FCGI_PARAMS, 1, (struct bytes){
		    pair + cut, sizeof(pair) - 1 - cut });
		put_record(&t->in, FCGI_PARAMS, 1, BYTES_NONE);
		put_record(&t->in, FCGI_STDIN, 1, BYTES_NONE);
		assert_int_equal(feed(t, ROOM), CALL_WHOLE);
		assert_memory_equal(t->host.variables, pair,
		    sizeof(pair) - 1);
		answer(t);
	}
}

static void
ends_an_aborted_request(void **state)
{
	struct talk *t = *state;

	put_begin(&t->in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	put_record(&t->in, FCGI_ABORT_REQUEST, 2, BYTES_NONE);
	put_record(&t->in, FCGI_ABORT_REQUEST, 1, BYTES_NONE);
	assert_int_equal(feed(t, ROOM), CALL_IDLE);
	assert_ended(t, 1, FCGI_REQUEST_COMPLETE);
	assert_int_equal(t->host.dropped, 1);
	/* in its body, and right behind it */
	for (t->host.body_wanted = 6; t->host.body_wanted >= 5;
	    t->host.body_wanted--) {
		put_request(&t->in, 1, FCGI_KEEP_CONN, "hello");
		t->in.len -= 8;
		put_record(&t->in, FCGI_ABORT_REQUEST, 1, BYTES_NONE);
		assert_int_equal(feed(t, ROOM), CALL_WHOLE);
		assert_int_equal(t->host.ends, 1);
		assert_int_equal(t->host.how, TRANSPORT_BROKEN);
		answer(t);
		assert_int_equal(t->call.state, CALL_IDLE);
	}
}

static void
tells_why_variables_are_not_there(void **state)
{
	static char long_record[65535];
	struct talk *t = *state;

	put_begin(&t->in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	for (int i = 0; i < 5; i++)
		put_record(&t->in, FCGI_PARAMS, 1, (struct bytes){
		    long_record, sizeof(long_record) });
	assert_int_equal(feed(t, ROOM), CALL_WHOLE);
	assert_int_equal(t->host.fault, CALL_TOO_MUCH);
	answer(t);
	t->fed = t->in.len;
	t->call.reader = (struct record_reader){ .open = false };
	t->host.most = 1000;
	put_begin(&t->in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	put_record(&t->in, FCGI_PARAMS, 1, (struct bytes){ long_record, 1001 });
	assert_int_equal(feed(t, ROOM), CALL_WHOLE);
	assert_int_equal(t->host.fault, CALL_NO_ROOM);
	answer(t);
	t->host.no_memory = true;
	put_begin(&t->in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	assert_int_equal(feed(t, ROOM), CALL_IDLE);
	assert_ended(t, 1, FCGI_OVERLOADED);
}

static void
takes_as_many_variables_as_allowed_and_not_a_byte_more(void **state)
{
	static char piece[32 * 1024];
	struct talk *t = *state;

	for (int more = 0; more < 2; more++) {
		put_begin(&t->in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
		for (size_t i = 0; i < CALL_PARAMS_MAX / sizeof(piece); i++)
			put_record(&t->in, FCGI_PARAMS, 1, (struct bytes){
			    piece, sizeof(piece) });
		if (more == 0)
			put_record(&t->in, FCGI_PARAMS, 1, BYTES_NONE);
		else
			put_record(&t->in, FCGI_PARAMS, 1, BYTES("x"));
		put_record(&t->in, FCGI_STDIN, 1, BYTES_NONE);
		assert_int_equal(feed(t, ROOM), CALL_WHOLE);
		assert_int_equal(t->host.fault, more == 0 ? CALL_SOUND :
		    CALL_TOO_MUCH);
		/* what is counted is what is allotted */
		assert_true(t->host.reserved >= CALL_PARAMS_MAX &&
		    t->host.reserved <= 2LL * CALL_PARAMS_MAX);
		answer(t);
		assert_int_equal(t->host.reserved, 0);
	}
}

static void
is_over_by_what_makes_no_sense(void **state)
{
	struct talk *t = *state;
	struct buf sense[4];

	for (int i = 0; i < 4; i++) {
		sense[i] = BUF(ROOM);
		put_begin(&sense[i], 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	}
	/* a body in front of the variables' end, the same request twice, and
	 * no FastCGI */
	put_record(&sense[0], FCGI_STDIN, 1, BYTES("x"));
	put_record(&sense[1], FCGI_STDIN, 1, BYTES_NONE);
	put_begin(&sense[2], 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	buf_add(&sense[3], BYTES("GET / HTTP/1.1\r\n"));
	for (int i = 0; i < 4; i++) {
		struct bytes in = buf_bytes(&sense[i]);

		call_feed(&t->call, &in);
		assert_int_equal(t->call.state, CALL_OVER);
		call_free(&t->call);
		call_init(&t->call, &ops, &t->host);
		buf_free(&sense[i]);
	}
}

static void
lets_the_rest_of_a_refused_body_pass_before_it_closes(void **state)
{
	struct talk *t = *state;

	t->host.refuses = true;
	put_request(&t->in, 1, 0, "not wanted");
	t->in.len -= 8;
	assert_int_equal(feed(t, ROOM), CALL_WHOLE);
	answer(t);
	assert_int_equal(t->call.state, CALL_DRAIN);
	assert_int_equal(feed(t, ROOM), CALL_DRAIN);
	assert_int_equal(t->fed, t->in.len);
	put_record(&t->in, FCGI_STDIN, 1, BYTES_NONE);
	assert_int_equal(feed(t, ROOM), CALL_OVER);
	assert_int_equal(t->host.body_len, 0);
}

static void
tells_a_body_that_is_late_from_a_head_that_is(void **state)
{
	struct talk *t = *state;

	put_request(&t->in, 1, FCGI_KEEP_CONN, "hello");
	t->in.len -= 10;
	assert_int_equal(feed(t, ROOM), CALL_BODY);
	call_break_off(&t->call, TRANSPORT_LATE);
	assert_int_equal(t->call.state, CALL_WHOLE);
	assert_int_equal(t->host.how, TRANSPORT_LATE);
	answer(t);
	assert_int_equal(t->call.state, CALL_DRAIN);
	call_free(&t->call);
	call_init(&t->call, &ops, &t->host);
	t->fed = t->in.len;
	put_begin(&t->in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	assert_int_equal(feed(t, ROOM), CALL_HEAD);
	call_break_off(&t->call, TRANSPORT_LATE);
	assert_int_equal(t->call.state, CALL_OVER);
	call_free(&t->call);
	call_init(&t->call, &ops, &t->host);
	/* half a record between two requests */
	put_record(&t->in, FCGI_GET_VALUES, 0, BYTES("half"));
	t->in.len -= 2;
	assert_int_equal(feed(t, ROOM), CALL_HEAD);
}

#define call_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		call_test(takes_a_request_wherever_its_stream_is_cut),
		call_test(
		    begins_when_the_body_is_there_without_its_empty_record),
		call_test(
		    serves_requests_that_arrive_together_one_after_the_other),
		call_test(refuses_a_second_request_in_the_middle_of_the_first),
		call_test(
		    answers_questions_alone_and_in_the_middle_of_a_request),
		call_test(answers_no_endless_questions),
		call_test(refuses_other_roles_at_once),
		call_test(takes_an_empty_record_of_variables_with_padding),
		call_test(joins_variables_that_are_split_anywhere),
		call_test(ends_an_aborted_request),
		call_test(tells_why_variables_are_not_there),
		call_test(
		    takes_as_many_variables_as_allowed_and_not_a_byte_more),
		call_test(is_over_by_what_makes_no_sense),
		call_test(
		    lets_the_rest_of_a_refused_body_pass_before_it_closes),
		call_test(tells_a_body_that_is_late_from_a_head_that_is),
	};

	return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
