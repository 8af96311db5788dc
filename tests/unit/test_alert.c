/* Alarms: each cause, told once an hour, and told when it is over. */
#include "runner_fixture.h"

#include "alert.h"
#include "counters.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, MIB = 1024 * 1024 };

/* This machine's disk may be full, or not: the program says nothing of it. */
#define TELL "[ \"$HOOK_NAME\" = 'alert disk' ] && exit 0\n" \
	"echo \"$HOOK_NAME $HOOK_RESULT ${HOOK_SOURCE:--}\" >>told\n"

static void
watch(struct fixture *f, const char *top, const char *expect)
{
	const bool shared = f->schema.name[0] != '\0';
	char text[1024];

	snprintf(text, sizeof(text), "state_dir = state\n"
	    "handlers_dir = handlers\nlog = log\n%s%s"
	    "source ci {\n provider = custom\n secret = file:secret\n%s}\n"
	    "handler ci/received {\n attempts = 1\n}\n", top, shared ?
	    "store = \"postgresql:file:pg.conn\"\nlease = 5s\n" : "", expect);
	write_file(f->config, text, 0600);
}

static int
set_up_program(void **state)
{
	if (set_up(state) != 0)
		return 1;
	put_handler(*state, "tell", TELL);
	watch(*state, "on_alert = handlers/tell\n", "");
	return 0;
}

static enum status
look(struct fixture *f, int64_t now_ms)
{
	struct config *c;
	enum status st;

	OK(config_load_runner(f->config, &c, &f->why));
	st = alert_look(c, now_ms, 0, &f->why);
	config_free(c);
	return st;
}

/* What a look tells; it is forgotten. */
#define TELLS(f, now_ms, text) do { \
	OK(look((f), (now_ms))); \
	assert_string_equal(content((f), "told"), (text)); \
	forget_told(f); \
} while (0)

static void
forget_told(struct fixture *f)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/told", f->dir);
	unlink(path);
}

static void
accept_at(struct fixture *f, int64_t received_ms)
{
	struct event e = { .source = "ci", .provider = "custom",
	    .event = BYTES("received") };
	struct store_accept item = { .event = &e, .headers = BYTES(""),
	    .body = BYTES("{}"), .remote_addr = BYTES("192.0.2.1"),
	    .received_ms = received_ms };
	struct store_accepts batch = { .items = &item, .count = 1 };

	OK(store_accept(f->store, &batch, &f->why));
	assert_int_equal(item.status, ST_OK);
}

/* --- the causes ----------------------------------------------------------- */

static void
a_source_that_falls_silent_is_told_each_hour_and_when_it_sends(void **state)
{
	struct fixture *f = *state;
	const int64_t t = clock_wall_ms();

	watch(f, "", "");		/* or the event would wait */
	accept_at(f, t);
	run(f, RUNNER_ONCE);
	watch(f, "on_alert = handlers/tell\n", " expect = 2h\n");
	TELLS(f, t + 2 * HOUR, "");
	TELLS(f, t + 2 * HOUR + 1, "alert silent failure ci\n");
	TELLS(f, t + 3 * HOUR, "");
	TELLS(f, t + 3 * HOUR + 1, "alert silent failure ci\n");
	accept_at(f, t + 3 * HOUR);
	TELLS(f, t + 3 * HOUR + MINUTE, "alert silent success ci\n");
	TELLS(f, t + 3 * HOUR + 2 * MINUTE, "");
}

static void
silence_of_a_source_that_never_sent_begins_with_the_first_look(void **state)
{
	struct fixture *f = *state;

	watch(f, "on_alert = handlers/tell\n", " expect = 1h\n");
	TELLS(f, 100 * HOUR, "");
	TELLS(f, 101 * HOUR, "");
	TELLS(f, 101 * HOUR + 1, "alert silent failure ci\n");
}

static void
a_source_that_nobody_expects_anything_of_may_be_silent(void **state)
{
	struct fixture *f = *state;

	TELLS(f, 100 * HOUR, "");
	TELLS(f, 200 * HOUR, "");
}

static void
refuse(struct fixture *f, const char *status, int times)
{
	struct counters *c = counters_open(f->state);

	for (int i = 0; i < times; i++)
		counters_add(c, COUNTER_REQUESTS, "ci", status);
	counters_close(c);
}

