#ifndef CGIHOOK_STORE_WIRE_ROW_H
#define CGIHOOK_STORE_WIRE_ROW_H

#include "store_wire_atom.h"

/*
 * Structs in messages. A table says which members a struct has and what they
 * may be; one function writes by it and one reads by it, so the two cannot
 * differ, and nothing is read that was not checked.
 */

enum row_type {
	ROW_END,
	ROW_I64,		/* int64_t */
	ROW_INT,		/* int, of 32 bits */
	ROW_BOOL,
	ROW_UNSIGNED,		/* unsigned or an enumeration; max */
	ROW_SIZE,		/* size_t; max */
	ROW_TEXT,		/* const char *, no NUL in it; max bytes */
	ROW_TEXT_OR_NULL,
	ROW_BYTES,		/* struct bytes; max bytes */
	ROW_FIXED,		/* an array of max bytes */
	ROW_I64S,		/* an array of max int64_t */
	ROW_ROW,		/* a struct, in place; of */
	ROW_POINTER,		/* a struct, behind a pointer, or NULL; of */
	ROW_ROWS,		/* max structs at most, behind a pointer; their
				   number is a size_t; of */
	ROW_TEXTS,		/* likewise, of const char * */
	ROW_TEXTS_OR_NULL,	/* likewise; NULL says something else than
				   none */
	ROW_NUMBERS		/* likewise, of int64_t */
};

struct wire_member {
	enum row_type type;
	size_t at, count_at;		/* in the struct */
	size_t max;
	const struct wire_row *of;
};

struct wire_row {
	size_t size;			/* of the struct; not 0 */
	const struct wire_member *members;	/* until ROW_END */
};

/** row_put - append what the table says of a struct */
void
row_put(struct buf *b, const struct wire_row *row, const void *from);

/** row_read - set what the table says of a struct, and leave the rest alone
 *
 * Owns:    what it points to is the arena's, and no view into the message.
 * Effect:  r->bad where a value is not as the table says; without memory the
 *          arena has failed, and the message was read to no end.
 */
void
row_read(struct atom_reader *r, const struct wire_row *row, struct arena *a,
    void *to);

#endif
