#include "exec_leftover.h"

#include <errno.h>
#include <signal.h>
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

/* The text is as long as a nonce is random: no prefix of another one. */
static bool
leftover_has_mark(struct leftovers *l, int pid, const struct slot *s)
{
	char mark[sizeof(slot_run_name) + SLOT_NONCE_LEN + 16];
	const char *p;
	bool found = false;
	ssize_t n;

	if (s->nonce[0] == '\0')
		return false;
	snprintf(mark, sizeof(mark), "%s%.*s.%d", slot_run_name,
	    SLOT_NONCE_LEN, s->nonce, (int)s->note.pid);
	n = process_text(dirfd(l->proc), pid, "environ", l->text, ENVIRON_MAX);
	for (p = l->text; n > 0 && p < l->text + n && !found;
	    p += strlen(p) + 1)
		found = strcmp(p, mark) == 0;
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
leftover_look_at(struct leftovers *l, const struct process *p,
    const struct slot *s, struct leftover_group *g)
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
	g->ours = g->ours || (l->memory && g->likely) ||
	    leftover_has_mark(l, p->pid, s);
}

/* A group keeps its number as long as a process is in it. */
static bool
leftover_is_ours(const struct leftover_group *g)
{
	return g->live && g->ours && !g->other;
}

/* What was seen of a group counts for as long as the slot is its own. */
static void
leftover_begin_look(struct leftovers *l)
{
	struct leftover_group *g;
	int i;

	for (i = 0; i < l->slots->count; i++) {
		g = &l->group[i];
		if (g->pid != l->slots->slot[i].note.pid)
			*g = (struct leftover_group){
			    .pid = l->slots->slot[i].note.pid };
		g->live = g->likely = g->other = false;
	}
}

int
leftover_look(struct leftovers *l)
{
	struct process p;
	int i, pid, n = 0;

	leftover_begin_look(l);
	rewinddir(l->proc);
	while ((pid = process_next(l->proc)) != 0)
		if (process_read(dirfd(l->proc), pid, &p) && p.group > 1 &&
		    (i = leftover_find_slot(l->slots, p.group)) >= 0)
			leftover_look_at(l, &p, &l->slots->slot[i],
			    &l->group[i]);
	for (i = 0; i < l->slots->count; i++)
		n += leftover_is_ours(&l->group[i]);
	return n;
}

/* By this the runner, if it lives, knows why they have ended. */
static bool
leftover_tell(struct slot *s)
{
	if (s->interrupted != 0 || s->timed_out != 0)
		return false;
	s->interrupted = 1;
	return true;
}

void
leftover_signal(struct leftovers *l, int sig)
{
	int i;

	for (i = 0; i < l->slots->count; i++) {
		if (!leftover_is_ours(&l->group[i]))
			continue;
		if (l->memory && !leftover_tell(&l->slots->slot[i]) &&
		    sig == SIGTERM)
			continue;
		kill(-l->group[i].pid, sig);
		if (sig == SIGTERM)
			kill(-l->group[i].pid, SIGCONT);
	}
}

/* --- the beginning and the end -------------------------------------------- */

enum status
leftover_open(const struct slots *s, bool memory, struct leftovers *out,
    struct reason *why)
{
	struct leftovers l = { .slots = s, .memory = memory };

	l.group = calloc((size_t)s->count, sizeof(*l.group));
	l.text = malloc(ENVIRON_MAX);
	l.proc = opendir("/proc");
	*out = l;
	if (l.group != NULL && l.text != NULL && l.proc != NULL)
		return ST_OK;
	leftover_close(out);
	return l.proc == NULL ?
	    fail(why, ST_SYSTEM, "/proc: %s", strerror(errno)) :
	    fail(why, ST_BUSY, "no memory");
}

void
leftover_close(struct leftovers *l)
{
	if (l->proc != NULL)
		closedir(l->proc);
	free(l->text);
	free(l->group);
	*l = (struct leftovers){ .slots = NULL };
}

/* --- all at once ---------------------------------------------------------- */

/* Whose child may be about to become the handler. */
static bool
leftover_may_be_ours(const struct leftover_group *g)
{
	return g->live && g->likely && !g->ours;
}

static void
leftover_look_until_sure(struct leftovers *l)
{
	const struct slots *s = l->slots;
	int64_t until_ms = clock_steady_ms() + BECOME_MS;
	bool sure;
	int i;

	for (;;) {
		leftover_look(l);
		for (i = 0, sure = true; i < s->count && sure; i++)
			sure = !leftover_may_be_ours(&l->group[i]);
		if (sure || clock_steady_ms() >= until_ms)
			break;
		clock_nap_us(LOOK_MS * 1000);
	}
	for (i = 0; i < s->count; i++)
		if (leftover_may_be_ours(&l->group[i]))
			log_note("warning", "process group %d may be what is "
			    "left of delivery %lld; it is left alone, since "
			    "HOOK_RUN is not in its environment",
			    (int)s->slot[i].note.pid,
			    (long long)s->slot[i].delivery_id);
}

static void
leftover_end_groups(struct leftovers *l, int64_t grace_ms)
{
	int64_t kill_ms, leave_ms;

	leftover_look_until_sure(l);
	kill_ms = clock_steady_ms() + grace_ms;
	leave_ms = kill_ms + AFTER_KILL_MS;
	leftover_signal(l, SIGTERM);
	while (leftover_look(l) > 0 && clock_steady_ms() < leave_ms) {
		if (clock_steady_ms() >= kill_ms)
			leftover_signal(l, SIGKILL);
		clock_nap_us(LOOK_MS * 1000);
	}
}

enum status
leftover_end(const struct slots *s, int64_t grace_ms, struct reason *why)
{
	struct leftovers l;
	enum status st;
	int i;

	for (i = 0; i < s->count; i++)
		if (leftover_has_begun(&s->slot[i]))
			break;
	if (i == s->count)
		return ST_OK;
	st = leftover_open(s, false, &l, why);
	if (st != ST_OK)
		return st;
	leftover_end_groups(&l, grace_ms);
	leftover_close(&l);
	return ST_OK;
}
