#include "log_tail.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "out.h"
#include "store_newer.h"
#include "view_event.h"
#include "view_text.h"

enum {
	PAGE = 100,
	OPEN_MAX = 256,			/* events whose end is waited for */
	LOOK_MS = 5000,			/* where no change was seen */
	SHARED_MS = 1000,		/* other machines' changes are not */
	TOGETHER_MS = 20		/* what comes in a row is one change */
};

struct tail {
	struct cli *cli;
	struct store_filter filter;
	int64_t last_id;
	int64_t open[OPEN_MAX];		/* 0: free */
	int changes, signals;		/* to be polled */
};

/* --- what is printed ------------------------------------------------------ */

/* Nothing of it waits or runs. */
static bool
log_tail_is_over(const struct stored_event *e)
{
	bool over = e->state != EVENT_QUEUED;

	for (size_t i = 0; i < e->delivery_count; i++)
		over = over && delivery_has_ended(e->deliveries[i].state);
	return over;
}

static void
log_tail_print(struct cli *c, const struct stored_event *e)
{
	const struct view v = cli_view(c);
	const char *state = view_event_state(e);
	char received[25];

	if (c->json) {
		(void)out_json(c, view_event_json(&v, e, VIEW_DELIVERIES));
		fflush(stdout);
		return;
	}
	view_time(e->received_ms, received);
	printf("%s  %lld  %s %s", received, (long long)e->id, e->source,
	    arena_cstr(&c->arena, view_event_name(e, &c->arena)));
	if (*e->status != '\0')
		printf(" %s", e->status);
	if (*e->subject != '\0')
		printf("  %s", out_safe(c, bytes_of(e->subject)));
	fputs("  ", stdout);
	out_style(c, out_state(state), "%s", state);
	for (size_t i = 0; i < e->delivery_count; i++)
		printf("  %s %s", out_safe(c, bytes_of(
		    e->deliveries[i].handler)),
		    delivery_state_name(e->deliveries[i].state));
	putchar('\n');
	fflush(stdout);
}

/* The one that has been open for longest makes room. */
static void
log_tail_keep_open(struct tail *f, int64_t id)
{
	size_t oldest = 0;

	for (size_t i = 0; i < OPEN_MAX; i++)
		if (f->open[i] < f->open[oldest])
			oldest = i;
	f->open[oldest] = id;
}

/* --- what is new ---------------------------------------------------------- */

static enum status
log_tail_show_new(struct tail *f, struct reason *why)
{
	struct cli *c = f->cli;
	struct stored_event *e;
	size_t count;
	enum status st;

	do {
		st = store_list_newer(c->store, &f->filter, f->last_id,
		    &c->arena, &e, &count, why);
		for (size_t i = 0; st == ST_OK && i < count; i++) {
			log_tail_print(c, &e[i]);
			if (!log_tail_is_over(&e[i]))
				log_tail_keep_open(f, e[i].id);
			f->last_id = e[i].id;
		}
		st = arena_verdict(&c->arena, st, why);
		arena_reset(&c->arena);
	} while (st == ST_OK && count > 0);
	return st;
}

static enum status
log_tail_show_ends(struct tail *f, struct reason *why)
{
	struct cli *c = f->cli;
	struct stored_event e;
	enum status st = ST_OK;

	for (size_t i = 0; i < OPEN_MAX && st == ST_OK; i++) {
		if (f->open[i] == 0)
			continue;
		st = store_get(c->store, f->open[i], f->filter.parts,
		    &c->arena, &e, why);
		if (st == ST_OK && log_tail_is_over(&e))
			log_tail_print(c, &e);
		if (st == ST_UNKNOWN || (st == ST_OK &&
		    log_tail_is_over(&e)))
			f->open[i] = 0;
		st = st == ST_UNKNOWN ? ST_OK : st;
		arena_reset(&c->arena);
	}
	return st;
}

/* The newest of all: what came before is not shown. */
static enum status
log_tail_begin(struct tail *f, struct reason *why)
{
	struct store_filter newest = { .limit = 1 };
	struct stored_event *e;
	size_t count = 0;
	enum status st = store_list(f->cli->store, &newest, &f->cli->arena, &e,
	    &count, why);

	f->last_id = st == ST_OK && count > 0 ? e[0].id : 0;
	arena_reset(&f->cli->arena);
	return st;
}

/* --- waiting -------------------------------------------------------------- */

static int
log_tail_open(struct tail *f)
{
	const char *dir = f->cli->config->state_dir;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	f->signals = signalfd(-1, &set, SFD_CLOEXEC);
	f->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (f->signals < 0)
		return cli_error(f->cli, "signalfd: %s", strerror(errno));
	/* without it, it looks now and then */
	if (f->changes >= 0)
		(void)inotify_add_watch(f->changes, dir, IN_MODIFY | IN_CREATE |
		    IN_MOVED_TO);
	return CLI_DONE;
}

/* Until the store may have changed; false: a signal has come. */
static bool
log_tail_wait(struct tail *f)
{
	struct pollfd fds[2] = { { f->signals, POLLIN, 0 },
		{ f->changes, POLLIN, 0 } };
	char block[4096];

	(void)poll(fds, 2, store_is_shared(f->cli->store) ? SHARED_MS :
	    LOOK_MS);
	if (fds[0].revents != 0 || poll(fds, 1, TOGETHER_MS) > 0)
		return false;
	while (f->changes >= 0 && read(f->changes, block, sizeof(block)) > 0)
		;
	return true;
}

int
log_tail(struct cli *c, const struct store_filter *filter)
{
	struct tail f = { .cli = c, .filter = *filter, .changes = -1,
		.signals = -1 };
	struct reason why;
	enum status st;

	f.filter.limit = PAGE;
	st = log_tail_begin(&f, &why);
	if (st == ST_OK && log_tail_open(&f) != CLI_DONE)
		return CLI_FAILED;
	do {
		if (st == ST_OK)
			st = log_tail_show_new(&f, &why);
		if (st == ST_OK)
			st = log_tail_show_ends(&f, &why);
	} while (st == ST_OK && log_tail_wait(&f));
	if (f.changes >= 0)
		close(f.changes);
	if (f.signals >= 0)
		close(f.signals);
	return st == ST_OK ? CLI_DONE : cli_error(c, "%s", why.text);
}
