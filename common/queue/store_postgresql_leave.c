#include "store_postgresql_ops.h"

/*
 * Whoever commits an event then looks whether this machine has a runner, by its
 * lock. So a runner that leaves first gives up the lock, and then looks once
 * more: an event was committed before that look, which sees it; or after it,
 * and then whoever did so finds no runner, and starts one.
 */

static enum status
leave_look(struct pg *s, struct store_leave *l, bool *may, struct reason *why)
{
	struct store_next next = { 0 };
	enum status st = pg_next_look(s, &next, why);

	if (st == ST_OK && l->policy != NULL && s->may_claim)
		st = pg_claim_is_possible(s, l->policy, l->arena,
		    &next.claimable, why);
	*may = st == ST_OK && l->may(l->ctx, &next);
	return st;
}

/* claimable: what the policy offers is locked only until the end. */
static enum status
leave_try(struct pg *s, struct store_leave *l, bool last, bool *may,
    struct reason *why)
{
	enum status st = pg_begin(s, why);

	if (st != ST_OK)
		return st;
	st = pg_hold_role(s, why);
	if (st == ST_OK)
		st = leave_look(s, l, may, why);
	if (st == ST_OK && *may && last)
		st = pg_ask_ints(s, "DELETE FROM runner WHERE id = $1",
		    &s->runner, 1, NULL, why);
	return pg_end(s, st, why);
}

enum status
pg_leave(struct store *store, struct store_leave *l, struct reason *why)
{
	struct pg *s = pg_of(store);
	bool may = false;
	enum status st = leave_try(s, l, false, &may, why);

	l->left = false;
	if (st != ST_OK || !may)
		return st;
	lock_give(&s->local.runner);
	st = leave_try(s, l, true, &may, why);
	/* there is something after all; or another one has begun already */
	l->left = (st == ST_OK && may) ||
	    lock_take(&s->local.runner, 0, NULL) != ST_OK;
	if (l->left)
		s->runner = st == ST_OK && may ? 0 : s->runner;
	return l->left ? ST_OK : st;
}
