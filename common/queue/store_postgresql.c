#include "store_postgresql_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEASE_MS 30000

/* --- the schema ----------------------------------------------------------- */

/* Nobody else makes or changes it until the transaction ends. */
static const char lock_schema[] =
"SELECT pg_advisory_xact_lock(1130982763, hashtext(current_schema()))";

/* Of the table itself: to_regclass may answer by what this connection has found
 * missing before it waited for the lock. */
static const char find_store[] =
"SELECT current_schema(), EXISTS (SELECT 1 FROM pg_catalog.pg_class c"
" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
" WHERE c.relname = 'cgihook_store' AND n.nspname = current_schema())";

/* All that use this schema listen there. */
static void
take_channel(struct pg *s, struct bytes schema)
{
	snprintf(s->channel, sizeof(s->channel), "cgihook_%.*s",
	    (int)(schema.len > 55 ? 55 : schema.len), schema.data);
}

/* *version 0: none; -1: no store is there at all. */
static enum status
read_version(struct pg *s, int64_t *version, struct reason *why)
{
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_ask(s, find_store, NULL, &rows, why);
	bool is_there = false;

	if (st != ST_OK)
		return st;
	if (pg_is_null(&rows, 0, 0))
		st = fail(why, ST_CONFIG, "postgresql: no schema of the"
		    " search_path is there: CREATE SCHEMA, or set another"
		    " search_path for this user");
	else
		take_channel(s, pg_bytes(&rows, 0, 0));
	if (st == ST_OK)
		is_there = pg_int(&rows, 0, 1) != 0;
	pg_rows_free(&rows);
	*version = -1;
	if (st != ST_OK || !is_there)
		return st;
	st = pg_ask(s, "SELECT version FROM cgihook_store", NULL, &rows, why);
	if (st == ST_OK && rows.count == 1)
		*version = pg_int(&rows, 0, 0);
	pg_rows_free(&rows);
	return st;
}

static enum status
upgrade_to(struct pg *s, int64_t version, struct reason *why)
{
	enum status st = ST_OK;

	for (const char *const *sql = pg_upgrades[version - 1];
	    st == ST_OK && *sql != NULL; sql++)
		st = pg_ask(s, *sql, NULL, NULL, why);
	return st == ST_OK ? pg_ask_ints(s, "UPDATE cgihook_store SET"
	    " version = $1", &version, 1, NULL, why) : st;
}

static enum status
upgrade_locked(struct pg *s, struct reason *why)
{
	int64_t version = 0;
	enum status st = pg_ask(s, lock_schema, NULL, NULL, why);

	if (st == ST_OK)
		st = read_version(s, &version, why);
	/* behind all transactions that looked at the version */
	if (st == ST_OK && version >= 0 && version < PG_VERSION)
		st = pg_ask(s, "LOCK TABLE cgihook_store IN ACCESS EXCLUSIVE"
		    " MODE", NULL, NULL, why);
	if (version < 0)
		version = 0;
	while (st == ST_OK && version < PG_VERSION)
		st = upgrade_to(s, ++version, why);
	return st;
}

/* Written as one transaction: so it is there as a whole, or it is not. */
static enum status
upgrade(struct pg *s, struct reason *why)
{
	enum status st;

	pg_want(s, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", NULL,
	    NULL);
	st = upgrade_locked(s, why);
	pg_want(s, st == ST_OK ? "COMMIT" : "ROLLBACK", NULL, NULL);
	if (st == ST_OK)
		return pg_flush(s, why);
	(void)pg_flush(s, NULL);
	return st;
}

static enum status
open_schema(struct pg *s, struct reason *why)
{
	int64_t version = 0;
	enum status st = pg_connect(s, why);

	if (st == ST_OK)
		st = read_version(s, &version, why);
	if (st != ST_OK)
		return st;
	if (version < 0 && s->role == STORE_READ)
		return fail(why, ST_UNKNOWN, "PostgreSQL has no store yet: the"
		    " first event makes it");
	if (version < PG_VERSION && s->role != STORE_READ)
		st = upgrade(s, why);
	/* of another version is refused here */
	if (st == ST_OK)
		st = pg_begin_read(s, why);
	return st == ST_OK ? pg_end(s, ST_OK, why) : st;
}

/* --- the row -------------------------------------------------------------- */

/* The password in it, too. */
static void
forget_options(struct pg *s)
{
	if (s->conninfo != NULL)
		explicit_bzero(s->conninfo, strlen(s->conninfo));
	free(s->conninfo);
	free(s->digest);
}

