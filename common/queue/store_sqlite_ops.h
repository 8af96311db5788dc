#ifndef CGIHOOK_STORE_SQLITE_OPS_H
#define CGIHOOK_STORE_SQLITE_OPS_H

#include "store_backend.h"
#include "store_sqlite_db.h"

/* The operations that have no header of their own, each in the file of its
 * name. store_backend.h has their contracts. */

/** number_jump - the operation renumber */
enum status
number_jump(struct store *store, int64_t *from, struct reason *why);

enum status
accept_batch(struct store *store, struct store_accepts *batch,
    struct reason *why);

enum status
work_queued(struct store *store, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why);

enum status
work_do(struct store *store, struct store_work *w, struct reason *why);

enum status
work_adopt(struct store *store, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why);

enum status
work_leave(struct store *store, struct store_leave *l, struct reason *why);

enum status
next_get(struct store *store, struct store_next *out, struct reason *why);

/** next_look - the same, within a transaction */
enum status
next_look(struct db *s, struct store_next *out, struct reason *why);

/** claim_all - what policy chooses, in the transaction of work */
enum status
claim_all(struct db *s, struct store_work *w, struct reason *why);

/** claim_is_possible - whether policy would choose something now */
enum status
claim_is_possible(struct db *s, const struct store_policy *policy,
    struct arena *a, bool *out, struct reason *why);

enum status
get_events(struct store *store, struct store_get *items, size_t count,
    struct reason *why);

/** get_deliveries - of the event e, which gets them; path NULL: all */
enum status
get_deliveries(struct db *s, unsigned parts, const char *path,
    struct arena *a, struct stored_event *e, struct reason *why);

enum status
list_events(struct store *store, const struct store_filter *f,
    struct arena *a, struct stored_event **out, size_t *count,
    struct reason *why);

enum status
retry_events(struct store *store, struct store_retry *r, struct reason *why);

enum status
stats_get(struct store *store, struct store_stats *out, struct reason *why);

enum status
tidy_step(struct store *store, int max, struct store_tidied *out,
    struct reason *why);

enum status
backup_to(struct store *store, const char *path, struct reason *why);

#endif
