#ifndef POSTGRESQL_SCHEMA_H
#define POSTGRESQL_SCHEMA_H

/*
 * A store's tables in a schema of their own, where TEST_STORE=postgresql and
 * TEST_PG, a connection string, say so; and what a test asks past the store.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef CGIHOOK_POSTGRESQL
#include <libpq-fe.h>
#endif

#include "testing.h"

struct schema {
	char name[64];			/* "": the store is another one */
	char conn[1024];		/* the store's connection string */
	void *beside;			/* PGconn */
};

static inline bool
schema_is_wanted(void)
{
	const char *store = getenv("TEST_STORE");

	return store != NULL && strcmp(store, "postgresql") == 0;
}

#ifdef CGIHOOK_POSTGRESQL
/* One statement, or several; the first column of the first row, "" without
 * one. */
static inline void
schema_read(struct schema *x, const char *sql, char out[200])
{
	PGresult *r = PQexec(x->beside, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s%s", PQerrorMessage(x->beside), sql);
	snprintf(out, 200, "%s",
	    PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
}

static inline void
schema_connect(struct schema *x, const char *server)
{
	x->beside = PQconnectdb(server);
	if (PQstatus(x->beside) != CONNECTION_OK)
		fail_msg("TEST_PG: %s", PQerrorMessage(x->beside));
}

/* Processes that a test has started may be in the middle of something. */
static inline void
schema_drop(struct schema *x, const char *sql)
{
	PGresult *r = PQexec(x->beside, sql);

	for (int i = 0; i < 100 && PQresultStatus(r) != PGRES_COMMAND_OK;
	    i++) {
		usleep(20000);
		PQclear(r);
		r = PQexec(x->beside, sql);
	}
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s%s", PQerrorMessage(x->beside), sql);
	PQclear(r);
	PQfinish(x->beside);
}
#else
static inline void
schema_read(struct schema *x, const char *sql, char out[200])
{
	(void)x;
	out[0] = '\0';
	fail_msg("built without PostgreSQL: %s", sql);
}

static inline void
schema_connect(struct schema *x, const char *server)
{
	(void)x;
	fail_msg("built without PostgreSQL: %s", server);
}

static inline void
schema_drop(struct schema *x, const char *sql)
{
	(void)x;
	fail_msg("built without PostgreSQL: %s", sql);
}
#endif

/* now() is the schema's own, so that tests can set it. folder: one that is the
 * test's alone. */
static inline void
schema_make(struct schema *x, const char *folder)
{
	const char *server = getenv("TEST_PG");
	char sql[640], text[200];

	schema_connect(x, server == NULL ? "" : server);
	snprintf(x->name, sizeof(x->name), "test_%ld_%s", (long)getpid(),
	    strrchr(folder, '.') + 1);
	snprintf(x->conn, sizeof(x->conn), "%s options='-csearch_path=\"%s\","
	    "pg_catalog -cclient_min_messages=warning'",
	    server == NULL ? "" : server, x->name);
	snprintf(sql, sizeof(sql), "SET client_min_messages = warning;"
	    "CREATE SCHEMA \"%s\"; SET search_path = \"%s\", pg_catalog;"
	    "CREATE TABLE test_clock (ms bigint);"
	    "INSERT INTO test_clock VALUES (NULL);"
	    "CREATE FUNCTION now() RETURNS timestamptz STABLE LANGUAGE sql"
	    " AS 'SELECT coalesce(to_timestamp(ms / 1000.0),"
	    " pg_catalog.now()) FROM test_clock'", x->name, x->name);
	schema_read(x, sql, text);
}

/* Harmless where none was made. */
static inline void
schema_remove(struct schema *x)
{
	char sql[128];

	if (x->name[0] == '\0')
		return;
	snprintf(sql, sizeof(sql), "DROP SCHEMA \"%s\" CASCADE", x->name);
	schema_drop(x, sql);
}

#endif
