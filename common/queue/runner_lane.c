#include "runner_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/*
 * Fair turns: each lane has the number of the round in which it is next; who
 * is served moves on by one, and who was idle joins the present round. Within
 * a round the lowest delivery goes first, and deliveries are numbered in the
 * order in which an event's handlers are to start. So events of equal lanes
 * run one after the other, and a lane with a long queue does not hold up the
 * others. Handlers that somebody waits for go before all.
 */

static bool
lane_fill(struct lane *l, const char *path)
{
	char *slash;

	*l = (struct lane){ .path = strdup(path), .source = strdup(path) };
	if (l->path == NULL || l->source == NULL) {
		free(l->path);
		free(l->source);
		return false;
	}
	slash = strchr(l->source, '/');
	l->handler = l->path + strlen(l->path);
	if (slash != NULL) {
		l->handler = l->path + (slash - l->source) + 1;
		*slash = '\0';
	}
	return true;
}

enum status
lanes_add(struct runner *r, const char *path, size_t *lane)
{
	struct lane *more;
	size_t i, size;

	for (i = 0; i < r->lane_count; i++)
		if (strcmp(r->lanes[i].path, path) == 0) {
			*lane = i;
			return ST_OK;
		}
	if (r->lane_count == r->lane_size) {
		size = r->lane_size == 0 ? 16 : 2 * r->lane_size;
		more = reallocarray(r->lanes, size, sizeof(*more));
		if (more == NULL)
			return ST_BUSY;
		r->lanes = more;
		r->lane_size = size;
	}
	if (!lane_fill(&r->lanes[r->lane_count], path))
		return ST_BUSY;
	*lane = r->lane_count++;
	return ST_OK;
}

/* The ends that this very transaction records hold no place any more. */
static void
count_busy(struct runner *r)
{
	const struct job *j;
	size_t i;
	int k;

	for (i = 0; i < r->lane_count; i++) {
		r->lanes[i].busy = 0;
		r->lanes[i].due_count = 0;
		r->lanes[i].due_next = 0;
	}
	for (k = 0; k < r->slots; k++) {
		j = &r->jobs[k];
		if (j->state != JOB_NONE && !j->on_dead)
			r->lanes[j->lane].busy++;
	}
	for (k = 0; k < r->recording; k++) {
		j = &r->jobs[r->ended[k]];
		if (!j->on_dead)
			r->lanes[j->lane].busy--;
	}
}

static int
room_in(const struct lane *l, int want)
{
	int room = l->config->concurrency - l->busy;

	if (l->config->concurrency == 0 || room > want)
		return want;
	return room;
}

static void
look_again(struct runner *r, int64_t at_ms)
{
	if (at_ms < r->next_due_ms)
		r->next_due_ms = at_ms;
}

/* What of a lane is due, and when the next of it will be. A lane with a limit
 * of one is in order: its first counts, due or not. */
static enum status
look_at_lane(struct runner *r, struct lane *l, int want, int64_t now_ms,
    struct reason *why)
{
	size_t n = 0;
	int room;
	enum status st;

	l->config = config_handler(r->config, l->path);
	l->due_count = l->due_next = 0;
	if (hold_lasts_lane(r, l)) {
		look_again(r, now_ms + l->hold.until_ms - clock_steady_ms());
		return ST_OK;
	}
	room = room_in(l, want);
	if (room <= 0)
		return ST_OK;	/* the end of one of its own comes first */
	l->due = arena_array(&r->batch_arena, (size_t)room, sizeof(*l->due));
	if (l->due == NULL)
		return fail(why, ST_BUSY, "no memory");
	st = store_lane_due(r->store, l->id, l->config->concurrency == 1,
	    INT64_MAX, &r->batch_arena, l->due, (size_t)room, &n, why);
	if (st != ST_OK)
		return st;
	while (l->due_count < n && l->due[l->due_count].due_ms <= now_ms)
		l->due_count++;
	if (l->due_count < n)
		look_again(r, l->due[l->due_count].due_ms);
	/* As many as asked for, and its own limit was not why: there may be
	 * more, to be claimed as soon as there is room. */
	if (l->due_count == (size_t)room && (l->config->concurrency == 0 ||
	    room < l->config->concurrency - l->busy))
		r->next_due_ms = 0;
	if (l->turn < r->turn)
		l->turn = r->turn;
	return ST_OK;
}

