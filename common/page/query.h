#ifndef CGIHOOK_QUERY_H
#define CGIHOOK_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/* The names and values of a query or of a form (WHATWG URL,
 * application/x-www-form-urlencoded). A stranger wrote them. */

enum { QUERY_FIELDS_MAX = 32 };

struct query_field {
	struct bytes name, value;	/* decoded; a NUL behind each */
};

struct query {
	struct query_field fields[QUERY_FIELDS_MAX];
	size_t count;
};

/**
 * query_read - take a query or a form apart
 *
 * Takes:   text, without "?"; absent: there are no fields.
 * Owns:    the fields, the arena's.
 * Returns: ST_OK; ST_MALFORMED for a % without two hex digits, a control
 *          character but for newline and tab, what is not UTF-8, a name that
 *          appears twice, or more fields than QUERY_FIELDS_MAX; ST_BUSY
 *          without memory.
 */
enum status
query_read(struct bytes text, struct arena *a, struct query *out,
    struct reason *why);

/** query_get - a field's value as text; NULL where it is not there or empty */
const char *
query_get(const struct query *q, const char *name);

/** query_number - a field that is a number from 1 on; 0 where it is not there
 *  or something else */
int64_t
query_number(const struct query *q, const char *name);

#endif
