#include "runner_core.h"

#include <string.h>

#include "bell.h"
#include "clock.h"
#include "dispatch.h"
#include "log.h"

enum {
	LOOK_AGAIN_MS = 1000,
	ALIKE_MAX = 16,			/* so many are looked through */
	SAY_AGAIN_MS = 60 * 1000
};

static const char *
keep(struct runner *r, const char *text, bool *missing)
{
	const char *copy = arena_cstr(&r->batch_arena, bytes_of(text));

	*missing = *missing || copy == NULL;
	return copy;
}

static bool
is_alike(const struct dispatched *d, const struct stored_event *e,
    bool completed)
{
	return d->completed == completed && strcmp(d->source, e->source) == 0 &&
	    strcmp(d->event, e->event) == 0 &&
	    strcmp(d->action, e->action) == 0 &&
	    strcmp(d->status, e->status) == 0;
}

/* One of the last in the batch that has the same handlers, or NULL. */
static const struct dispatched *
find_alike(const struct runner *r, const struct stored_event *e,
    bool completed)
{
	size_t i;

	for (i = 1; i <= r->batch_count && i <= ALIKE_MAX; i++)
		if (is_alike(&r->batch[r->batch_count - i], e, completed))
			return &r->batch[r->batch_count - i];
	return NULL;
}

static enum status
find_handlers(struct runner *r, const struct stored_event *e, bool completed,
    struct dispatched *d, struct reason *why)
{
	bool missing = false;
	const char **handlers;
	size_t i, count;
	enum status st;

	st = dispatch_find(r->config->handlers_dir, e, completed,
	    &r->batch_arena, &handlers, &count, why);
	if (st != ST_OK)
		return st;
	/* the names may be e's own words, and e does not stay */
	for (i = 0; i < count; i++)
		handlers[i] = keep(r, handlers[i], &missing);
	*d = (struct dispatched){
		.completed = completed,
		.source = keep(r, e->source, &missing),
		.event = keep(r, e->event, &missing),
		.action = keep(r, e->action, &missing),
		.status = keep(r, e->status, &missing),
		.handlers = handlers, .count = count,
	};
	return missing ? fail(why, ST_BUSY, "no memory") : ST_OK;
}

static enum status
look_up(struct runner *r, struct kept_event *k, struct dispatched *d,
    struct reason *why)
{
	const struct stored_event *e = &k->stored;
	const struct dispatched *alike;
	struct reason not_decoded;
	bool missing = false, completed;
	enum status st;

	st = events_decode(k, &not_decoded);
	completed = st == ST_OK && k->decoded.completed;
	if (st != ST_OK)
		log_note("warning", "event %lld cannot be read any more: %s",
		    (long long)e->id, not_decoded.text);
	alike = find_alike(r, e, completed);
	if (alike != NULL) {
		*d = *alike;
	} else {
		st = find_handlers(r, e, completed, d, why);
		if (st != ST_OK)
			return st;
	}
	d->event_id = e->id;
	d->notify = keep(r, e->notify, &missing);
	return missing ? fail(why, ST_BUSY, "no memory") : ST_OK;
}

static void
say_not_dispatched(struct runner *r, const struct stored_event *e,
    const struct reason *why)
{
	int64_t now = clock_steady_ms();

	r->look_again_ms = now + LOOK_AGAIN_MS;
	if (now < r->look_said_ms)
		return;
	r->look_said_ms = now + SAY_AGAIN_MS;
	log_note("error", "event %lld of %s waits: %s", (long long)e->id,
	    e->source, why->text);
}

/*
 * Looked up before the transaction, so that nobody waits for the folders to be
 * read. Nobody but the runner dispatches, so they are queued still when it
 * begins. One whose folder cannot be read does not hold up the others.
 */
void
batch_look_up(struct runner *r)
{
	struct kept_event *k;
	struct reason why;
	int64_t after = 0;
	int tries = 0;
	enum status st = ST_OK;

	store_read_begin(r->store);
	while (r->batch_count < BATCH_MAX && tries++ < 16 * BATCH_MAX) {
		st = events_next_queued(r, after, &k, &why);
		if (st != ST_OK)
			break;
		after = k->id;
		st = look_up(r, k, &r->batch[r->batch_count], &why);
		if (st == ST_OK)
			r->batch_count++;
		else
			say_not_dispatched(r, &k->stored, &why);
	}
	store_read_end(r->store);
	if (r->batch_count == BATCH_MAX)
		r->rung = true;		/* there may be more */
	if (st != ST_OK && st != ST_UNKNOWN)
		r->look_again_ms = clock_steady_ms() + LOOK_AGAIN_MS;
}

enum status
batch_write(struct runner *r, struct reason *why)
{
	const struct dispatched *d;
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < r->batch_count && st == ST_OK; i++) {
		d = &r->batch[i];
		st = store_dispatch(r->store, d->event_id, d->source,
		    d->handlers, d->count, change_now_ms(r), why);
	}
	return st;
}

/* Somebody waits for a handler that the event turned out not to have. */
static void
ring_unless_awaited(struct runner *r, const struct dispatched *d)
{
	const char *path;
	size_t i;

	if (d->notify[0] == '\0')
		return;
	for (i = 0; i < d->count; i++) {
		path = arena_printf(&r->batch_arena, "%s/%s", d->source,
		    d->handlers[i]).data;
		if (path != NULL &&
		    config_handler(r->config, path)->mode == MODE_WAIT)
			return;
	}
	(void)bell_ring(r->dirfd, d->notify, d->event_id);
}

void
batch_ring(struct runner *r)
{
	size_t i;

	for (i = 0; i < r->batch_count; i++)
		ring_unless_awaited(r, &r->batch[i]);
}
