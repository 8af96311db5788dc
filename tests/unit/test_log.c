#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../temporary.h"
#include "arena.h"
#include "clock.h"
#include "date.h"
#include "file.h"
#include "log.h"
#include "testing.h"

enum { STAMP_LEN = 30 };	/* time=2026-01-02T03:09:05.317Z and a space */

struct folder {
	char path[TEMPORARY_MAX];
	char log[96];
	char moved[96];
	struct arena arena;
	struct reason why;
};

static int
setup(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL)
		return -1;
	if (make_temporary(f->path, "log") != 0)
		return -1;
	snprintf(f->log, sizeof(f->log), "%s/log", f->path);
	snprintf(f->moved, sizeof(f->moved), "%s/log.1", f->path);
	return log_open(f->log, "test", &f->why) == ST_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct folder *f = *state;

	(void)log_open("stderr", "test", &f->why);
	arena_free(&f->arena);
	if (remove_temporary(f->path) != 0)
		return -1;
	free(f);
	return 0;
}

static struct bytes
content(struct folder *f, const char *path)
{
	struct bytes text;

	assert_int_equal(file_read(path, 1 << 24, &f->arena, &text, NULL,
	    &f->why), ST_OK);
	return text;
}

/* The last line of the log, without the time and the newline. */
static struct bytes
last_line(struct folder *f)
{
	struct bytes rest = content(f, f->log), line, last = BYTES_NONE;

	while (bytes_cut(&rest, '\n', &line))
		last = line;
	assert_int_equal(line.len, 0);	/* nothing behind the last newline */
	assert_true(last.len > STAMP_LEN);
	return bytes_from(last, STAMP_LEN);
}

static void
assert_written(struct folder *f, struct bytes value, const char *expected)
{
	struct log_line l;
	char line[256];

	snprintf(line, sizeof(line), "request key=%s", expected);
	log_begin(&l, "request");
	log_bytes(&l, "key", value);
	log_end(&l);
	assert_string_equal(last_line(f).data, strcat(line, "\n"));
}

static void
a_line_has_its_time_first_and_its_fields_in_order(void **state)
{
	struct folder *f = *state;
	int64_t before_ms = clock_wall_ms(), ms;
	struct bytes text;
	struct log_line l;

	log_begin(&l, "request");
	log_int(&l, "status", 202);
	log_str(&l, "source", "drone");
	log_bytes(&l, "event", BYTES("build"));
	log_int(&l, "least", INT64_MIN);
	log_end(&l);
	text = content(f, f->log);
	assert_string_equal(text.data + STAMP_LEN, "request status=202 "
	    "source=drone event=build least=-9223372036854775808\n");
	assert_memory_equal(text.data, "time=", 5);
	assert_int_equal(text.data[STAMP_LEN - 1], ' ');
	assert_true(date_parse_rfc3339((struct bytes){ text.data + 5, 24 },
	    &ms));
	assert_in_range(ms, before_ms, clock_wall_ms());
}

static void
an_absent_value_leaves_the_field_out(void **state)
{
	struct folder *f = *state;
	struct log_line l;

	log_begin(&l, "request");
	log_str(&l, "a", NULL);
	log_bytes(&l, "b", BYTES_NONE);
	log_str(&l, "c", "");
	log_end(&l);
	assert_string_equal(last_line(f).data, "request c=\"\"\n");
}

static void
values_of_bare_bytes_stay_bare(void **state)
{
	struct folder *f = *state;

	assert_written(f, BYTES("octocat/hello-world#185"),
	    "octocat/hello-world#185");
	assert_written(f, BYTES("!#$%&'()*+,-./09:;<>?@AZ[\\]^_`az{|}~"),
	    "!#$%&'()*+,-./09:;<>?@AZ[\\]^_`az{|}~");
}

static void
quotes_what_would_end_or_split_a_field(void **state)
{
	struct folder *f = *state;

	assert_written(f, BYTES(" "), "\" \"");
	assert_written(f, BYTES("a b"), "\"a b\"");
	assert_written(f, BYTES("a=b"), "\"a=b\"");
	assert_written(f, BYTES("\""), "\"\\\"\"");
	assert_written(f, BYTES("a\\b c"), "\"a\\\\b c\"");
	assert_written(f, BYTES("x status=200"), "\"x status=200\"");
	assert_written(f, BYTES("\" status=\"200"), "\"\\\" status=\\\"200\"");
	assert_written(f, BYTES("\\"), "\\");
	assert_written(f, BYTES("\\\""), "\"\\\\\\\"\"");
}

