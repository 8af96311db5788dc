#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "exec_private.h"

/* How processes end, and how the user of the table is told: the spawner's
 * threads alone call this, but for spawner_tell_in_time. */

/* --- telling the user ----------------------------------------------------- */

void
spawner_tell(struct spawner *p)
{
	const uint64_t one = 1;

	if (!atomic_exchange(&p->told, true))
		(void)!write(p->ends_fd, &one, sizeof(one));
}

/* While half of the queue is still to begin, the user needs no end yet, and
 * then takes several at once. */
void
spawner_tell_in_time(struct spawner *p)
{
	if (p->count <= p->low && atomic_load(&p->ended))
		spawner_tell(p);
}

void
spawner_ended(struct exec_table *t, int i)
{
	const bool awaited = t->child[i].asked.awaited;

	/* from here on it belongs to the user again */
	atomic_store(&t->child[i].state, SPAWN_ENDED);
	atomic_store(&t->spawner.ended, true);
	if (awaited)
		spawner_tell(&t->spawner);
	else
		spawner_tell_in_time(&t->spawner);
}

/* --- reaping -------------------------------------------------------------- */

/* The leader is a zombie: its number, and so the group's, is still its own.
 * What is in a group that was told to end has no time to leave it. */
static void
spawner_reap_leader(struct exec_table *t, int i)
{
	struct exec_child *c = &t->child[i];
	struct slot *s = &t->slots.slot[i];
	bool told = s->timed_out != 0 || s->interrupted != 0 ||
	    atomic_load(&t->spawner.quitting);
	int status = 0;
	pid_t pid;

	if (told)
		kill(-c->pid, SIGKILL);
	do
		pid = waitpid(c->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		status = SIGKILL;	/* somebody else has reaped it */
	if (!told)
		linger_add(&t->spawner.linger, c->pid, t->session != 0 ?
		    t->session : c->pid);
	s->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	s->term_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	s->ended_ms = clock_wall_ms();
	atomic_store(&s->state, SLOT_ENDED);
	(void)slots_save(&t->slots, i);
	spawner_ended(t, i);
}

static void
spawner_reap_one(struct exec_table *t, int k)
{
	struct spawner *p = &t->spawner;
	int i = p->alive[k];

	p->alive[k] = p->alive[--p->alive_count];
	spawner_reap_leader(t, i);
}

static int
spawner_find_alive(const struct exec_table *t, pid_t pid)
{
	int k;

	for (k = 0; k < t->spawner.alive_count; k++)
		if (t->child[t->spawner.alive[k]].pid == pid)
			return k;
	return -1;
}

static pid_t
spawner_find_zombie(idtype_t which, pid_t pid)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	if (waitid(which, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return 0;
	return info.si_pid;
}

/* A zombie that is none of ours hides the others from a look at any: ask for
 * each by its number. It is from before an exec of us; or somebody's orphan,
 * where we are process 1; or one that has ended before the thread that started
 * it could say so: that one looks next. */
static void
spawner_reap_around(struct exec_table *t, pid_t stranger)
{
	struct spawner *p = &t->spawner;
	int k;

	if (getpid() == 1 && p->starting == 0)
		waitpid(stranger, NULL, WNOHANG);
	for (k = p->alive_count - 1; k >= 0; k--)
		if (spawner_find_zombie(P_PID, t->child[p->alive[k]].pid) != 0)
			spawner_reap_one(t, k);
}

void
spawner_reap(struct exec_table *t)
{
	pid_t pid;
	int k;

	pthread_mutex_lock(&t->spawner.mutex);
	while (t->spawner.alive_count > 0 &&
	    (pid = spawner_find_zombie(P_ALL, 0)) != 0) {
		k = spawner_find_alive(t, pid);
		if (k < 0) {
			spawner_reap_around(t, pid);
			break;
		}
		spawner_reap_one(t, k);
	}
	pthread_mutex_unlock(&t->spawner.mutex);
}

void
spawner_kill(struct exec_table *t)
{
	struct spawner *p = &t->spawner;

	pthread_mutex_lock(&p->mutex);
	while (p->alive_count > 0) {
		kill(-t->child[p->alive[0]].pid, SIGKILL);
		kill(t->child[p->alive[0]].pid, SIGKILL);
		spawner_reap_one(t, 0);
	}
	pthread_mutex_unlock(&p->mutex);
}

void
spawner_wait(struct exec_table *t, const sigset_t *chld)
{
	struct timespec left = { 0, 0 };
	int64_t next_ms, ms;

	pthread_mutex_lock(&t->spawner.mutex);
	linger_end(&t->spawner.linger);
	next_ms = linger_next_ms(&t->spawner.linger);
	pthread_mutex_unlock(&t->spawner.mutex);
	ms = next_ms == INT64_MAX ? -1 : next_ms - clock_steady_ms();
	if (ms > 0) {
		left.tv_sec = ms / 1000;
		left.tv_nsec = ms % 1000 * 1000000;
	}
	if (next_ms == INT64_MAX)
		(void)sigwaitinfo(chld, NULL);
	else
		(void)sigtimedwait(chld, NULL, &left);
}
