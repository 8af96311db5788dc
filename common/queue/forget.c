#include "forget.h"

#include "clock.h"
#include "coding.h"

#define PAUSE_US 2000		/* for the others, between two steps */

size_t
forget_refused(const struct config *c, bool (*holds)(void *ctx,
    const struct refused *r), void *ctx)
{
	struct arena a = ARENA(0), each = ARENA(0);
	struct refused *list = NULL, one;
	struct message plain;
	size_t count = 0, removed = 0;

	if (refused_list(c->state_dir, &a, &list, &count, NULL) != ST_OK)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		if (refused_read(c->state_dir, list[i].number, &each, &one,
		    NULL) == ST_OK) {
			if (coding_undo(&one.message, c->body_limit_bytes,
			    &each, &plain, NULL) == ST_OK)
				one.message = plain;
			if (holds(ctx, &one)) {
				refused_remove(c->state_dir, one.number);
				removed++;
			}
		}
		arena_reset(&each);
	}
	arena_free(&each);
	arena_free(&a);
	return removed;
}

static bool
forget_is_same(void *ctx, const struct refused *r)
{
	const struct stored_event *e = ctx;

	return e->body.len > 0 && bytes_equal(r->message.body, e->body);
}

enum status
forget_event(const struct config *c, struct store *s, int64_t id,
    const char *who, struct forgotten *out, struct reason *why)
{
	struct store_forget f = { .events = &id, .count = 1, .who = who };
	struct arena a = ARENA(0);
	struct stored_event e;
	enum status st = store_get(s, id, STORE_BODY, &a, &e, why);

	if (st == ST_OK)
		st = store_forget(s, &f, why);
	if (st == ST_OK && f.found > 0)
		out->refused += forget_refused(c, forget_is_same, &e);
	if (st == ST_OK) {
		out->events += f.found;
		out->running += f.running;
	}
	arena_free(&a);
	return st;
}

enum status
forget_erase(struct store *s, struct reason *why)
{
	int64_t at = 0;
	enum status st;

	do {
		st = store_erase(s, &at, why);
		if (st == ST_OK && at != 0)
			clock_nap_us(PAUSE_US);
	} while (st == ST_OK && at != 0);
	return st;
}
