#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "clock.h"
#include "exec_table.h"

static void
spawn(struct exec_table *t, int i)
{
	struct child *c = &t->child[i];
	struct slot *s = &t->slots.slot[i];
	const struct child_plan plan = {
		.path = c->path, .dir = c->dir, .env = c->env,
		.in = c->body_fd, .out = c->write_fd,
		.reset = &t->reset, .note = &s->note,
		.generation = t->slots.generation,
		.expected = t->slots.generation_mine,
	};
	int error;

	s->started_ms = clock_wall_ms();
	s->boot_ms = clock_boot_ms();
	atomic_store(&s->state, SLOT_BEGUN);
	error = child_start(&plan, &c->pid);
	close(c->body_fd);
	close(c->write_fd);
	if (error != 0) {
		s->note.error = error;
		s->note.step = CHILD_PROCESS;
		atomic_store(&s->state, SLOT_CLAIMED);
	} else {
		/* where valgrind forks the child may not have done so yet */
		s->note.pid = c->pid;
	}
	atomic_store(&c->state, error == 0 ? START_DONE : START_FAILED);
	/* As if a child had ended: the table's owner looks again. */
	if (atomic_exchange(&t->spawner.wake, false) || error != 0)
		kill(getpid(), SIGCHLD);
}

static void
cancel(struct exec_table *t, int i)
{
	close(t->child[i].body_fd);
	close(t->child[i].write_fd);
	t->slots.slot[i].note.error = ECANCELED;
	t->slots.slot[i].note.step = CHILD_PROCESS;
	atomic_store(&t->child[i].state, START_FAILED);
}

static int
take(struct exec_table *t, bool *quitting)
{
	struct spawner *p = &t->spawner;
	int i = -1;

	pthread_mutex_lock(&p->mutex);
	while (p->count == 0 && !p->quitting)
		pthread_cond_wait(&p->more, &p->mutex);
	if (p->count > 0) {
		i = p->queue[p->first];
		p->first = (p->first + 1) % t->slots.count;
		p->count--;
	}
	*quitting = p->quitting;
	pthread_mutex_unlock(&p->mutex);
	return i;
}

static void *
work(void *table)
{
	struct exec_table *t = table;
	bool quitting;
	int i;

	while ((i = take(t, &quitting)) >= 0)
		if (quitting)
			cancel(t, i);
		else
			spawn(t, i);
	return NULL;
}

void
spawner_open(struct exec_table *t)
{
	struct spawner *p = &t->spawner;
	sigset_t all, before;

	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->more, NULL);
	/* Signals are for the thread that has the table. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	p->threaded = pthread_create(&p->thread, NULL, work, t) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
spawner_start(struct exec_table *t, int i)
{
	struct spawner *p = &t->spawner;

	atomic_store(&t->child[i].state, START_QUEUED);
	if (!p->threaded) {
		spawn(t, i);
		return;
	}
	pthread_mutex_lock(&p->mutex);
	p->queue[(p->first + p->count++) % t->slots.count] = i;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->mutex);
}

void
spawner_close(struct exec_table *t)
{
	struct spawner *p = &t->spawner;

	if (!p->threaded)
		return;
	pthread_mutex_lock(&p->mutex);
	p->quitting = true;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->mutex);
	pthread_join(p->thread, NULL);
	p->threaded = false;
}