static void
no_value_can_begin_a_line_of_its_own(void **state)
{
	struct folder *f = *state;
	struct bytes rest, line;
	struct log_line l;
	char every[257];
	int i, lines = 0;

	for (i = 0; i < 256; i++)
		every[i] = (char)i;
	log_begin(&l, "request");
	log_bytes(&l, "key", (struct bytes){ every, 256 });
	log_bytes(&l, "name", BYTES("x\nrequest status=202\r\n"));
	log_end(&l);
	rest = content(f, f->log);
	while (bytes_cut(&rest, '\n', &line)) {
		size_t at;

		lines++;
		for (at = 0; at < line.len; at++)
			assert_in_range((unsigned char)line.data[at], ' ',
			    '~');
	}
	assert_int_equal(lines, 1);
}

static void
control_and_invalid_bytes_are_hex(void **state)
{
	struct folder *f = *state;

	assert_written(f, BYTES("a\nb\rc\td"), "\"a\\nb\\rc\\td\"");
	assert_written(f, BYTES("\0\x01\x1b\x7f"),
	    "\"\\x00\\x01\\x1b\\x7f\"");
	assert_written(f, BYTES("\xff\xc3"), "\"\\xff\\xc3\"");
	assert_written(f, BYTES("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"");
	assert_written(f, BYTES("\xc0\x8a"), "\"\\xc0\\x8a\"");
	/* C1: next line, and the one-byte form of ESC [ */
	assert_written(f, BYTES("\xc2\x85\xc2\x9b"),
	    "\"\\xc2\\x85\\xc2\\x9b\"");
	/* line and paragraph separators, right-to-left override and isolate */
	assert_written(f, BYTES("\xe2\x80\xa8\xe2\x80\xa9"),
	    "\"\\xe2\\x80\\xa8\\xe2\\x80\\xa9\"");
	assert_written(f, BYTES("\xe2\x80\xae\xe2\x81\xa6"),
	    "\"\\xe2\\x80\\xae\\xe2\\x81\\xa6\"");
}

static void
text_in_other_scripts_stays_readable(void **state)
{
	struct folder *f = *state;

	assert_written(f, BYTES("gr\xc3\xbc\xc3\x9f" "e"),
	    "\"gr\xc3\xbc\xc3\x9f" "e\"");
	assert_written(f, BYTES("\xe6\x97\xa5\xf0\x9f\x98\x80"),
	    "\"\xe6\x97\xa5\xf0\x9f\x98\x80\"");
	/* neighbours of what is escaped */
	assert_written(f, BYTES("\xc2\xa0\xe2\x80\xa7\xe2\x80\xaf"),
	    "\"\xc2\xa0\xe2\x80\xa7\xe2\x80\xaf\"");
	assert_written(f, BYTES("\xe2\x81\xa5\xe2\x81\xaa\xe3\x80\xa8"),
	    "\"\xe2\x81\xa5\xe2\x81\xaa\xe3\x80\xa8\"");
}

static void
a_line_too_long_loses_its_last_fields_whole_and_says_so(void **state)
{
	struct folder *f = *state;
	char value[LOG_LINE_MAX];
	struct log_line l;
	struct bytes line;
	size_t len;

	memset(value, 'v', sizeof(value));
	for (len = 1900; len < sizeof(value); len++) {
		log_begin(&l, "request");
		log_bytes(&l, "key", (struct bytes){ value, len });
		log_int(&l, "id", 1);
		log_end(&l);
		line = last_line(f);
		assert_true(STAMP_LEN + line.len + 1 <= LOG_LINE_MAX);
		if (l.full)
			break;
		assert_memory_equal(line.data + line.len - 5, " id=1", 5);
	}
	assert_true(l.full);
	/* now id did not fit, or key did not and id may not come alone */
	assert_memory_equal(line.data + line.len - 6, " cut=1", 6);
	assert_null(strstr(line.data, " id="));
	log_begin(&l, "request");
	log_bytes(&l, "key", (struct bytes){ value, sizeof(value) });
	log_int(&l, "id", 1);
	log_end(&l);
	assert_string_equal(last_line(f).data, "request cut=1\n");
}

static void
what_does_not_fit_is_written_nowhere_else(void **state)
{
	static struct {
		struct log_line line;
		char behind[4 * LOG_LINE_MAX];
	} room;
	static char value[2 * LOG_LINE_MAX];
	size_t i;

	(void)state;
	memset(value, 'v', sizeof(value));
	log_begin(&room.line, "request");
	log_bytes(&room.line, "key", (struct bytes){ value, sizeof(value) });
	assert_true(room.line.full);
	for (i = 0; i < sizeof(room.behind); i++)
		assert_int_equal(room.behind[i], 0);
}

static void
an_escaped_value_that_does_not_fit_is_left_out_whole(void **state)
{
	struct folder *f = *state;
	char value[LOG_LINE_MAX / 3];
	struct log_line l;

	memset(value, 1, sizeof(value));
	log_begin(&l, "request");
	log_int(&l, "status", 400);
	log_bytes(&l, "key", (struct bytes){ value, sizeof(value) });
	log_int(&l, "id", 1);
	log_end(&l);
	assert_string_equal(last_line(f).data, "request status=400 cut=1\n");
}

static void
notes_are_lines_like_any_other(void **state)
{
	struct folder *f = *state;
	char text[3000];

	log_note("warning", "cannot read %s: %s", "a\nb", "no");
	assert_string_equal(last_line(f).data,
	    "note level=warning msg=\"cannot read a\\nb: no\"\n");
	log_note("error", "bad");
	assert_string_equal(last_line(f).data, "note level=error msg=bad\n");
	/* the longest, and each byte of it written as four */
	memset(text, 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_note("warning", "%s", text);
	assert_memory_equal(last_line(f).data,
	    "note level=warning msg=\"\\x01\\x01", 32);
	assert_null(strstr(last_line(f).data, "cut=1"));
}

static void
the_file_is_made_for_its_owner_and_group_and_appended_to(void **state)
{
	struct folder *f = *state;
	mode_t mask = umask(0);
	struct stat st;

	assert_int_equal(unlink(f->log), 0);
	assert_int_equal(log_open(f->log, "test", &f->why), ST_OK);
	umask(mask);
	assert_int_equal(stat(f->log, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	log_note("warning", "one");
	assert_int_equal(log_open(f->log, "test", &f->why), ST_OK);
	log_note("warning", "two");
	assert_non_null(strstr(content(f, f->log).data, "msg=one"));
	assert_non_null(strstr(content(f, f->log).data, "msg=two"));
}

static void
in_a_folder_that_a_group_shares_all_of_it_may_log(void **state)
{
	struct folder *f = *state;
	char folder[sizeof(f->log)];
	struct stat st;

	(void)snprintf(folder, sizeof(folder), "%s", f->log);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(unlink(f->log), 0);
	assert_int_equal(chmod(folder, 02770), 0);
	assert_int_equal(log_open(f->log, "test", &f->why), ST_OK);
	assert_int_equal(stat(f->log, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
}

static void
after_a_rotation_a_new_file_begins(void **state)
{
	struct folder *f = *state;

	log_note("warning", "one");
	log_reopen_if_moved();
	log_note("warning", "two");
	assert_int_equal(rename(f->log, f->moved), 0);
	log_note("warning", "three");
	log_reopen_if_moved();
	log_note("warning", "four");
	assert_non_null(strstr(content(f, f->moved).data, "msg=three"));
	assert_null(strstr(content(f, f->moved).data, "msg=four"));
	assert_string_equal(last_line(f).data, "note level=warning msg=four\n");
	assert_null(strstr(content(f, f->log).data, "msg=three"));
}

/* As logrotate's "create" does it. */
static void
a_new_file_that_is_there_already_is_taken(void **state)
{
	struct folder *f = *state;
	int fd;

	assert_int_equal(rename(f->log, f->moved), 0);
	fd = open(f->log, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	log_reopen_if_moved();
	log_note("warning", "here");
	assert_string_equal(last_line(f).data, "note level=warning msg=here\n");
	assert_int_equal(content(f, f->moved).len, 0);
}

static void
a_log_that_cannot_be_opened_leaves_the_old_one_in_force(void **state)
{
	struct folder *f = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/none/log", f->path);
	assert_int_equal(log_open(path, "test", &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, path));
	assert_non_null(strstr(f->why.text, strerror(ENOENT)));
	assert_int_equal(log_open(f->path, "test", &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, strerror(EISDIR)));
	log_note("warning", "still here");
	assert_string_equal(last_line(f).data,
	    "note level=warning msg=\"still here\"\n");
}

/* What a child wrote to its standard error. */
static struct bytes
stderr_of_a_child(struct folder *f, void (*run)(void))
{
	int fd, status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		fd = open(f->moved, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(1);
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return content(f, f->moved);
}

static void
refuses_a_link_that_somebody_has_planted(void **state)
{
	struct folder *f = *state;
	char path[128], victim[128];

	snprintf(path, sizeof(path), "%s/planted", f->path);
	snprintf(victim, sizeof(victim), "%s/victim", f->path);
	assert_int_equal(symlink(victim, path), 0);
	assert_int_equal(log_open(path, "test", &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text,
	    "planted: it is a symlink; name the file itself"));
	assert_int_equal(access(victim, F_OK), -1);
	/* nor in the place of a log that is open */
	assert_int_equal(rename(path, f->log), 0);
	log_reopen_if_moved();
	log_note("warning", "kept");
	assert_int_equal(access(victim, F_OK), -1);
}

static void
refuses_a_pipe_and_does_not_wait_for_its_reader(void **state)
{
	struct folder *f = *state;
	char path[128];
	int reader;

	snprintf(path, sizeof(path), "%s/pipe", f->path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(log_open(path, "test", &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "it is no regular file"));
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	assert_int_equal(log_open(path, "test", &f->why), ST_SYSTEM);
	assert_non_null(strstr(f->why.text, "it is no regular file"));
	close(reader);
}

static void
a_device_may_take_the_lines(void **state)
{
	struct folder *f = *state;

	assert_int_equal(log_open("/dev/null", "test", &f->why), ST_OK);
	log_note("warning", "gone");
	assert_int_equal(log_open(f->log, "test", &f->why), ST_OK);
}

static void
who_writes_looks_for_a_moved_file_itself(void **state)
{
	const struct timespec more_than_a_second = { 1, 50 * 1000 * 1000 };
	struct folder *f = *state;

	log_note("warning", "one");
	assert_int_equal(rename(f->log, f->moved), 0);
	nanosleep(&more_than_a_second, NULL);
	log_note("warning", "two");
	assert_string_equal(last_line(f).data, "note level=warning msg=two\n");
	assert_null(strstr(content(f, f->moved).data, "msg=two"));
}

static void
print_line(void *ctx, int priority, struct bytes line)
{
	char number[16];

	(void)ctx;
	snprintf(number, sizeof(number), "<%d>", priority);
	(void)file_write_all(STDERR_FILENO, bytes_of(number), NULL);
	(void)file_write_all(STDERR_FILENO, line, NULL);
}

static void
note_confined(void)
{
	struct log_line l;
	struct reason why;

	(void)log_open("syslog", "test", &why);
	log_confine(print_line, NULL);
	log_note("warning", "to somebody else");
	log_note("error", "bad");
	log_begin(&l, "request");
	log_end(&l);
}

static void
a_confined_process_gives_its_lines_for_syslog_away(void **state)
{
	struct folder *f = *state;

	assert_string_equal(stderr_of_a_child(f, note_confined).data,
	    "<4>note level=warning msg=\"to somebody else\""
	    "<3>note level=error msg=bad<6>request");
}

/* Whose log was moved: it goes on in the one that it is given, and in no
 * other. */
static void
note_in_what_is_given(void)
{
	log_confine(print_line, NULL);
	assert_int_equal(log_reopen_if_moved(), false);
	log_note("warning", "one");
	log_follow(STDERR_FILENO);
	log_follow(STDERR_FILENO);
	log_note("warning", "two");
}

static void
a_confined_process_follows_its_log_when_it_is_given_another(void **state)
{
	struct folder *f = *state;
	struct bytes said;

	assert_int_equal(unlink(f->log), 0);
	said = stderr_of_a_child(f, note_in_what_is_given);
	assert_int_equal(access(f->log, F_OK), -1);
	assert_non_null(strstr(said.data, "msg=two\n"));
	assert_null(strstr(said.data, "msg=one"));
}

static void
note_on_stderr(void)
{
	struct reason why;

	(void)log_open("stderr", "test", &why);
	log_reopen_if_moved();
	log_note("error", "a b");
}

/* Who reads standard error, a journal or a web server's log, adds the time. */
static void
on_standard_error_a_line_has_no_time(void **state)
{
	static const char line[] = "note level=error msg=\"a b\"\n";
	struct folder *f = *state;
	struct bytes said = stderr_of_a_child(f, note_on_stderr);

	assert_string_equal(said.data, line);
	assert_int_equal(said.len, sizeof(line) - 1);
	assert_int_equal(content(f, f->log).len, 0);
}

static void
note_to_syslog(void)
{
	struct reason why;

	(void)log_open("syslog", "test", &why);
	log_reopen_if_moved();
	log_note("warning", "%%s %s", "%n");
}

static void
to_syslog_nothing_goes_to_the_file_or_standard_error(void **state)
{
	struct folder *f = *state;

	assert_int_equal(stderr_of_a_child(f, note_to_syslog).len, 0);
	assert_int_equal(content(f, f->log).len, 0);
}

enum { THREADS = 4, LINES = 2000 };

static void *
write_lines(void *arg)
{
	const char *name = arg;
	struct log_line l;
	int i;

	for (i = 0; i < LINES; i++) {
		log_begin(&l, "attempt");
		log_str(&l, "thread", name);
		log_int(&l, "n", i);
		log_str(&l, "text", "some words to make it longer");
		log_end(&l);
		log_reopen_if_moved();
	}
	return NULL;
}

static int
count_lines(struct bytes text)
{
	struct bytes line;
	int n = 0;

	while (bytes_cut(&text, '\n', &line)) {
		n++;
		assert_true(bytes_has_prefix(line, "time="));
		assert_memory_equal(line.data + line.len - 7, "longer\"", 7);
		assert_true(line.len < 110);
	}
	return n;
}

static void
lines_of_many_threads_stay_whole_across_a_rotation(void **state)
{
	static char names[THREADS][2] = { "a", "b", "c", "d" };
	struct folder *f = *state;
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines,
		    names[i]), 0);
	assert_int_equal(rename(f->log, f->moved), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	log_reopen_if_moved();
	assert_int_equal(count_lines(content(f, f->moved)) +
	    count_lines(content(f, f->log)), THREADS * LINES);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_line_has_its_time_first_and_its_fields_in_order),
		TEST(an_absent_value_leaves_the_field_out),
		TEST(values_of_bare_bytes_stay_bare),
		TEST(quotes_what_would_end_or_split_a_field),
		TEST(no_value_can_begin_a_line_of_its_own),
		TEST(control_and_invalid_bytes_are_hex),
		TEST(text_in_other_scripts_stays_readable),
		TEST(a_line_too_long_loses_its_last_fields_whole_and_says_so),
		TEST(what_does_not_fit_is_written_nowhere_else),
		TEST(an_escaped_value_that_does_not_fit_is_left_out_whole),
		TEST(notes_are_lines_like_any_other),
		TEST(the_file_is_made_for_its_owner_and_group_and_appended_to),
		TEST(in_a_folder_that_a_group_shares_all_of_it_may_log),
		TEST(after_a_rotation_a_new_file_begins),
		TEST(a_new_file_that_is_there_already_is_taken),
		TEST(a_log_that_cannot_be_opened_leaves_the_old_one_in_force),
		TEST(on_standard_error_a_line_has_no_time),
		TEST(to_syslog_nothing_goes_to_the_file_or_standard_error),
		TEST(refuses_a_link_that_somebody_has_planted),
		TEST(refuses_a_pipe_and_does_not_wait_for_its_reader),
		TEST(a_device_may_take_the_lines),
		TEST(who_writes_looks_for_a_moved_file_itself),
		TEST(a_confined_process_gives_its_lines_for_syslog_away),
		TEST(a_confined_process_follows_its_log_when_it_is_given_another),
		TEST(lines_of_many_threads_stay_whole_across_a_rotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
