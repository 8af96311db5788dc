#ifndef CGIHOOK_TABLE_H
#define CGIHOOK_TABLE_H

#include <stddef.h>

#include "bytes.h"
#include "cli.h"

/* Rows of cells: aligned under headings and no wider than the screen on a
 * terminal; whole, and separated by tabs, elsewhere. */
struct column {
	const char *head;
	size_t least;		/* a cell may be cut to so many characters,
				   where the screen is narrow; 0: never */
};

struct table {
	struct cli *cli;
	const struct column *column;	/* columns of them */
	size_t columns;
	const char **cells;		/* safe text, row after row */
	size_t count, room;
};

#define TABLE(cli, column) \
	((struct table){ (cli), (column), \
	    sizeof(column) / sizeof((column)[0]), NULL, 0, 0 })

/** table_add - the next cell, made safe; absent shows as "-" */
void
table_add(struct table *t, struct bytes cell);

void
table_add_str(struct table *t, const char *cell);

/** table_print - print it, with colours for the states in column state_column;
 *  CLI_DONE, or CLI_FAILED without memory, after a message */
int
table_print(struct table *t, size_t state_column);

#endif
