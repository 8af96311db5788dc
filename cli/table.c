#include "table.h"

#include <stdio.h>
#include <string.h>

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

/* Columns on the screen: characters, not bytes. */
static size_t
text_width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static size_t
column_width(const struct table *t, size_t column)
{
	size_t widest = text_width(t->heads[column]);

	for (size_t i = column; i < t->count; i += t->columns) {
		size_t w = text_width(t->cells[i]);

		widest = w > widest ? w : widest;
	}
	return widest;
}

static void
print_row(const struct table *t, const char *const *row, const size_t *widths,
    size_t state_column, bool head)
{
	for (size_t i = 0; i < t->columns; i++) {
		bool last = i + 1 == t->columns;
		enum out_style style = head ? OUT_BOLD :
		    i == state_column ? out_state(row[i]) : OUT_PLAIN;

		out_style(t->cli, style, "%s", row[i]);
		if (last)
			putchar('\n');
		else if (!t->cli->terminal)
			putchar('\t');
		else
			printf("%*s", (int)(widths[i] - text_width(row[i]) + 2),
			    "");
	}
}

int
table_print(struct table *t, size_t state_column)
{
	size_t *widths = arena_array(&t->cli->arena, t->columns,
	    sizeof(*widths));

	/* no table where a cell would be missing */
	if (arena_failed(&t->cli->arena))
		return cli_error(t->cli, "no memory");
	for (size_t i = 0; i < t->columns; i++)
		widths[i] = column_width(t, i);
	if (t->cli->terminal)
		print_row(t, t->heads, widths, state_column, true);
	for (size_t i = 0; i + t->columns <= t->count; i += t->columns)
		print_row(t, t->cells + i, widths, state_column, false);
	return CLI_DONE;
}
