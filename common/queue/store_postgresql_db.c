#include "store_postgresql_db.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* How long a flight may take beyond what the server's own timeouts allow: a
 * COMMIT may wait for a standby, and a server may be stopped. */
#define ANSWER_MS 15000

/* --- errors --------------------------------------------------------------- */

static bool
code_begins(const struct pg *s, const char *what)
{
	return strncmp(s->code, what, strlen(what)) == 0;
}

/* Appendix A of PostgreSQL's manual. */
static enum status
status_of_code(const struct pg *s)
{
	static const char *const busy[] = { "40", "53200", "53300", "55P03",
		"57014" };
	static const char *const config[] = { "3F000", "42P01", "42703",
		"42883" };

	for (size_t i = 0; i < sizeof(busy) / sizeof(busy[0]); i++)
		if (code_begins(s, busy[i]))
			return ST_BUSY;
	for (size_t i = 0; i < sizeof(config) / sizeof(config[0]); i++)
		if (strcmp(s->code, config[i]) == 0)
			return ST_CONFIG;
	return ST_SYSTEM;
}

/* These end a connection, or it is to the wrong server: the next one may be
 * better. */
static bool
is_of_connection(const struct pg *s)
{
	return code_begins(s, "08") || code_begins(s, "57P") ||
	    strcmp(s->code, "25006") == 0;
}

/* The session is not the one that has prepared, or a table has changed. Nothing
 * is prepared on this connection any more: whatever the reason is, it may be
 * there still. */
static bool
has_forgotten(const struct pg *s)
{
	static const char *const codes[] = { "26000", "42P05", "0A000" };

	for (size_t i = 0; s->prepares &&
	    i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(s->code, codes[i]) == 0)
			return true;
	return false;
}

bool
pg_is_refused(const struct pg *s)
{
	return code_begins(s, "22") || code_begins(s, "23") ||
	    code_begins(s, "54");
}

static void
note_code(struct pg *s, const char *code)
{
	snprintf(s->code, sizeof(s->code), "%s", code == NULL ? "" : code);
}

static enum status
fail_result(struct pg *s, const PGresult *r, struct reason *why)
{
	const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	note_code(s, PQresultErrorField(r, PG_DIAG_SQLSTATE));
	return fail(why, status_of_code(s), "postgresql: %s%s%s",
	    words != NULL ? words : "an error without words",
	    s->code[0] != '\0' ? ", SQLSTATE " : "", s->code);
}

static enum status
fail_lost(struct pg *s, const char *how, struct reason *why)
{
	note_code(s, "08006");
	/* how may be the connection's own words */
	fail(why, ST_SYSTEM, "postgresql: the connection was lost: %s", how);
	pg_disconnect(s);
	return ST_SYSTEM;
}

/* --- the connection ------------------------------------------------------- */

/* What the string leaves out. The first is for each address, and nothing else
 * is done meanwhile: a runner has to have time left to renew its lease. libpq
 * makes two seconds of less. */
#define CONNECT_S "5"
#define CONNECT_HURRIED_S "2"
#define HURRIED_MS 15000

static const char *const defaults[][2] = {
	{ "connect_timeout", CONNECT_S },
	{ "tcp_user_timeout", "10000" },
	{ "keepalives_idle", "10" },
	{ "keepalives_interval", "5" },
	{ "keepalives_count", "3" },
	{ "fallback_application_name", "cgihook" },
	{ "client_encoding", "UTF8" },
};

enum { DEFAULTS = sizeof(defaults) / sizeof(defaults[0]) };

static bool
says(const PQconninfoOption *options, const char *keyword)
{
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0)
			return o->val != NULL;
	return false;
}

static const char *
default_of(const struct pg *s, size_t i)
{
	return i == 0 && s->role == STORE_RUN && s->lease_ms < HURRIED_MS ?
	    CONNECT_HURRIED_S : defaults[i][1];
}

