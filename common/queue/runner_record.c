#include "runner_core.h"

#include <string.h>

#include "bell.h"
#include "clock.h"
#include "dispatch.h"
#include "log.h"

enum {
	LOOK_AGAIN_MS = 1000,
	SAY_AGAIN_MS = 60 * 1000,
	STORE_RETRY_MS = 100,
	STORE_RETRY_MAX_MS = 5000,
	AHEAD_MS = 20,
	HANDLER_MIN_US = 500,
	PRUNE_STEP = 100
};

/* --- what is to be written ------------------------------------------------ */

/*
 * Handlers of events that are queued: looked up before the transaction, so
 * that nobody waits for the folders to be read. Nobody but the runner
 * dispatches, so they are queued still when it begins.
 */
static enum status
look_up(struct runner *r, const struct stored_event *e, struct arena *scratch,
    struct dispatched *d, struct reason *why)
{
	const char **handlers;
	struct event decoded = { 0 };
	struct reason not_decoded;
	bool short_of_memory = false;
	enum status st;
	size_t i;

	st = events_decode(e, scratch, &decoded, &not_decoded);
	if (st != ST_OK)
		log_note("warning", "event %lld cannot be read any more: %s",
		    (long long)e->id, not_decoded.text);
	st = dispatch_find(r->config->handlers_dir, e, decoded.completed,
	    &r->batch_arena, &handlers, &d->count, why);
	if (st != ST_OK)
		return st;
	/* the names may be e's own words, and e does not stay */
	for (i = 0; i < d->count; i++) {
		handlers[i] = arena_cstr(&r->batch_arena,
		    bytes_of(handlers[i]));
		short_of_memory = short_of_memory || handlers[i] == NULL;
	}
	d->event_id = e->id;
	d->handlers = handlers;
	d->source = arena_cstr(&r->batch_arena, bytes_of(e->source));
	d->notify = arena_cstr(&r->batch_arena, bytes_of(e->notify));
	return d->source == NULL || d->notify == NULL || short_of_memory ?
	    fail(why, ST_BUSY, "no memory") : ST_OK;
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

/* One whose folder cannot be read does not hold up the others. */
static enum status
look_up_queued(struct runner *r, struct reason *why)
{
	struct arena scratch = ARENA(0);
	struct stored_event e;
	int64_t after = 0;
	int tries = 0;
	enum status st = ST_OK;

	while (r->batch_count < BATCH_MAX && tries++ < 16 * BATCH_MAX) {
		arena_reset(&scratch);
		st = store_next_queued(r->store, after, &scratch, &e, why);
		if (st != ST_OK)
			break;
		after = e.id;
		st = look_up(r, &e, &scratch, &r->batch[r->batch_count], why);
		if (st == ST_OK)
			r->batch_count++;
		else
			say_not_dispatched(r, &e, why);
	}
	arena_free(&scratch);
	if (r->batch_count == BATCH_MAX)
		r->rung = true;		/* there may be more */
	return st == ST_UNKNOWN || r->batch_count > 0 ? ST_OK : st;
}

int
record_want(const struct runner *r)
{
	int64_t ahead;
	int want;

	if (r->stopping || r->leaving || r->pause_until_ms != 0)
		return 0;
	/* As many more as are begun within some milliseconds: these share their
	 * commits. Only handlers that are that quick are claimed ahead. */
	ahead = (int64_t)r->config->concurrency * AHEAD_MS * 1000 /
	    (r->handler_us + HANDLER_MIN_US);
	if (ahead > CLAIM_AHEAD_MAX)
		ahead = CLAIM_AHEAD_MAX;
	want = r->config->concurrency + (int)ahead - exec_running(r->exec) -
	    r->ready_count;
	return want < 0 ? 0 : want;
}

/* --- the transaction ------------------------------------------------------ */

static enum status
write_ends(struct runner *r, struct reason *why)
{
	struct job *j;
	enum status st = ST_OK;
	int i;

	for (i = 0; i < r->ended_count && st == ST_OK; i++) {
		j = &r->jobs[r->ended[i]];
		if (j->on_dead)
			continue;
		st = store_finish(r->store, j->delivery_id, &j->end, j->next,
		    j->due_ms, j->uncount, why);
		if (st != ST_UNKNOWN && st != ST_BUG)
			continue;
		/* it would stand in the way of all others for ever */
		log_note("error", "an end could not be recorded: %s",
		    why->text);
		st = ST_OK;
	}
	return st;
}

static enum status
write_dispatched(struct runner *r, struct reason *why)
{
	const struct dispatched *d;
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < r->batch_count && st == ST_OK; i++) {
		d = &r->batch[i];
		st = store_dispatch(r->store, d->event_id, d->source,
		    d->handlers, d->count, clock_wall_ms(), why);
	}
	return st;
}

