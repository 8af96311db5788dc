#include "runner_private.h"

#include "clock.h"
#include "codec.h"
#include "log.h"
#include "store_search.h"
#include "stored_decode.h"

enum {
	STEP = 256,			/* events in a commit */
	NEW_MS = 50,			/* after a dispatch: others come, too */
	BUSY_MS = 500,			/* between steps while there is work */
	AGAIN_MS = 5000,		/* after a failure */
	BODY_BYTES = 64 * 1024 * 1024
};

static int64_t
about_after(int64_t ms)
{
	return clock_steady_ms() + ms;
}

void
about_new(struct runner *r)
{
	if (r->about.due_ms == NEVER)
		r->about.due_ms = about_after(NEW_MS);
}

int64_t
about_due_ms(const struct runner *r)
{
	const int64_t due = r->about.due_ms;

	if (r->phase != PHASE_RUNNING || due == NEVER ||
	    r->trouble.failures > 0)
		return NEVER;
	return due;
}

bool
about_is_done(const struct runner *r)
{
	return r->about.due_ms == NEVER || r->about.failed ||
	    r->phase != PHASE_RUNNING;
}

/* Its beginning, whole characters, in the memory of the step. */
static struct bytes
about_cut(struct bytes text, struct arena *a)
{
	size_t len = text.len;

	if (len > STORE_ABOUT_MAX)
		for (len = STORE_ABOUT_MAX; len > 0 &&
		    ((unsigned char)text.data[len] & 0xc0) == 0x80; len--)
			;
	return arena_copy(a, (struct bytes){ text.data, len });
}

/* One that cannot be read or decoded says nothing of itself. */
static void
about_read(struct runner *r, int64_t id, struct arena *scratch,
    struct store_about *out)
{
	struct arena *a = &r->batch.arena;
	struct stored_event e;
	struct event decoded;

	*out = (struct store_about){ .event_id = id };
	if (store_get(r->store, id, STORE_HEADERS | STORE_BODY, scratch, &e,
	    NULL) == ST_OK && stored_decode(r->config, &e, scratch, &decoded,
	    NULL) == ST_OK)
		out->about = (struct stored_about){
			.project = about_cut(decoded.project, a),
			.branch = about_cut(decoded.branch, a),
			.title = about_cut(decoded.title, a),
			.author = about_cut(decoded.author, a),
			.commit = about_cut(decoded.commit, a) };
	arena_reset(scratch);
}

static enum status
about_step(struct runner *r, size_t *count, struct reason *why)
{
	struct arena scratch = ARENA(BODY_BYTES);
	struct store_about list[STEP];
	int64_t ids[STEP];
	enum status st = store_about_due(r->store, ids, STEP, count, why);

	if (st != ST_OK || *count == 0)
		return st;
	batch_clear(&r->batch);
	for (size_t i = 0; i < *count; i++)
		about_read(r, ids[i], &scratch, &list[i]);
	arena_free(&scratch);
	st = arena_verdict(&r->batch.arena, ST_OK, why);
	return st == ST_OK ? store_about_put(r->store, list, *count, why) :
	    st;
}

void
about_note(struct runner *r)
{
	const int64_t begun_ms = clock_steady_ms();
	struct reason why;
	size_t count = 0;
	enum status st = about_step(r, &count, &why);

	r->about.failed = st != ST_OK;
	if (st != ST_OK) {
		log_note("warning", "what events are about cannot be noted "
		    "yet: %s", why.text);
		r->about.due_ms = about_after(AGAIN_MS);
	} else if (count < STEP) {
		r->about.due_ms = NEVER;
		/* the log is longer than before */
		if (count > 0) {
			r->times.tidy = false;
			r->times.tidy_ms = clock_steady_ms();
		}
	} else {
		/* others have the store in between */
		r->about.due_ms = about_after(job_is_working(r) ? BUSY_MS :
		    (clock_steady_ms() - begun_ms) / 4 + 1);
	}
}
