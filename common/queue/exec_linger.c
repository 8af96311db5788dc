#include "exec_linger.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>

#include "clock.h"
#include "process.h"

enum {
	LEAVE_MS = 1000,	/* even on a machine that is short of time */
	TOGETHER_MS = 100,	/* so many are seen to in one look */
	LOOK_MS = 20
};

void
linger_add(struct linger *l, pid_t group, pid_t session)
{
	int64_t until_ms = clock_steady_ms() + LEAVE_MS + TOGETHER_MS;

	if (kill(-group, 0) != 0)
		return;
	if (l->count == LINGER_MAX) {
		kill(-group, SIGKILL);
		return;
	}
	l->one[l->count++] = (struct lingering){
		.group = group, .session = session,
		.ended_ms = clock_boot_ms(),
		.until_ms = until_ms - until_ms % TOGETHER_MS,
	};
}

int64_t
linger_next_ms(const struct linger *l)
{
	int64_t next = INT64_MAX;
	int i;

	for (i = 0; i < l->count; i++)
		if (l->one[i].until_ms < next)
			next = l->one[i].until_ms;
	return next;
}

/* A group of that number in which all began later is another one. */
static void
linger_kill_member(const struct linger *l, const struct process *p, int64_t now)
{
	const struct lingering *g;
	int i;

	for (i = 0; i < l->count; i++) {
		g = &l->one[i];
		if (g->until_ms <= now && g->group == p->group &&
		    g->session == p->session && p->boot_ms <= g->ended_ms &&
		    strchr("ZXx", p->state) == NULL)
			kill(-g->group, SIGKILL);
	}
}

void
linger_end(struct linger *l)
{
	int64_t now = clock_steady_ms();
	struct process p;
	DIR *proc;
	int i, pid, kept = 0;

	if (linger_next_ms(l) > now)
		return;
	proc = opendir("/proc");
	while (proc != NULL && (pid = process_next(proc)) != 0)
		if (process_read(dirfd(proc), pid, &p))
			linger_kill_member(l, &p, now);
	if (proc != NULL)
		closedir(proc);
	for (i = 0; i < l->count; i++)
		if (l->one[i].until_ms > now)
			l->one[kept++] = l->one[i];
	l->count = kept;
}

void
linger_close(struct linger *l)
{
	int i, kept;

	for (;;) {
		linger_end(l);
		for (i = 0, kept = 0; i < l->count; i++)
			if (kill(-l->one[i].group, 0) == 0)
				l->one[kept++] = l->one[i];
		l->count = kept;
		if (kept == 0)
			return;
		clock_nap_us(LOOK_MS * 1000);
	}
}
