#include "watch.h"

#include "clock.h"
#include "log.h"

enum {
	LISTENS_MS = 250,		/* after its start, a runner listens */
	PAUSE_MIN_MS = 1000,		/* between runners that end soon, … */
	PAUSE_MAX_MS = 30 * 1000,
	SOON_MS = 10 * 1000,		/* … which is before this */
	HEARD_MS = 50
};

enum status
watch_open(const struct config *c, const struct runner_starter *starter,
    struct store *s, struct watch *out, struct reason *why)
{
	*out = (struct watch){ .pause = { .first_ms = PAUSE_MIN_MS,
	    .most_ms = PAUSE_MAX_MS, .soon_ms = SOON_MS } };
	return runner_link_open(c, starter, s, &out->link, why);
}

void
watch_close(struct watch *w)
{
	runner_link_close(&w->link);
}

static void
watch_look_in(struct watch *w, int64_t ms)
{
	w->look_at_ms = clock_steady_ms() + ms;
}

void
watch_wake(struct watch *w, int64_t event_id)
{
	struct reason why = { "" };
	const enum runner_woken woken = runner_wake(&w->link, event_id, &why);

	if (woken == RUNNER_NOT_STARTED)
		log_note("error", "the runner was not started: %s", why.text);
	if (store_runner_fd(w->link.store) >= 0 || !w->link.start)
		w->look_at_ms = 0;
	else if (woken == RUNNER_STARTED)
		watch_look_in(w, LISTENS_MS);
	else if (w->look_at_ms == 0)	/* an earlier look stays due */
		watch_look_in(w, woken == RUNNER_STARTING ? LISTENS_MS :
		    w->pause.pause_ms > 0 ? w->pause.pause_ms : PAUSE_MIN_MS);
}

void
watch_resume(struct watch *w)
{
	struct reason why = { "" };
	struct store_next next;

	w->look_at_ms = 0;
	if (store_next(w->link.store, &next, &why) != ST_OK) {
		if (!w->blind)
			log_note("error", "%s", why.text);
		w->blind = true;
		watch_look_in(w, PAUSE_MAX_MS);
		return;
	}
	if (w->blind)
		log_note("note", "the store can be looked at again");
	w->blind = false;
	if (next.queued || next.alarms || next.running ||
	    next.due_in_ms != INT64_MAX) {
		watch_wake(w, 0);
	} else {
		backoff_reset(&w->pause);
	}
}

static void
watch_replace(struct watch *w)
{
	int64_t now_ms = clock_steady_ms();

	if (backoff_left_ms(&w->pause, now_ms) > 0) {
		watch_look_in(w, backoff_left_ms(&w->pause, now_ms));
		return;
	}
	backoff_try(&w->pause, now_ms);
	watch_resume(w);
}

int
watch_fd(const struct watch *w)
{
	return w->link.start ? store_runner_fd(w->link.store) : -1;
}

void
watch_ended(struct watch *w)
{
	if (!store_runner_lost(w->link.store))
		return;
	backoff_ended(&w->pause, w->link.started_ms, clock_steady_ms());
	watch_replace(w);
}

int
watch_sleep_ms(const struct watch *w)
{
	return clock_poll_ms(w->look_at_ms == 0 ? INT64_MAX : w->look_at_ms);
}

void
watch_look(struct watch *w)
{
	if (w->look_at_ms == 0 || clock_steady_ms() < w->look_at_ms)
		return;
	switch (store_find_runner(w->link.store, false, 0)) {
	case STORE_RUNNER_LISTENS:
		w->look_at_ms = 0;
		break;
	case STORE_RUNNER_DEAF:	/* a second one would only wait */
		watch_look_in(w, PAUSE_MIN_MS);
		break;
	case STORE_RUNNER_NONE:
		watch_replace(w);
	}
}

void
watch_be_heard(struct watch *w)
{
	if (runner_has_heard(&w->link, HEARD_MS) == RUNNER_KILLED)
		watch_wake(w, 0);
}
