#include "runner_core.h"

#include "message.h"

/* A stored event in memory is its body twice, its table of nodes, and the
 * environment: the store's and the decoder's own limits bound all of them. */

enum status
events_decode(const struct stored_event *e, struct arena *a, struct event *out,
    struct reason *why)
{
	const struct source source = { .name = e->source,
	    .provider = provider_find(e->provider) };
	struct message m = { .method = BYTES("POST"), .body = e->body,
	    .received_ms = e->received_ms,
	    .remote_addr = bytes_of(e->remote_addr) };
	enum status st;

	if (source.provider == NULL)
		return fail(why, ST_MALFORMED, "there is no provider \"%s\" "
		    "in this version", e->provider);
	st = message_read_headers(e->headers, a, &m);
	if (st == ST_OK)
		st = event_decode(&source, &m, NULL, a, out, why);
	return st;
}

static enum status
load(struct runner *r, struct kept_event *k, int64_t id, struct reason *why)
{
	enum status st;

	arena_reset(&k->arena);
	k->id = 0;
	st = store_get(r->store, id, true, &k->arena, &k->stored, why);
	if (st == ST_OK)
		st = events_decode(&k->stored, &k->arena, &k->decoded, why);
	if (st == ST_OK)
		st = env_prepare(&r->user, &k->stored, &k->decoded,
		    &k->arena, &k->env, why);
	if (st == ST_OK)
		k->id = id;
	return st;
}

/* The one that was not used for longest; and it alone may be large, so that
 * what is kept is bounded. */
static struct kept_event *
make_room(struct runner *r)
{
	struct kept_event *oldest = &r->events[0];
	size_t i;

	for (i = 0; i < EVENTS_KEPT; i++) {
		if (r->events[i].used < oldest->used)
			oldest = &r->events[i];
		if (r->events[i].arena.used_bytes > 256 * 1024) {
			oldest = &r->events[i];
			break;
		}
	}
	return oldest;
}

enum status
events_get(struct runner *r, int64_t id, const struct kept_event **out,
    struct reason *why)
{
	struct kept_event *k = NULL;
	enum status st;
	size_t i;

	for (i = 0; i < EVENTS_KEPT && k == NULL; i++)
		if (r->events[i].id == id)
			k = &r->events[i];
	if (k == NULL) {
		k = make_room(r);
		st = load(r, k, id, why);
		if (st != ST_OK)
			return st;
	}
	k->used = ++r->event_clock;
	*out = k;
	return ST_OK;
}

void
events_free(struct runner *r)
{
	size_t i;

	for (i = 0; i < EVENTS_KEPT; i++)
		arena_free(&r->events[i].arena);
}