static void
ten_refusals_within_an_hour_are_told_until_one_is_accepted(void **state)
{
	struct fixture *f = *state;
	const int64_t t = 500 * HOUR;

	refuse(f, "202", 1);
	refuse(f, "401", 100);		/* who knows when */
	TELLS(f, t, "");
	refuse(f, "401", 9);
	TELLS(f, t + MINUTE, "");
	refuse(f, "401", 1);
	TELLS(f, t + 2 * MINUTE, "alert refused failure ci\n");
	TELLS(f, t + 3 * MINUTE, "");
	refuse(f, "202", 1);
	TELLS(f, t + 4 * MINUTE, "alert refused success ci\n");
}

static void
refusals_between_what_is_accepted_and_of_other_kinds_are_no_alarm(void **state)
{
	struct fixture *f = *state;
	const int64_t t = 500 * HOUR;

	TELLS(f, t, "");
	for (int i = 1; i < 4; i++) {
		refuse(f, "401", 9);
		refuse(f, "202", 1);
		refuse(f, "413", 50);
		TELLS(f, t + i * MINUTE, "");
	}
	refuse(f, "401", 9);
	TELLS(f, t + 2 * HOUR, "");
	refuse(f, "401", 9);		/* of another hour */
	TELLS(f, t + 4 * HOUR, "");
}

static void
refusals_that_stop_are_over_after_an_hour(void **state)
{
	struct fixture *f = *state;
	const int64_t t = 500 * HOUR;

	TELLS(f, t, "");
	refuse(f, "401", 10);
	TELLS(f, t + MINUTE, "alert refused failure ci\n");
	refuse(f, "401", 1);
	TELLS(f, t + 60 * MINUTE, "");
	TELLS(f, t + 61 * MINUTE, "alert refused failure ci\n");
	TELLS(f, t + 120 * MINUTE, "alert refused success ci\n");
}

static void
a_death_is_told_and_over_after_an_hour(void **state)
{
	struct fixture *f = *state;
	int64_t t;

	put_handler(f, "ci/received", "exit 1\n");
	watch(f, "", "");
	accept(f);
	run(f, RUNNER_ONCE);
	watch(f, "on_alert = handlers/tell\n", "");
	t = clock_wall_ms();
	TELLS(f, t, "alert dead failure -\n");
	TELLS(f, t + 59 * MINUTE, "");
	TELLS(f, t + 60 * MINUTE, "alert dead success -\n");
	TELLS(f, t + 61 * MINUTE, "");
}

static void
what_waits_without_a_runner_is_told_after_ten_minutes(void **state)
{
	struct fixture *f = *state;
	const int64_t t = clock_wall_ms();

	accept_at(f, t);
	TELLS(f, t, "");
	TELLS(f, t + 9 * MINUTE, "");
	TELLS(f, t + 10 * MINUTE, "alert runner failure -\n");
	/* and is not told as a backlog, too */
	TELLS(f, t + 20 * MINUTE, "");
	watch(f, "", "");
	run(f, RUNNER_ONCE);
	watch(f, "on_alert = handlers/tell\n", "");
	TELLS(f, t + 21 * MINUTE, "alert runner success -\n");
}

/* --- causes that are made up ---------------------------------------------- */

/* Which causes hold, as bits. */
static unsigned
judge(struct alarm_list *l, const struct alert_facts *facts)
{
	static const struct config none;
	unsigned found = 0;

	alert_judge(&none, facts, l);
	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].holds)
			found |= 1u << l->rows[i].cause;
	return found;
}

static void
a_backlog_is_what_waits_for_fifteen_minutes_though_a_runner_lives(void **state)
{
	struct alarm rows[ALERT_CAUSES];
	struct alarm_list l = { .rows = rows, .max = ALERT_CAUSES };
	struct store_measures m = { .runner = true,
	    .waiting_since_ms = HOUR, .stats = { .waiting = 3 } };
	struct alert_facts facts = { .store = &m };

	(void)state;
	facts.now_ms = HOUR + 15 * MINUTE - 1;
	assert_int_equal(judge(&l, &facts), 0);
	facts.now_ms++;
	assert_int_equal(judge(&l, &facts), 1u << ALERT_BACKLOG);
	m.waiting_since_ms = HOUR + MINUTE;
	assert_int_equal(judge(&l, &facts), 0);
}

