#include "runner_private.h"

#include <signal.h>
#include <stdlib.h>

/* One life, of a state folder; *again: the path leads to another one now. */
static enum status
run_once(const char *config_path, enum runner_until until, bool *again,
    struct reason *why)
{
	struct runner *r = calloc(1, sizeof(*r));
	sigset_t before;
	enum status st;

	*again = false;
	if (r == NULL)
		return fail(why, ST_BUSY, "no memory");
	r->config_path = config_path;
	r->until = until;
	r->dirfd = r->wires.bell_fd = r->wires.signal_fd =
	    r->wires.epoll_fd = -1;
	r->reload.in_force_fd = -1;
	r->alarms.look_ms = NEVER;
	sigprocmask(SIG_SETMASK, NULL, &before);
	st = runner_open(r, why);
	if (st == ST_OK) {
		reload_begin(r);
		loop_run(r);
	}
	if (r->trouble.lost)
		st = fail(why, ST_CONFIG, "%s", r->trouble.why.text);
	*again = st == ST_OK && r->phase == PHASE_MOVING;
	runner_close(r);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return st;
}

enum status
runner_run(const char *config_path, enum runner_until until,
    struct reason *why)
{
	static const int ignored[] = { SIGPIPE, SIGXFSZ };
	struct sigaction ign = { .sa_handler = SIG_IGN }, old[2];
	enum status st;
	bool again;
	int i;

	for (i = 0; i < 2; i++)
		sigaction(ignored[i], &ign, &old[i]);
	do
		st = run_once(config_path, until, &again, why);
	while (again && until != RUNNER_ONCE);
	for (i = 0; i < 2; i++)
		sigaction(ignored[i], &old[i], NULL);
	return st;
}