static enum status
look_at_all(struct runner *r, int want, struct reason *why)
{
	int64_t now_ms = change_now_ms(r);
	struct store_lane *rows;
	size_t i, lane, count;
	enum status st;

	st = store_lanes(r->store, &r->batch_arena, &rows, &count, why);
	if (st != ST_OK)
		return st;
	count_busy(r);
	r->next_due_ms = INT64_MAX;
	for (i = 0; i < count && st == ST_OK; i++) {
		st = lanes_add(r, rows[i].path, &lane);
		if (st != ST_OK)
			return fail(why, st, "no memory");
		r->lanes[lane].id = rows[i].id;
		st = look_at_lane(r, &r->lanes[lane], want, now_ms, why);
	}
	return st;
}

static bool
goes_before(const struct lane *a, const struct lane *b)
{
	if (a->config->mode != b->config->mode)
		return a->config->mode == MODE_WAIT;
	if (a->turn != b->turn)
		return a->turn < b->turn;
	return a->due[a->due_next].id < b->due[b->due_next].id;
}

static struct lane *
next_lane(struct runner *r)
{
	struct lane *l, *best = NULL;
	size_t i;

	for (i = 0; i < r->lane_count; i++) {
		l = &r->lanes[i];
		if (l->due_next < l->due_count &&
		    (best == NULL || goes_before(l, best)))
			best = l;
	}
	return best;
}

/* "once = yes", and another event stands for this subject and status: it is
 * done without being run. */
static enum status
settle_once(struct runner *r, const struct lane *l,
    const struct stored_delivery *d, bool *settled, struct reason *why)
{
	int64_t now_ms = clock_wall_ms(), by = 0;
	char note[64];
	struct stored_attempt end = { .result = ATTEMPT_DONE,
	    .started_ms = now_ms, .ended_ms = now_ms, .output = BYTES(""),
	    .note = note };
	enum status st;

	*settled = false;
	if (!l->config->once)
		return ST_OK;
	st = store_once_by(r->store, d->event_id, d->handler, &by, why);
	if (st != ST_OK || by == 0)
		return st;
	*settled = true;
	snprintf(note, sizeof(note), "once = yes: event %lld stands for it",
	    (long long)by);
	st = store_claim(r->store, d->id, now_ms, &end.number, why);
	if (st == ST_OK)
		st = store_finish(r->store, d->id, &end, DELIVERY_DONE, 0,
		    false, why);
	return st;
}

static enum status
claim(struct runner *r, struct lane *l, const struct stored_delivery *d,
    int *claimed, struct reason *why)
{
	bool settled;
	int attempt, slot;
	struct job *j;
	enum status st;

	st = settle_once(r, l, d, &settled, why);
	if (st != ST_OK || settled)
		return st;
	st = store_claim(r->store, d->id, clock_wall_ms(), &attempt, why);
	if (st != ST_OK)
		return st;
	st = exec_reserve(r->exec, d->id, attempt, &slot);
	if (st != ST_OK)
		return fail(why, st, "no slot is free");
	j = &r->jobs[slot];
	j->state = JOB_CLAIMING;
	j->on_dead = false;
	j->lane = (size_t)(l - r->lanes);
	j->delivery_id = d->id;
	j->event_id = d->event_id;
	j->attempt = attempt;
	r->ready[r->ready_count++] = slot;
	++*claimed;
	return ST_OK;
}

enum status
lanes_claim(struct runner *r, int want, int *claimed, struct reason *why)
{
	struct lane *l;
	enum status st;

	*claimed = 0;
	st = look_at_all(r, want, why);
	while (st == ST_OK && *claimed < want && (l = next_lane(r)) != NULL) {
		st = claim(r, l, &l->due[l->due_next++], claimed, why);
		if (l->config->mode != MODE_WAIT)
			r->turn = l->turn;
		l->turn++;
	}
	/* more than there was room for: look again as soon as there is some */
	if (st == ST_OK && next_lane(r) != NULL)
		r->next_due_ms = 0;
	return st;
}

enum status
lanes_look(struct runner *r, bool *now, struct reason *why)
{
	enum status st = look_at_all(r, 1, why);

	*now = st == ST_OK && next_lane(r) != NULL;
	return st;
}

void
lanes_free(struct runner *r)
{
	size_t i;

	for (i = 0; i < r->lane_count; i++) {
		free(r->lanes[i].path);
		free(r->lanes[i].source);
	}
	free(r->lanes);
}
