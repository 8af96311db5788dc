/* Who is logged in at the page, and who did what, as a store keeps it. */
#include "store_fixture.h"

#include "store_access.h"
#include "store_check.h"

#define MINUTE_MS 60000

/* Digests that differ in their first byte. */
static struct store_session
a_session(unsigned char first, const char *token)
{
	struct store_session s = { .kind = STORE_SESSION, .token = token,
		.began_ms = now_ms, .until_ms = now_ms + MINUTE_MS };

	s.digest[0] = first;
	s.binding[31] = 7;
	return s;
}

static enum status
find(struct fixture *f, enum store_session_kind kind, unsigned char first,
    struct store_session *out)
{
	unsigned char digest[SHA256_LEN] = { first };

	return store_session_find(f->store, kind, digest, &f->a, out, &f->why);
}

static enum status
take(struct fixture *f, unsigned char first)
{
	unsigned char digest[SHA256_LEN] = { first };
	struct store_session out;

	return store_session_take(f->store, STORE_TICKET, digest, &f->a, &out,
	    &f->why);
}

static void
add(struct fixture *f, struct store_session s)
{
	OK(store_session_add(f->store, &s, &f->why));
}

static void
a_session_is_found_by_its_digest_alone_until_it_ends(void **state)
{
	struct fixture *f = *state;
	struct store_session out = { 0 };

	assert_int_equal(find(f, STORE_SESSION, 1, &out), ST_UNKNOWN);
	add(f, a_session(1, "team"));
	reopen(f);
	OK(find(f, STORE_SESSION, 1, &out));
	assert_string_equal(out.token, "team");
	assert_int_equal(out.binding[31], 7);
	assert_int_equal(out.digest[0], 1);
	assert_int_equal(out.began_ms, T0);
	assert_int_equal(out.until_ms, T0 + MINUTE_MS);
	assert_int_equal(find(f, STORE_SESSION, 2, &out), ST_UNKNOWN);
	assert_int_equal(find(f, STORE_SESSION, 0, &out), ST_UNKNOWN);
	set_now(f, T0 + MINUTE_MS - 1);
	OK(find(f, STORE_SESSION, 1, &out));
	set_now(f, T0 + MINUTE_MS);
	assert_int_equal(find(f, STORE_SESSION, 1, &out), ST_UNKNOWN);
}

static void
a_ticket_is_taken_once_and_is_no_session(void **state)
{
	struct fixture *f = *state;
	struct store_session ticket = a_session(3, "team"), out;
	struct store *other;
	unsigned char digest[SHA256_LEN] = { 3 };

	ticket.kind = STORE_TICKET;
	add(f, ticket);
	add(f, a_session(4, "team"));
	assert_int_equal(find(f, STORE_SESSION, 3, &out), ST_UNKNOWN);
	assert_int_equal(take(f, 4), ST_UNKNOWN);
	OK(find(f, STORE_SESSION, 4, &out));
	OK(take(f, 3));
	assert_int_equal(take(f, 3), ST_UNKNOWN);
	if (getenv("TEST_AGENT") == NULL) {
		OK(open_writer(f, &other));
		assert_int_equal(store_session_take(other, STORE_TICKET,
		    digest, &f->a, &out, &f->why), ST_UNKNOWN);
		store_close(other);
	}
	ticket.digest[0] = 5;
	add(f, ticket);
	set_now(f, T0 + MINUTE_MS);
	assert_int_equal(take(f, 5), ST_UNKNOWN);
}

static void
a_session_that_was_taken_is_logged_out(void **state)
{
	struct fixture *f = *state;
	unsigned char digest[SHA256_LEN] = { 1 };
	struct store_session out;

	add(f, a_session(1, "team"));
	add(f, a_session(2, "team"));
	OK(store_session_take(f->store, STORE_SESSION, digest, &f->a, &out,
	    &f->why));
	assert_int_equal(find(f, STORE_SESSION, 1, &out), ST_UNKNOWN);
	OK(find(f, STORE_SESSION, 2, &out));
}

static void
a_token_has_a_hundred_sessions_and_the_oldest_ends(void **state)
{
	struct fixture *f = *state;
	struct store_session out;

	add(f, a_session(255, "other"));
	for (unsigned char i = 1; i <= STORE_SESSIONS_EACH + 1; i++) {
		set_now(f, T0 + i);
		add(f, a_session(i, "team"));
	}
	assert_int_equal(find(f, STORE_SESSION, 1, &out), ST_UNKNOWN);
	OK(find(f, STORE_SESSION, 2, &out));
	OK(find(f, STORE_SESSION, STORE_SESSIONS_EACH + 1, &out));
	OK(find(f, STORE_SESSION, 255, &out));
}

