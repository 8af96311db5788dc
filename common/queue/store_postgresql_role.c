#include "store_postgresql_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
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
	    ") RETURNING id, began_ms", &args, &rows, why);
	pg_args_free(&args);
	if (st == ST_OK) {
		s->runner = pg_int(&rows, 0, 0);
		s->runner_began_ms = pg_int(&rows, 0, 1);
	}
	pg_rows_free(&rows);
	return st == ST_OK ? pg_stay(&s->store, why) : st;
}

/* Its number alone may be another runner's, in another database. */
#define OURS "r.id = $1 AND r.place = $2 AND r.began_ms = $3"

static void
add_ours(struct pg *s, struct pg_args *args)
{
	pg_add_int(args, s->runner);
	pg_add_text(args, s->place);
	pg_add_int(args, s->runner_began_ms);
}

void
pg_end_role(struct pg *s)
{
	struct pg_args args = PG_ARGS;

	if (s->runner != 0) {
		add_ours(s, &args);
		(void)pg_ask(s, "DELETE FROM runner r WHERE " OURS " AND NOT"
		    " EXISTS (SELECT 1 FROM delivery WHERE owner = $1 AND"
		    " state = 1)", &args, NULL, NULL);
		pg_args_free(&args);
	}
	s->runner = 0;
}

void
pg_want_role(struct pg *s)
{
	struct pg_args args = PG_ARGS;

	add_ours(s, &args);
	pg_add_text(&args, s->digest);
	pg_add_int(&args, s->lease_ms);
	pg_want(s, "UPDATE runner r SET counter = counter + 1, digest = $4,"
	    " lease_ms = $5 FROM (SELECT d.runner, b.id, b.digest FROM"
	    " dispatcher d LEFT JOIN runner b ON b.id = d.runner) x WHERE "
	    OURS " RETURNING x.runner IS NOT DISTINCT FROM r.id,"
	    " x.id IS NOT NULL AND coalesce(x.id = r.id OR"
	    " x.digest = $4, true)", &args, &s->role_rows);
	pg_args_free(&args);
}

enum status
pg_take_role(struct pg *s, struct reason *why)
{
	struct pg_rows *rows = &s->role_rows;
	enum status st = ST_OK;

	if (rows->count == 0)
		st = fail(why, ST_UNKNOWN, s->moved ? "the connection string"
		    " leads to another database" : "the lease has run out:"
		    " another runner has taken over");
	else
		s->moved = false;
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
	    " (SELECT 1 FROM runner r WHERE r.id = d.runner) RETURNING one",
	    &args, &s->dispatcher_rows);
	pg_args_free(&args);
}

void
pg_take_dispatcher(struct pg *s)
{
	if (s->dispatcher_rows.count > 0)
		s->dispatches = s->may_claim = true;
	pg_rows_free(&s->dispatcher_rows);
}

/* --- the database's clock ------------------------------------------------- */

/*
 * A standby whose clock is slower may have become the primary: what waits moves
 * along, or it would wait by so much longer. What was due stays due. Where the
 * clock is faster it comes early, and nothing is to be done.
 *
 * It moves in steps, by number, since much may wait. What begins to wait behind
 * the last step meanwhile comes early, too, and so does what had moved already
 * when the clock changed once more.
 */
#define IS_BEHIND "clock_ms > " PG_NOW_MS " + 2000"

static const char note_clock[] =
"UPDATE dispatcher SET clock_ms = " PG_NOW_MS ", behind_ms = behind_ms + CASE"
" WHEN " IS_BEHIND " THEN clock_ms - " PG_NOW_MS " ELSE 0 END,"
" moved_to = CASE WHEN " IS_BEHIND " THEN 0 ELSE moved_to END"
" WHERE runner = $1 RETURNING behind_ms > 0";

static const char follow_clock[] =
"WITH d AS (SELECT behind_ms, moved_to FROM dispatcher WHERE runner = $1),"
" c AS MATERIALIZED (SELECT v.id FROM d CROSS JOIN LATERAL (SELECT id"
" FROM delivery WHERE state = 0 AND id > d.moved_to ORDER BY id LIMIT $2) v),"
" u AS (UPDATE delivery e SET at_ms = greatest(e.at_ms - d.behind_ms, "
PG_NOW_MS ") FROM c, d WHERE e.id = c.id AND e.state = 0"
" AND e.at_ms > " PG_NOW_MS ") "
"UPDATE dispatcher p SET moved_to = coalesce(m.id, 0),"
" behind_ms = CASE WHEN m.n < $2 THEN 0 ELSE p.behind_ms END"
" FROM (SELECT max(id) AS id, count(*) AS n FROM c) m"
" WHERE p.runner = $1 RETURNING p.behind_ms > 0";

enum {
	CLOCK_STEP = 5000,		/* deliveries: less than a second */
	CLOCK_MS = 500			/* of steps; then others come first */
};

static bool
take_behind(struct pg_rows *rows)
{
	const bool behind = rows->count > 0 && pg_int(rows, 0, 0) != 0;

	pg_rows_free(rows);
	return behind;
}

static enum status
follow_one_step(struct pg *s, bool *behind, struct reason *why)
{
	const int64_t args[] = { s->runner, CLOCK_STEP };
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	st = pg_hold_role(s, why);
	if (st == ST_OK)
		st = pg_ask_ints(s, follow_clock, args, 2, &rows, why);
	*behind = take_behind(&rows);
	return pg_end(s, st, why);
}

/* --- staying -------------------------------------------------------------- */

/* Rows are locked in one order: this runner's, then the dispatcher's. Whoever
 * becomes the dispatcher knows it at once. */
static enum status
stay_once(struct pg *s, bool *behind, struct reason *why)
{
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_begin_often(s, why);

	if (st != ST_OK)
		return st;
	pg_want_role(s);
	pg_want_dispatcher(s);
	st = pg_flush(s, why);
	if (st == ST_OK)
		st = pg_take_role(s, why);
	if (st == ST_OK)
		pg_take_dispatcher(s);
	if (st == ST_OK && s->dispatches)
		pg_want_ints(s, note_clock, &s->runner, 1, &rows);
	st = pg_end(s, st, why);
	*behind = take_behind(&rows);
	return st;
}

enum status
pg_stay(struct store *store, struct reason *why)
{
	const int64_t until_ms = clock_steady_ms() + CLOCK_MS;
	struct pg *s = pg_of(store);
	bool behind = false;
	enum status st = stay_once(s, &behind, why);

	while (st == ST_OK && behind && clock_steady_ms() < until_ms)
		st = follow_one_step(s, &behind, why);
	return st;
}
