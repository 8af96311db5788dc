#include "follow.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "advice.h"
#include "clock.h"
#include "lock.h"
#include "out.h"
#include "view.h"

enum { LOOK_MS = 25, NO_RUNNER_MS = 5000, PATIENCE_MS = 60 * 1000 };

struct following {
	struct cli *cli;
	int64_t id;
	size_t shown;		/* deliveries whose end has been shown */
	bool over;
	int code;
};

bool
follow_runner_is_there(const struct cli *c)
{
	struct lock lock = LOCK_NONE;
	struct reason why;
	bool held = false;
	int dirfd = open(c->config->state_dir,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0)
		return false;
	/* asking must not make the file: it would be this user's */
	if (faccessat(dirfd, "runner.lock", F_OK, 0) == 0 &&
	    lock_open(dirfd, "runner.lock", &lock, &why) == ST_OK) {
		held = lock_is_held(&lock);
		lock_close(&lock);
	}
	close(dirfd);
	return held;
}

/* Where the event looked for handlers, so that one can be put there. */
static void
show_ignored(const struct cli *c, const struct stored_event *e)
{
	const char *dir = c->config->handlers_dir;

	out_style(c, OUT_WARN, "no handler");
	printf(": nothing ran. An executable file by any of these names would "
	    "have:\n  %s/%s/%s\n", dir, e->source, e->event);
	if (*e->action != '\0')
		printf("  %s/%s/%s.%s\n", dir, e->source, e->event, e->action);
	if (*e->status != '\0')
		printf("  %s/%s/%s.%s\n", dir, e->source, e->event, e->status);
	printf("  %s/%s/%s.d/*\n  %s/%s/all\n", dir, e->source, e->event, dir,
	    e->source);
}

/* An attempt has ended, well or not. */
static bool
settled(const struct stored_delivery *d)
{
	return delivery_has_ended(d->state) ||
	    (d->state == DELIVERY_WAITING && d->attempts > 0);
}

static enum status
look(struct following *f, struct reason *why)
{
	struct cli *c = f->cli;
	struct stored_delivery *d;
	struct stored_event e;
	size_t count;
	enum status st = store_get(c->store, f->id, false, &c->arena, &e, why);

	if (st != ST_OK || e.state == EVENT_QUEUED)
		return st;
	if (e.state == EVENT_IGNORED) {
		if (!c->json)
			show_ignored(c, &e);
		f->over = true;
		return ST_OK;
	}
	st = store_deliveries(c->store, f->id, &c->arena, &d, &count, why);
	while (st == ST_OK && f->shown < count && settled(&d[f->shown])) {
		if (d[f->shown].state != DELIVERY_DONE)
			f->code = CLI_FAILED;
		if (!c->json)
			st = view_delivery(c, &d[f->shown], false, why);
		f->shown++;
		fflush(stdout);
	}
	f->over = st == ST_OK && f->shown == count;
	return st;
}

int
follow_event(struct cli *c, int64_t id)
{
	struct following f = { c, id, 0, false, CLI_DONE };
	int64_t start_ms = clock_steady_ms(), seen_ms = start_ms;
	struct reason why;

	for (;;) {
		int64_t now_ms = clock_steady_ms();

		if (look(&f, &why) != ST_OK)
			return cli_error(c, "%s", why.text);
		if (f.over)
			return f.code;
		if (follow_runner_is_there(c))
			seen_ms = now_ms;
		else if (c->config->runner == RUNNER_EXTERNAL)
			return cli_error(c, "event %lld waits: runner = "
			    "external, and no runner is at work: %s",
			    (long long)id, advice_run(c));
		if (now_ms - seen_ms > NO_RUNNER_MS)
			return cli_error(c, "event %lld waits: no runner has "
			    "begun; see %s, or run it by hand: %s",
			    (long long)id, c->config->log, advice_run(c));
		if (now_ms - start_ms > PATIENCE_MS)
			return cli_error(c, "still at work after a minute; "
			    "later: cgihook show %lld", (long long)id);
		poll(NULL, 0, LOOK_MS);
	}
}