static void
two_sessions_cannot_have_one_digest(void **state)
{
	struct fixture *f = *state;
	struct store_session s = a_session(1, "mallory"), out;

	add(f, a_session(1, "team"));
	assert_int_not_equal(store_session_add(f->store, &s, &f->why), ST_OK);
	OK(find(f, STORE_SESSION, 1, &out));
	assert_string_equal(out.token, "team");
	add(f, a_session(2, "team"));
}

/* --- audit ---------------------------------------------------------------- */

static void
note(struct fixture *f, const char *who, const char *what, int64_t event_id)
{
	struct store_note n = { .at_ms = now_ms, .who = who, .what = what,
		.event_id = event_id, .detail = BYTES("\xff'x") };

	OK(store_audit_add(f->store, &n, &f->why));
}

static void
notes_words_alone(void **state)
{
	struct fixture *f = *state;
	static const char *const wrong[] = { "", "log in", "Login", "a/b" };
	struct store_note n = { .who = "token:team" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		n.what = wrong[i];
		assert_int_equal(store_audit_add(f->store, &n, &f->why),
		    ST_BUG);
	}
}

static struct store_notes
list(struct fixture *f, int64_t before_id, int64_t since_ms, int limit)
{
	struct store_notes n = { .before_id = before_id, .since_ms = since_ms,
		.limit = limit, .arena = &f->a };

	OK(store_audit_list(f->store, &n, &f->why));
	return n;
}

static void
lists_who_did_what_the_newest_first(void **state)
{
	struct fixture *f = *state;
	struct store_notes n = list(f, 0, 0, 10);

	assert_int_equal(n.count, 0);
	note(f, "token:a", "login", 0);
	set_now(f, T0 + 1);
	note(f, "uid:1000", "accept", 12);
	n = list(f, 0, 0, 10);
	assert_int_equal(n.count, 2);
	assert_string_equal(n.notes[0].who, "uid:1000");
	assert_string_equal(n.notes[0].what, "accept");
	assert_int_equal(n.notes[0].event_id, 12);
	assert_int_equal(n.notes[0].at_ms, T0 + 1);
	assert_true(bytes_is(n.notes[0].detail, "\xff'x"));
	assert_string_equal(n.notes[1].what, "login");
	assert_int_equal(n.notes[1].event_id, 0);
	assert_int_equal(list(f, n.notes[0].id, 0, 10).count, 1);
	assert_int_equal(list(f, n.notes[1].id, 0, 10).count, 0);
	assert_int_equal(list(f, 0, T0 + 1, 10).count, 1);
	assert_int_equal(list(f, 0, 0, 1).notes[0].event_id, 12);
}

static void
a_retry_is_in_the_list_and_what_was_done_to_an_event_with_it(void **state)
{
	struct fixture *f = *state;
	int64_t id = accept_key(f, 1);
	struct store_retry r = { .what = STORE_AGAIN_IGNORED, .who =
		"token:a", .events = &id, .count = 1 };
	struct stored_event e;

	dispatch_to(f, id, NULL, 0);
	OK(store_retry(f->store, &r, &f->why));
	note(f, "token:b", "accept", id);
	assert_int_equal(list(f, 0, 0, 10).count, 2);
	assert_string_equal(list(f, 0, 0, 10).notes[1].what, "retry");
	OK(store_get(f->store, id, STORE_RETRIES, &f->a, &e, &f->why));
	assert_int_equal(e.retry_count, 2);
	assert_string_equal(e.retries[0].what, "retry");
	assert_string_equal(e.retries[0].who, "token:a");
	assert_string_equal(e.retries[1].what, "accept");
}

static void
what_is_of_no_event_goes_when_it_is_old(void **state)
{
	struct fixture *f = *state;
	struct store_tidied t;

	note(f, "token:a", "login", 0);
	set_now(f, T0 + f->options.keep_ms);
	note(f, "token:b", "login", 0);
	OK(store_tidy(f->store, 10, &t, &f->why));
	assert_int_equal(list(f, 0, 0, 10).count, 2);
	set_now(f, T0 + f->options.keep_ms + 1);
	OK(store_tidy(f->store, 10, &t, &f->why));
	assert_int_equal(list(f, 0, 0, 10).count, 1);
	assert_string_equal(list(f, 0, 0, 10).notes[0].who, "token:b");
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_store, remove_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_session_is_found_by_its_digest_alone_until_it_ends),
		T(a_ticket_is_taken_once_and_is_no_session),
		T(a_session_that_was_taken_is_logged_out),
		T(a_token_has_a_hundred_sessions_and_the_oldest_ends),
		T(two_sessions_cannot_have_one_digest),
		T(lists_who_did_what_the_newest_first),
		T(notes_words_alone),
		T(a_retry_is_in_the_list_and_what_was_done_to_an_event_with_it),
		T(what_is_of_no_event_goes_when_it_is_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
