#include "store_postgresql_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec.h"
#include "crypto.h"
#include "file.h"

#define PLACE_FILE "cgihook.place"

/*
 * A runner has a row, and its counter rises with each of its transactions: so
 * its lease is renewed, and others see that it is there. Nobody compares the
 * clocks of two machines.
 */

/* Which state folder this is: only one runner at a time holds its runner.lock,
 * so an earlier one's row is of a runner that is dead. A copy of the folder on
 * another machine is another one. */
static enum status
read_place(struct pg *s, struct reason *why)
{
	unsigned char random[8], digest[SHA256_LEN];
	char name[65] = "", machine[128] = "", token[17] = "", text[240];
	int fd;

	if (file_read_small(s->local.dirfd, PLACE_FILE, token,
	    sizeof(token)) != 16) {
		if (crypto_random(random, sizeof(random)) != ST_OK)
			return fail(why, ST_SYSTEM, "no random bytes");
		hex_encode(random, sizeof(random), token);
		fd = openat(s->local.dirfd, PLACE_FILE, O_WRONLY | O_CREAT |
		    O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0660);
		if (fd < 0 || write(fd, token, 16) != 16) {
			fail(why, ST_SYSTEM, "state_dir: " PLACE_FILE ": %s",
			    strerror(errno));
			if (fd >= 0)
				close(fd);
			return ST_SYSTEM;
		}
		close(fd);
	}
	(void)gethostname(name, sizeof(name) - 1);
	(void)file_read_small(AT_FDCWD, "/etc/machine-id", machine,
	    sizeof(machine));
	snprintf(text, sizeof(text), "%s %s %s", token, name, machine);
	if (sha256(bytes_of(text), digest) != ST_OK)
		return fail(why, ST_SYSTEM, "libcrypto: no SHA-256");
	hex_encode(digest, 16, s->place);
	return ST_OK;
}

enum status
pg_begin_role(struct pg *s, struct reason *why)
{
	struct pg_args args = PG_ARGS;
	struct pg_rows rows = PG_ROWS;
	char host[65] = "";
	enum status st = read_place(s, why);

	if (st != ST_OK)
		return st;
	(void)gethostname(host, sizeof(host) - 1);
	pg_add_text(&args, s->digest);
	pg_add_bytes(&args, bytes_of(host));
	pg_add_int(&args, s->lease_ms);
	pg_add_text(&args, s->place);
	st = pg_ask(s, "INSERT INTO runner (digest, host, lease_ms, place,"
	    " began_ms) VALUES ($1, encode($2, 'escape'), $3, $4, " PG_NOW_MS
	    ") RETURNING id", &args, &rows, why);
	pg_args_free(&args);
	if (st == ST_OK)
		s->runner = pg_int(&rows, 0, 0);
	pg_rows_free(&rows);
	return st == ST_OK ? pg_stay(&s->store, why) : st;
}

void
pg_end_role(struct pg *s)
{
	if (s->runner != 0)
		(void)pg_ask_ints(s, "DELETE FROM runner WHERE id = $1 AND NOT"
		    " EXISTS (SELECT 1 FROM delivery WHERE owner = $1 AND"
		    " state = 1)", &s->runner, 1, NULL, NULL);
	s->runner = 0;
}

void
pg_want_role(struct pg *s)
{
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, s->runner);
	pg_add_text(&args, s->digest);
	pg_add_int(&args, s->lease_ms);
	pg_want(s, "UPDATE runner r SET counter = counter + 1, digest = $2,"
	    " lease_ms = $3 FROM (SELECT d.runner, b.digest FROM dispatcher d"
	    " LEFT JOIN runner b ON b.id = d.runner) x WHERE r.id = $1"
	    " RETURNING x.runner IS NOT DISTINCT FROM r.id,"
	    " x.runner IS NOT DISTINCT FROM r.id OR"
	    " coalesce(x.digest = r.digest, true)", &args, &s->role_rows);
	pg_args_free(&args);
}

enum status
pg_take_role(struct pg *s, struct reason *why)
{
	struct pg_rows *rows = &s->role_rows;
	enum status st = ST_OK;

	if (rows->count == 0)
		st = fail(why, ST_UNKNOWN, "the lease has run out: another"
		    " runner has taken over");
	s->dispatches = rows->count > 0 && pg_int(rows, 0, 0) != 0;
	s->may_claim = rows->count > 0 && pg_int(rows, 0, 1) != 0;
	pg_rows_free(rows);
	return st;
}

enum status
pg_hold_role(struct pg *s, struct reason *why)
{
	enum status st;

	pg_want_role(s);
	st = pg_flush(s, why);
	return st == ST_OK ? pg_take_role(s, why) : st;
}

void
pg_want_dispatcher(struct pg *s)
{
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, s->runner);
	pg_want(s, "UPDATE dispatcher d SET runner = $1 WHERE NOT EXISTS"
	    " (SELECT 1 FROM runner r WHERE r.id = d.runner)", &args, NULL);
	pg_args_free(&args);
}

/* A standby whose clock is slower may have become the primary: what waits moves
 * along, or it would wait by so much longer. What was due stays due. Where the
 * clock is faster it comes early, and nothing is to be done. */
static const char follow_clock[] =
"WITH o AS (SELECT clock_ms AS ms FROM dispatcher WHERE runner = $1),"
" n AS (SELECT " PG_NOW_MS " AS ms),"
" u AS (UPDATE dispatcher SET clock_ms = n.ms FROM n WHERE runner = $1)"
" UPDATE delivery SET at_ms = greatest(at_ms - (o.ms - n.ms), n.ms)"
" FROM o, n WHERE o.ms > n.ms + 2000 AND state = 0 AND at_ms > n.ms";

static void
want_clock(struct pg *s)
{
	struct pg_args args = PG_ARGS;

	pg_add_int(&args, s->runner);
	pg_want(s, follow_clock, &args, NULL);
	pg_args_free(&args);
}

/* Whoever becomes the dispatcher knows it at once. */
enum status
pg_stay(struct store *store, struct reason *why)
{
	struct pg *s = pg_of(store);
	enum status st = pg_begin_often(s, why);

	if (st != ST_OK)
		return st;
	if (!s->dispatches)
		pg_want_dispatcher(s);
	st = pg_hold_role(s, why);
	/* its row is locked behind the runner's, as by who takes over */
	if (st == ST_OK && s->dispatches)
		want_clock(s);
	return pg_end(s, st, why);
}
