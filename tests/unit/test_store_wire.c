/* What a responder and its agent say to each other arrives as it was said; and
 * what is cut off, too long, or what no responder of ours says, is refused. */
#include "store_wire_ask.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

struct messages {
	struct buf b;
	struct arena a;
	struct reason why;
};

static int
setup(void **state)
{
	struct messages *m = calloc(1, sizeof(*m));

	m->b = BUF(1 << 24);
	*state = m;
	return 0;
}

static int
teardown(void **state)
{
	struct messages *m = *state;

	buf_free(&m->b);
	arena_free(&m->a);
	free(m);
	return 0;
}

static struct bytes
message(const struct messages *m)
{
	return bytes_from(buf_bytes(&m->b), WIRE_HEAD_LEN);
}

static struct event
an_event(void)
{
	return (struct event){ .source = "drone", .provider = "gitea",
		.event = BYTES("build"), .action = BYTES("updated"),
		.status = BYTES("failure"), .result = RESULT_FAILURE,
		.named_by = "X-Event", .subject = BYTES("a\0b"),
		.has_dedupe = true, .dedupe = "0123456789abcde",
		.lasting = true };
}

static struct store_accept
an_item(const struct event *e)
{
	return (struct store_accept){ .event = e, .headers = BYTES("a: b\n"),
		.body = BYTES("{}\xff"), .remote_addr = BYTES("192.0.2.1"),
		.received_ms = 1767323345000LL,
		.wait_path = "drone/build.failure", .bell = "x",
		.retry = true };
}

static enum status
read_items(struct messages *m, struct store_accept **items, size_t *count)
{
	return wire_read_accept(message(m), 1 << 20, &m->a, items, count,
	    &m->why);
}

static void
assert_refused(struct messages *m)
{
	struct store_accept *items;
	size_t count;

	assert_int_equal(read_items(m, &items, &count), ST_MALFORMED);
	m->b.len = 0;
	arena_reset(&m->a);
}

static void
an_event_arrives_as_it_was_sent(void **state)
{
	struct messages *m = *state;
	struct event e = an_event(), bare = { .source = "s", .provider = "p",
		.event = BYTES("e") };
	struct store_accept sent[] = { an_item(&e), { .event = &bare,
		.body = BYTES("") }, { .probe = true } }, *got;
	struct wire_head head;
	size_t count;

	assert_int_equal(wire_put_accept(&m->b, sent, 3), 3);
	assert_true(wire_read_head((unsigned char *)m->b.data, &head));
	assert_int_equal(head.kind, WIRE_ACCEPT);
	assert_int_equal(head.len, m->b.len - WIRE_HEAD_LEN);
	assert_int_equal(read_items(m, &got, &count), ST_OK);
	assert_int_equal(count, 3);
	assert_string_equal(got[0].event->source, "drone");
	assert_string_equal(got[0].event->provider, "gitea");
	assert_true(bytes_is(got[0].event->action, "updated"));
	assert_int_equal(got[0].event->result, RESULT_FAILURE);
	assert_string_equal(got[0].event->named_by, "X-Event");
	assert_true(bytes_equal(got[0].event->subject, e.subject));
	assert_true(got[0].event->has_dedupe && got[0].event->lasting);
	assert_memory_equal(got[0].event->dedupe, e.dedupe, DEDUPE_LEN);
	assert_true(bytes_is(got[0].headers, "a: b\n"));
	assert_true(bytes_equal(got[0].body, sent[0].body));
	assert_string_equal(got[0].wait_path, "drone/build.failure");
	assert_int_equal(got[0].received_ms, sent[0].received_ms);
	assert_true(got[0].retry);
	/* that it is wanted, not whose it is */
	assert_string_equal(got[0].bell, "");
	assert_null(got[1].event->named_by);
	assert_null(got[1].event->subject.data);
	assert_false(got[1].event->has_dedupe);
	assert_null(got[1].wait_path);
	assert_null(got[1].bell);
	assert_non_null(got[1].body.data);
	assert_true(got[2].probe);
}