static PGconn *
connect_options(const struct pg *s, const PQconninfoOption *options)
{
	size_t count = 0, n = 0;
	const char **words;
	PGconn *conn = NULL;

	while (options[count].keyword != NULL)
		count++;
	words = calloc(2 * (count + DEFAULTS + 1), sizeof(*words));
	if (words == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (options[i].val != NULL) {
			words[n] = options[i].keyword;
			words[count + DEFAULTS + 1 + n++] = options[i].val;
		}
	for (size_t i = 0; i < DEFAULTS; i++)
		if (!says(options, defaults[i][0])) {
			words[n] = defaults[i][0];
			words[count + DEFAULTS + 1 + n++] = default_of(s, i);
		}
	conn = PQconnectdbParams(words, words + count + DEFAULTS + 1, 0);
	free(words);
	return conn;
}

/* libpq's own words about a malformed string may repeat the password. */
static enum status
connect_string(const struct pg *s, PGconn **out, struct reason *why)
{
	PQconninfoOption *options = PQconninfoParse(s->conninfo, NULL);

	if (options == NULL)
		return fail(why, ST_CONFIG, "store: the connection string is"
		    " none that libpq takes: it is written like"
		    " \"host=db.example dbname=cgihook user=cgihook\"");
	*out = connect_options(s, options);
	/* libpq overwrites the password of a connection, and not these */
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (o->val != NULL)
			explicit_bzero(o->val, strlen(o->val));
	PQconninfoFree(options);
	return *out != NULL ? ST_OK :
	    fail(why, ST_BUSY, "store: out of memory");
}

/* The words are of several lines, and end in one. */
static enum status
fail_connect(PGconn *conn, struct reason *why)
{
	const char *words = PQerrorMessage(conn);
	struct reason line;
	size_t n = 0;

	for (; *words != '\0' && n + 1 < sizeof(line.text); words++)
		line.text[n++] = *words == '\n' || *words == '\t' ? ' ' :
		    *words;
	while (n > 0 && line.text[n - 1] == ' ')
		n--;
	line.text[n] = '\0';
	return fail(why, ST_SYSTEM, "postgresql: %s", line.text);
}

/* Notices are for who reads the server's log. Only by a warning does the server
 * tell that a commit did not wait for its standby: 57P01, the backend was
 * ended; 01000, as of any warning, the wait was cancelled (pg_cancel_backend).
 * One that means something else costs another commit:
 * store_postgresql_txn.c. */
static void
take_notice(void *pg, const PGresult *r)
{
	static const char *const codes[] = { "01000", "57014", "57P01" };
	struct pg *s = pg;
	const char *code = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		s->not_awaited |= code != NULL && strcmp(code, codes[i]) == 0;
}

enum status
pg_connect_another(const struct pg *s, struct pg_conn **out,
    struct reason *why)
{
	PGconn *conn = NULL;
	enum status st = connect_string(s, &conn, why);

	if (st != ST_OK)
		return st;
	if (PQstatus(conn) != CONNECTION_OK)
		st = fail_connect(conn, why);
	else if (PQsetnonblocking(conn, 1) != 0)
		st = fail(why, ST_SYSTEM, "postgresql: %s",
		    PQerrorMessage(conn));
	if (st != ST_OK)
		PQfinish(conn);
	else
		*out = conn;
	return st;
}

enum status
pg_connect(struct pg *s, struct reason *why)
{
	struct pg_conn *conn = NULL;
	enum status st;

	if (pg_connected(s))
		return ST_OK;
	pg_disconnect(s);
	st = pg_connect_another(s, &conn, why);
	if (st != ST_OK)
		return st;
	if (PQenterPipelineMode(conn) != 1) {
		PQfinish(conn);
		return fail(why, ST_SYSTEM, "postgresql: no pipeline mode");
	}
	PQsetNoticeReceiver(conn, take_notice, s);
	s->conn = conn;
	return ST_OK;
}

void
pg_disconnect(struct pg *s)
{
	PQfinish(s->conn);
	s->conn = NULL;
	prepared_forget(&s->prepared);
	s->prepares = s->forgot = false;
	s->queued = 0;
	s->in_transaction = false;
}

bool
pg_connected(const struct pg *s)
{
	return s->conn != NULL && PQstatus(s->conn) == CONNECTION_OK;
}

/* --- a flight ------------------------------------------------------------- */

static void
refuse(struct pg *s, enum status st, const char *words)
{
	if (s->refused == ST_OK)
		s->refused = fail(&s->refused_why, st, "%s", words);
}

/* The arguments as libpq takes them. */
struct sent {
	int count;
	const char *values[PG_ARGS_MAX];
	int lengths[PG_ARGS_MAX], formats[PG_ARGS_MAX];
	Oid types[PG_ARGS_MAX];
};

static void
take_args(struct sent *x, const struct pg_args *args)
{
	x->count = args == NULL ? 0 : args->count;
	for (int i = 0; i < x->count; i++) {
		const struct pg_arg *a = &args->of[i];

		x->types[i] = pg_arg_oid(a);
		x->formats[i] = 1;
		x->lengths[i] = (int)a->len;
		x->values[i] = a->absent ? NULL : a->len == 0 ? "" :
		    args->data.data + a->at;
	}
}

/* BEGIN and its like have no plan. */
static bool
has_plan(const char *sql)
{
	return strncmp(sql, "SELECT", 6) == 0 ||
	    strncmp(sql, "INSERT", 6) == 0 ||
	    strncmp(sql, "UPDATE", 6) == 0 ||
	    strncmp(sql, "DELETE", 6) == 0 || strncmp(sql, "WITH", 4) == 0;
}

static bool
send_statement(struct pg *s, const char *sql, const struct pg_args *args)
{
	struct pg_statement *t = s->often && s->prepares && has_plan(sql) ?
	    prepared_find(&s->prepared, sql, args) : NULL;
	char name[PG_PREPARED_NAME];
	struct sent x;

	take_args(&x, args);
	if (t == NULL || t->state == PG_NEW) {
		if (t != NULL)
			t->state = PG_USED;
		return PQsendQueryParams(s->conn, sql, x.count, x.types,
		    x.values, x.lengths, x.formats, 1) == 1;
	}
	prepared_name(t, name);
	if (t->state == PG_USED) {
		if (PQsendPrepare(s->conn, name, sql, x.count, x.types) != 1)
			return false;
		s->wanted[s->queued] = NULL;
		s->preparing[s->queued++] = t;
		t->state = PG_PREPARED;
	}
	return PQsendQueryPrepared(s->conn, name, x.count, x.values,
	    x.lengths, x.formats, 1) == 1;
}

void
pg_want(struct pg *s, const char *sql, const struct pg_args *args,
    struct pg_rows *rows)
{
	if (rows != NULL)
		*rows = PG_ROWS;
	if (args != NULL && args->data.failed) {
		refuse(s, ST_BUSY, "store: out of memory");
		return;
	}
	/* one that is prepared first takes two places */
	if (s->queued + 2 > PG_FLIGHT_MAX)
		refuse(s, ST_BUG, "store: too many statements at once");
	else if (!pg_connected(s))
		refuse(s, ST_SYSTEM, "postgresql: the connection was lost");
	else if (!send_statement(s, sql, args))
		refuse(s, ST_SYSTEM, PQerrorMessage(s->conn));
	else {
		s->preparing[s->queued] = NULL;
		s->wanted[s->queued++] = rows;
	}
}

/* Until libpq has a result, or there will be none. */
static bool
await(struct pg *s, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd p = { .fd = PQsocket(s->conn),
			.events = POLLIN };
		const int unsent = PQflush(s->conn);

		if (unsent < 0 || p.fd < 0)
			return false;
		if (!PQisBusy(s->conn))
			return true;
		if (unsent > 0)
			p.events |= POLLOUT;
		if (clock_steady_ms() >= deadline_ms)
			return false;
		if (poll(&p, 1, clock_poll_ms(deadline_ms)) > 0 &&
		    p.revents != 0 && PQconsumeInput(s->conn) != 1)
			return false;
	}
}

