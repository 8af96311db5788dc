#include "runner_batch.h"

#include <string.h>

#include "clock.h"
#include "dispatch.h"
#include "handler_when.h"
#include "log.h"
#include "outcome.h"

enum {
	/* Whoever corrects a folder waits no longer than this. */
	LOOK_AGAIN_MS = 1000,
	/* The events of one build come in a row: so many are compared with a
	 * new one before the folder is read for it. */
	ALIKE_MAX = 16,
	HEADS = 32,			/* a quarter of a batch: one read */
	/* Events whose folder cannot be read do not hide the others: so many
	 * are looked through for a batch. */
	LOOKED_MAX = 16 * BATCH_MAX
};

/* What a look at what is queued needs. */
struct batch_look {
	struct store *store;
	const struct config *config;
	struct events *events;
};

/* Then they have the same handlers. */
static bool
batch_is_alike(const struct stored_event *a, const struct stored_event *b)
{
	return strcmp(a->provider, b->provider) == 0 &&
	    strcmp(a->source, b->source) == 0 &&
	    strcmp(a->event, b->event) == 0 &&
	    strcmp(a->action, b->action) == 0 &&
	    strcmp(a->status, b->status) == 0;
}

/* One of the last in the batch, or its end. */
static size_t
batch_alike(const struct dispatch_batch *b, const struct stored_event *e)
{
	size_t i;

	for (i = 1; i <= b->count && i <= ALIKE_MAX; i++)
		if (batch_is_alike(b->events[b->count - i], e))
			return b->count - i;
	return b->count;
}

/* The handlers' paths; a request may wait for one that is not among them. */
static enum status
batch_find_paths(struct dispatch_batch *b, const struct config *c,
    const struct stored_event *e, struct store_dispatch *d,
    struct reason *why)
{
	const struct handler_config *h;
	const char **handlers, **paths;
	size_t i;
	enum status st = dispatch_find(c->handlers_dir, e,
	    event_completes(provider_find(e->provider), bytes_of(e->event),
	    bytes_of(e->status)), &b->arena, &handlers, &d->count, why);

	if (st != ST_OK)
		return st;
	paths = arena_array(&b->arena, d->count, sizeof(*paths));
	d->ring = true;
	b->conditional[b->count] = false;
	for (i = 0; i < d->count && paths != NULL; i++) {
		paths[i] = arena_printf(&b->arena, "%s/%s", e->source,
		    handlers[i]).data;
		if (paths[i] == NULL)
			return fail(why, ST_BUSY, "no memory");
		h = config_handler(c, paths[i]);
		if (h->mode == MODE_WAIT)
			d->ring = false;
		if (h->when != NULL)
			b->conditional[b->count] = true;
	}
	if (d->count > 0 && paths == NULL)
		return fail(why, ST_BUSY, "no memory");
	d->paths = paths;
	return ST_OK;
}

/* Which of the handlers run. Those of an event that cannot be decoded do: each
 * attempt then fails, and says why. */
static enum status
batch_judge(struct dispatch_batch *b, const struct batch_look *l,
    struct store_dispatch *d, struct reason *why)
{
	const struct handler_config *h;
	const struct kept_event *k;
	struct store_verdict *v;
	bool waits = false, filtered = false;
	size_t i;
	enum status st = events_get(l->events, l->store, d->event_id, &k, why);

	d->verdicts = NULL;
	if (st != ST_OK)
		return st == ST_SYSTEM || st == ST_BUSY ? st : ST_OK;
	v = arena_array(&b->arena, d->count, sizeof(*v));
	for (i = 0; i < d->count && v != NULL; i++) {
		h = config_handler(l->config, d->paths[i]);
		v[i].filter = handler_when(h->when, k->env, &b->arena);
		waits |= h->mode == MODE_WAIT;
		filtered |= h->mode == MODE_WAIT && v[i].filter != NULL;
	}
	d->ring = !waits || filtered;
	d->verdicts = v;
	return arena_verdict(&b->arena, ST_OK, why);
}

/* What is to be noted of it for the builds that follow; one that cannot be
 * decoded says nothing. */
static struct store_outcome
batch_outcome(const struct batch_look *l, const struct stored_event *e)
{
	const struct store_outcome o = { .result = e->result, .chain = 1 };
	const struct kept_event *k;

	if (!outcome_counts(&o) || events_get(l->events, l->store, e->id, &k,
	    NULL) != ST_OK)
		return (struct store_outcome){ .chain = 0 };
	return k->outcome;
}

static enum status
batch_look_up_one(struct dispatch_batch *b, const struct batch_look *l,
    const struct stored_event *e, struct reason *why)
{
	const size_t alike = batch_alike(b, e);
	struct store_dispatch *d = &b->dispatched[b->count];
	enum status st = ST_OK;

	if (alike < b->count) {
		*d = b->dispatched[alike];
		b->conditional[b->count] = b->conditional[alike];
	} else {
		*d = (struct store_dispatch){ .verdicts = NULL };
		st = batch_find_paths(b, l->config, e, d, why);
	}
	d->event_id = e->id;
	d->outcome = batch_outcome(l, e);
	if (st == ST_OK && b->conditional[b->count])
		st = batch_judge(b, l, d, why);
	if (st == ST_OK)
		b->events[b->count++] = e;
	return st;
}

