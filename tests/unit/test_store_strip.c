#include <dirent.h>

#include "buf.h"
#include "file.h"
#include "store_access.h"
#include "store_check.h"
#include "store_search.h"

/* keep_bodies: the content of an event goes before the event does; and forget:
 * all of it goes. */

enum { STEPS_MAX = 10000 };

static int
strip_store(void **state)
{
	struct fixture *f;
	int failed = make_store(state);

	if (failed != 0)
		return failed;
	f = *state;
	f->options.keep_bodies_ms = 7 * DAY_MS;
	OK(store_configure(f->store, &f->options, &f->why));
	return 0;
}

/* As often as there is more to do; how many were stripped. */
static int
tidy_at(struct fixture *f, int64_t at_ms, int max)
{
	struct store_tidied t = { .more = true };
	int stripped = 0;

	set_now(f, at_ms);
	for (int i = 0; t.more; i++) {
		assert_in_range(i, 0, STEPS_MAX);
		OK(store_tidy(f->store, max, &t, &f->why));
		assert_int_equal(t.removed, 0);
		stripped += t.stripped;
	}
	set_now(f, T0);
	assert_sound(f);
	return stripped;
}

static int
strip_all(struct fixture *f)
{
	return tidy_at(f, T0 + 7 * DAY_MS, 100);
}

static struct stored_event
whole(struct fixture *f, int64_t id)
{
	return event_of(f, id, STORE_HEADERS | STORE_BODY | STORE_DELIVERIES |
	    STORE_ATTEMPTS | STORE_RETRIES);
}

static void
assert_stripped(struct fixture *f, int64_t id)
{
	const struct stored_event e = whole(f, id);

	assert_true(e.stripped);
	assert_int_equal(e.headers.len, 0);
	assert_int_equal(e.body.len, 0);
	assert_string_equal(e.remote_addr, "");
	for (size_t i = 0; i < e.delivery_count; i++)
		for (size_t k = 0; k < e.deliveries[i].history_count; k++)
			assert_int_equal(
			    e.deliveries[i].history[k].output.len, 0);
}

static void
assert_whole(struct fixture *f, int64_t id)
{
	const struct stored_event e = whole(f, id);

	assert_false(e.stripped);
	assert_true(e.headers.len > 0);
	assert_true(e.body.len > 0);
	assert_string_equal(e.remote_addr, "192.0.2.1");
}

static int64_t
event_to(struct fixture *f, unsigned key, enum delivery_state end)
{
	const int64_t id = dispatched(f, key);

	run_to(f, id, end);
	return id >> 16;
}

/* --- what goes, and what stays -------------------------------------------- */

static void
the_content_goes_and_all_else_stays(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DONE);
	struct stored_event e;

	assert_int_equal(tidy_at(f, T0 + 7 * DAY_MS - 1, 100), 0);
	assert_whole(f, id);
	assert_int_equal(strip_all(f), 1);
	assert_stripped(f, id);
	assert_int_equal(strip_all(f), 0);
	e = whole(f, id);
	assert_string_equal(e.source, "drone");
	assert_string_equal(e.subject, "octocat/hello-world#185");
	assert_int_equal(e.received_ms, T0);
	assert_int_equal(e.delivery_count, 1);
	assert_int_equal(e.deliveries[0].state, DELIVERY_DONE);
	assert_int_equal(e.deliveries[0].history_count, 1);
	assert_int_equal(e.deliveries[0].history[0].output_total_bytes, 3);
	assert_int_equal(stats(f).events, 1);
	assert_int_equal(stats(f).done, 1);
}

static void
what_it_is_about_does_not_come_back(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DONE);
	const struct store_about read_before = { id, {
	    .title = BYTES("Ada pays"), .author = BYTES("Ada") } };
	struct store_filter by_word = { .search = "ada", .limit = 1 };
	struct stored_event *list;
	size_t count;

	assert_int_equal(strip_all(f), 1);
	OK(store_about_put(f->store, &read_before, 1, &f->why));
	assert_true(whole(f, id).about == NULL ||
	    whole(f, id).about->author.len == 0);
	OK(store_list(f->store, &by_word, &f->a, &list, &count, &f->why));
	assert_int_equal(count, 0);
	assert_stripped(f, id);
}

static void
no_event_is_accepted_twice(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DEAD);
	struct event e = an_event(1);
	struct store_accept again = an_item(&e);

	assert_int_equal(strip_all(f), 1);
	again.retry = true;
	OK(accept_many(f->store, &again, 1, &f->why));
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_int_equal(again.id, id);
	assert_int_equal(again.fate, STORE_FATE_DEAD);
	assert_int_equal(again.retried, 0);
	assert_int_equal(stats(f).dead, 1);
	assert_int_equal(whole(f, id).retry_count, 0);
}