static void
keep_rows(struct pg_rows *rows, PGresult *r)
{
	if (rows == NULL) {
		PQclear(r);
		return;
	}
	rows->result = r;
	rows->count = PQntuples(r);
	rows->changed = strtoll(PQcmdTuples(r), NULL, 10);
}

/* One statement's result, or the end of the flight: up to the NULL that
 * follows. *st: ST_OK, or what failed before. */
static bool
take_result(struct pg *s, struct pg_rows *rows, int64_t deadline_ms,
    enum status *st, struct reason *why)
{
	PGresult *r;

	for (bool any = false;; any = true) {
		if (!await(s, deadline_ms))
			return false;
		r = PQgetResult(s->conn);
		if (r == NULL && any)
			return true;
		if (r == NULL)
			continue;
		switch (PQresultStatus(r)) {
		case PGRES_TUPLES_OK:
		case PGRES_COMMAND_OK:
			keep_rows(rows, r);
			continue;
		case PGRES_PIPELINE_SYNC:
			PQclear(r);
			return true;
		case PGRES_PIPELINE_ABORTED:
			break;
		default:
			if (*st == ST_OK)
				*st = fail_result(s, r, why);
		}
		PQclear(r);
		if (PQstatus(s->conn) != CONNECTION_OK)
			return false;
	}
}

