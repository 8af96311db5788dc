/* The check's request, and the mark of a folder. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../temporary.h"
#include "probe.h"
#include "testing.h"

static void
only_its_own_document_is_a_probe(void **state)
{
	static const char *const others[] = { "", "{}",
	    "{\"cgihook\":\"check\"}", "{\"cgihook\":\"check\"}\n\n",
	    " {\"cgihook\":\"check\"}\n", "{\"cgihook\": \"check\"}\n" };

	(void)state;
	assert_true(probe_is(BYTES("{\"cgihook\":\"check\"}\n")));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(probe_is(bytes_of(others[i])));
	assert_false(probe_is(BYTES_NONE));
}

static void
a_folder_has_its_mark_under_every_name_and_no_other_has_it(void **state)
{
	char root[TEMPORARY_MAX], one[TEMPORARY_MAX + 8],
	    other[TEMPORARY_MAX + 8], link[TEMPORARY_MAX + 8];
	char a[PROBE_FOLDER_LEN + 1] = "", b[PROBE_FOLDER_LEN + 1] = "";
	struct reason why = { "" };

	(void)state;
	assert_int_equal(make_temporary(root, "probe"), 0);
	snprintf(one, sizeof(one), "%s/one", root);
	snprintf(other, sizeof(other), "%s/other", root);
	snprintf(link, sizeof(link), "%s/link", root);
	assert_int_equal(mkdir(one, 0700), 0);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(symlink("one", link), 0);
	assert_int_equal(probe_folder(one, a, &why), ST_OK);
	assert_int_equal(strlen(a), PROBE_FOLDER_LEN);
	assert_int_equal(strspn(a, "0123456789abcdef"), PROBE_FOLDER_LEN);
	assert_int_equal(probe_folder(link, b, &why), ST_OK);
	assert_string_equal(a, b);
	assert_int_equal(probe_folder(other, b, &why), ST_OK);
	assert_string_not_equal(a, b);
	assert_int_equal(remove_temporary(root), 0);
	assert_int_equal(probe_folder(one, b, &why), ST_SYSTEM);
	assert_non_null(strstr(why.text, "one: No such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_its_own_document_is_a_probe),
		cmocka_unit_test(
		    a_folder_has_its_mark_under_every_name_and_no_other_has_it),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