static void
a_repeat_whose_reply_is_a_handlers_does_not_run_it(void **state)
{
	struct fixture *f = *state;
	struct event e = an_event(1);
	struct store_accept again = an_item(&e);

	event_to(f, 1, DELIVERY_FAILED);
	assert_int_equal(strip_all(f), 1);
	again.wait_path = "drone/build";
	again.bell = "wait.7.bell";
	OK(accept_many(f->store, &again, 1, &f->why));
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_false(again.rerun);
	assert_int_equal(stats(f).failed, 1);
}

static void
the_senders_address_goes_from_its_retries_too(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DEAD);
	struct event e = an_event(1);
	struct store_accept again = an_item(&e);

	again.retry = true;
	OK(accept_many(f->store, &again, 1, &f->why));
	assert_int_equal(again.retried, 1);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DONE);
	assert_int_equal(strip_all(f), 1);
	e = an_event(1);
	assert_int_equal(whole(f, id).retry_count, 1);
	assert_string_equal(whole(f, id).retries[0].who, "sender");
	assert_string_equal(whole(f, id).retries[0].remote_addr, "");
}

static void
what_has_not_ended_keeps_its_content(void **state)
{
	struct fixture *f = *state;
	const int64_t queued = accept_key(f, 1);
	const int64_t waits = dispatched(f, 2), runs = dispatched(f, 3);
	const int64_t alarm = dispatched(f, 4);

	run_to(f, waits, DELIVERY_WAITING);
	claim(f, runs);
	raise_alarm(f, alarm);
	assert_int_equal(strip_all(f), 0);
	assert_whole(f, queued);
	assert_whole(f, waits >> 16);
	assert_whole(f, runs >> 16);
	assert_whole(f, alarm >> 16);

	/* and goes as soon as it has ended, however many steps that takes */
	finish(f, runs, ATTEMPT_DONE, DELIVERY_DONE, 0);
	dispatch_to(f, queued, NULL, 0);
	assert_int_equal(tidy_at(f, T0 + 8 * DAY_MS, 1), 2);
	assert_stripped(f, runs >> 16);
	assert_stripped(f, queued);
	assert_whole(f, waits >> 16);
}

static void
without_keep_bodies_all_stays(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DONE);

	f->options.keep_bodies_ms = 0;
	OK(store_configure(f->store, &f->options, &f->why));
	assert_int_equal(tidy_at(f, T0 + 29 * DAY_MS, 100), 0);
	assert_whole(f, id);
}

static void
many_go_in_steps_and_once(void **state)
{
	struct fixture *f = *state;

	for (unsigned key = 1; key <= 30; key++)
		event_to(f, key, key % 7 == 0 ? DELIVERY_DEAD :
		    DELIVERY_DONE);
	assert_int_equal(tidy_at(f, T0 + 8 * DAY_MS, 4), 30);
	assert_int_equal(tidy_at(f, T0 + 8 * DAY_MS, 4), 0);
	reopen(f);
	assert_int_equal(tidy_at(f, T0 + 8 * DAY_MS, 4), 0);
}

static void
the_event_goes_later(void **state)
{
	struct fixture *f = *state;
	struct store_tidied t;

	event_to(f, 1, DELIVERY_DONE);
	accept_key(f, 2);
	assert_int_equal(strip_all(f), 1);
	set_now(f, T0 + 31 * DAY_MS);
	OK(store_tidy(f->store, 10, &t, &f->why));
	assert_int_equal(t.removed, 1);
	assert_sound(f);
}

/* --- running again -------------------------------------------------------- */

static void
assert_refuses(struct fixture *f, int64_t id, enum store_again what,
    bool force)
{
	struct store_retry r = { .what = what, .handler = "build",
		.who = "uid:7", .force = force, .events = &id, .count = 1 };

	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.found, 1);
	assert_int_equal(r.stripped, 1);
	assert_int_equal(r.deliveries + r.filtered + r.requeued, 0);
}

static void
nothing_of_it_runs_again(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DEAD);
	const int64_t other = event_to(f, 2, DELIVERY_DEAD);
	const int64_t ignored = accept_key(f, 3), both[] = { id, other };
	struct store_retry r = { .what = STORE_AGAIN_DEAD, .who = "uid:7",
		.events = both, .count = 2 };

	dispatch_to(f, ignored, NULL, 0);
	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.deliveries, 2);
	run_to(f, delivery(f, id, 0).id, DELIVERY_DEAD);
	assert_int_equal(strip_all(f), 2);
	assert_refuses(f, id, STORE_AGAIN, false);
	assert_refuses(f, id, STORE_AGAIN_HANDLER, true);
	assert_refuses(f, id, STORE_AGAIN_DEAD, false);
	assert_refuses(f, id, STORE_AGAIN_FILTERED, false);
	assert_refuses(f, ignored, STORE_AGAIN_IGNORED, false);
	assert_int_equal(whole(f, id).retry_count, 1);

	/* and others do, in the same go */
	run_to(f, delivery(f, other, 0).id, DELIVERY_DEAD);
	OK(store_retry(f->store, &r, &f->why));
	assert_int_equal(r.found, 2);
	assert_int_equal(r.stripped, 1);
	assert_int_equal(r.deliveries, 1);
	assert_int_equal(delivery(f, other, 0).state, DELIVERY_WAITING);
}

