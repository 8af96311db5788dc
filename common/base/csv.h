#ifndef CGIHOOK_CSV_H
#define CGIHOOK_CSV_H

#include <stdbool.h>

#include "buf.h"
#include "bytes.h"

/*
 * Tables as spreadsheets read them: RFC 4180, UTF-8 with a byte order mark.
 * What a stranger wrote is text: a cell that a spreadsheet would take for a
 * formula gets an apostrophe in front, which it shows as text.
 */
struct csv {
	struct buf *out;
	char separator;			/* ',' or ';' */
	bool begun;			/* the row has a cell */
};

/** csv_begin - the byte order mark; and for ';' the line by which spreadsheets
 *  know it. Takes: out, empty */
void
csv_begin(struct csv *c, struct buf *out, char separator);

/** csv_cell - the row's next one; what is not UTF-8 becomes U+FFFD */
void
csv_cell(struct csv *c, struct bytes text);

void
csv_end_row(struct csv *c);

#endif