static enum status
transaction(struct runner *r, struct reason *why)
{
	int want, claimed;
	enum status st = store_begin(r->store, why);

	if (st != ST_OK)
		return st;
	st = write_ends(r, why);
	if (st == ST_OK)
		st = write_dispatched(r, why);
	want = record_want(r);
	if (st == ST_OK && want > 0)
		st = lanes_claim(r, want, &claimed, why);
	else
		r->next_due_ms = 0;	/* look when there is room */
	if (st == ST_OK)
		st = store_commit(r->store, why);
	if (st != ST_OK)
		store_rollback(r->store);
	return st;
}

/* --- behind the commit ---------------------------------------------------- */

/* Ring where somebody waits for this delivery's end. Its bell is read anew: a
 * repeat of the event may have brought another one. */
static void
ring(struct runner *r, const struct job *j)
{
	struct stored_event e;

	if (config_handler(r->config, r->lanes[j->lane].path)->mode !=
	    MODE_WAIT)
		return;
	if (store_get(r->store, j->event_id, false, &r->batch_arena, &e, NULL)
	    == ST_OK && e.notify[0] != '\0')
		(void)bell_ring(r->dirfd, e.notify, e.id);
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
record_settled(struct runner *r, const struct job *j)
{
	if (!j->on_dead)
		ring(r, j);
	job_log(r, j);
	if (!j->on_dead && j->next == DELIVERY_DEAD)
		job_add_on_dead(r, j);
}

static void
settle_ends(struct runner *r)
{
	int i, ended = r->ended_count;

	r->ended_count = 0;
	r->ended_bytes = 0;
	for (i = 0; i < ended; i++) {
		record_settled(r, &r->jobs[r->ended[i]]);
		job_free(r, &r->jobs[r->ended[i]]);
	}
}

static void
settle_claims(struct runner *r, bool committed)
{
	struct job *j;
	int i, kept = 0;

	for (i = 0; i < r->ready_count; i++) {
		j = &r->jobs[r->ready[i]];
		if (j->state == JOB_CLAIMING && !committed) {
			job_free(r, j);
			continue;
		}
		j->state = JOB_READY;
		r->ready[kept++] = r->ready[i];
	}
	r->ready_count = kept;
}

static void
wait_for_store(struct runner *r, enum status st, const struct reason *why)
{
	int64_t wait_ms = STORE_RETRY_MS;
	int i;

	for (i = 0; i < r->store_failures && wait_ms < STORE_RETRY_MAX_MS; i++)
		wait_ms *= 2;
	r->store_until_ms = clock_steady_ms() + wait_ms;
	if (r->store_failures++ % 64 == 0)
		log_note("error", "the store is unable, the runner goes on "
		    "trying: %s", why->text);
	if (st == ST_CONFIG)
		r->leaving = true;	/* made newer by another version */
}

void
record_flush(struct runner *r)
{
	struct reason why = { "" };
	enum status st;
	size_t i;

	arena_reset(&r->batch_arena);
	r->batch_count = 0;
	if (r->rung && !r->stopping && !r->leaving) {
		r->rung = false;
		if (look_up_queued(r, &why) != ST_OK)
			r->look_again_ms = clock_steady_ms() + LOOK_AGAIN_MS;
	}
	st = transaction(r, &why);
	settle_claims(r, st == ST_OK);
	if (st != ST_OK) {
		r->rung = r->rung || r->batch_count > 0;
		wait_for_store(r, st, &why);
		return;
	}
	if (r->store_failures > 0)
		log_note("note", "the store is able again");
	r->store_failures = 0;
	r->store_until_ms = 0;
	settle_ends(r);
	for (i = 0; i < r->batch_count; i++)
		ring_unless_awaited(r, &r->batch[i]);
}

/* --- when nothing is left ------------------------------------------------- */

static bool
nothing_left(struct runner *r, struct reason *why)
{
	int64_t due_ms = 0;
	bool now = true;

	if (store_next_due(r->store, &due_ms, why) != ST_OK)
		return false;
	if (due_ms == INT64_MAX || r->leaving)
		return true;
	if (r->until != RUNNER_ONCE || due_ms == 0)
		return false;
	return lanes_look(r, &now, why) == ST_OK && !now;
}

bool
record_last_look(struct runner *r)
{
	struct reason why = { "" };
	enum status st;
	bool nothing = false;

	arena_reset(&r->batch_arena);
	st = store_begin(r->store, &why);
	if (st == ST_OK) {
		nothing = nothing_left(r, &why);
		if (nothing)
			lock_give(&r->lock);
		else
			r->rung = true;
	} else {
		wait_for_store(r, st, &why);
	}
	store_rollback(r->store);
	return nothing;
}

bool
record_tidy(struct runner *r)
{
	struct reason why = { "" };
	int pruned = 0;

	if (store_prune(r->store, clock_wall_ms(), PRUNE_STEP, &pruned, &why)
	    != ST_OK) {
		log_note("warning", "old events stay for now: %s", why.text);
		return false;
	}
	if (pruned == PRUNE_STEP)
		return true;
	(void)store_checkpoint(r->store, NULL);
	bell_sweep(r->dirfd, clock_wall_ms());
	log_reopen_if_moved();
	return false;
}
