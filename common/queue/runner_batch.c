#include "runner_private.h"

#include <string.h>

#include "clock.h"
#include "dispatch.h"
#include "log.h"

enum {
	LOOK_AGAIN_MS = 1000,
	ALIKE_MAX = 16,			/* so many are looked through */
	HEADS = 32,			/* read at a time */
	LOOKED_MAX = 16 * BATCH_MAX	/* beyond some that have to wait */
};

/* Then they have the same handlers. */
static bool
is_alike(const struct stored_event *a, const struct stored_event *b)
{
	return strcmp(a->provider, b->provider) == 0 &&
	    strcmp(a->source, b->source) == 0 &&
	    strcmp(a->event, b->event) == 0 &&
	    strcmp(a->action, b->action) == 0 &&
	    strcmp(a->status, b->status) == 0;
}

/* One of the last in the batch, or NULL. */
static const struct store_dispatch *
find_alike(const struct runner *r, const struct stored_event *e)
{
	size_t i;

	for (i = 1; i <= r->batch_count && i <= ALIKE_MAX; i++)
		if (is_alike(r->batch[r->batch_count - i], e))
			return &r->dispatched[r->batch_count - i];
	return NULL;
}

/* The handlers' paths; a request may wait for one that is not among them. */
static enum status
find_paths(struct runner *r, const struct stored_event *e,
    struct store_dispatch *d, struct reason *why)
{
	const char **handlers, **paths;
	size_t i;
	enum status st = dispatch_find(r->config->handlers_dir, e,
	    event_completes(provider_find(e->provider), bytes_of(e->event),
	    bytes_of(e->status)), &r->batch_arena, &handlers, &d->count, why);

	if (st != ST_OK)
		return st;
	paths = arena_array(&r->batch_arena, d->count, sizeof(*paths));
	d->ring = true;
	for (i = 0; i < d->count && paths != NULL; i++) {
		paths[i] = arena_printf(&r->batch_arena, "%s/%s", e->source,
		    handlers[i]).data;
		if (paths[i] == NULL)
			return fail(why, ST_BUSY, "no memory");
		if (config_handler(r->config, paths[i])->mode == MODE_WAIT)
			d->ring = false;
	}
	if (d->count > 0 && paths == NULL)
		return fail(why, ST_BUSY, "no memory");
	d->paths = paths;
	return ST_OK;
}

static enum status
look_up(struct runner *r, const struct stored_event *e, struct reason *why)
{
	const struct store_dispatch *alike = find_alike(r, e);
	struct store_dispatch *d = &r->dispatched[r->batch_count];
	enum status st = ST_OK;

	if (alike != NULL)
		*d = *alike;
	else
		st = find_paths(r, e, d, why);
	d->event_id = e->id;
	if (st == ST_OK)
		r->batch[r->batch_count++] = e;
	return st;
}

static void
batch_look_later(struct runner *r)
{
	int64_t at_ms = clock_steady_ms() + LOOK_AGAIN_MS;

	if (at_ms < r->look_ms)
		r->look_ms = at_ms;
}

static void
say_not_dispatched(struct runner *r, const struct stored_event *e,
    const struct reason *why)
{
	batch_look_later(r);
	if (say_reason_again(&r->look_said, why->text))
		log_note("error", "event %lld of %s waits: %s",
		    (long long)e->id, e->source, why->text);
}

/* The next ones that are queued behind after_id, of which *count were there:
 * fewer than HEADS, no more. There is room for as many. */
static enum status
look_up_some(struct runner *r, int64_t *after_id, size_t *count,
    struct reason *why)
{
	struct stored_event *e = arena_array(&r->batch_arena, HEADS,
	    sizeof(*e));
	size_t i;
	enum status st = arena_verdict(&r->batch_arena, ST_OK, why);

	if (st == ST_OK)
		st = store_queued(r->store, *after_id, &r->batch_arena, e,
		    HEADS, count, why);
	if (st != ST_OK)
		return st;
	for (i = 0; i < *count; i++) {
		*after_id = e[i].id;
		if (look_up(r, &e[i], why) != ST_OK)
			say_not_dispatched(r, &e[i], why);
	}
	return ST_OK;
}

/*
 * Looked up before the transaction, so that nobody waits for the folders to be
 * read. Nobody but the runner dispatches, so they are queued still when it
 * begins. One whose folder cannot be read does not hold up the others.
 */
void
batch_look_up(struct runner *r)
{
	struct reason why;
	int64_t after = 0;
	size_t count = 0, looked = 0;
	enum status st;

	do {
		st = look_up_some(r, &after, &count, &why);
		looked += count;
	} while (st == ST_OK && count == HEADS && looked < LOOKED_MAX &&
	    r->batch_count + HEADS <= BATCH_MAX);
	if (r->batch_count + HEADS > BATCH_MAX)
		r->look_ms = 0;		/* there may be more */
	if (st != ST_OK)
		batch_look_later(r);
}

static void
say_ignored(const struct stored_event *e)
{
	struct log_line line;

	log_begin(&line, "ignored");
	log_str(&line, "source", e->source);
	log_str(&line, "event", e->event);
	if (e->action[0] != '\0')
		log_str(&line, "action", e->action);
	if (e->status[0] != '\0')
		log_str(&line, "status", e->status);
	log_int(&line, "id", e->id);
	log_str(&line, "note", "there is no handler for it");
	log_end(&line);
}

void
batch_tell(struct runner *r)
{
	size_t i;

	for (i = 0; i < r->batch_count; i++)
		if (r->dispatched[i].state == EVENT_IGNORED)
			say_ignored(r->batch[i]);
}
