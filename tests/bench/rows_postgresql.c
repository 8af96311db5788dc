/*
 * The ceiling of a PostgreSQL: a loop that does nothing but commit the rows of
 * an accepted event, so many at a time: prepared statements, sent in one go.
 *
 *	rows_postgresql CONN SECONDS BATCH BODY
 *
 * BODY is a file: what the server does about a body depends on how far it can
 * be compressed. Prints rows (events) per second.
 */
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char schema[] =
"CREATE TABLE IF NOT EXISTS rows_event (id bigserial PRIMARY KEY,"
" received_ms bigint NOT NULL, kind bigint NOT NULL, state smallint NOT NULL,"
" awaited boolean NOT NULL, key bytea, subject bytea NOT NULL,"
" remote_addr bytea NOT NULL, headers bytea NOT NULL, body bytea NOT NULL);"
"CREATE INDEX IF NOT EXISTS rows_queued ON rows_event (id) WHERE state = 0;"
"CREATE INDEX IF NOT EXISTS rows_kind ON rows_event (kind, id);"
"CREATE TABLE IF NOT EXISTS rows_key (key bytea PRIMARY KEY,"
" event_id bigint NOT NULL, lasting boolean NOT NULL)";

static const char insert[] =
"WITH e AS (INSERT INTO rows_event (received_ms, kind, state, awaited, key,"
" subject, remote_addr, headers, body) VALUES (1767323345000, 1, 0, false,"
" $1, '0f7d4d9e-3bd1-4b1e-9a5b-6d2f6ad7a6d2', '192.0.2.17',"
" 'date: today', $2) RETURNING id, key)"
" INSERT INTO rows_key SELECT key, id, false FROM e";

static PGconn *conn;

static void
check(int ok)
{
	if (!ok) {
		fprintf(stderr, "rows_postgresql: %s\n", PQerrorMessage(conn));
		exit(1);
	}
}

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
command(const char *sql)
{
	PGresult *r = PQexec(conn, sql);

	check(PQresultStatus(r) == PGRES_COMMAND_OK);
	PQclear(r);
}

static void
send_row(const char *body, int body_bytes)
{
	uint64_t key[2];
	const char *values[] = { (const char *)key, body };
	const int lengths[] = { sizeof(key), body_bytes };
	const int formats[] = { 1, 1 };

	for (int i = 0; i < 2; i++)
		key[i] = (uint64_t)random() << 32 ^ (uint64_t)random();
	check(PQsendQueryPrepared(conn, "insert", 2, values, lengths, formats,
	    1));
}

static void
send_words(const char *words)
{
	check(PQsendQueryParams(conn, words, 0, NULL, NULL, NULL, NULL, 1));
}

static void
add_batch(int batch, const char *body, int body_bytes)
{
	int left = batch + 2;

	send_words("BEGIN");
	for (int i = 0; i < batch; i++)
		send_row(body, body_bytes);
	send_words("COMMIT");
	check(PQpipelineSync(conn));
	for (;;) {
		PGresult *r = PQgetResult(conn);
		const ExecStatusType status = PQresultStatus(r);

		PQclear(r);
		if (status == PGRES_PIPELINE_SYNC)
			break;
		if (r != NULL)
			left--;
		check(r == NULL || status == PGRES_COMMAND_OK);
	}
	check(left == 0);
}

static char *
read_body(const char *path, int *len)
{
	static char body[1 << 20];
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	*len = (int)fread(body, 1, sizeof(body), f);
	(void)fclose(f);
	return body;
}

int
main(int argc, char **argv)
{
	const int batch = argc == 5 ? atoi(argv[3]) : 0;
	double begun_s;
	char *body;
	long count = 0;
	int body_bytes;

	if (batch <= 0)
		return 2;
	body = read_body(argv[4], &body_bytes);
	srandom((unsigned)time(NULL));
	conn = PQconnectdb(argv[1]);
	check(PQstatus(conn) == CONNECTION_OK);
	command(schema);
	PQclear(PQprepare(conn, "insert", insert, 0, NULL));
	check(PQenterPipelineMode(conn));
	begun_s = now_s();
	do {
		add_batch(batch, body, body_bytes);
		count += batch;
	} while (now_s() - begun_s < atof(argv[2]));
	printf("%.0f\n", (double)count / (now_s() - begun_s));
	PQfinish(conn);
	return 0;
}
