#include "store_backend.h"

/* The calls of store.h: each is an operation of what keeps the store. */

/* The row of each kind; NULL: it is not built in. */
static const struct store_backend *const rows[] = {
	[STORE_SQLITE] = &store_sqlite,
#ifdef CGIHOOK_POSTGRESQL
	[STORE_POSTGRESQL] = &store_postgresql,
#endif
	[STORE_AGENT] = &store_agent,
};

enum status
store_open(const struct store_options *o, struct store **out,
    struct reason *why)
{
	if (rows[o->kind] == NULL)
		return fail(why, ST_CONFIG, "this cgihook was built without"
		    " PostgreSQL: build it with \"make PG=1\"");
	return rows[o->kind]->open(o, out, why);
}

/* What an agent does for nobody. */
static enum status
store_lacks(const struct store *s, struct reason *why)
{
	return fail(why, ST_BUG, "by way of the %s this cannot be asked",
	    s->backend->name);
}

enum status
store_configure(struct store *s, const struct store_options *o,
    struct reason *why)
{
	return s->backend->configure(s, o, why);
}

void
store_close(struct store *s)
{
	if (s != NULL)
		s->backend->close(s);
}

bool
store_is_shared(const struct store *s)
{
	return s->backend->shared;
}

enum status
store_accept(struct store *s, struct store_accepts *batch, struct reason *why)
{
	return s->backend->accept(s, batch, why);
}

enum status
store_queued(struct store *s, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why)
{
	if (s->backend->queued == NULL)
		return store_lacks(s, why);
	return s->backend->queued(s, after_id, a, out, max, count, why);
}

enum status
store_work(struct store *s, struct store_work *w, struct reason *why)
{
	if (s->backend->work == NULL)
		return store_lacks(s, why);
	return s->backend->work(s, w, why);
}

enum status
store_previous(struct store *s, const struct store_outcome *o,
    struct store_outcome *out, struct reason *why)
{
	if (s->backend->previous == NULL)
		return store_lacks(s, why);
	return s->backend->previous(s, o, out, why);
}

enum status
store_adopt(struct store *s, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why)
{
	if (s->backend->adopt == NULL)
		return store_lacks(s, why);
	return s->backend->adopt(s, a, out, count, why);
}

enum status
store_stay(struct store *s, struct reason *why)
{
	if (s->backend->stay == NULL)
		return store_lacks(s, why);
	return s->backend->stay(s, why);
}

enum status
store_next(struct store *s, struct store_next *out, struct reason *why)
{
	return s->backend->next(s, out, why);
}

enum status
store_leave(struct store *s, struct store_leave *l, struct reason *why)
{
	if (s->backend->leave == NULL)
		return store_lacks(s, why);
	return s->backend->leave(s, l, why);
}

enum status
store_listen(struct store *s, int *fd, struct reason *why)
{
	return s->backend->listen(s, fd, why);
}

const char *
store_bell(const struct store *s)
{
	return s->backend->bell(s);
}

bool
store_rung(struct store *s, int64_t *event_id)
{
	return s->backend->rung(s, event_id);
}

void
store_refuse_rings(struct store *s)
{
	s->backend->refuse_rings(s);
}

enum store_runner
store_find_runner(struct store *s, bool ring, int64_t event_id)
{
	return s->backend->find_runner(s, ring, event_id);
}

int
store_runner_fd(const struct store *s)
{
	return s->backend->runner_fd(s);
}

bool
store_runner_heard(const struct store *s)
{
	return s->backend->runner_heard(s);
}

bool
store_runner_lost(struct store *s)
{
	return s->backend->runner_lost(s);
}

enum status
store_get_many(struct store *s, struct store_get *items, size_t count,
    struct reason *why)
{
	return s->backend->get(s, items, count, why);
}

enum status
store_get(struct store *s, int64_t id, unsigned parts, struct arena *a,
    struct stored_event *out, struct reason *why)
{
	struct store_get item = { .id = id, .parts = parts, .arena = a };
	enum status st = store_get_many(s, &item, 1, why);

