#include "table.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "out.h"

void
table_add(struct table *t, struct bytes cell)
{
	const char **larger;

	if (t->count == t->room) {
		size_t room = t->room == 0 ? 64 : t->room * 2;

		larger = arena_array(&t->cli->arena, room, sizeof(*larger));
		if (larger == NULL)
			return;
		if (t->count > 0)
			memcpy(larger, t->cells, t->count * sizeof(*larger));
		t->cells = larger;
		t->room = room;
	}
	if (cell.len == 0)
		cell = BYTES("-");
	t->cells[t->count++] = out_safe(t->cli, cell);
}

void
table_add_str(struct table *t, const char *cell)
{
	table_add(t, bytes_of(cell));
}

enum { GAP = 2 };

/* The next character of safe text, which is UTF-8: how many bytes it has, and
 * how many columns of the screen it takes. */
static size_t
next_character(const char *s, size_t *columns)
{
	wchar_t wide;
	int len = mbtowc(&wide, s, MB_CUR_MAX), width;

	if (len <= 0) {
		*columns = ((unsigned char)*s & 0xc0) != 0x80;
		return 1;
	}
	width = wcwidth(wide);
	*columns = width < 0 ? 1 : (size_t)width;
	return (size_t)len;
}

static size_t
text_width(const char *s)
{
	size_t total = 0, columns;

	for (; *s != '\0'; total += columns)
		s += next_character(s, &columns);
	return total;
}

static size_t
column_width(const struct table *t, size_t column)
{
	size_t widest = text_width(t->column[column].head);

	for (size_t i = column; i < t->count; i += t->columns) {
		size_t w = text_width(t->cells[i]);

		widest = w > widest ? w : widest;
	}
	return widest;
}

/* The widest column that may give something, or columns where none may. */
static size_t
column_that_gives(const struct table *t, const size_t *widths)
{
	size_t found = t->columns;

	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].least > 0 && widths[i] > t->column[i].least &&
		    (found == t->columns || widths[i] > widths[found]))
			found = i;
	return found;
}

/* The last column needs no width but where it has to be cut. */
static void
fit_to_screen(const struct table *t, size_t *widths)
{
	size_t total = GAP * (t->columns - 1), giver;

	for (size_t i = 0; i < t->columns; i++)
		total += widths[i];
	while (total > t->cli->screen_columns &&
	    (giver = column_that_gives(t, widths)) < t->columns) {
		widths[giver]--;
		total--;
	}
}

/* What of the text fits, with a mark where something is missing. */
static const char *
cut_to_width(const struct table *t, const char *text, size_t width)
{
	size_t used = 0, columns, len;
	const char *s = text;

	if (text_width(text) <= width)
		return text;
	for (; *s != '\0'; s += len, used += columns) {
		len = next_character(s, &columns);
		if (used + columns + 1 > width)
			break;
	}
	text = arena_printf(&t->cli->arena, "%.*s…", (int)(s - text),
	    text).data;
	return text == NULL ? "" : text;
}

static void
print_cell(const struct table *t, const char *text, enum out_style style,
    size_t width, bool last)
{
	if (!t->cli->terminal) {
		printf("%s%c", text, last ? '\n' : '\t');
		return;
	}
	text = cut_to_width(t, text, width);
	out_style(t->cli, style, "%s", text);
	if (last)
		putchar('\n');
	else
		printf("%*s", (int)(width - text_width(text) + GAP), "");
}

static void
print_row(const struct table *t, const char *const *row, const size_t *widths,
    size_t state_column)
{
	for (size_t i = 0; i < t->columns; i++)
		print_cell(t, row[i], i == state_column ? out_state(row[i]) :
		    OUT_PLAIN, widths[i], i + 1 == t->columns);
}

int
table_print(struct table *t, size_t state_column)
{
	size_t *widths = arena_array(&t->cli->arena, t->columns,
	    sizeof(*widths));

	/* no table where a cell would be missing */
	if (arena_failed(&t->cli->arena))
		return cli_error(t->cli, "no memory");
	/* glibc has it built in; otherwise each character takes one column */
	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < t->columns; i++)
		widths[i] = column_width(t, i);
	fit_to_screen(t, widths);
	for (size_t i = 0; t->cli->terminal && i < t->columns; i++)
		print_cell(t, t->column[i].head, OUT_BOLD, widths[i],
		    i + 1 == t->columns);
	for (size_t i = 0; i + t->columns <= t->count; i += t->columns)
		print_row(t, t->cells + i, widths, state_column);
	return CLI_DONE;
}