/* --- forget --------------------------------------------------------------- */

#define MARK "forget-me-0f6b2c"

/* How often the text is in the files of the state folder. */
static int
found_in_files(struct fixture *f, const char *text)
{
	DIR *dir = opendir(f->state);
	struct dirent *d;
	int found = 0;

	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL) {
		char path[400];
		FILE *file;
		char *all = calloc(1, 64 << 20), *at;
		size_t len;

		snprintf(path, sizeof(path), "%s/%s", f->state, d->d_name);
		file = fopen(path, "re");
		len = file == NULL || d->d_type != DT_REG ? 0 :
		    fread(all, 1, 64 << 20, file);
		for (at = all; (at = memmem(at, len - (size_t)(at - all), text,
		    strlen(text))) != NULL; at++)
			found++;
		if (file != NULL)
			fclose(file);
		free(all);
	}
	closedir(dir);
	return found;
}

static struct store_forget
forget(struct fixture *f, const int64_t *ids, size_t count)
{
	struct store_forget x = { .events = ids, .count = count,
		.who = "uid:7" };
	int64_t at = 0;

	OK(store_forget(f->store, &x, &f->why));
	do
		OK(store_erase(f->store, &at, &f->why));
	while (at != 0);
	assert_sound(f);
	return x;
}

/* So many bytes, in each 20 of which is the text. */
static struct bytes
much_of(struct fixture *f, const char *text, size_t len)
{
	struct buf b = BUF(1 << 21);

	while (b.len < len)
		buf_printf(&b, "%s ...", text);
	return buf_take(&b, &f->a);
}

/* One whose body, headers, name, subject and outputs have the text. */
static int64_t
marked(struct fixture *f, unsigned key, const char *text, size_t len)
{
	static const char *const handlers[] = { "build", "other" };
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);
	struct stored_attempt end = an_end(ATTEMPT_RETRY);
	struct store_finish x;

	e.event = e.subject = bytes_of(text);
	item.headers = arena_printf(&f->a, "x-mark: %s\n", text);
	item.body = much_of(f, text, len);
	OK(accept_many(f->store, &item, 1, &f->why));
	dispatch_to(f, item.id, handlers, 2);
	end.output = much_of(f, text, len / 2);
	end.output_total_bytes = (int64_t)end.output.len;
	for (int i = 0; i < 3; i++) {
		set_now(f, now_ms + 100000);
		claim(f, delivery(f, item.id, 0).id);
		x = a_finish(f, delivery(f, item.id, 0).id, &end,
		    i == 2 ? DELIVERY_DEAD : DELIVERY_WAITING);
		OK(try_finish(f, f->store, &x));
	}
	return item.id;
}

/* Of all sizes, in between others that grow and go, so that rows move from page
 * to page. */
static void
nothing_of_it_is_in_any_file(void **state)
{
	static const size_t sizes[] = { 50, 900, 2000, 3900, 4100, 9000, 70000,
	    300, 1200, 40 };
	enum { COUNT = sizeof(sizes) / sizeof(*sizes) };
	struct fixture *f = *state;
	int64_t ids[COUNT], others[COUNT];
	struct store_forget x;

	only_sqlite(f, "the server keeps its files");
	for (unsigned i = 0; i < COUNT; i++) {
		others[i] = marked(f, 100 + i, "to-stay-77e1", sizes[i]);
		ids[i] = marked(f, 1 + i, MARK, sizes[COUNT - 1 - i]);
	}
	for (unsigned i = 0; i < COUNT; i += 3)
		retry(f, ids[i], STORE_AGAIN_DEAD, NULL);
	x = forget(f, others, 2);
	assert_int_equal(x.found, 2);
	assert_true(found_in_files(f, MARK) > 100);
	x = forget(f, ids, COUNT);
	assert_int_equal(x.found, COUNT);
	assert_int_equal(x.running, 0);
	assert_int_equal(found_in_files(f, MARK), 0);
	assert_int_equal(stats(f).events, COUNT - 2);
	for (unsigned i = 2; i < COUNT; i++) {
		const struct stored_event e = whole(f, others[i]);

		assert_true(bytes_equal(e.body, much_of(f, "to-stay-77e1",
		    sizes[i])));
		assert_int_equal(e.deliveries[0].history_count, 3);
		assert_true(bytes_equal(e.deliveries[0].history[2].output,
		    much_of(f, "to-stay-77e1", sizes[i] / 2)));
	}

	/* nor does it come back from what another connection had in memory */
	marked(f, 200, "to-stay-77e1", 100);
	assert_int_equal(found_in_files(f, MARK), 0);
}