static enum status
land(struct pg *s, struct reason *why)
{
	const int64_t deadline_ms = clock_steady_ms() + s->busy_ms + ANSWER_MS;
	const int count = s->queued;
	enum status st = ST_OK;

	if (PQpipelineSync(s->conn) != 1)
		return fail_lost(s, PQerrorMessage(s->conn), why);
	for (int i = 0; i <= count; i++) {
		if (!take_result(s, i < count ? s->wanted[i] : NULL,
		    deadline_ms, &st, why))
			return st == ST_OK || !is_of_connection(s) ?
			    fail_lost(s, clock_steady_ms() >= deadline_ms ?
			    "no answer in time" : "the server closed it",
			    why) : st;
		s->commit_landed |= i == s->commit_at && st == ST_OK;
		if (i < count && st != ST_OK && s->preparing[i] != NULL)
			s->preparing[i]->state = PG_USED;
	}
	return st;
}

/* Behind a pool, the next transaction may meet another session. */
static void
take_backend(struct pg *s)
{
	if (s->backend.count == 1 && !s->forgot)
		s->prepares = pg_int(&s->backend, 0, 0) ==
		    PQbackendPID(s->conn);
	pg_rows_free(&s->backend);
}

/* A newer program may have brought the store up to its own version since it was
 * opened here: what is written by the rules of the older one could be wrong. */
static enum status
check_first(struct pg *s, struct reason *why)
{
	const int64_t version = s->version.count == 1 ?
	    pg_int(&s->version, 0, 0) : 0;
	const bool writes = s->writers.count == 1 &&
	    pg_int(&s->writers, 0, 0) == s->commits;

	take_backend(s);
	pg_rows_free(&s->version);
	pg_rows_free(&s->writers);
	s->is_checked = true;
	if (version > STORE_SEALED && version <= STORE_SEALED + PG_VERSION) {
		if (!s->copying && s->role != STORE_READ)
			return copy_refuse_sealed("the store in PostgreSQL",
			    why);
	} else if (version > PG_VERSION)
		return fail(why, ST_CONFIG, "the store in PostgreSQL has"
		    " version %lld, written by a newer cgihook: this one knows"
		    " up to %d; update it on this machine, too",
		    (long long)version, PG_VERSION);
	if (version < PG_VERSION)
		return fail(why, ST_BUSY, "the store in PostgreSQL has an"
		    " older version: the next event, or \"cgihook run"
		    " --once\", brings it up to date");
	if (s->reads || writes)
		return ST_OK;
	s->writer = 0;
	s->anew = true;
	return fail(why, ST_BUSY, "store: this process was taken for gone, and"
	    " begins anew");
}