static void
a_message_that_is_cut_off_or_longer_is_none(void **state)
{
	struct messages *m = *state;
	struct event e = an_event();
	struct store_accept item = an_item(&e), *items;
	struct bytes whole, part;
	char longer[512];
	size_t count;

	wire_put_accept(&m->b, &item, 1);
	whole = message(m);
	for (size_t len = 0; len < whole.len; len++) {
		part = (struct bytes){ whole.data, len };
		assert_int_equal(wire_read_accept(part, 1 << 20, &m->a,
		    &items, &count, &m->why), ST_MALFORMED);
		arena_reset(&m->a);
	}
	assert_true(whole.len < sizeof(longer));
	memcpy(longer, whole.data, whole.len);
	longer[whole.len] = 0;
	part = (struct bytes){ longer, whole.len + 1 };
	assert_int_equal(wire_read_accept(part, 1 << 20, &m->a, &items,
	    &count, &m->why), ST_MALFORMED);
	assert_string_equal(m->why.text,
	    "what a responder sent is no list of events");
}

static void
names_that_could_lead_elsewhere_are_refused(void **state)
{
	static const char *const bad[] = { "", "..", "a/b", "A", "a b",
		"-a", "a\nb" };
	static const char *const paths[] = { "", "build", "other/build",
		"drone/", "drone/../x", "drone/build.d/..", "drone",
		"drone/a b" };
	struct messages *m = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (int which = 0; which < 3; which++) {
			struct event e = an_event();
			struct store_accept item = an_item(&e);

			if (which == 0)
				e.source = bad[i];
			else if (which == 1)
				e.provider = bad[i];
			else
				e.event = bytes_of(bad[i]);
			item.wait_path = NULL;
			wire_put_accept(&m->b, &item, 1);
			assert_refused(m);
		}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct event e = an_event();
		struct store_accept item = an_item(&e);

		item.wait_path = paths[i];
		wire_put_accept(&m->b, &item, 1);
		assert_refused(m);
	}
}

static void
what_is_too_long_is_refused(void **state)
{
	static char text[1 << 21];
	struct messages *m = *state;
	struct event e = an_event();
	struct store_accept item = an_item(&e), *items;
	size_t count;

	memset(text, 'x', sizeof(text));
	item.body = (struct bytes){ text, (1 << 20) + 1 };
	wire_put_accept(&m->b, &item, 1);
	assert_refused(m);
	item.body.len--;
	wire_put_accept(&m->b, &item, 1);
	assert_int_equal(read_items(m, &items, &count), ST_OK);
	m->b.len = 0;
	item = an_item(&e);
	item.headers = (struct bytes){ text, WIRE_HEADERS_BYTES + 1 };
	wire_put_accept(&m->b, &item, 1);
	assert_refused(m);
	item = an_item(&e);
	item.remote_addr = (struct bytes){ text, WIRE_WORD_BYTES + 1 };
	wire_put_accept(&m->b, &item, 1);
	assert_refused(m);
	item = an_item(&e);
	item.received_ms = -1;
	wire_put_accept(&m->b, &item, 1);
	assert_refused(m);
	e.subject = (struct bytes){ text, WIRE_SUBJECT_BYTES + 1 };
	item = an_item(&e);
	wire_put_accept(&m->b, &item, 1);
	assert_refused(m);
}

static void
a_full_message_leaves_the_rest_for_the_next(void **state)
{
	static char text[400 * 1024];
	struct messages *m = *state;
	struct event e = an_event();
	struct store_accept items[5], *got;
	size_t count;

	for (int i = 0; i < 5; i++) {
		items[i] = an_item(&e);
		items[i].body = (struct bytes){ text, sizeof(text) };
	}
	assert_int_equal(wire_put_accept(&m->b, items, 5), 2);
	assert_int_equal(read_items(m, &got, &count), ST_OK);
	assert_int_equal(count, 2);
	/* one of any size is a message */
	m->b.len = 0;
	items[0].body = (struct bytes){ text, sizeof(text) };
	assert_int_equal(wire_put_accept(&m->b, items, 1), 1);
}

