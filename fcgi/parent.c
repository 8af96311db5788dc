#include "parent_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

enum {
	TICK_MS = 1000,		/* for changes that no folder reports */
	NOTICED_MS = 10,	/* for changes that come together */
	PAUSE_FIRST_MS = 100,	/* between children that end soon, … */
	PAUSE_MOST_MS = 5000,
	SOON_MS = 10 * 1000	/* … which is before this */
};

/* What poll(2) waits for: signals, changes, the children. */
enum {
	AT_SIGNAL, AT_LOOKOUT, AT_CHILDREN,
	AT_STORES = AT_CHILDREN + CHILDREN_MAX,
	AT_END = AT_STORES + CHILDREN_MAX
};

static bool
parent_watch_signals(struct parent *p)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGHUP,
		SIGCHLD };
	sigset_t set;

	/* the web server may have ignored it, and then wait(2) finds no
	 * child */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return p->signal_fd >= 0;
}

/* A moved log is opened again before the configuration is looked at: there may
 * be something to say about that. */
static void
parent_look_again(struct parent *p, bool force)
{
	if (log_reopen_if_moved())
		child_give_log(p, log_file());
	parent_look(p, force);
}

static void
parent_read_signals(struct parent *p)
{
	struct signalfd_siginfo s;

	while (read(p->signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			continue;	/* to wake us was enough */
		if (s.ssi_signo == SIGHUP) {
			parent_look_again(p, true);
		} else if (!p->ending) {
			p->ending = true;
			child_finish_all(p);
		}
	}
}

/* While a connection is held, no child may hand over another one. */
static void
parent_gather(struct parent *p, struct pollfd *fds)
{
	const struct child *heir = child_heir(p);

	fds[AT_SIGNAL] = (struct pollfd){ .fd = p->signal_fd,
		.events = POLLIN };
	fds[AT_LOOKOUT] = (struct pollfd){ .fd = p->lookout.fd,
		.events = POLLIN };
	for (int i = 0; i < CHILDREN_MAX; i++) {
		const struct child *c = &p->children[i];
		struct pollfd *f = &fds[AT_CHILDREN + i];

		*f = (struct pollfd){ .fd = -1, .events = POLLIN };
		if (c->state != CHILD_NONE && !c->dead &&
		    (c->state != CHILD_FINISHING || p->held < 0))
			f->fd = c->link;
		if (c == heir && p->held >= 0)
			f->events |= POLLOUT;
		fds[AT_STORES + i] = (struct pollfd){ .fd = -1,
			.events = POLLIN };
		if (c->state != CHILD_NONE && !c->dead &&
		    c->store_until_ms == 0)
			fds[AT_STORES + i].fd = c->store;
	}
}

static int64_t
parent_sleep_ms(const struct parent *p, int64_t care_ms, int64_t store_ms)
{
	int64_t left_ms = p->look_ms - clock_steady_ms();

	if (care_ms >= 0 && care_ms < left_ms)
		left_ms = care_ms;
	if (store_ms >= 0 && store_ms < left_ms)
		left_ms = store_ms;
	return left_ms < 0 ? 0 : left_ms > TICK_MS ? TICK_MS : left_ms;
}

static void
parent_turn(struct parent *p)
{
	struct pollfd fds[AT_END];
	int64_t care_ms = child_care(p), store_ms = store_link_serve(p);

	parent_gather(p, fds);
	if (poll(fds, AT_END, (int)parent_sleep_ms(p, care_ms, store_ms)) < 0)
		return;
	if (p->held >= 0)
		child_pass_on(p);
	for (int i = 0; i < CHILDREN_MAX; i++) {
		if (fds[AT_CHILDREN + i].revents & (POLLIN | POLLHUP))
			child_hear(p, &p->children[i]);
		if (fds[AT_STORES + i].revents != 0 &&
		    !store_link_hear(&p->children[i]))
			child_end(&p->children[i]);
	}
	if (fds[AT_SIGNAL].revents != 0)
		parent_read_signals(p);
	child_reap(p);
	if (fds[AT_LOOKOUT].revents != 0) {
		lookout_hear(&p->lookout);
		if (p->look_ms > clock_steady_ms() + NOTICED_MS)
			p->look_ms = clock_steady_ms() + NOTICED_MS;
	}
	if (clock_steady_ms() >= p->look_ms) {
		p->look_ms = clock_steady_ms() + TICK_MS;
		parent_look_again(p, false);
	}
}

static bool
parent_has_children(const struct parent *p)
{
	for (int i = 0; i < CHILDREN_MAX; i++)
		if (p->children[i].state != CHILD_NONE)
			return true;
	return false;
}

int
parent_serve(int listen_fd)
{
	struct parent p = { .listen_fd = listen_fd, .held = -1,
		.lookout = LOOKOUT_NONE, .in_force_fd = -1,
		.path_arena = ARENA(64 * 1024),
		.restart = { .first_ms = PAUSE_FIRST_MS,
		    .most_ms = PAUSE_MOST_MS, .soon_ms = SOON_MS } };

	if (!parent_watch_signals(&p)) {
		log_note("error", "signalfd: %s", strerror(errno));
		return 1;
	}
	/* several processes accept from it: none may wait for a connection that
	 * another one has taken */
	(void)fcntl(listen_fd, F_SETFL, O_NONBLOCK);
	p.look_ms = clock_steady_ms() + TICK_MS;
	parent_find(&p);
	while (!p.ending || parent_has_children(&p))
		parent_turn(&p);
	config_free(p.config);
	arena_free(&p.path_arena);
	lookout_close(&p.lookout);
	return 0;
}
