#include "store_sqlite_wake.h"

#include <stdio.h>

#include "store_sqlite_ops.h"

/* All processes that have the store are of this machine. */

enum status
wake_listen(struct store *store, int *fd, struct reason *why)
{
	return local_listen(&db_of(store)->local, fd, why);
}

const char *
wake_bell(const struct store *store)
{
	return local_bell(&db_of_const(store)->local);
}

bool
wake_rung(struct store *store, int64_t *event_id)
{
	return local_rung(&db_of(store)->local, event_id);
}

void
wake_refuse(struct store *store)
{
	local_refuse_rings(&db_of(store)->local);
}

void
wake_waiting(struct db *s, int64_t event_id)
{
	sqlite3_stmt *q;
	char name[sizeof(s->local.bell)];

	if (db_first(s, SQL_EVENT_BELL, &event_id, 1, &q, NULL) != ST_OK)
		return;
	snprintf(name, sizeof(name), "%s", sqlite3_column_text(q, 0));
	sqlite3_reset(q);
	local_ring(&s->local, name, event_id);
}

enum store_runner
wake_find_runner(struct store *store, bool ring, int64_t event_id)
{
	return local_find_runner(&db_of(store)->local, ring, event_id);
}

int
wake_runner_fd(const struct store *store)
{
	return local_runner_fd(&db_of_const(store)->local);
}

bool
wake_runner_heard(const struct store *store)
{
	return local_runner_heard(&db_of_const(store)->local);
}

bool
wake_runner_lost(struct store *store)
{
	return local_runner_lost(&db_of(store)->local);
}
