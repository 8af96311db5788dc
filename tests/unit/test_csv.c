/* Tables, byte for byte. */
#include "csv.h"
#include "testing.h"

#include <stdio.h>

#define MARK "\xef\xbb\xbf"

static void
is_written(char separator, const struct bytes *cells, size_t count,
    const char *wanted)
{
	struct buf b = BUF(4096);
	struct csv c;

	csv_begin(&c, &b, separator);
	for (size_t i = 0; i < count; i++)
		csv_cell(&c, cells[i]);
	csv_end_row(&c);
	buf_add_char(&b, '\0');
	assert_string_equal(b.data, wanted);
	buf_free(&b);
}

static void
every_cell_is_quoted(void **state)
{
	const struct bytes cells[] = { BYTES("a"), BYTES(""), BYTES("b c"),
		BYTES("x,y;z"), BYTES("\"q\""), BYTES("two\nlines") };

	(void)state;
	is_written(',', cells, 6, MARK "\"a\",\"\",\"b c\",\"x,y;z\","
	    "\"\"\"q\"\"\",\"two\nlines\"\r\n");
	is_written(';', cells, 2, MARK "sep=;\r\n\"a\";\"\"\r\n");
}

static void
what_begins_a_formula_is_text(void **state)
{
	static const char *const formulas[] = { "=1+1", "+1", "-1", "@SUM(A1)",
		"\t=1", "\r=1", "=" };
	static const char *const others[] = { "1=1", "a+b", " =1", "'=1" };

	(void)state;
	for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++) {
		struct bytes cell = bytes_of(formulas[i]);
		char wanted[40];

		(void)snprintf(wanted, sizeof(wanted), MARK "\"'%s\"\r\n",
		    formulas[i]);
		is_written(',', &cell, 1, wanted);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct bytes cell = bytes_of(others[i]);
		char wanted[40];

		(void)snprintf(wanted, sizeof(wanted), MARK "\"%s\"\r\n",
		    others[i]);
		is_written(',', &cell, 1, wanted);
	}
}

static void
what_is_not_utf8_is_replaced(void **state)
{
	const struct bytes cells[] = { BYTES("a\xff" "b"), BYTES("\0x"),
		BYTES("\xc3\xa9"), BYTES_NONE };

	(void)state;
	is_written(',', cells, 4, MARK "\"a\xef\xbf\xbd" "b\","
	    "\"\xef\xbf\xbd" "x\",\"\xc3\xa9\",\"\"\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_quoted),
		cmocka_unit_test(what_begins_a_formula_is_text),
		cmocka_unit_test(what_is_not_utf8_is_replaced),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