static void
of_an_event_only_the_end_of_a_handler_can_be_asked(void **state)
{
	static const unsigned refused[] = { STORE_HEADERS, STORE_BODY,
		STORE_RETRIES, STORE_BODY | STORE_DELIVERIES };
	struct messages *m = *state;
	struct store_get get = { .id = 7, .path = "drone/build",
		.parts = STORE_DELIVERIES | STORE_ATTEMPTS }, *got;
	size_t count;

	wire_put_get(&m->b, &get, 1);
	assert_int_equal(wire_read_get(message(m), &m->a, &got, &count,
	    &m->why), ST_OK);
	assert_int_equal(count, 1);
	assert_int_equal(got[0].id, 7);
	assert_string_equal(got[0].path, "drone/build");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		m->b.len = 0;
		get.parts = refused[i];
		wire_put_get(&m->b, &get, 1);
		assert_int_equal(wire_read_get(message(m), &m->a, &got,
		    &count, &m->why), ST_MALFORMED);
	}
	get.parts = STORE_DELIVERIES;
	for (int i = 0; i < 3; i++) {
		m->b.len = 0;
		get.path = i == 0 ? NULL : i == 1 ? "../x" : "drone/..";
		wire_put_get(&m->b, &get, 1);
		assert_int_equal(wire_read_get(message(m), &m->a, &got,
		    &count, &m->why), ST_MALFORMED);
	}
}

static void
what_became_of_events_arrives_with_its_reason(void **state)
{
	struct messages *m = *state;
	struct reason full = { "the queue is full" };
	struct store_accept sent[] = { { .status = ST_OK, .id = 7 },
		{ .status = ST_DUPLICATE, .id = 3, .rerun = true,
		    .fate = STORE_FATE_DEAD, .retried = 2 },
		{ .status = ST_BUSY } }, got[3] = { { 0 } };

	wire_put_accepted(&m->b, ST_OK, &full, sent, 3);
	assert_int_equal(wire_read_accepted(message(m), got, 3, &m->why),
	    ST_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(got[i].status, sent[i].status);
		assert_int_equal(got[i].id, sent[i].id);
		assert_int_equal(got[i].rerun, sent[i].rerun);
		assert_int_equal(got[i].fate, sent[i].fate);
		assert_int_equal(got[i].retried, sent[i].retried);
	}
	assert_string_equal(m->why.text, "the queue is full");
	/* of another number of events it is no answer */
	assert_int_equal(wire_read_accepted(message(m), got, 2, &m->why),
	    ST_SYSTEM);
	m->b.len = 0;
	wire_put_accepted(&m->b, ST_BUSY, &full, sent, 3);
	assert_int_equal(wire_read_accepted(message(m), got, 3, &m->why),
	    ST_BUSY);
}

static struct store_get
a_reply(struct stored_delivery *d, struct stored_attempt *attempts,
    size_t count)
{
	*d = (struct stored_delivery){ .id = 7 << 16, .handler = "build",
		.state = DELIVERY_DONE, .attempts = (int)count,
		.history = attempts, .history_count = count };
	for (size_t i = 0; i < count; i++)
		attempts[i] = (struct stored_attempt){ .number = (int)i + 1,
			.result = ATTEMPT_DONE, .exit_code = -1,
			.output = BYTES("all is well\n"), .note = "" };
	return (struct store_get){ .id = 7, .path = "drone/build",
		.status = ST_OK, .event = { .state = EVENT_DISPATCHED,
		    .deliveries = d, .delivery_count = 1 } };
}

static void
how_a_handler_has_ended_arrives_with_its_last_attempts(void **state)
{
	struct stored_attempt attempts[WIRE_ATTEMPTS_MAX + 3];
	struct messages *m = *state;
	struct stored_delivery d;
	struct store_get sent = a_reply(&d, attempts,
	    WIRE_ATTEMPTS_MAX + 3), got = { .id = 7, .path = "drone/build",
		.arena = &m->a };

	wire_put_got(&m->b, ST_OK, &m->why, &sent, 1);
	assert_int_equal(wire_read_got(message(m), &got, 1, &m->why), ST_OK);
	assert_int_equal(got.status, ST_OK);
	assert_int_equal(got.event.delivery_count, 1);
	assert_string_equal(got.event.deliveries->path, "drone/build");
	assert_string_equal(got.event.deliveries->handler, "build");
	assert_int_equal(got.event.deliveries->history_count,
	    WIRE_ATTEMPTS_MAX);
	assert_int_equal(got.event.deliveries->history[0].number, 4);
	assert_int_equal(got.event.deliveries->history[0].exit_code, -1);
	assert_true(bytes_is(got.event.deliveries->history[0].output,
	    "all is well\n"));
}

