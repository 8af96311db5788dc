#include "exec_leftover.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "process.h"

enum {
	LOOK_MS = 20,
	AFTER_KILL_MS = 2000,	/* what is in the kernel that long does no more
				   harm: it never runs its program again */
	BECOME_MS = 300,	/* from a child's number to its environment */
	START_LEEWAY_MS = 1000,	/* between the slot's time and the process's */
	ENVIRON_MAX = 1024 * 1024
};

/* What is known of a slot's group. */
struct group {
	bool live;		/* a process of it lives, at this look */
	bool likely;		/* its leader lives, and began when ours did */
	bool other;		/* its leader lives, and did not */
	bool marked;		/* a member has shown our text, at some look */
};

/* The text is as long as a nonce is random: no prefix of another one. */
static bool
leftover_has_mark(int proc, int pid, const struct slot *s)
{
	char mark[sizeof(slot_run_name) + SLOT_NONCE_LEN + 16];
	char *text = malloc(ENVIRON_MAX), *p;
	bool found = false;
	ssize_t n;

	if (text == NULL || s->nonce[0] == '\0') {
		free(text);
		return false;
	}
	snprintf(mark, sizeof(mark), "%s%.*s.%d", slot_run_name,
	    SLOT_NONCE_LEN, s->nonce, (int)s->note.pid);
	n = process_text(proc, pid, "environ", text, ENVIRON_MAX);
	for (p = text; n > 0 && p < text + n && !found; p += strlen(p) + 1)
		found = strcmp(p, mark) == 0;
	free(text);
	return found;
}

/* Some of its group may be left even of one that has ended: exec_linger.h. */
static bool
leftover_has_begun(const struct slot *s)
{
	return (s->state == SLOT_BEGUN || s->state == SLOT_ENDED) &&
	    s->note.pid > 1;
}

static int
leftover_find_slot(const struct slots *s, int group)
{
	int i;

	for (i = 0; i < s->count; i++)
		if (s->slot[i].note.pid == group &&
		    leftover_has_begun(&s->slot[i]))
			return i;
	return -1;
}

static void
leftover_look_at(int proc, const struct process *p, const struct slot *s,
    struct group *g)
{
	bool in_time = p->boot_ms >= s->boot_ms - LOOK_MS &&
	    p->boot_ms <= s->boot_ms + START_LEEWAY_MS;

	if (strchr("ZXx", p->state) == NULL)
		g->live = true;
	if (p->session != (s->session != 0 ? s->session : p->group))
		return;
	if (p->pid == p->group) {
		g->likely = in_time;
		g->other = !in_time;
	}
	g->marked = g->marked || leftover_has_mark(proc, p->pid, s);
}

/* Look through all processes; g is of each slot. */
static enum status
leftover_look(const struct slots *s, struct group *g, struct reason *why)
{
	struct process p;
	DIR *proc;
	int i, pid;

	proc = opendir("/proc");
	if (proc == NULL)
		return fail(why, ST_SYSTEM, "/proc: %s", strerror(errno));
	for (i = 0; i < s->count; i++)
		g[i].live = g[i].likely = g[i].other = false;
	while ((pid = process_next(proc)) != 0)
		if (process_read(dirfd(proc), pid, &p) && p.group > 1 &&
		    (i = leftover_find_slot(s, p.group)) >= 0)
			leftover_look_at(dirfd(proc), &p, &s->slot[i], &g[i]);
	closedir(proc);
	return ST_OK;
}

/* A group keeps its number as long as a process is in it. */
static bool
leftover_is_ours(const struct group *g)
{
	return g->live && g->marked && !g->other;
}

/* Whose child may be about to become the handler. */
static bool
leftover_may_be_ours(const struct group *g)
{
	return g->live && g->likely && !g->marked;
}

static enum status
leftover_look_until_sure(const struct slots *s, struct group *g,
    struct reason *why)
{
	int64_t until_ms = clock_steady_ms() + BECOME_MS;
	bool sure;
	int i;

	for (;;) {
		if (leftover_look(s, g, why) != ST_OK)
			return ST_SYSTEM;
		for (i = 0, sure = true; i < s->count && sure; i++)
			sure = !leftover_may_be_ours(&g[i]);
		if (sure || clock_steady_ms() >= until_ms)
			break;
		clock_nap_us(LOOK_MS * 1000);
	}
	for (i = 0; i < s->count; i++)
		if (leftover_may_be_ours(&g[i]))
			log_note("warning", "process group %d may be what is "
			    "left of delivery %lld; it is left alone, since "
			    "HOOK_RUN is not in its environment",
			    (int)s->slot[i].note.pid,
			    (long long)s->slot[i].delivery_id);
	return ST_OK;
}

static int
leftover_signal(const struct slots *s, const struct group *g, int sig)
{
	int i, n = 0;

	for (i = 0; i < s->count; i++) {
		if (!leftover_is_ours(&g[i]))
			continue;
		n++;
		if (sig != 0)
			kill(-s->slot[i].note.pid, sig);
		if (sig == SIGTERM)
			kill(-s->slot[i].note.pid, SIGCONT);
	}
	return n;
}

static enum status
leftover_end_groups(const struct slots *s, struct group *g, int64_t grace_ms,
    struct reason *why)
{
	enum status st = leftover_look_until_sure(s, g, why);
	int64_t kill_ms = clock_steady_ms() + grace_ms;
	int64_t leave_ms = kill_ms + AFTER_KILL_MS;

	if (st != ST_OK || leftover_signal(s, g, SIGTERM) == 0)
		return st;
	while (clock_steady_ms() < leave_ms) {
		clock_nap_us(LOOK_MS * 1000);
		st = leftover_look(s, g, why);
		if (st != ST_OK || leftover_signal(s, g, 0) == 0)
			return st;
		if (clock_steady_ms() >= kill_ms)
			leftover_signal(s, g, SIGKILL);
	}
	return ST_OK;
}

enum status
leftover_end(const struct slots *s, int64_t grace_ms, struct reason *why)
{
	struct group *g;
	enum status st;
	int i;

	for (i = 0; i < s->count; i++)
		if (leftover_has_begun(&s->slot[i]))
			break;
	if (i == s->count)
		return ST_OK;
	g = calloc((size_t)s->count, sizeof(*g));
	if (g == NULL)
		return fail(why, ST_BUSY, "no memory");
	st = leftover_end_groups(s, g, grace_ms, why);
	free(g);
	return st;
}
