#ifndef CGIHOOK_STORE_SQLITE_DELIVERY_H
#define CGIHOOK_STORE_SQLITE_DELIVERY_H

#include "store_sqlite_db.h"

/* What state events and deliveries are in, and their moves. All within a
 * transaction. */

/* --- store_sqlite_delivery.c ---------------------------------------------- */

/* A delivery as its moves need it. */
struct delivery {
	int64_t id, lane, attempts, begun, at_ms;
	enum delivery_state state;
};

/* Likewise an event. */
struct event_row {
	enum event_state state;
	int64_t kind;
	int64_t wait_lane;		/* 0: none */
	bool has_bell;			/* a request waits for it, or did */
};

/** delivery_get_event - ST_UNKNOWN: no such */
enum status
delivery_get_event(struct db *s, int64_t id, struct event_row *out,
    struct reason *why);

/** delivery_all_ended - whether nothing of the event waits or runs, nor is it
 *  queued; ST_UNKNOWN: no such */
enum status
delivery_all_ended(struct db *s, int64_t event_id, bool *out,
    struct reason *why);

/** delivery_has_body - whether the event's content is there */
enum status
delivery_has_body(struct db *s, int64_t event_id, bool *out,
    struct reason *why);

/** delivery_set_event - to another state; keeps the tallies */
enum status
delivery_set_event(struct db *s, int64_t id, enum event_state from,
    enum event_state to, struct reason *why);

/** delivery_lane - of this path, made when new */
enum status
delivery_lane(struct db *s, const char *path, int64_t *lane,
    struct reason *why);

/** delivery_find - the event's delivery in a lane; 0: none */
enum status
delivery_find(struct db *s, int64_t event_id, int64_t lane, int64_t *id,
    struct reason *why);

/** delivery_get - ST_UNKNOWN: no such */
enum status
delivery_get(struct db *s, int64_t delivery_id, struct delivery *out,
    struct reason *why);

/** delivery_add - a new one of this event: due now; with f, FILTERED */
enum status
delivery_add(struct db *s, int64_t id, int64_t lane, int64_t kind,
    const struct stored_filter *f, struct reason *why);

/** delivery_claim - one that waits runs from now on; d is updated */
enum status
delivery_claim(struct db *s, struct delivery *d, struct reason *why);

/** delivery_finish - one that runs does so no more; at_ms, where it waits, is
 *  when it is due */
enum status
delivery_finish(struct db *s, struct delivery *d,
    const struct stored_attempt *ended, enum delivery_state next,
    int64_t at_ms, bool handed_back, struct reason *why);

/** delivery_revive - one that has ended waits again, with a fresh budget */
enum status
delivery_revive(struct db *s, struct delivery *d, struct reason *why);

/** delivery_doubt - of one that is FILTERED it is to be decided again */
enum status
delivery_doubt(struct db *s, struct delivery *d, struct reason *why);

/** delivery_decide - and this is the decision, if there is that doubt: it
 *  waits, or stays FILTERED by what v says. Another one stays as it is. */
enum status
delivery_decide(struct db *s, int64_t id, struct store_verdict *v,
    struct reason *why);

/* --- store_sqlite_filter.c ------------------------------------------------ */

/** filter_put - note why d is FILTERED, instead of what is noted */
enum status
filter_put(struct db *s, const struct delivery *d,
    const struct stored_filter *f, struct reason *why);

/** filter_remove - it is not FILTERED any more */
enum status
filter_remove(struct db *s, int64_t delivery_id, struct reason *why);

/** filter_get - fill in d->filter, the arena's, of one that is FILTERED */
enum status
filter_get(struct db *s, struct arena *a, struct stored_delivery *d,
    struct reason *why);

/* --- store_sqlite_once.c -------------------------------------------------- */

/**
 * once_decide - may this event's delivery run in the lane?
 *
 * Returns: ST_OK. *by 0: yes, and it is the one of its subject and status until
 *          it is FAILED, DEAD or FILTERED, or is forgotten. Otherwise *by is
 *          the event that is the one.
 */
enum status
once_decide(struct db *s, int64_t event_id, int64_t lane, int64_t *by,
    struct reason *why);

/* --- store_sqlite_audit.c ------------------------------------------------- */

/** audit_retry - note that who had the event's deliveries run again; who:
 *  "sender", with its address, or "uid:1000" */
enum status
audit_retry(struct db *s, int64_t event_id, const char *who,
    struct bytes remote_addr, struct reason *why);

/** audit_read - into e->retries, the arena's; within no transaction, too */
enum status
audit_read(struct db *s, struct arena *a, struct stored_event *e,
    struct reason *why);

/* --- store_sqlite_alarm.c ------------------------------------------------- */

/** alarms_raise - on_dead has yet to be told of this delivery's death, after
 *  attempt */
enum status
alarms_raise(struct db *s, int64_t delivery_id, int attempt,
    struct reason *why);

/** alarms_end - it was told; or could not be, and will be again */
enum status
alarms_end(struct db *s, int64_t delivery_id, bool handed_back,
    struct reason *why);

/** alarms_take - the oldest ones, for another try; those tried tries_max times
 *  are dropped */
enum status
alarms_take(struct db *s, int tries_max, struct arena *a,
    struct store_alarm **out, size_t *count, struct reason *why);

/** alarms_any - whether there is one */
enum status
alarms_any(struct db *s, bool *any, struct reason *why);

#endif
