#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "exec_private.h"
#include "path_trust.h"

/* It was not begun: that is how a later runner is to find it. */
static void
spawner_fail_start(struct exec_table *t, int i, enum child_step step, int error)
{
	struct slot *s = &t->slots.slot[i];

	s->note.error = error;
	s->note.step = (int32_t)step;
	atomic_store(&s->state, SLOT_CLAIMED);
	(void)slots_save(&t->slots, i);
	spawner_ended(t, i);
}

/* As late as can be: from here on the kernel looks the path up again, and finds
 * the same, since nobody else can change any part of it. 0, or an errno. */
static int
spawner_check_trust(const struct exec_table *t, struct exec_child *c)
{
	struct stat folder;
	const bool known = c->asked.apart && fstat(t->dirfd, &folder) == 0;

	c->trust = path_trust_program(&(struct trust){ .path = c->asked.path,
	    .user = geteuid(), .strict = c->asked.strict,
	    .apart = known ? &folder : NULL }, &c->refused);
	return c->trust == ST_OK ? 0 : c->trust == ST_BUSY ? EMFILE :
	    c->trust == ST_UNKNOWN ? ENOENT : EACCES;
}

static int
spawner_start_child(struct exec_table *t, int i)
{
	struct exec_child *c = &t->child[i];
	struct slot *s = &t->slots.slot[i];
	struct child_plan plan = {
		.path = c->asked.path, .dir = c->asked.dir,
		.env = c->asked.env,
		.in = c->body_fd, .out = c->write_fd,
		.session = t->session == 0,
		.reset = &t->reset, .note = &s->note,
		.number = c->number, .until_ms = &t->spawner.until_ms,
	};

	if (clock_boot_ms() >= atomic_load(plan.until_ms))
		return ECANCELED;
	s->started_ms = clock_wall_ms();
	s->boot_ms = clock_boot_ms();
	s->session = t->session;
	c->began_ms = clock_steady_ms();
	memcpy(s->nonce, t->slots.nonce, sizeof(s->nonce));
	atomic_store(&s->state, SLOT_BEGUN);
	if (slots_save(&t->slots, i) != ST_OK)
		return ENOSPC;
	slots_child(&t->slots, i, &plan);
	return child_start(&plan, &c->pid);
}

static void
spawner_start(struct exec_table *t, int i)
{
	struct spawner *p = &t->spawner;
	struct exec_child *c = &t->child[i];
	enum child_step step = CHILD_TRUST;
	int error = spawner_check_trust(t, c);
	bool announced;

	if (error == 0) {
		step = CHILD_PROCESS;
		error = spawner_start_child(t, i);
	}
	close(c->body_fd);
	close(c->write_fd);
	pthread_mutex_lock(&p->mutex);
	p->starting--;
	if (error == 0) {
		/* where valgrind forks the child may not have done so yet */
		t->slots.slot[i].note.pid = c->pid;
		p->alive[p->alive_count++] = i;
		announced = c->announced;
		atomic_store(&c->state, SPAWN_RUNS);
		if (announced)
			spawner_tell(p);
	} else {
		spawner_fail_start(t, i, step, error);
	}
	pthread_mutex_unlock(&p->mutex);
}

static bool
spawner_may_take(const struct spawner *p)
{
	return p->count > 0 &&
	    p->alive_count + p->starting < atomic_load(&p->limit);
}

static int
spawner_take(struct exec_table *t)
{
	struct spawner *p = &t->spawner;
	bool more;
	int i = -1;

	pthread_mutex_lock(&p->mutex);
	if (spawner_may_take(p)) {
		i = p->queue[p->first];
		p->first = (p->first + 1) % t->slots.count;
		p->count--;
		p->starting++;
		spawner_tell_in_time(p);
	}
	more = i >= 0 && spawner_may_take(p);
	pthread_mutex_unlock(&p->mutex);
	if (more)
		spawner_wake();
	return i;
}

/* SIGCHLD, blocked in all threads and waited for here, is both: a child has
 * ended, or there is something to start. Each thread sees to all of it. */
static void *
spawner_main(void *table)
{
	struct exec_table *t = table;
	sigset_t chld;
	int i;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	while (!atomic_load(&t->spawner.quitting)) {
		spawner_reap(t);
		i = spawner_take(t);
		if (i >= 0)
			spawner_start(t, i);
		else
			spawner_wait(t, &chld);
	}
	spawner_kill(t);
	return NULL;
}

/* --- the user's side ------------------------------------------------------ */

enum status
spawner_open(struct exec_table *t, struct reason *why)
{
	struct spawner *p = &t->spawner;
	sigset_t all, before;

	pthread_mutex_init(&p->mutex, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (p->threads < SPAWNER_THREADS &&
	    pthread_create(&p->thread[p->threads], NULL, spawner_main, t) == 0)
		p->threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return p->threads > 0 ? ST_OK :
	    fail(why, ST_BUSY, "no thread that starts handlers");
}

void
spawner_wake(void)
{
	kill(getpid(), SIGCHLD);
}

void
spawner_queue(struct exec_table *t, int i)
{
	struct spawner *p = &t->spawner;
	bool begins;

	atomic_store(&t->child[i].state, SPAWN_QUEUED);
	pthread_mutex_lock(&p->mutex);
	p->queue[(p->first + p->count++) % t->slots.count] = i;
	p->low = p->count / 2;
	begins = spawner_may_take(p);		/* else with somebody's end */
	pthread_mutex_unlock(&p->mutex);
	if (begins)
		spawner_wake();
}

bool
spawner_announce(struct exec_table *t, int i)
{
	struct spawner *p = &t->spawner;
	struct exec_child *c = &t->child[i];

	pthread_mutex_lock(&p->mutex);
	c->announced = atomic_load(&c->state) == SPAWN_QUEUED;
	p->low = INT_MAX;
	spawner_tell_in_time(p);
	pthread_mutex_unlock(&p->mutex);
	return c->announced;
}

void
spawner_cancel(struct exec_table *t)
{
	struct spawner *p = &t->spawner;
	int i;

	pthread_mutex_lock(&p->mutex);
	while (p->count > 0) {
		i = p->queue[p->first];
		p->first = (p->first + 1) % t->slots.count;
		p->count--;
		close(t->child[i].body_fd);
		close(t->child[i].write_fd);
		spawner_fail_start(t, i, CHILD_PROCESS, ECANCELED);
	}
	pthread_mutex_unlock(&p->mutex);
}

void
spawner_signal(struct exec_table *t, int i, int sig)
{
	const struct exec_child *c = &t->child[i];

	pthread_mutex_lock(&t->spawner.mutex);
	if (c->state == SPAWN_RUNS) {
		/* no such group: where valgrind forks, it leads none yet */
		if (kill(-c->pid, sig) != 0 && errno == ESRCH)
			kill(c->pid, sig);
		if (sig == SIGTERM)
			kill(-c->pid, SIGCONT);
	}
	pthread_mutex_unlock(&t->spawner.mutex);
}

void
spawner_close(struct exec_table *t)
{
	struct spawner *p = &t->spawner;
	int i;

	if (p->threads == 0)
		return;
	spawner_cancel(t);
	atomic_store(&p->quitting, true);
	for (i = 0; i < p->threads; i++)
		pthread_kill(p->thread[i], SIGCHLD);
	for (i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	p->threads = 0;
	linger_close(&p->linger);
}