static void
what_others_have_read_does_not_come_back(void **state)
{
	struct fixture *f = *state;
	struct store *other = NULL, *mine = f->store;
	struct event e = an_event(50);
	struct store_accept item = an_item(&e);
	int64_t id;

	only_sqlite(f, "the server keeps its files");
	id = marked(f, 1, MARK, 300);
	OK(open_writer(f, &other));
	f->store = other;
	assert_whole(f, id);
	f->store = mine;
	forget(f, &id, 1);
	for (unsigned key = 50; key < 80; key++) {
		e = an_event(key);
		item.event = &e;
		OK(accept_many(other, &item, 1, &f->why));
	}
	assert_int_equal(found_in_files(f, MARK), 0);
	store_close(other);
}

static void
a_forgotten_event_is_not_accepted_again(void **state)
{
	struct fixture *f = *state;
	const int64_t id = event_to(f, 1, DELIVERY_DONE);
	const int64_t other = event_to(f, 2, DELIVERY_DONE);
	struct event e = an_event(1);
	struct store_accept again = an_item(&e);
	struct stored_event gone;

	assert_int_equal(forget(f, &id, 1).found, 1);
	assert_int_equal(store_get(f->store, id, 0, &f->a, &gone, &f->why),
	    ST_UNKNOWN);
	OK(accept_many(f->store, &again, 1, &f->why));
	assert_int_equal(again.status, ST_DUPLICATE);
	assert_int_equal(again.id, id);
	assert_int_equal(again.fate, STORE_FATE_PRUNED);
	assert_int_equal(stats(f).keys, 1);
	assert_whole(f, other);
	assert_int_equal(forget(f, &id, 1).found, 0);
}

static void
what_waits_goes_and_what_runs_stays(void **state)
{
	struct fixture *f = *state;
	const int64_t runs = dispatched(f, 1);
	int64_t ids[4];

	claim(f, runs);
	ids[0] = runs >> 16;
	ids[1] = dispatched(f, 2) >> 16;
	ids[2] = accept_key(f, 3);
	ids[3] = accept_key(f, 4);
	dispatch_to(f, ids[3], NULL, 0);
	assert_int_equal(forget(f, ids, 4).found, 3);
	assert_int_equal(forget(f, ids, 4).running, 1);
	assert_int_equal(stats(f).events, 1);
	assert_int_equal(stats(f).waiting + stats(f).queued, 0);
	finish(f, runs, ATTEMPT_DONE, DELIVERY_DONE, 0);
	assert_int_equal(forget(f, ids, 4).found, 1);
	assert_int_equal(stats(f).events, 0);
	accept_key(f, 9);
}

static void
the_audit_says_who_and_which_number(void **state)
{
	struct fixture *f = *state;
	struct store_notes n = { .limit = 10, .arena = &f->a };
	int64_t id = marked(f, 1, MARK, 40);

	forget(f, &id, 1);
	OK(store_audit_list(f->store, &n, &f->why));
	assert_int_equal(n.count, 1);
	assert_string_equal(n.notes[0].who, "uid:7");
	assert_string_equal(n.notes[0].what, "forget");
	assert_int_equal(n.notes[0].event_id, 0);
	assert_true(bytes_is(n.notes[0].detail, arena_printf(&f->a,
	    "event %lld", (long long)id).data));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(t) cmocka_unit_test_setup_teardown(t, strip_store, remove_store)
		T(the_content_goes_and_all_else_stays),
		T(what_it_is_about_does_not_come_back),
		T(no_event_is_accepted_twice),
		T(a_repeat_whose_reply_is_a_handlers_does_not_run_it),
		T(the_senders_address_goes_from_its_retries_too),
		T(what_has_not_ended_keeps_its_content),
		T(without_keep_bodies_all_stays),
		T(many_go_in_steps_and_once),
		T(the_event_goes_later),
		T(nothing_of_it_runs_again),
		T(nothing_of_it_is_in_any_file),
		T(what_others_have_read_does_not_come_back),
		T(a_forgotten_event_is_not_accepted_again),
		T(what_waits_goes_and_what_runs_stays),
		T(the_audit_says_who_and_which_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
