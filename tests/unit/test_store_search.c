/* What events are about, and the search in it. */
#include "store_fixture.h"

#include "store_check.h"
#include "store_search.h"
#include "words.h"

static struct stored_about
about(const char *project, const char *branch, const char *title,
    const char *author, const char *commit)
{
	return (struct stored_about){ bytes_of(project), bytes_of(branch),
		bytes_of(title), bytes_of(author), bytes_of(commit) };
}

static void
note(struct fixture *f, int64_t id, struct stored_about what)
{
	const struct store_about one = { id, what };

	OK(store_about_put(f->store, &one, 1, &f->why));
}

static size_t
due(struct fixture *f, int64_t ids[64])
{
	size_t count = 99;

	OK(store_about_due(f->store, ids, 64, &count, &f->why));
	return count;
}

static int64_t
rows(struct fixture *f, const char *sql)
{
	char found[64];

	if (is_postgresql(f))
		return ask_beside(f, sql);
	ask_sql(f, sql, found);
	return strtoll(found, NULL, 10);
}

/* How many events have a word that begins so in the index. */
static int64_t
indexed(struct fixture *f, const char *word)
{
	char sql[200];

	snprintf(sql, sizeof(sql), is_postgresql(f) ?
	    "SELECT count(*) FROM facts WHERE words @@ '000000000%s:*'" :
	    "SELECT count(*) FROM search WHERE search MATCH"
	    " '\"000000000%s\" *'", word);
	return rows(f, sql);
}

/* How many are found; *e: the newest first. */
static size_t
find_with(struct fixture *f, struct store_filter filter,
    struct stored_event **e)
{
	size_t count = 99;

	if (filter.limit == 0)
		filter.limit = 100;
	OK(store_list(f->store, &filter, &f->a, e, &count, &f->why));
	return count;
}

static size_t
find(struct fixture *f, const char *text)
{
	struct stored_event *e;

	return find_with(f, (struct store_filter){ .search = text }, &e);
}

static void
three_events(struct fixture *f)
{
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(accept_key(f, i), i);
	note(f, 1, about("octo/Hello-World", "main", "Fix the caf\xc3\xa9 door",
	    "Mira Ito", "c0ffee12aa"));
	note(f, 2, about("octo/website", "feature/login", "Add OAuth2 (#12)",
	    "Bo", "deadbeef01"));
	note(f, 3, about("other/app", "main", "", "", ""));
}

static void
words_are_found_by_their_beginnings_in_all_fields(void **state)
{
	struct fixture *f = *state;

	three_events(f);
	assert_int_equal(find(f, "hello"), 1);
	assert_int_equal(find(f, "HELLO world"), 1);
	assert_int_equal(find(f, "octo"), 2);
	assert_int_equal(find(f, "oc"), 2);
	assert_int_equal(find(f, "main"), 2);
	assert_int_equal(find(f, "login"), 1);
	assert_int_equal(find(f, "feature/login"), 1);
	assert_int_equal(find(f, "cafe"), 1);
	assert_int_equal(find(f, "mira fix"), 1);
	assert_int_equal(find(f, "c0ff"), 1);
	assert_int_equal(find(f, "oauth2 #12"), 1);
	/* each word has to be there, and its beginning */
	assert_int_equal(find(f, "mira oauth2"), 0);
	assert_int_equal(find(f, "ello"), 0);
	assert_int_equal(find(f, "0ffee"), 0);
}

static void
nothing_in_a_text_is_syntax(void **state)
{
	static const char *const as_main[] = { "main*", "\"main\"", "main\"",
		"\"main", "(main", "main)", "^main", "+main", "-main", "main-",
		"{main}", "main:", "'main'", "main;--", "*main*", "\\main",
		"main\n\t", "\xffmain\xfe" };
	static const char *const nothing[] = { "*", "\"", "\"\"", "()", "-",
		"NEAR(main x)", "main NEAR app", "main OR zebra",
		"main AND zebra", "main NOT app", "project:main",
		"words : main", "search MATCH main", "main', 'x" };
	struct fixture *f = *state;

	three_events(f);
	for (size_t i = 0; i < sizeof(as_main) / sizeof(as_main[0]); i++)
		assert_int_equal(find(f, as_main[i]), 2);
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		assert_int_equal(find(f, nothing[i]), 0);
}