static void
batch_look_later(struct dispatch_batch *b)
{
	int64_t at_ms = clock_steady_ms() + LOOK_AGAIN_MS;

	if (at_ms < b->look_ms)
		b->look_ms = at_ms;
}

static void
batch_say_waits(struct dispatch_batch *b, const struct stored_event *e,
    const struct reason *why)
{
	batch_look_later(b);
	if (say_reason_again(&b->said, why->text))
		log_note("error", "event %lld of %s waits: %s",
		    (long long)e->id, e->source, why->text);
}

/* Those that batch_outcome asks for: together they cost less. */
static void
batch_load(const struct batch_look *l, const struct stored_event *e,
    size_t count)
{
	int64_t ids[HEADS];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct store_outcome o = { .result = e[i].result,
		    .chain = 1 };

		if (outcome_counts(&o))
			ids[n++] = e[i].id;
	}
	events_load(l->events, l->store, ids, n);
}

/* Look up the next HEADS events that are queued after *after_id. *count of them
 * were there; fewer than HEADS means that there are no more. */
static enum status
batch_look_up_some(struct dispatch_batch *b, const struct batch_look *l,
    int64_t *after_id, size_t *count, struct reason *why)
{
	struct stored_event *e = arena_array(&b->arena, HEADS,
	    sizeof(*e));
	size_t i;
	enum status st = arena_verdict(&b->arena, ST_OK, why);

	if (st == ST_OK)
		st = store_queued(l->store, *after_id, &b->arena, e, HEADS,
		    count, why);
	if (st != ST_OK)
		return st;
	batch_load(l, e, *count);
	for (i = 0; i < *count; i++) {
		*after_id = e[i].id;
		if (batch_look_up_one(b, l, &e[i], why) != ST_OK)
			batch_say_waits(b, &e[i], why);
	}
	return ST_OK;
}

void
batch_clear(struct dispatch_batch *b)
{
	arena_reset(&b->arena);
	b->count = 0;
}

/*
 * Looked up before the transaction, so that nobody waits for the folders to be
 * read. Nobody but the runner dispatches, so they are queued still when it
 * begins. One whose folder cannot be read does not hold up the others.
 */
void
batch_look_up(struct dispatch_batch *b, struct store *s,
    const struct config *c, struct events *events)
{
	const struct batch_look look = { s, c, events };
	struct reason why;
	int64_t after = 0;
	size_t count = 0, looked = 0;
	enum status st;

	b->look_ms = INT64_MAX;
	do {
		st = batch_look_up_some(b, &look, &after, &count, &why);
		looked += count;
	} while (st == ST_OK && count == HEADS && looked < LOOKED_MAX &&
	    b->count + HEADS <= BATCH_MAX);
	if (b->count + HEADS > BATCH_MAX)
		b->look_ms = 0;		/* there may be more */
	if (st != ST_OK)
		batch_look_later(b);
}

static void
batch_begin_line(struct log_line *line, const char *what,
    const struct stored_event *e)
{
	log_begin(line, what);
	log_str(line, "source", e->source);
	log_str(line, "event", e->event);
	if (e->action[0] != '\0')
		log_str(line, "action", e->action);
	if (e->status[0] != '\0')
		log_str(line, "status", e->status);
	log_int(line, "id", e->id);
}

static void
batch_say_ignored(const struct stored_event *e)
{
	struct log_line line;

	batch_begin_line(&line, "ignored", e);
	log_str(&line, "note", "there is no handler for it");
	log_end(&line);
}

static void
batch_say_filtered(const struct stored_event *e, const char *path,
    const struct stored_filter *f)
{
	static const char *const notes[] = { [FILTER_UNSET] = "unset",
	    [FILTER_LEFT_OUT] = "left out" };
	struct log_line line;

	batch_begin_line(&line, "filtered", e);
	log_str(&line, "handler", strchr(path, '/') + 1);
	log_str(&line, "when", f->condition);
	if (f->met == FILTER_VALUE)
		log_bytes(&line, "value", f->value);
	else
		log_str(&line, "note", notes[f->met]);
	log_end(&line);
}

void
batch_tell(const struct dispatch_batch *b)
{
	const struct store_dispatch *d;
	size_t i, k;

	for (i = 0; i < b->count; i++) {
		d = &b->dispatched[i];
		if (d->state == EVENT_IGNORED)
			batch_say_ignored(b->events[i]);
		for (k = 0; d->verdicts != NULL && k < d->count; k++)
			if (d->verdicts[k].recorded)
				batch_say_filtered(b->events[i], d->paths[k],
				    d->verdicts[k].filter);
	}
}