static void
a_disk_is_nearly_full_by_percent_or_mebibytes_and_needs_more_to_end(
    void **state)
{
	static const struct {
		int64_t all_mib, free_mib;
		bool holds;
	} steps[] = {
		{ 100000, 5000, false }, { 100000, 4999, true },
		{ 100000, 5500, true }, { 100000, 6001, false },
		{ 1000, 100, false }, { 1000, 99, true },
		{ 1000, 119, true }, { 1000, 121, false },
	};
	struct alarm rows[ALERT_CAUSES];
	struct alarm_list l = { .rows = rows, .max = ALERT_CAUSES };
	struct alert_facts facts = { .now_ms = HOUR };

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		facts.disk_bytes = steps[i].all_mib * MIB;
		facts.disk_free_bytes = steps[i].free_mib * MIB;
		assert_int_equal(judge(&l, &facts), steps[i].holds ?
		    1u << ALERT_DISK : 0);
	}
}

static void
what_cannot_be_seen_stays_as_it_was(void **state)
{
	struct alarm rows[ALERT_CAUSES];
	struct alarm_list l = { .rows = rows, .max = ALERT_CAUSES };
	struct store_measures m = { .stats = { .dead = 1 } };
	struct alert_facts facts = { .now_ms = HOUR, .store = &m };

	(void)state;
	assert_int_equal(judge(&l, &facts), 1u << ALERT_DEAD);
	facts = (struct alert_facts){ .now_ms = 9 * HOUR, .blind = true };
	assert_int_equal(judge(&l, &facts), 1u << ALERT_DEAD);
	facts.blind = false;
	assert_int_equal(judge(&l, &facts), 0);
}

/* --- the program ---------------------------------------------------------- */

/* An alarm that holds from t on. */
static int64_t
make_silent(struct fixture *f)
{
	watch(f, "on_alert = handlers/tell\n", " expect = 1h\n");
	TELLS(f, 100 * HOUR, "");
	return 101 * HOUR + 1;
}

static void
the_program_gets_what_ready_handlers_read_and_no_input(void **state)
{
	struct fixture *f = *state;
	const int64_t t = make_silent(f);
	const char *env;

	put_handler(f, "tell", "[ \"$HOOK_NAME\" = 'alert disk' ] && exit 0\n"
	    "{ env; echo \"input=$(cat)\"; } >told\n");
	OK(look(f, t));
	env = content(f, "told");
	assert_non_null(strstr(env, "HOOK_EVENT=alert\n"));
	assert_non_null(strstr(env, "HOOK_STATUS=alert\n"));
	assert_non_null(strstr(env, "HOOK_SUBJECT=alert silent ci\n"));
	assert_non_null(strstr(env, "HOOK_TITLE=Nothing has ever come from the "
	    "source ci; something is expected every 60 minutes.\n"));
	assert_non_null(strstr(env, "HOOK_PREVIOUS_RESULT=success\n"));
	assert_non_null(strstr(env, "PATH=/usr/local/bin:/usr/bin:/bin\n"));
	assert_non_null(strstr(env, "HOOK_DELIVERY=alert-silent-"));
	assert_non_null(strstr(env, "\ninput=\n"));
	assert_null(strstr(env, "CGIHOOK"));
	OK(look(f, t + HOUR));
	assert_non_null(strstr(content(f, "told"),
	    "HOOK_PREVIOUS_RESULT=failure\n"));
}

static void
a_program_that_fails_is_asked_again_at_each_look(void **state)
{
	struct fixture *f = *state;
	const int64_t t = make_silent(f);

	put_handler(f, "tell", TELL "exit 1\n");
	assert_int_equal(look(f, t), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "handlers/tell: exit status 1"));
	assert_int_equal(look(f, t + MINUTE), ST_SYSTEM);
	assert_string_equal(content(f, "told"), "alert silent failure ci\n"
	    "alert silent failure ci\n");
	forget_told(f);
	put_handler(f, "tell", TELL);
	TELLS(f, t + 2 * MINUTE, "alert silent failure ci\n");
	TELLS(f, t + 3 * MINUTE, "");
}

static void
a_program_that_fails_for_good_or_dies_is_known_by_its_end(void **state)
{
	struct fixture *f = *state;
	const int64_t t = make_silent(f);

	put_handler(f, "tell", TELL "kill -9 $$\n");
	assert_int_equal(look(f, t), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "was ended by signal 9"));
	forget_told(f);
	put_handler(f, "tell", TELL "exit 100\n");
	TELLS(f, t + MINUTE, "alert silent failure ci\n");
	TELLS(f, t + 2 * MINUTE, "");
}

static void
what_others_may_change_or_is_not_there_is_not_run(void **state)
{
	struct fixture *f = *state;
	const int64_t t = make_silent(f);
	char path[160];

	snprintf(path, sizeof(path), "%s/handlers/tell", f->dir);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(look(f, t), ST_DENIED);
	assert_non_null(strstr(f->why.text, "chmod"));
	assert_string_equal(content(f, "told"), "");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(look(f, t + MINUTE), ST_UNKNOWN);
	put_handler(f, "tell", TELL);
	TELLS(f, t + 2 * MINUTE, "alert silent failure ci\n");
}