static void
a_text_may_be_of_any_length(void **state)
{
	enum { LONG = 10000 };
	struct fixture *f = *state;
	char text[LONG + 1];

	three_events(f);
	memset(text, 'm', LONG);
	text[LONG] = '\0';
	assert_int_equal(find(f, text), 0);
	for (size_t i = 0; i + 5 <= LONG; i += 5)
		memcpy(text + i, "main ", 5);
	assert_int_equal(find(f, text), 2);
	memset(text, '"', LONG);
	assert_int_equal(find(f, text), 0);
	/* longer words of which the beginning was noted */
	memset(text, 'x', LONG);
	assert_int_equal(accept_key(f, 9), 4);
	note(f, 4, about("", "", text, "", ""));
	assert_int_equal(find(f, text), 1);
	text[WORD_MAX] = '\0';
	assert_int_equal(find(f, text), 1);
	text[3] = '\0';
	assert_int_equal(find(f, text), 1);
}

static void
it_goes_together_with_every_filter(void **state)
{
	const char *const sources[] = { "drone", "gitea" };
	const char *const none[] = { "gitea" };
	const char *const handlers[] = { "build" };
	struct fixture *f = *state;
	struct stored_event *e;

	three_events(f);
	dispatch_to(f, 3, handlers, 1);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .source = "drone", .event = "build", .status = "failure" }, &e),
	    2);
	assert_int_equal(e[0].id, 3);
	assert_int_equal(e[1].id, 1);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .status = "success" }, &e), 0);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .sources = sources, .source_count = 2 }, &e), 2);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .sources = none, .source_count = 1 }, &e), 0);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .sources = none, .source_count = 0 }, &e), 0);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .state = "waiting" }, &e), 1);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .state = "queued" }, &e), 1);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .state = "done" }, &e), 0);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .handler = "build" }, &e), 1);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .handler = "all" }, &e), 0);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .until_ms = T0 - 1 }, &e), 0);
	assert_int_equal(find_with(f, (struct store_filter){ .search = "main",
	    .since_ms = T0 + 1 }, &e), 0);
}

/* Block by block, and page by page. */
static void
pages_of_a_search_follow_each_other(void **state)
{
	enum { EVENTS = 60 };
	struct fixture *f = *state;
	struct stored_event *e;
	struct store_filter filter = { .search = "ev", .limit = 7 };
	int64_t from, jumped, last = INT64_MAX, seen = 0;
	size_t count;

	for (int i = 1; i <= EVENTS; i++) {
		if (i == EVENTS / 2)
			OK(store_renumber(f->store, &jumped, &f->why));
		note(f, accept_key(f, (unsigned)i), about("even", "", "", "",
		    ""));
	}
	filter.handler_from = &from;
	do {
		from = 0;
		count = find_with(f, filter, &e);
		for (size_t i = 0; i < count; i++, seen++) {
			assert_true(e[i].id < last);
			filter.before_id = last = e[i].id;
		}
		if (from > 0)
			filter.before_id = from;
	} while (count == 7 || from > 0);
	assert_int_equal(seen, EVENTS);
}

static void
what_is_due_is_what_was_not_noted(void **state)
{
	struct fixture *f = *state;
	int64_t ids[64];

	assert_int_equal(due(f, ids), 0);
	for (unsigned i = 1; i <= 5; i++)
		dispatch_to(f, accept_key(f, i), NULL, 0);
	assert_int_equal(due(f, ids), 5);
	assert_int_equal(ids[0], 1);
	assert_null(event_of(f, 1, STORE_ABOUT).about);
	note(f, 1, about("a", "b", "c", "d", "e"));
	note(f, 2, about("", "", "", "", ""));
	reopen(f);
	assert_int_equal(due(f, ids), 3);
	assert_int_equal(ids[0], 3);
	/* again: it is left as it is */
	note(f, 1, about("other", "", "", "", ""));
	assert_int_equal(due(f, ids), 3);
	assert_int_equal(find(f, "other"), 0);
	assert_int_equal(event_of(f, 1, STORE_ABOUT).about->title.data[0],
	    'c');
	assert_int_equal(event_of(f, 2, STORE_ABOUT).about->title.len, 0);
	/* one that is gone meanwhile */
	note(f, 99, about("gone", "", "", "", ""));
	assert_int_equal(find(f, "gone"), 0);
}