static enum status
set_options(struct pg *s, const struct store_options *o, struct reason *why)
{
	char *digest = o->digest == NULL ? NULL : strdup(o->digest);
	char *conninfo = strdup(o->conn == NULL ? "" : o->conn);

	if (conninfo == NULL || (o->digest != NULL && digest == NULL)) {
		free(digest);
		free(conninfo);
		return fail(why, ST_BUSY, "store: out of memory");
	}
	forget_options(s);
	s->digest = digest;
	s->conninfo = conninfo;
	s->queue_limit = o->queue_limit;
	s->keep_ms = o->keep_ms;
	s->keep_bodies_ms = o->keep_bodies_ms;
	s->busy_ms = o->busy_ms;
	s->lease_ms = o->lease_ms > 0 ? o->lease_ms : LEASE_MS;
	return ST_OK;
}

static void
pg_close(struct store *store)
{
	struct pg *s = pg_of(store);

	if (pg_connected(s) && !s->in_transaction) {
		pg_end_role(s);
		pg_fold_writer(s);
		(void)pg_flush(s, NULL);
	}
	pg_disconnect(s);
	pg_wake_end(s);
	local_end(&s->local);
	if (s->local.dirfd >= 0)
		close(s->local.dirfd);
	forget_options(s);
	free(s->claims.of);
	free(s->ends.of);
	free(s->lost_ends.of);
	free(s->rings.of);
	free(s);
}

/* This machine's part: a runner that is not alone here ends at once. */
static enum status
open_folder(struct pg *s, const struct store_options *o, struct reason *why)
{
	if (mkdir(o->dir, 0700) != 0 && errno != EEXIST)
		return fail(why, ST_SYSTEM, "mkdir %s: %s", o->dir,
		    strerror(errno));
	s->local.dirfd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->local.dirfd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", o->dir, strerror(errno));
	return o->role == STORE_RUN ?
	    local_take_role(&s->local, o->role_wait_ms, why) : ST_OK;
}

static enum status
pg_open(const struct store_options *o, struct store **out,
    struct reason *why)
{
	struct pg *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return fail(why, ST_BUSY, "store: out of memory");
	s->store.backend = &store_postgresql;
	s->role = o->role;
	s->copying = o->copying;
	s->local = LOCAL_NONE;
	s->local.is_runner = o->role == STORE_RUN;
	s->commit_at = s->wake_fd = s->timer_fd = -1;
	st = set_options(s, o, why);
	if (st == ST_OK)
		st = open_folder(s, o, why);
	if (st == ST_OK)
		st = open_schema(s, why);
	if (st == ST_OK && s->role == STORE_RUN)
		st = pg_begin_role(s, why);
	if (st != ST_OK) {
		pg_close(&s->store);
		return st;
	}
	*out = &s->store;
	return ST_OK;
}

static enum status
pg_configure(struct store *store, const struct store_options *o,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	const bool moved = strcmp(o->conn == NULL ? "" : o->conn,
	    s->conninfo) != 0;
	enum status st = set_options(s, o, why);

	/* the next transaction connects; the timer sees to the ear */
	if (st == ST_OK && moved) {
		pg_disconnect(s);
		pg_ear_close(s);
		pg_forget_database(s);
	}
	return st;
}

const struct store_backend store_postgresql = {
	.name = "PostgreSQL",
	.searches = true,
	.shared = true,
	.open = pg_open,
	.configure = pg_configure,
	.close = pg_close,
	.accept = pg_accept,
	.queued = pg_queued,
	.work = pg_work,
	.adopt = pg_adopt,
	.stay = pg_stay,
	.next = pg_next,
	.leave = pg_leave,
	.listen = pg_listen,
	.bell = pg_bell,
	.rung = pg_rung,
	.refuse_rings = pg_refuse_rings,
	.find_runner = pg_find_runner,
	.runner_fd = pg_runner_fd,
	.runner_heard = pg_runner_heard,
	.runner_lost = pg_runner_lost,
	.get = pg_get,
	.list = pg_list,
	.about_due = pg_about_due,
	.about_put = pg_about_put,
	.retry = pg_retry,
	.stats = pg_stats,
	.measure = pg_measure,
	.hours = pg_hours,
	.checked_put = pg_checked_put,
	.checked_get = pg_checked_get,
	.tidy = pg_tidy,
	.forget = pg_forget,
	.session_add = pg_session_add,
	.session_find = pg_session_find,
	.session_take = pg_session_take,
	.audit_add = pg_audit_add,
	.audit_list = pg_audit_list,
	.copying = pg_copying,
	.seal = pg_seal,
	.export = pg_export,
	.import = pg_import,
	.facts = pg_facts,
	.renumber = pg_renumber,
};
