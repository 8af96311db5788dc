#ifndef CGIHOOK_STORE_SQLITE_WAKE_H
#define CGIHOOK_STORE_SQLITE_WAKE_H

#include "store_sqlite_db.h"

/* Waking others, and being woken. */

enum status
wake_listen(struct store *store, int *fd, struct reason *why);

const char *
wake_bell(const struct store *store);

bool
wake_rung(struct store *store, int64_t *event_id);

void
wake_refuse(struct store *store);

enum store_runner
wake_find_runner(struct store *store, bool ring, int64_t event_id);

int
wake_runner_fd(const struct store *store);

bool
wake_runner_heard(const struct store *store);

bool
wake_runner_lost(struct store *store);

/** wake_end - our own goes; the runner's is forgotten */
void
wake_end(struct db *s);

/** wake_waiting - the request that waits for an event, if one does */
void
wake_waiting(struct db *s, int64_t event_id);

#endif