static void
a_store_of_an_older_version_has_all_of_it_due(void **state)
{
	struct fixture *f = *state;
	int64_t ids[64];

	only_sqlite(f, "a version without an index had no release");
	accept_key(f, 1);
	accept_key(f, 2);
	store_close(f->store);
	f->store = NULL;
	run_sql(f, "DROP TABLE search; DROP TABLE noted; DROP TABLE outcome;"
	    " PRAGMA user_version = 5");
	OK(store_open(&f->options, &f->store, &f->why));
	assert_int_equal(due(f, ids), 2);
	note(f, 1, about("old", "", "", "", ""));
	assert_int_equal(find(f, "old"), 1);
	assert_int_equal(due(f, ids), 1);
}

static void
numbers_that_jump_lose_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t from, ids[64];

	accept_key(f, 1);
	note(f, 1, about("before", "", "", "", ""));
	OK(store_renumber(f->store, &from, &f->why));
	dispatch_to(f, accept_key(f, 2), NULL, 0);
	assert_int_equal(due(f, ids), 1);
	assert_true(ids[0] >= from);
	note(f, ids[0], about("behind", "", "", "", ""));
	assert_int_equal(find(f, "be"), 2);
	assert_int_equal(due(f, ids), 0);
}

/* A step ends after some milliseconds, whatever it has done. */
static int
tidy_all(struct fixture *f)
{
	struct store_tidied t;
	int removed = 0;

	do {
		OK(store_tidy(f->store, 10, &t, &f->why));
		removed += t.removed;
	} while (t.more);
	return removed;
}

static void
it_goes_with_the_event(void **state)
{
	struct fixture *f = *state;

	three_events(f);
	for (int64_t id = 1; id <= 3; id++)
		dispatch_to(f, id, NULL, 0);
	set_now(f, T0 + 60 * DAY_MS);
	assert_int_equal(tidy_all(f), 2);
	assert_int_equal(rows(f, "SELECT count(*) FROM facts"), 1);
	/* no word of it is left in the index either */
	assert_int_equal(indexed(f, "octo"), 0);
	assert_int_equal(indexed(f, "main"), 1);
	assert_int_equal(find(f, "octo"), 0);
	assert_int_equal(find(f, "main"), 1);
}

static void
it_goes_with_the_body(void **state)
{
	struct fixture *f = *state;

	three_events(f);
	for (int64_t id = 1; id <= 3; id++)
		dispatch_to(f, id, NULL, 0);
	f->options.keep_bodies_ms = DAY_MS;
	OK(store_configure(f->store, &f->options, &f->why));
	set_now(f, T0 + 2 * DAY_MS);
	assert_int_equal(tidy_all(f), 0);
	assert_int_equal(find(f, "octo"), 0);
	assert_int_equal(rows(f, "SELECT count(*) FROM facts"), 0);
	assert_int_equal(indexed(f, "main"), 0);
	assert_int_equal(rows(f, "SELECT count(*) FROM event"), 3);
}

static void
a_commit_is_text_whatever_bytes_it_has(void **state)
{
	struct fixture *f = *state;
	const struct store_about odd = { 1, { .title = { "one\0two", 7 },
		.author = { "\xff\xfe(\xc3", 4 },
		.branch = BYTES("\xd0\x96\xd1\x83\xd0\xba") } };

	accept_key(f, 1);
	OK(store_about_put(f->store, &odd, 1, &f->why));
	assert_int_equal(find(f, "one"), 1);
	assert_int_equal(find(f, "two"), 1);
	assert_int_equal(find(f, "onetwo"), 0);
	/* upper and lower case of other scripts, too */
	assert_int_equal(find(f, "\xd0\xb6\xd1\x83"), 1);
	assert_int_equal(event_of(f, 1, STORE_ABOUT).about->title.len, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(words_are_found_by_their_beginnings_in_all_fields),
		WITH_STORE(nothing_in_a_text_is_syntax),
		WITH_STORE(a_text_may_be_of_any_length),
		WITH_STORE(it_goes_together_with_every_filter),
		WITH_STORE(pages_of_a_search_follow_each_other),
		WITH_STORE(what_is_due_is_what_was_not_noted),
		WITH_STORE(a_store_of_an_older_version_has_all_of_it_due),
		WITH_STORE(numbers_that_jump_lose_nothing),
		WITH_STORE(it_goes_with_the_event),
		WITH_STORE(it_goes_with_the_body),
		WITH_STORE(a_commit_is_text_whatever_bytes_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
