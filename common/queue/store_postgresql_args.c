#include "store_postgresql_args.h"

#include <string.h>

/* An array's format: PostgreSQL, src/backend/utils/adt/arrayfuncs.c,
 * array_recv. */

enum { DIMENSIONS_AT = 0, ELEMENTS_AT = 12 };

/* The numbers that PostgreSQL has given its own types for good: the type, and
 * an array of it. */
static const unsigned oids[][2] = { [PG_INT] = { 20, 1016 },
	[PG_TEXT] = { 25, 1009 }, [PG_BYTES] = { 17, 1001 } };

unsigned
pg_arg_oid(const struct pg_arg *arg)
{
	return oids[arg->type][arg->array];
}

static void
put_number(struct buf *b, uint64_t value, size_t len)
{
	char digits[8];

	for (size_t i = len; i > 0; i--, value >>= 8)
		digits[i - 1] = (char)(value & 0xff);
	buf_add(b, (struct bytes){ digits, len });
}

/* Over what was put there before. */
static void
set_number(struct buf *b, size_t at, uint32_t value)
{
	for (size_t i = 4; !b->failed && i > 0; i--, value >>= 8)
		b->data[at + i - 1] = (char)(value & 0xff);
}

static struct pg_arg *
next_arg(struct pg_args *a, enum pg_type type)
{
	struct pg_arg *arg = &a->of[a->count];

	if (a->count == PG_ARGS_MAX) {
		a->data.failed = true;
		return &a->of[0];
	}
	a->count++;
	*arg = (struct pg_arg){ .type = type, .at = a->data.len };
	return arg;
}

static void
end_arg(struct pg_args *a, struct pg_arg *arg)
{
	arg->len = a->data.len - arg->at;
}

void
pg_add_int(struct pg_args *a, int64_t value)
{
	struct pg_arg *arg = next_arg(a, PG_INT);

	put_number(&a->data, (uint64_t)value, 8);
	end_arg(a, arg);
}

void
pg_add_null(struct pg_args *a, enum pg_type type)
{
	next_arg(a, type)->absent = true;
}

void
pg_add_text(struct pg_args *a, const char *text)
{
	struct pg_arg *arg = next_arg(a, PG_TEXT);

	arg->absent = text == NULL;
	buf_add_str(&a->data, text == NULL ? "" : text);
	end_arg(a, arg);
}

void
pg_add_bytes(struct pg_args *a, struct bytes b)
{
	struct pg_arg *arg = next_arg(a, PG_BYTES);

	buf_add(&a->data, b);
	end_arg(a, arg);
}

void
pg_add_ints(struct pg_args *a, const int64_t *values, size_t count)
{
	pg_array_begin(a, PG_INT);
	for (size_t i = 0; i < count; i++)
		pg_put_int(a, values[i]);
	pg_array_end(a);
}

void
pg_add_null_array(struct pg_args *a, enum pg_type type)
{
	pg_add_null(a, type);
	if (a->count > 0)
		a->of[a->count - 1].array = true;
}

/* --- arrays --------------------------------------------------------------- */

void
pg_array_begin(struct pg_args *a, enum pg_type type)
{
	next_arg(a, type)->array = true;
	put_number(&a->data, 1, 4);		/* dimensions */
	put_number(&a->data, 1, 4);		/* there may be NULLs */
	put_number(&a->data, oids[type][0], 4);
	put_number(&a->data, 0, 4);		/* elements: pg_array_end */
	put_number(&a->data, 1, 4);		/* the first one's number */
	a->elements = 0;
}

void
pg_put_int(struct pg_args *a, int64_t value)
{
	put_number(&a->data, 8, 4);
	put_number(&a->data, (uint64_t)value, 8);
	a->elements++;
}

void
pg_put_text(struct pg_args *a, const char *text)
{
	pg_put_bytes(a, bytes_of(text));
}

void
pg_put_bytes(struct pg_args *a, struct bytes b)
{
	put_number(&a->data, b.len, 4);
	buf_add(&a->data, b);
	a->elements++;
}

void
pg_put_null(struct pg_args *a)
{
	put_number(&a->data, UINT32_MAX, 4);
	a->elements++;
}

void
pg_array_end(struct pg_args *a)
{
	struct pg_arg *arg = &a->of[a->count - 1];

	set_number(&a->data, arg->at + ELEMENTS_AT, (uint32_t)a->elements);
	/* one without elements has no dimensions */
	if (a->elements == 0 && !a->data.failed) {
		set_number(&a->data, arg->at + DIMENSIONS_AT, 0);
		a->data.len = arg->at + ELEMENTS_AT;
	}
	end_arg(a, arg);
}

void
pg_args_free(struct pg_args *a)
{
	buf_free(&a->data);
	*a = PG_ARGS;
}
