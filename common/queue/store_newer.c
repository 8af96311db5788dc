#include "store_newer.h"

#include "clock.h"

/* A commit is given up after half of that. */
enum { SETTLE_MS = 10 * 1000 };

/*
 * A list begins with the newest. So numbers are looked through in windows, from
 * the oldest on: one without events makes the next twice as wide, one with more
 * than are wanted is looked through again, half as wide.
 */

struct newer {
	struct store *store;
	struct store_filter filter;
	size_t limit;
	struct arena *arena;
	struct stored_event *events;
	size_t count;
	bool too_many;			/* there are more in the window */
};

static enum status
newer_find_last(struct newer *n, int64_t *last, struct reason *why)
{
	struct store_filter f = { .limit = 1 };
	struct stored_event *e;
	size_t count = 0;
	enum status st = store_list(n->store, &f, n->arena, &e, &count, why);

	*last = st == ST_OK && count > 0 ? e[0].id : 0;
	return st;
}

/* Behind one number, up to another. */
static enum status
newer_look(struct newer *n, int64_t after_id, int64_t last_id,
    struct reason *why)
{
	int64_t from = 0;
	enum status st;

	n->filter.after_id = after_id;
	n->filter.before_id = last_id + 1;
	n->filter.limit = (int)n->limit + 1;
	n->filter.handler_from = &from;
	n->count = 0;
	st = store_list(n->store, &n->filter, n->arena, &n->events, &n->count,
	    why);
	n->too_many = n->count > n->limit || from > after_id + 1;
	return st;
}

/* Where machines share the store, numbers do not commit in order: one that is
 * lower may still come, and only after so long is that over. */
static void
newer_leave_unsettled(struct newer *n)
{
	const int64_t settled_ms = clock_wall_ms() - SETTLE_MS;
	size_t i = 0;

	if (!store_is_shared(n->store))
		return;
	while (i < n->count && n->events[i].received_ms <= settled_ms)
		i++;
	n->count = i;
}

static void
newer_turn_around(struct newer *n)
{
	for (size_t i = 0; i < n->count / 2; i++) {
		const struct stored_event e = n->events[i];

		n->events[i] = n->events[n->count - 1 - i];
		n->events[n->count - 1 - i] = e;
	}
}

enum status
store_list_newer(struct store *s, const struct store_filter *f,
    int64_t after_id, struct arena *a, struct stored_event **out,
    size_t *count, struct reason *why)
{
	struct newer n = { .store = s, .filter = *f, .arena = a,
		.limit = (size_t)f->limit };
	int64_t width = f->limit, last, end;
	enum status st = newer_find_last(&n, &last, why);

	while (st == ST_OK && after_id < last) {
		end = width < last - after_id ? after_id + width : last;
		st = newer_look(&n, after_id, end, why);
		if (st == ST_OK && n.too_many && width > 1) {
			width /= 2;
			n.count = 0;
			continue;
		}
		if (n.count > 0)
			break;
		after_id = end;
		width = width < INT64_MAX / 2 ? 2 * width : width;
	}
	newer_turn_around(&n);
	newer_leave_unsettled(&n);
	*out = n.events;
	*count = n.count;
	return st;
}
