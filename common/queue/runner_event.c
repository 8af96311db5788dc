#include "runner_event.h"

#include "outcome.h"
#include "stored_decode.h"

enum {
	/* All that can be kept, at 25 KiB each: what senders send is mostly
	 * smaller. */
	KEPT_BYTES_MAX = 4 * 1024 * 1024,
	/* However large: those that are started next, an event of several
	 * handlers among them. */
	KEPT_ALWAYS = 4,
	/* read in one transaction; a larger one is read when it starts */
	LOAD_AT_ONCE = 32,
	LOAD_BYTES_MAX = 64 * 1024
};

/* The later of what the store knows and what was seen since; where the store
 * notes none, others may have dispatched what came between. */
static enum result
events_previous(const struct events *e, struct store *s,
    const struct store_outcome *o)
{
	struct store_outcome last = { .event_id = 0 };
	enum status st;

	if (o->chain == 0)
		return RESULT_NONE;
	st = store_previous(s, o, &last, NULL);
	if (st != ST_OK && st != ST_UNKNOWN)
		return RESULT_NONE;
	if (st != ST_OK)
		last = (struct store_outcome){ .result = RESULT_NONE };
	for (size_t i = 0; i < OUTCOMES_RECENT; i++) {
		const struct store_outcome *r = &e->recent[i];

		if (r->event_id > last.event_id && outcome_is_before(r, o))
			last = *r;
	}
	return last.result;
}

static enum status
events_prepare(struct events *e, struct store *s, struct kept_event *k,
    struct reason *why)
{
	enum status st = stored_decode(e->config, &k->stored, &k->arena,
	    &k->decoded, why);

	if (st == ST_OK) {
		outcome_of(&k->stored, &k->decoded, &k->outcome);
		k->stored.previous = events_previous(e, s, &k->outcome);
		if (outcome_counts(&k->outcome))
			e->recent[e->recent_count++ % OUTCOMES_RECENT] =
			    k->outcome;
	}
	return st == ST_OK ? env_prepare(&e->user, &k->stored, &k->decoded,
	    &k->arena, &k->env, why) : st;
}

static struct kept_event *
events_find(struct events *e, int64_t id)
{
	size_t i;

	for (i = 0; i < EVENTS_KEPT; i++)
		if (e->kept[i].id == id)
			return &e->kept[i];
	return NULL;
}

static void
events_forget(struct kept_event *k)
{
	arena_reset(&k->arena);
	k->id = 0;
	k->env = NULL;
}

/* The one that was not used for longest goes. If all together are large, so do
 * the others, but for the few that were used last. */
static struct kept_event *
events_make_room(struct events *e)
{
	struct kept_event *k, *oldest = &e->kept[0];
	size_t i, sum = 0;

	for (i = 0; i < EVENTS_KEPT; i++) {
		k = &e->kept[i];
		sum += k->arena.used_bytes;
		if (k->used < oldest->used)
			oldest = k;
	}
	for (i = 0; i < EVENTS_KEPT && sum > KEPT_BYTES_MAX; i++) {
		k = &e->kept[i];
		if (k->used + KEPT_ALWAYS > e->uses ||
		    k->arena.used_bytes == 0)
			continue;
		sum -= k->arena.used_bytes;
		events_forget(k);
	}
	events_forget(oldest);
	return oldest;
}

static enum status
events_load_one(struct events *e, struct store *s, int64_t id,
    struct kept_event **out, struct reason *why)
{
	struct kept_event *k = events_make_room(e);
	enum status st;

	st = store_get(s, id, STORE_HEADERS | STORE_BODY, &k->arena,
	    &k->stored, why);
	if (st != ST_OK)
		return st;
	k->id = id;
	*out = k;
	return ST_OK;
}

enum status
events_open(struct events *e, const struct config *c, struct reason *why)
{
	enum status st = env_user_read(&e->user_arena, &e->user, why);

	e->config = c;
	e->user.url = c->url.text;
	return st;
}

void
events_configure(struct events *e, const struct config *c)
{
	size_t i;

	for (i = 0; i < EVENTS_KEPT; i++)
		events_forget(&e->kept[i]);
	e->config = c;
	e->user.url = c->url.text;
}

/* All of these are in memory at once, whatever else is there. */
static void
events_load_some(struct events *e, struct store *s, const int64_t *ids,
    size_t count)
{
	struct store_get items[LOAD_AT_ONCE];
	struct kept_event *kept[LOAD_AT_ONCE], *k;
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		k = events_find(e, ids[i]);
		if (k == NULL) {
			k = events_make_room(e);
			k->id = ids[i];
			k->arena.limit_bytes = LOAD_BYTES_MAX;
			kept[n] = k;
			items[n++] = (struct store_get){ .id = ids[i],
			    .parts = STORE_HEADERS | STORE_BODY,
			    .arena = &k->arena };
		}
		k->used = ++e->uses;
	}
	if (n > 0)
		(void)store_get_many(s, items, n, NULL);
	for (i = 0; i < n; i++) {
		kept[i]->stored = items[i].event;
		kept[i]->arena.limit_bytes = 0;
		if (items[i].status != ST_OK)
			events_forget(kept[i]);
	}
}

void
events_load(struct events *e, struct store *s, const int64_t *ids,
    size_t count)
{
	size_t i;

	for (i = 0; i < count; i += LOAD_AT_ONCE)
		events_load_some(e, s, ids + i, count - i < LOAD_AT_ONCE ?
		    count - i : LOAD_AT_ONCE);
}

enum status
events_get(struct events *e, struct store *s, int64_t id,
    const struct kept_event **out, struct reason *why)
{
	struct kept_event *k = events_find(e, id);
	enum status st = ST_OK;

	if (k == NULL)
		st = events_load_one(e, s, id, &k, why);
	if (st == ST_OK && k->env == NULL)
		st = events_prepare(e, s, k, why);
	if (st != ST_OK)
		return st;
	k->used = ++e->uses;
	*out = k;
	return ST_OK;
}

void
events_close(struct events *e)
{
	size_t i;

	for (i = 0; i < EVENTS_KEPT; i++)
		arena_free(&e->kept[i].arena);
	arena_free(&e->user_arena);
}
