#ifndef CGIHOOK_STORE_SQLITE_OPS_H
#define CGIHOOK_STORE_SQLITE_OPS_H

#include "store_backend.h"
#include "store_sqlite_db.h"

/* The operations, each in the file of its name. Their types and contracts are
 * those of store_backend.h's members. */

#define STORE_OPERATION(member) \
	__typeof__(*((const struct store_backend *)NULL)->member)

STORE_OPERATION(accept) accept_batch;
STORE_OPERATION(queued) work_queued;
STORE_OPERATION(work) work_do;
STORE_OPERATION(adopt) work_adopt;
STORE_OPERATION(stay) due_stay;
STORE_OPERATION(leave) work_leave;
STORE_OPERATION(next) next_get;
STORE_OPERATION(listen) wake_listen;
STORE_OPERATION(bell) wake_bell;
STORE_OPERATION(rung) wake_rung;
STORE_OPERATION(refuse_rings) wake_refuse;
STORE_OPERATION(find_runner) wake_find_runner;
STORE_OPERATION(runner_fd) wake_runner_fd;
STORE_OPERATION(runner_heard) wake_runner_heard;
STORE_OPERATION(runner_lost) wake_runner_lost;
STORE_OPERATION(get) get_events;
STORE_OPERATION(list) list_events;
STORE_OPERATION(about_due) search_due;
STORE_OPERATION(about_put) search_put;
STORE_OPERATION(retry) retry_events;
STORE_OPERATION(stats) stats_get;

/* store_sqlite_measure.c */
STORE_OPERATION(measure) measure_all;
STORE_OPERATION(previous) outcome_before;
STORE_OPERATION(hours) measure_hours;
STORE_OPERATION(checked_put) measure_put_checked;
STORE_OPERATION(checked_get) measure_get_checked;
STORE_OPERATION(tidy) tidy_step;
STORE_OPERATION(forget) forget_events;
STORE_OPERATION(erase) erase_step;
STORE_OPERATION(renumber) number_jump;
STORE_OPERATION(backup) backup_to;
STORE_OPERATION(session_add) session_add;
STORE_OPERATION(session_find) session_find;
STORE_OPERATION(session_take) session_take;
STORE_OPERATION(audit_add) audit_add;
STORE_OPERATION(audit_list) audit_list;
STORE_OPERATION(copying) copy_look;
STORE_OPERATION(seal) copy_seal;
STORE_OPERATION(export) export_parcel;
STORE_OPERATION(import) import_parcel;

/* What these share. */

/** accept_kind - the number of the event's words, which is made when new */
enum status
accept_kind(struct db *s, const struct event *e, int64_t *kind,
    struct reason *why);

/** copy_mark - in a transaction: it is sealed from the commit on, or not */
enum status
copy_mark(struct db *s, bool sealed, struct reason *why);

/** copy_now - as copy_look, within a transaction or without one; *note: the
 *  row that says how far a copying is, 0: none */
enum status
copy_now(struct db *s, struct store_copying *out, int64_t *note,
    struct reason *why);

/** next_look - the same as next_get, within a transaction */
enum status
next_look(struct db *s, struct store_next *out, struct reason *why);

/** claim_all - what policy chooses, in the transaction of work */
enum status
claim_all(struct db *s, struct store_work *w, struct reason *why);

/** claim_is_possible - whether policy would choose something now */
enum status
claim_is_possible(struct db *s, const struct store_policy *policy,
    struct arena *a, bool *out, struct reason *why);

/** strip_some - remove the content of finished events that are older than
 *  keep_bodies_ms, max at most and until end_us (steady); *stripped: of so
 *  many. s->strip_from: where to go on; 0: nothing is left to do */
enum status
strip_some(struct db *s, int max, int64_t end_us, int *stripped,
    struct reason *why);

/** get_deliveries - of the event e, which gets them; path NULL: all */
enum status
get_deliveries(struct db *s, unsigned parts, const char *path,
    struct arena *a, struct stored_event *e, struct reason *why);

/** outcome_put - note the end of a build, in a transaction */
enum status
outcome_put(struct db *s, const struct store_outcome *o, struct reason *why);

#endif
