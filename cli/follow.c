#include "follow.h"

#include <poll.h>

#include "advice.h"
#include "clock.h"
#include "handler_waits.h"
#include "out.h"
#include "out_delivery.h"
#include "progress.h"

enum {
	LOOK_MS = 25, NO_RUNNER_MS = 5000, PATIENCE_MS = 60 * 1000,
	PROGRESS_EVERY_MS = 1000, HEARD_MS = 200, STUCK_MS = 15 * 1000
};

struct following {
	struct cli *cli;
	int64_t id;
	size_t shown;		/* deliveries whose end has been shown */
	bool over;
	int code;
	int64_t seen_ms;	/* a runner, last */
	int64_t heard_ms;	/* it looked at its bell, last */
	int64_t next_look_ms;	/* whether it does */
};

/* Shows where a handler can be put that the event would run. */
static void
follow_show_ignored(const struct cli *c, const struct stored_event *e)
{
	const char *dir = c->config->handlers_dir;

	out_style(c, OUT_WARN, "no handler");
	printf(": nothing ran. Any executable file with one of these names "
	    "would run:\n  %s/%s/%s\n", dir, e->source, e->event);
	if (*e->action != '\0')
		printf("  %s/%s/%s.%s\n", dir, e->source, e->event, e->action);
	if (*e->status != '\0')
		printf("  %s/%s/%s.%s\n", dir, e->source, e->event, e->status);
	printf("  %s/%s/%s.d/*\n  %s/%s/all\n", dir, e->source, e->event, dir,
	    e->source);
}

/* An attempt has ended, well or not. */
static bool
follow_settled(const struct stored_delivery *d)
{
	return delivery_has_ended(d->state) ||
	    (d->state == DELIVERY_WAITING && d->attempts > 0);
}

/* Waiting longer does not help. */
static enum status
follow_fail_waits(const struct stored_event *e, struct reason *why)
{
	const struct reason cause = *why;

	return fail(why, ST_CONFIG, "event %lld waits until this is corrected: "
	    "%s", (long long)e->id, cause.text);
}

/* In their order, as far as they have ended. */
static void
follow_show_settled(struct following *f, const struct stored_event *e)
{
	const struct stored_delivery *d = e->deliveries;

	for (; f->shown < e->delivery_count && follow_settled(&d[f->shown]);
	    f->shown++) {
		if (d[f->shown].state != DELIVERY_DONE &&
		    d[f->shown].state != DELIVERY_FILTERED)
			f->code = CLI_FAILED;
		if (!f->cli->json)
			out_delivery(f->cli, e, &d[f->shown], false);
		fflush(stdout);
	}
}

static enum status
follow_look(struct following *f, struct reason *why)
{
	struct cli *c = f->cli;
	struct stored_event e;
	enum status st = store_get(c->store, f->id, STORE_DELIVERIES,
	    &c->arena, &e, why);

	/* what they said is read only where it is shown */
	if (st == ST_OK && f->shown < e.delivery_count &&
	    follow_settled(&e.deliveries[f->shown]))
		st = store_get(c->store, f->id, STORE_DELIVERIES |
		    STORE_ATTEMPTS, &c->arena, &e, why);
	if (st != ST_OK)
		return st;
	if (handler_waits_event(c->config, &e, &c->arena, why))
		return follow_fail_waits(&e, why);
	if (e.state == EVENT_QUEUED)
		return ST_OK;
	if (e.state == EVENT_IGNORED) {
		if (!c->json)
			follow_show_ignored(c, &e);
		f->over = true;
		return ST_OK;
	}
	follow_show_settled(f, &e);
	f->over = f->shown == e.delivery_count;
	for (size_t i = f->shown; i < e.delivery_count; i++)
		if (handler_waits_delivery(c->config, &e, &e.deliveries[i],
		    &c->arena, why))
			return follow_fail_waits(&e, why);
	return ST_OK;
}

/* No runner has come, which waiting longer does not change. */
static int
follow_check_absent(struct following *f, int64_t now_ms)
{
	struct cli *c = f->cli;
	long long id = (long long)f->id;

	if (progress_is_there(c->config)) {
		f->seen_ms = now_ms;
		return CLI_DONE;
	}
	if (c->config->runner == RUNNER_EXTERNAL)
		return cli_error(c, "event %lld waits: runner = external, and "
		    "no runner is at work: %s", id, advice_run(c));
	if (now_ms - f->seen_ms > NO_RUNNER_MS)
		return cli_error(c, "event %lld waits: no runner has started; "
		    "see %s, or start one yourself: %s", id, c->config->log,
		    advice_run(c));
	return CLI_DONE;
}

/* A runner is there, but does nothing. */
static int
follow_check_progress(struct following *f, int64_t now_ms)
{
	struct cli *c = f->cli;
	struct progress p;

	if (now_ms < f->next_look_ms)
		return CLI_DONE;
	p = progress_look(c->config, HEARD_MS);
	f->next_look_ms = clock_steady_ms() + PROGRESS_EVERY_MS;
	if (p.state == PROGRESS_STOPPED || (p.state == PROGRESS_STUCK &&
	    now_ms - f->heard_ms > STUCK_MS))
		return cli_error(c, "event %lld waits: %s", (long long)f->id,
		    advice_progress(c, &p));
	if (p.state != PROGRESS_STUCK)
		f->heard_ms = now_ms;
	return CLI_DONE;
}

int
follow_event(struct cli *c, int64_t id)
{
	int64_t now_ms = clock_steady_ms(), start_ms = now_ms;
	struct following f = { .cli = c, .id = id, .code = CLI_DONE,
		.seen_ms = now_ms, .heard_ms = now_ms,
		.next_look_ms = now_ms + PROGRESS_EVERY_MS };
	struct reason why;

	for (;; now_ms = clock_steady_ms()) {
		if (follow_look(&f, &why) != ST_OK)
			return cli_error(c, "%s", why.text);
		if (f.over)
			return f.code;
		if (follow_check_absent(&f, now_ms) != CLI_DONE ||
		    follow_check_progress(&f, now_ms) != CLI_DONE)
			return CLI_FAILED;
		if (now_ms - start_ms > PATIENCE_MS)
			return cli_error(c, "still at work after a minute; "
			    "later: cgihook show %lld", (long long)id);
		poll(NULL, 0, LOOK_MS);
	}
}
