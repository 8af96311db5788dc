/* What a sender is told, byte for byte. */
#include "reply.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

struct written {
	char text[4 * REPLY_HEAD_MAX];
	size_t len;
	int parts;
};

static void
take(void *ctx, struct bytes part)
{
	struct written *w = ctx;

	assert_true(part.len < sizeof(w->text) - w->len);
	if (part.len > 0)
		memcpy(w->text + w->len, part.data, part.len);
	w->len += part.len;
	w->text[w->len] = '\0';
	w->parts++;
}

static void
send_reply(const struct reply *r, bool to_head, struct written *w)
{
	struct transport t = { .write = take, .ctx = w };

	*w = (struct written){ .len = 0 };
	reply_send(r, to_head, &t);
}

static void
each_refusal_has_a_reason_of_one_word(void **state)
{
	static const enum status all[] = { ST_MALFORMED, ST_DENIED, ST_UNKNOWN,
		ST_METHOD, ST_SLOW, ST_TOO_BIG, ST_MEDIA, ST_BUSY, ST_SYSTEM,
		ST_CONFIG, ST_BUG };
	enum { COUNT = sizeof(all) / sizeof(all[0]) };

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		const char *word = reply_reason(all[i]);

		assert_true(strspn(word, "abcdefghijklmnopqrstuvwxyz_") ==
		    strlen(word));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(word, reply_reason(all[k]));
	}
}

