#ifndef CGIHOOK_STORE_POSTGRESQL_ARGS_H
#define CGIHOOK_STORE_POSTGRESQL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "bytes.h"

/*
 * The arguments of a statement, $1, $2, …, as PostgreSQL's binary format has
 * them: nothing is escaped, and a body takes no more than it is long. A piece
 * for which there is no memory is noted; the statement then fails.
 */

enum { PG_ARGS_MAX = 24 };

enum pg_type { PG_INT, PG_TEXT, PG_BYTES };	/* bigint, text, bytea */

struct pg_arg {
	enum pg_type type;
	bool array, absent;
	size_t at, len;
};

struct pg_args {
	struct buf data;
	int count;
	struct pg_arg of[PG_ARGS_MAX];
	size_t elements;		/* of the array that is being made */
};

#define PG_ARGS ((struct pg_args){ .data = { .limit = 1 << 30 } })

/**
 * pg_add_… - the next argument; NULL where it is absent
 *
 * Takes:   text: our own words, valid UTF-8 without NUL; a stranger's are
 *          bytes.
 */
void
pg_add_int(struct pg_args *a, int64_t value);

void
pg_add_null(struct pg_args *a, enum pg_type type);

void
pg_add_null_array(struct pg_args *a, enum pg_type type);

void
pg_add_text(struct pg_args *a, const char *text);

void
pg_add_bytes(struct pg_args *a, struct bytes b);

/** pg_add_ints - bigint[] */
void
pg_add_ints(struct pg_args *a, const int64_t *values, size_t count);

/** pg_array_begin - the next argument is an array of this type: its elements
 *  are put next, and then it ends */
void
pg_array_begin(struct pg_args *a, enum pg_type type);

void
pg_put_int(struct pg_args *a, int64_t value);

void
pg_put_text(struct pg_args *a, const char *text);

void
pg_put_bytes(struct pg_args *a, struct bytes b);

void
pg_put_null(struct pg_args *a);

void
pg_array_end(struct pg_args *a);

/** pg_arg_oid - PostgreSQL's number of its type */
unsigned
pg_arg_oid(const struct pg_arg *arg);

void
pg_args_free(struct pg_args *a);

#endif