static void
short_memory_makes_one_reply_busy_and_not_the_next(void **state)
{
	struct stored_attempt attempts[2];
	struct messages *m = *state;
	struct arena small = ARENA(64);
	struct stored_delivery d;
	struct store_get sent[2] = { a_reply(&d, attempts, 2),
		a_reply(&d, attempts, 2) }, got[2] = {
		{ .id = 7, .path = "drone/build", .arena = &small },
		{ .id = 7, .path = "drone/build", .arena = &m->a } };

	wire_put_got(&m->b, ST_OK, &m->why, sent, 2);
	assert_int_equal(wire_read_got(message(m), got, 2, &m->why), ST_OK);
	assert_int_equal(got[0].status, ST_BUSY);
	assert_int_equal(got[1].status, ST_OK);
	assert_int_equal(got[1].event.deliveries->history_count, 2);
	arena_free(&small);
}

static void
what_is_no_hello_has_no_version(void **state)
{
	struct messages *m = *state;
	struct bytes hello;

	wire_put_hello(&m->b);
	hello = message(m);
	assert_int_equal(wire_read_hello(hello), WIRE_VERSION);
	for (size_t len = 0; len < hello.len; len++)
		assert_int_equal(wire_read_hello((struct bytes){ hello.data,
		    len }), 0);
	m->b.data[WIRE_HEAD_LEN]++;
	assert_int_equal(wire_read_hello(hello), 0);
}

/* --- for pages ------------------------------------------------------------ */

static enum status
read_ask(struct messages *m, size_t len, enum wire_ask *what,
    union wire_asked *x)
{
	arena_reset(&m->a);
	return wire_read_ask((struct bytes){ m->b.data + WIRE_HEAD_LEN, len },
	    1767323345000LL, &m->a, what, x, &m->why);
}

/* As it was put, and in no other way: not shorter, not longer. */
static union wire_asked
assert_asked(struct messages *m, enum wire_ask what, const void *asked)
{
	union wire_asked x = { .stats = { 0 } };
	enum wire_ask got = WIRE_ASKS;
	size_t len;

	m->b.len = 0;
	wire_put_ask(&m->b, what, asked);
	len = m->b.len - WIRE_HEAD_LEN;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(read_ask(m, n, &got, &x), ST_MALFORMED);
	buf_add_char(&m->b, '\0');
	assert_int_equal(read_ask(m, len + 1, &got, &x), ST_MALFORMED);
	assert_int_equal(read_ask(m, len, &got, &x), ST_OK);
	assert_int_equal(got, what);
	return x;
}

static void
what_a_page_asks_arrives_as_it_was_asked(void **state)
{
	static const char *const sources[] = { "a", "b" };
	const int64_t ids[] = { 7, -1, INT64_MAX };
	struct messages *m = *state;
	struct wire_events list = { .filter = { .source = "x\xff",
	    .state = "", .sources = sources, .source_count = 2,
	    .since_ms = -5, .until_ms = INT64_MAX, .limit = 3,
	    .parts = STORE_DELIVERIES } };
	struct store_retry retry = { .what = STORE_AGAIN_HANDLER,
		.handler = "build", .who = "user:alice", .force = true,
		.events = ids, .count = 3 };
	struct store_session session = { .kind = STORE_TICKET, .digest = "abc",
		.binding = { 0xff }, .token = "t", .until_ms = 1 };
	union wire_asked x = assert_asked(m, ASK_EVENTS, &list);

	assert_string_equal(x.events.filter.source, "x\xff");
	assert_string_equal(x.events.filter.state, "");
	assert_null(x.events.filter.event);
	assert_null(x.events.filter.handler_from);
	assert_int_equal(x.events.filter.source_count, 2);
	assert_string_equal(x.events.filter.sources[1], "b");
	assert_int_equal(x.events.filter.since_ms, -5);
	assert_int_equal(x.events.filter.until_ms, INT64_MAX);
	list.filter.source_count = 0;	/* none is not any */
	assert_non_null(assert_asked(m, ASK_EVENTS, &list).events.filter
	    .sources);
	list.filter.sources = NULL;
	assert_null(assert_asked(m, ASK_EVENTS, &list).events.filter.sources);
	x = assert_asked(m, ASK_RETRY, &retry);
	assert_true(x.retry.force);
	assert_string_equal(x.retry.who, "user:alice");
	assert_int_equal(x.retry.count, 3);
	assert_memory_equal(x.retry.events, ids, sizeof(ids));
	x = assert_asked(m, ASK_SESSION_ADD, &session);
	assert_memory_equal(x.session.digest, session.digest, SHA256_LEN);
	assert_memory_equal(x.session.binding, session.binding, SHA256_LEN);
	assert_asked(m, ASK_SESSION_TAKE, &session);
	assert_asked(m, ASK_STATS, &x.stats);
}

