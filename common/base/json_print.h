#ifndef CGIHOOK_JSON_PRINT_H
#define CGIHOOK_JSON_PRINT_H

#include "arena.h"
#include "buf.h"
#include "bytes.h"
#include "json.h"

enum json_print_flag {
	JSON_PRINT_ASCII = 1,	/* \u00e9 for what is not ASCII */
	JSON_PRINT_SLASHES = 2	/* \/ for / */
};

/* Ways to write a JSON text again. Numbers stay as they were written, and
 * strings, too, but for the flags. */
struct json_layout {
	int indent;		/* spaces a level; below 0: all in one line */
	const char *comma;	/* between members and elements, "," or ", " */
	const char *colon;	/* ":" or ": " */
	int flags;
};

extern const struct json_layout json_pretty;	/* for people to read */
extern const struct json_layout json_compact;	/* as JavaScript writes it */

/** json_print - the text of d in this layout, the arena's, NUL-ended; data NULL
 *  without memory, or over 64 MiB */
struct bytes
json_print(const struct json_doc *d, const struct json_layout *l,
    struct arena *a);

/** json_print_escape - add a character as \u20ac to b; above U+FFFF as two
 *  surrogates (RFC 8259 7) */
void
json_print_escape(struct buf *b, unsigned code);

#endif