enum status
pg_flush(struct pg *s, struct reason *why)
{
	struct pg_rows *wanted[PG_FLIGHT_MAX];
	const int count = s->queued;
	enum status st = ST_OK;

	memcpy(wanted, s->wanted, sizeof(wanted));
	note_code(s, NULL);
	if (s->queued > 0)
		st = land(s, why);
	if (st != ST_OK && has_forgotten(s)) {
		prepared_forget(&s->prepared);
		s->prepares = false;
		s->forgot = s->anew = true;
		st = ST_BUSY;
	}
	if (st != ST_OK && is_of_connection(s))
		pg_disconnect(s);
	s->queued = 0;
	s->commit_at = -1;
	if (st == ST_OK && s->in_transaction && !s->is_checked)
		st = check_first(s, why);
	if (s->refused != ST_OK)
		st = fail(why, s->refused, "%s", s->refused_why.text);
	s->refused = ST_OK;
	for (int i = 0; st != ST_OK && i < count; i++)
		if (wanted[i] != NULL)
			pg_rows_free(wanted[i]);
	return st;
}

enum status
pg_ask(struct pg *s, const char *sql, const struct pg_args *args,
    struct pg_rows *rows, struct reason *why)
{
	pg_want(s, sql, args, rows);
	return pg_flush(s, why);
}

void
pg_want_ints(struct pg *s, const char *sql, const int64_t *values, int count,
    struct pg_rows *rows)
{
	struct pg_args args = PG_ARGS;

	for (int i = 0; i < count; i++)
		pg_add_int(&args, values[i]);
	pg_want(s, sql, &args, rows);
	pg_args_free(&args);
}

enum status
pg_ask_ints(struct pg *s, const char *sql, const int64_t *values, int count,
    struct pg_rows *rows, struct reason *why)
{
	pg_want_ints(s, sql, values, count, rows);
	return pg_flush(s, why);
}

enum status
pg_ask_text(struct pg *s, const char *sql, struct bytes text,
    struct pg_rows *rows, struct reason *why)
{
	struct pg_args args = PG_ARGS;
	char *ended = strndup(text.data, text.len);
	enum status st;

	if (ended == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	pg_add_text(&args, ended);
	st = pg_ask(s, sql, &args, rows, why);
	pg_args_free(&args);
	free(ended);
	return st;
}

/* --- rows ----------------------------------------------------------------- */

int64_t
pg_int(const struct pg_rows *rows, int row, int column)
{
	const struct bytes b = pg_bytes(rows, row, column);
	uint64_t n = b.len > 0 && (b.data[0] & 0x80) != 0 && b.len > 1 ?
	    UINT64_MAX : 0;

	for (size_t i = 0; i < b.len; i++)
		n = n << 8 | (unsigned char)b.data[i];
	return (int64_t)n;
}

bool
pg_is_null(const struct pg_rows *rows, int row, int column)
{
	return PQgetisnull(rows->result, row, column) != 0;
}

struct bytes
pg_bytes(const struct pg_rows *rows, int row, int column)
{
	return (struct bytes){ PQgetvalue(rows->result, row, column),
	    (size_t)PQgetlength(rows->result, row, column) };
}

const char *
pg_text(const struct pg_rows *rows, int row, int column, struct arena *a)
{
	return arena_cstr(a, pg_bytes(rows, row, column));
}

struct bytes
pg_copy(const struct pg_rows *rows, int row, int column, struct arena *a)
{
	return arena_copy(a, pg_bytes(rows, row, column));
}

void
pg_rows_free(struct pg_rows *rows)
{
	PQclear(rows->result);
	*rows = PG_ROWS;
}