	if (st == ST_OK)
		st = item.status;
	if (st == ST_OK)
		*out = item.event;
	return st;
}

enum status
store_list(struct store *s, const struct store_filter *f, struct arena *a,
    struct stored_event **out, size_t *count, struct reason *why)
{
	if (s->backend->list == NULL)
		return store_lacks(s, why);
	if (f->search != NULL && !s->backend->searches)
		return fail(why, ST_MALFORMED, "a store of %s has no search",
		    s->backend->name);
	return s->backend->list(s, f, a, out, count, why);
}

enum status
store_retry(struct store *s, struct store_retry *r, struct reason *why)
{
	if (s->backend->retry == NULL)
		return store_lacks(s, why);
	return s->backend->retry(s, r, why);
}

enum status
store_stats(struct store *s, struct store_stats *out, struct reason *why)
{
	if (s->backend->stats == NULL)
		return store_lacks(s, why);
	return s->backend->stats(s, out, why);
}

enum status
store_measure(struct store *s, struct arena *a, struct store_measures *out,
    struct reason *why)
{
	struct store_facts f;
	enum status st;

	if (s->backend->measure == NULL)
		return store_lacks(s, why);
	st = s->backend->measure(s, a, out, why);
	if (st == ST_OK)
		out->runner |= store_find_runner(s, false, STORE_NO_EVENT) !=
		    STORE_RUNNER_NONE || (s->backend->facts != NULL &&
		    store_facts(s, a, &f, NULL) == ST_OK &&
		    f.runner_count > 0);
	return st;
}

enum status
store_hours(struct store *s, struct store_hours *h, struct reason *why)
{
	h->rows = NULL;
	h->count = 0;
	if (h->step < 1)
		h->step = 1;
	return s->backend->hours == NULL ? ST_OK :
	    s->backend->hours(s, h, why);
}

enum status
store_checked_put(struct store *s, const struct store_checked *c,
    struct reason *why)
{
	return s->backend->checked_put == NULL ? ST_OK :
	    s->backend->checked_put(s, c, why);
}

enum status
store_checked_get(struct store *s, struct arena *a,
    struct store_checked *out, struct reason *why)
{
	*out = (struct store_checked){ .findings = "" };
	return s->backend->checked_get == NULL ? ST_OK :
	    s->backend->checked_get(s, a, out, why);
}

enum status
store_tidy(struct store *s, int max, struct store_tidied *out,
    struct reason *why)
{
	if (s->backend->tidy == NULL)
		return store_lacks(s, why);
	return s->backend->tidy(s, max, out, why);
}

enum status
store_forget(struct store *s, struct store_forget *f, struct reason *why)
{
	if (s->backend->forget == NULL)
		return store_lacks(s, why);
	return s->backend->forget(s, f, why);
}

enum status
store_erase(struct store *s, int64_t *at, struct reason *why)
{
	*at = s->backend->erase == NULL ? 0 : *at;
	return s->backend->erase == NULL ? ST_OK :
	    s->backend->erase(s, at, why);
}

enum status
store_renumber(struct store *s, int64_t *from, struct reason *why)
{
	if (s->backend->renumber == NULL)
		return fail(why, ST_CONFIG, "a store of %s never gives a"
		    " number twice: it is not renumbered", s->backend->name);
	return s->backend->renumber(s, from, why);
}

enum status
store_backup(struct store *s, const char *path, struct reason *why)
{
	if (s->backend->backup == NULL)
		return fail(why, ST_CONFIG, "the store is in %s: back it up"
		    " by its own tools, such as pg_dump; see"
		    " cgihook-postgresql(7)", s->backend->name);
	return s->backend->backup(s, path, why);
}

enum status
store_facts(struct store *s, struct arena *a, struct store_facts *out,
    struct reason *why)
{
	if (s->backend->facts == NULL)
		return fail(why, ST_UNKNOWN, "one machine has this store");
	return s->backend->facts(s, a, out, why);
}
