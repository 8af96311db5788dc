#ifndef CGIHOOK_STORE_POSTGRESQL_PREPARED_H
#define CGIHOOK_STORE_POSTGRESQL_PREPARED_H

#include <stddef.h>
#include <stdint.h>

#include "store_postgresql_args.h"

/*
 * The statements that a connection has prepared. Only the second use of a
 * statement prepares it: what is used once is parsed once in any case.
 *
 * A name is made from the statement and the types of its arguments. So the same
 * name never means another statement, even where several connections turn out
 * to share a session.
 */

enum { PG_PREPARED_MAX = 64, PG_PREPARED_NAME = 32 };

enum pg_prepared_state {
	PG_NEW,			/* send it without a name */
	PG_USED,		/* prepare it, under its name */
	PG_PREPARED		/* send its name alone */
};

struct pg_statement {
	uint64_t key;
	enum pg_prepared_state state;
};

struct pg_prepared {
	size_t count;
	struct pg_statement of[PG_PREPARED_MAX];
};

/**
 * prepared_find - what is known of a statement
 *
 * Returns: its entry, which is PG_NEW at the first use; NULL where there is no
 *          room for it: then it has no name.
 */
struct pg_statement *
prepared_find(struct pg_prepared *p, const char *sql,
    const struct pg_args *args);

/** prepared_name - under which it is prepared */
void
prepared_name(const struct pg_statement *t, char out[PG_PREPARED_NAME]);

/** prepared_forget - the connection is another one, or has forgotten them */
void
prepared_forget(struct pg_prepared *p);

#endif