/* Each is a byte that no table allows. */
static void
numbers_beyond_their_kind_and_lists_beyond_their_message_are_refused(
    void **state)
{
	struct messages *m = *state;
	struct store_session session = { .token = "t" };
	struct store_retry retry = { .who = "token:a" };
	union wire_asked x;
	enum wire_ask what;
	char *body;

	wire_put_ask(&m->b, ASK_SESSION_ADD, &session);
	body = m->b.data + WIRE_HEAD_LEN;
	body[1] = STORE_TICKET + 1;
	assert_int_equal(read_ask(m, m->b.len - WIRE_HEAD_LEN, &what, &x),
	    ST_MALFORMED);
	body[1] = 0;
	body[m->b.len - WIRE_HEAD_LEN - 17] = '\0';	/* the token's "t" */
	assert_int_equal(read_ask(m, m->b.len - WIRE_HEAD_LEN, &what, &x),
	    ST_MALFORMED);
	body[0] = (char)WIRE_ASKS;
	assert_int_equal(read_ask(m, m->b.len - WIRE_HEAD_LEN, &what, &x),
	    ST_MALFORMED);
	m->b.len = 0;
	wire_put_ask(&m->b, ASK_RETRY, &retry);
	/* more events than there are bytes */
	m->b.data[m->b.len - 3] = 1;
	assert_int_equal(read_ask(m, m->b.len - WIRE_HEAD_LEN, &what, &x),
	    ST_MALFORMED);
}

static void
what_a_page_is_told_arrives_whole_or_not_at_all(void **state)
{
	struct stored_attempt ended = { .number = 2, .exit_code = -1,
		.term_signal = 9, .output = BYTES("a\0b"), .note = "" };
	struct stored_delivery d = { .id = 5, .path = "drone/build",
		.handler = "build", .filter = { .condition = "branch = main",
		.value = BYTES("\xff") }, .history = &ended,
		.history_count = 1 };
	struct stored_event e = { .id = 7, .source = "drone",
		.provider = "drone", .event = "build", .action = "",
		.status = "", .subject = "", .remote_addr = "",
		.result = RESULT_OTHER, .deliveries = &d, .delivery_count = 1,
		.body = BYTES("{}") };
	struct messages *m = *state;
	struct store_get told = { .event = e }, got = { .id = 7 };

	wire_put_told(&m->b, ASK_EVENT, ST_OK, NULL, &told);
	for (size_t len = 0; len < message(m).len; len++)
		assert_int_equal(wire_read_told((struct bytes){
		    message(m).data, len }, ASK_EVENT, &m->a, &got, &m->why),
		    ST_SYSTEM);
	assert_null(got.event.source);
	assert_int_equal(wire_read_told(message(m), ASK_EVENT, &m->a, &got,
	    &m->why), ST_OK);
	assert_true(bytes_is(got.event.body, "{}"));
	assert_null(got.event.headers.data);
	assert_int_equal(got.event.deliveries->history->exit_code, -1);
	assert_string_equal(got.event.deliveries->filter.condition,
	    "branch = main");
	assert_int_equal(got.event.deliveries->history->output.len, 3);
	m->b.len = 0;
	m->b.limit = 64;
	wire_put_told(&m->b, ASK_EVENT, ST_OK, NULL, &told);
	assert_int_equal(wire_read_told(message(m), ASK_EVENT, &m->a, &got,
	    &m->why), ST_BUSY);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(an_event_arrives_as_it_was_sent),
		WITH(a_message_that_is_cut_off_or_longer_is_none),
		WITH(names_that_could_lead_elsewhere_are_refused),
		WITH(what_is_too_long_is_refused),
		WITH(a_full_message_leaves_the_rest_for_the_next),
		WITH(of_an_event_only_the_end_of_a_handler_can_be_asked),
		WITH(what_became_of_events_arrives_with_its_reason),
		WITH(how_a_handler_has_ended_arrives_with_its_last_attempts),
		WITH(short_memory_makes_one_reply_busy_and_not_the_next),
		WITH(what_is_no_hello_has_no_version),
		WITH(what_a_page_asks_arrives_as_it_was_asked),
		WITH(numbers_beyond_their_kind_and_lists_beyond_their_message_are_refused
		    ),
		WITH(what_a_page_is_told_arrives_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
