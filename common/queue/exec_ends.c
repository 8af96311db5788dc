#include <unistd.h>

#include "exec_private.h"

/* How the spawner's threads tell the user of the table that children ended. */

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
