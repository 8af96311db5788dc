/* What a responder says of a store that it cannot look at. */
#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../temporary.h"
#include "file.h"
#include "log.h"
#include "store_backend.h"
#include "testing.h"

static enum status answer;

static enum status
tell_next(struct store *s, struct store_next *out, struct reason *why)
{
	(void)s;
	*out = (struct store_next){ .due_in_ms = INT64_MAX };
	return answer == ST_OK ? ST_OK : (fail)(why, answer, "it is away");
}

static const struct store_backend row = { .name = "told", .next = tell_next };

static int
count_in(const char *text, const char *words)
{
	int n = 0;

	for (; (text = strstr(text, words)) != NULL; text++)
		n++;
	return n;
}

static void
a_store_that_is_away_is_logged_once_and_when_it_is_back(void **state)
{
	struct store s = { .backend = &row };
	struct watch w = { .link = { .store = &s } };
	char dir[TEMPORARY_MAX], path[TEMPORARY_MAX + 8], text[4096] = "";
	struct reason why;

	(void)state;
	assert_int_equal(make_temporary(dir, "watch"), 0);
	snprintf(path, sizeof(path), "%s/log", dir);
	assert_int_equal(log_open(path, "test", &why), ST_OK);
	for (int outage = 0; outage < 2; outage++) {
		answer = ST_SYSTEM;
		for (int i = 0; i < 3; i++)
			watch_resume(&w);
		answer = ST_OK;
		watch_resume(&w);
		watch_resume(&w);
	}
	assert_true(file_read_small(AT_FDCWD, path, text, sizeof(text)) > 0);
	assert_int_equal(count_in(text, "it is away"), 2);
	assert_int_equal(count_in(text, "can be looked at again"), 2);
	assert_int_equal(log_open("stderr", "test", &why), ST_OK);
	assert_int_equal(remove_temporary(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_store_that_is_away_is_logged_once_and_when_it_is_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
