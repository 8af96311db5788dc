#include "store_postgresql_ops.h"

#include <string.h>

#include "clock.h"

/* --- who is logged in ----------------------------------------------------- */

static struct bytes
access_digest(const unsigned char digest[SHA256_LEN])
{
	return (struct bytes){ (const char *)digest, SHA256_LEN };
}

static void
access_want_room(struct pg *s, const char *token)
{
	struct pg_args args = PG_ARGS, which = PG_ARGS;

	pg_add_int(&args, clock_wall_ms());
	pg_want(s, "DELETE FROM session WHERE until_ms <= $1", &args, NULL);
	pg_args_free(&args);
	pg_add_text(&which, token);
	pg_add_int(&which, STORE_SESSIONS_EACH - 1);
	pg_want(s, "DELETE FROM session WHERE digest IN (SELECT digest"
	    " FROM session WHERE token = $1 ORDER BY began_ms DESC, digest"
	    " OFFSET $2)", &which, NULL);
	pg_args_free(&which);
}

enum status
pg_session_add(struct store *store, const struct store_session *add,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_args args = PG_ARGS;
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	access_want_room(s, add->token);
	pg_add_bytes(&args, access_digest(add->digest));
	pg_add_int(&args, add->kind);
	pg_add_text(&args, add->token);
	pg_add_bytes(&args, access_digest(add->binding));
	pg_add_int(&args, add->began_ms);
	pg_add_int(&args, add->until_ms);
	pg_want(s, "INSERT INTO session (digest, kind, token, binding,"
	    " began_ms, until_ms) VALUES ($1, $2, $3, $4, $5, $6)", &args,
	    NULL);
	pg_args_free(&args);
	return pg_end(s, pg_flush(s, why), why);
}

#define SESSION_COLUMNS "token, binding, began_ms, until_ms"

static enum status
access_take_row(const struct pg_rows *rows, struct arena *a,
    struct store_session *out)
{
	struct bytes binding;

	if (rows->count == 0)
		return ST_UNKNOWN;
	binding = pg_bytes(rows, 0, 1);
	out->token = pg_text(rows, 0, 0, a);
	out->began_ms = pg_int(rows, 0, 2);
	out->until_ms = pg_int(rows, 0, 3);
	if (binding.len != SHA256_LEN || out->until_ms <= clock_wall_ms())
		return ST_UNKNOWN;
	memcpy(out->binding, binding.data, SHA256_LEN);
	return ST_OK;
}

/* take: what is found is gone from the commit on. */
static enum status
access_find(struct pg *s, bool take, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	struct store_session found = { .kind = kind };
	struct pg_args args = PG_ARGS;
	struct pg_rows rows = PG_ROWS;
	enum status st = take ? pg_begin(s, why) : pg_begin_read(s, why);
	enum status is_there = ST_UNKNOWN;

	if (st != ST_OK)
		return st;
	memcpy(found.digest, digest, SHA256_LEN);
	pg_add_bytes(&args, access_digest(digest));
	pg_add_int(&args, kind);
	st = pg_ask(s, take ?
	    "DELETE FROM session WHERE digest = $1 AND kind = $2"
	    " RETURNING " SESSION_COLUMNS :
	    "SELECT " SESSION_COLUMNS " FROM session"
	    " WHERE digest = $1 AND kind = $2", &args, &rows, why);
	pg_args_free(&args);
	if (st == ST_OK)
		is_there = access_take_row(&rows, a, &found);
	pg_rows_free(&rows);
	st = pg_end(s, arena_verdict(a, st, why), why);
	if (st == ST_OK && is_there == ST_OK)
		*out = found;
	return st == ST_OK ? is_there : st;
}

enum status
pg_session_find(struct store *store, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return access_find(pg_of(store), false, kind, digest, a, out, why);
}

enum status
pg_session_take(struct store *store, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return access_find(pg_of(store), true, kind, digest, a, out, why);
}

/* --- who did what --------------------------------------------------------- */

enum status
pg_audit_add(struct store *store, const struct store_note *n,
    struct reason *why)
{
	struct pg *s = pg_of(store);
	struct pg_args args = PG_ARGS;
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	pg_add_int(&args, n->at_ms);
	pg_add_text(&args, n->who);
	pg_add_text(&args, n->what);
	if (n->event_id != 0)
		pg_add_int(&args, n->event_id);
	else
		pg_add_null(&args, PG_INT);
	pg_add_bytes(&args, n->detail);
	pg_want(s, "INSERT INTO audit (at_ms, who, what, event_id, note)"
	    " VALUES ($1, $2, $3, $4, $5)", &args, NULL);
	pg_args_free(&args);
	return pg_end(s, pg_flush(s, why), why);
}

static const char audit_list_sql[] =
"SELECT id, at_ms, who, what, coalesce(event_id, 0), note FROM audit"
" WHERE id < $1 AND at_ms >= $2 AND what <> 'copy' ORDER BY id DESC LIMIT $3";

enum status
pg_audit_list(struct store *store, struct store_notes *n, struct reason *why)
{
	struct pg *s = pg_of(store);
	const int64_t args[] = { n->before_id == 0 ? INT64_MAX : n->before_id,
		n->since_ms, n->limit };
	struct pg_rows rows = PG_ROWS;
	enum status st = pg_begin_read(s, why);

	if (st != ST_OK)
		return st;
	st = pg_end(s, pg_ask_ints(s, audit_list_sql, args, 3, &rows, why),
	    why);
	n->count = st == ST_OK ? (size_t)rows.count : 0;
	n->notes = arena_array(n->arena, n->count, sizeof(*n->notes));
	for (size_t i = 0; n->notes != NULL && i < n->count; i++) {
		const int row = (int)i;

		n->notes[i] = (struct store_note){
			.id = pg_int(&rows, row, 0),
			.at_ms = pg_int(&rows, row, 1),
			.who = pg_text(&rows, row, 2, n->arena),
			.what = pg_text(&rows, row, 3, n->arena),
			.event_id = pg_int(&rows, row, 4),
			.detail = pg_copy(&rows, row, 5, n->arena),
		};
	}
	pg_rows_free(&rows);
	return arena_verdict(n->arena, st, why);
}