static void
each_status_has_one_reply(void **state)
{
	static const struct {
		enum status st;
		int http_status;
		const char *header, *body;
	} all[] = {
		{ ST_MALFORMED, 400, NULL, "bad request" },
		{ ST_DENIED, 401, NULL, "unauthorized" },
		{ ST_UNKNOWN, 404, NULL, "not found" },
		{ ST_METHOD, 405, NULL, "this address receives "
		    "webhooks: POST a signed event to it" },
		{ ST_SLOW, 408, NULL, "the body did not arrive in time" },
		{ ST_TOO_BIG, 413, NULL, "the body is too large" },
		{ ST_MEDIA, 415, NULL, "send application/json, plain or gzip" },
		{ ST_BUSY, 503, "Retry-After: 10",
		    "not possible now, try again" },
		{ ST_SYSTEM, 503, "Retry-After: 10",
		    "not possible now, try again" },
		{ ST_CONFIG, 500, NULL, "internal error" },
		{ ST_BUG, 500, NULL, "internal error" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct reply r = reply_refuse(all[i].st);
		char body[128];

		(void)snprintf(body, sizeof(body), "{\"error\":\"%s\"}\n",
		    all[i].body);
		assert_int_equal(r.http_status, all[i].http_status);
		assert_string_equal(r.content_type, "application/json");
		assert_int_equal(r.body.len, strlen(body));
		assert_memory_equal(r.body.data, body, r.body.len);
		if (all[i].header == NULL)
			assert_null(r.header);
		else
			assert_string_equal(r.header, all[i].header);
	}
}

static void
assert_json(struct reply r, int http_status, const char *body)
{
	assert_int_equal(r.http_status, http_status);
	assert_string_equal(r.content_type, "application/json");
	assert_null(r.header);
	assert_int_equal(r.body.len, strlen(body));
	assert_memory_equal(r.body.data, body, r.body.len);
}

static void
what_is_accepted_names_its_number(void **state)
{
	struct store_accept item = { .id = 1 };
	char text[REPLY_TEXT_SIZE];

	(void)state;
	assert_json(reply_accepted(&item, true, text), 202,
	    "{\"id\":1,\"status\":\"queued\"}\n");
	item.id = INT64_MAX;
	item.status = ST_DUPLICATE;
	assert_json(reply_accepted(&item, true, text), 200,
	    "{\"id\":9223372036854775807,\"status\":\"duplicate\"}\n");
	assert_json(reply_checked("0123456789abcdef", text), 200,
	    "{\"status\":\"checked\",\"folder\":\"0123456789abcdef\"}\n");
}

static void
a_duplicate_says_what_failed_and_how_to_retry_it(void **state)
{
	struct store_accept item = { .id = INT64_MAX, .status = ST_DUPLICATE,
	    .fate = STORE_FATE_FAILED };
	char text[REPLY_TEXT_SIZE];

	(void)state;
	assert_json(reply_accepted(&item, true, text), 200,
	    "{\"id\":9223372036854775807,\"status\":\"duplicate\","
	    "\"state\":\"failed\","
	    "\"retry\":\"cgihook retry 9223372036854775807\"}\n");
	item = (struct store_accept){ .id = 12, .status = ST_DUPLICATE,
	    .fate = STORE_FATE_DEAD };
	assert_json(reply_accepted(&item, true, text), 200,
	    "{\"id\":12,\"status\":\"duplicate\",\"state\":\"dead\","
	    "\"retry\":\"cgihook retry 12\"}\n");
	assert_json(reply_accepted(&item, false, text), 200,
	    "{\"id\":12,\"status\":\"duplicate\"}\n");
	item.fate = STORE_FATE_PRUNED;
	assert_json(reply_accepted(&item, true, text), 200,
	    "{\"id\":12,\"status\":\"duplicate\",\"state\":\"pruned\"}\n");
	assert_json(reply_accepted(&item, false, text), 200,
	    "{\"id\":12,\"status\":\"duplicate\"}\n");
}

static void
a_duplicate_that_retries_says_so_and_no_more(void **state)
{
	struct store_accept item = { .id = 12, .status = ST_DUPLICATE,
	    .fate = STORE_FATE_DEAD, .retried = 3 };
	char text[REPLY_TEXT_SIZE];

	(void)state;
	assert_json(reply_accepted(&item, true, text), 202,
	    "{\"id\":12,\"status\":\"retried\"}\n");
}

static void
a_handlers_output_is_plain_text(void **state)
{
	struct reply r = reply_output(500, BYTES("out\n"), NULL);

	(void)state;
	assert_int_equal(r.http_status, 500);
	assert_string_equal(r.content_type, "text/plain; charset=utf-8");
	assert_null(r.header);
	assert_int_equal(r.body.len, 4);
}

#define FIELDS "Cache-Control: no-store\r\n" \
	"X-Content-Type-Options: nosniff\r\n"

static void
the_fields_stand_in_front_of_the_body(void **state)
{
	struct reply r = reply_refuse(ST_METHOD);
	struct written w;

	(void)state;
	r.header = "Allow: POST";
	send_reply(&r, false, &w);
	assert_string_equal(w.text, "Status: 405 Method Not Allowed\r\n"
	    "Content-Type: application/json\r\nContent-Length: 70\r\n" FIELDS
	    "Allow: POST\r\n\r\n{\"error\":\"this address receives webhooks: "
	    "POST a signed event to it\"}\n");
	assert_int_equal(w.parts, 1);
	send_reply(&r, true, &w);
	assert_string_equal(w.text, "Status: 405 Method Not Allowed\r\n"
	    "Content-Type: application/json\r\nContent-Length: 70\r\n" FIELDS
	    "Allow: POST\r\n\r\n");
	r = reply_output(200, BYTES_NONE, NULL);
	send_reply(&r, false, &w);
	assert_string_equal(w.text, "Status: 200 OK\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 0\r\n"
	    FIELDS "\r\n");
}

/* One that is killed in between has sent all of a short reply, or nothing. */
static void
a_short_reply_leaves_in_one_part(void **state)
{
	static const char fields[] = "Status: 200 OK\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: 0000\r\n" FIELDS "\r\n";
	static char output[2 * REPLY_HEAD_MAX];
	const size_t room = REPLY_HEAD_MAX - (sizeof(fields) - 1);
	struct written w;
	struct reply r;

	(void)state;
	memset(output, 'x', sizeof(output));
	for (size_t len = room - 1; len <= room + 1; len++) {
		r = reply_output(200, (struct bytes){ output, len }, NULL);
		send_reply(&r, false, &w);
		assert_int_equal(w.parts, len <= room ? 1 : 2);
		assert_int_equal(w.len, sizeof(fields) - 1 + len);
		assert_memory_equal(w.text + w.len - len, output, len);
	}
}

static void
a_reply_has_as_many_header_fields_as_it_needs(void **state)
{
	struct reply r = { .http_status = 303, .content_type = "text/plain",
		.header = "Location: /-/\r\nX-Frame-Options: DENY",
		.cache = "public", .body = BYTES("") };
	struct written w;

	(void)state;
	send_reply(&r, false, &w);
	w.text[w.len] = '\0';
	assert_string_equal(w.text, "Status: 303 See Other\r\n"
	    "Content-Type: text/plain\r\nContent-Length: 0\r\n"
	    "Cache-Control: public\r\nX-Content-Type-Options: nosniff\r\n"
	    "Location: /-/\r\nX-Frame-Options: DENY\r\n\r\n");
}

static void
header_fields_that_are_too_long_are_never_cut(void **state)
{
	static char header[REPLY_HEAD_MAX + 1];
	struct reply r = { .http_status = 200, .content_type = "text/plain",
		.header = header, .body = BYTES("whole") };
	struct written w;

	(void)state;
	memset(header, 'x', sizeof(header) - 1);
	send_reply(&r, false, &w);
	w.text[w.len] = '\0';
	assert_non_null(strstr(w.text, "Status: 500 Internal Server Error"));
	assert_null(strstr(w.text, "xxx"));
	assert_null(strstr(w.text, "whole"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_status_has_one_reply),
		cmocka_unit_test(each_refusal_has_a_reason_of_one_word),
		cmocka_unit_test(what_is_accepted_names_its_number),
		cmocka_unit_test(
		    a_duplicate_says_what_failed_and_how_to_retry_it),
		cmocka_unit_test(a_duplicate_that_retries_says_so_and_no_more),
		cmocka_unit_test(a_handlers_output_is_plain_text),
		cmocka_unit_test(a_reply_has_as_many_header_fields_as_it_needs),
		cmocka_unit_test(header_fields_that_are_too_long_are_never_cut),
		cmocka_unit_test(the_fields_stand_in_front_of_the_body),
		cmocka_unit_test(a_short_reply_leaves_in_one_part),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