static void
an_end_whose_beginning_nobody_was_told_is_not_told(void **state)
{
	struct fixture *f = *state;

	watch(f, "", " expect = 1h\n");	/* no program */
	TELLS(f, 100 * HOUR, "");
	TELLS(f, 102 * HOUR, "");
	accept_at(f, 102 * HOUR);
	watch(f, "on_alert = handlers/tell\n", " expect = 1h\n");
	TELLS(f, 102 * HOUR + MINUTE, "");
}

/* --- the state ------------------------------------------------------------ */

static void
only_what_holds_is_listed(void **state)
{
	struct fixture *f = *state;
	const int64_t t = make_silent(f);
	struct alarm_list l;
	size_t silent = 0;

	OK(look(f, t));
	OK(alert_list(f->state, &f->a, &l, &f->why));
	assert_int_equal(l.looked_ms, t);
	for (size_t i = 0; i < l.count; i++) {
		assert_true(l.rows[i].holds);
		silent += l.rows[i].cause == ALERT_SILENT &&
		    strcmp(l.rows[i].source, "ci") == 0;
	}
	assert_int_equal(silent, 1);
	OK(alert_list("/nonexistent", &f->a, &l, &f->why));
	assert_int_equal(l.count, 0);
}

static void
a_damaged_file_is_as_if_nobody_had_looked_and_a_link_is_refused(void **state)
{
	static const char *const texts[] = { "", "cgihook alarms 2 5\n",
	    "cgihook alarms 1 5\nsilent ../x 1 1 1 1 1 1\n",
	    "cgihook alarms 1 5\nloud ci 1 1 1 1 1 1\nsilent ci 1 1\n\n",
	    "cgihook alarms 1 5\nsilent ci x 1 1 1 1 1\n" };
	struct fixture *f = *state;
	struct alarm_list l;
	char path[160];

	snprintf(path, sizeof(path), "%s/alarms", f->state);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		write_file(path, texts[i], 0600);
		OK(alert_list(f->state, &f->a, &l, &f->why));
		assert_int_equal(l.count, 0);
		OK(look(f, HOUR));
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(look(f, HOUR), ST_SYSTEM);
}

static void
a_look_that_comes_too_soon_does_nothing(void **state)
{
	struct fixture *f = *state;
	const int64_t t = make_silent(f);
	struct config *c;

	OK(config_load_runner(f->config, &c, &f->why));
	OK(alert_look(c, t, 2 * HOUR, &f->why));
	assert_string_equal(content(f, "told"), "");
	config_free(c);
	TELLS(f, t, "alert silent failure ci\n");
}

#define TOLD(t) cmocka_unit_test_setup_teardown(t, set_up_program, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TOLD(a_source_that_falls_silent_is_told_each_hour_and_when_it_sends),
	    TOLD(silence_of_a_source_that_never_sent_begins_with_the_first_look),
	    TOLD(a_source_that_nobody_expects_anything_of_may_be_silent),
	    TOLD(ten_refusals_within_an_hour_are_told_until_one_is_accepted),
	    TOLD(
	    refusals_between_what_is_accepted_and_of_other_kinds_are_no_alarm),
	    TOLD(refusals_that_stop_are_over_after_an_hour),
	    TOLD(a_death_is_told_and_over_after_an_hour),
	    TOLD(what_waits_without_a_runner_is_told_after_ten_minutes),
	    cmocka_unit_test(
	    a_backlog_is_what_waits_for_fifteen_minutes_though_a_runner_lives),
	    cmocka_unit_test(
	    a_disk_is_nearly_full_by_percent_or_mebibytes_and_needs_more_to_end),
	    cmocka_unit_test(what_cannot_be_seen_stays_as_it_was),
	    TOLD(the_program_gets_what_ready_handlers_read_and_no_input),
	    TOLD(a_program_that_fails_is_asked_again_at_each_look),
	    TOLD(a_program_that_fails_for_good_or_dies_is_known_by_its_end),
	    TOLD(what_others_may_change_or_is_not_there_is_not_run),
	    TOLD(an_end_whose_beginning_nobody_was_told_is_not_told),
	    TOLD(only_what_holds_is_listed),
	    TOLD(a_damaged_file_is_as_if_nobody_had_looked_and_a_link_is_refused),
	    TOLD(a_look_that_comes_too_soon_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
