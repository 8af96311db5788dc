#include "store_postgresql_db.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define ANSWER_MS 5000

/* Rows of one statement; NULL: failed, or too late. */
static PGresult *
ear_ask(PGconn *conn, const char *sql)
{
	const int64_t deadline_ms = clock_steady_ms() + ANSWER_MS;
	PGresult *r, *last = NULL;

	if (PQsendQuery(conn, sql) != 1)
		return NULL;
	for (;;) {
		struct pollfd p = { .fd = PQsocket(conn), .events = POLLIN };

		if (PQflush(conn) < 0 || clock_steady_ms() >= deadline_ms)
			break;
		if (PQisBusy(conn)) {
			if (poll(&p, 1, clock_poll_ms(deadline_ms)) > 0 &&
			    PQconsumeInput(conn) != 1)
				break;
			continue;
		}
		if ((r = PQgetResult(conn)) == NULL)
			return last;
		PQclear(last);
		last = r;
	}
	PQclear(last);
	return NULL;
}

/* A pool tells its clients numbers of its own: LISTEN would be forgotten with
 * the transaction. */
static bool
ear_is_direct(PGconn *conn)
{
	PGresult *r = ear_ask(conn, "SELECT pg_backend_pid()");
	const bool is_direct = PQresultStatus(r) == PGRES_TUPLES_OK &&
	    atoi(PQgetvalue(r, 0, 0)) == PQbackendPID(conn);

	PQclear(r);
	return is_direct;
}

static bool
ear_listen(PGconn *conn, const char *channel)
{
	char *name = PQescapeIdentifier(conn, channel, strlen(channel));
	struct buf sql = BUF(256);
	PGresult *r = NULL;
	bool done;

	if (name != NULL)
		buf_printf(&sql, "LISTEN %s%c", name, 0);
	if (name != NULL && !sql.failed)
		r = ear_ask(conn, sql.data);
	done = PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	PQfreemem(name);
	buf_free(&sql);
	return done;
}

static void
ear_ignore_notice(void *ctx, const PGresult *r)
{
	(void)ctx;
	(void)r;
}

enum status
pg_ear_open(struct pg *s, struct reason *why)
{
	struct pg_conn *conn = NULL;
	enum status st = pg_connect_another(s, &conn, why);

	if (st != ST_OK)
		return st;
	PQsetNoticeReceiver(conn, ear_ignore_notice, NULL);
	if (!ear_is_direct(conn))
		st = fail(why, ST_UNKNOWN, "postgresql: a pool stands between"
		    " that hides what is notified");
	else if (!ear_listen(conn, s->channel))
		st = fail(why, ST_SYSTEM, "postgresql: LISTEN failed");
	if (st == ST_OK)
		s->ear = conn;
	else
		PQfinish(conn);
	return st;
}

void
pg_ear_close(struct pg *s)
{
	PQfinish(s->ear);
	s->ear = NULL;
}

int
pg_ear_fd(const struct pg *s)
{
	return s->ear == NULL ? -1 : PQsocket(s->ear);
}

bool
pg_ear_hear(struct pg *s, char *payload, size_t size)
{
	PGnotify *n;

	if (s->ear == NULL)
		return false;
	n = PQnotifies(s->ear);
	if (n == NULL && PQconsumeInput(s->ear) != 1) {
		pg_ear_close(s);
		return false;
	}
	if (n == NULL)
		n = PQnotifies(s->ear);
	if (n == NULL)
		return false;
	snprintf(payload, size, "%s", n->extra);
	PQfreemem(n);
	return true;
}
