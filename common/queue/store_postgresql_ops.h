#ifndef CGIHOOK_STORE_POSTGRESQL_OPS_H
#define CGIHOOK_STORE_POSTGRESQL_OPS_H

#include "store_backend.h"
#include "store_postgresql_db.h"

/* The operations. Their types and contracts are those of store_backend.h's
 * members. */

#define PG_OPERATION(member) \
	__typeof__(*((const struct store_backend *)NULL)->member)

/* store_postgresql_accept.c */
PG_OPERATION(accept) pg_accept;
/* store_postgresql_next.c */
PG_OPERATION(queued) pg_queued;
PG_OPERATION(next) pg_next;
/* store_postgresql_role.c, _adopt.c, _leave.c */
PG_OPERATION(stay) pg_stay;
PG_OPERATION(adopt) pg_adopt;
PG_OPERATION(leave) pg_leave;
/* store_postgresql_wake.c */
PG_OPERATION(listen) pg_listen;
PG_OPERATION(bell) pg_bell;
PG_OPERATION(rung) pg_rung;
PG_OPERATION(refuse_rings) pg_refuse_rings;
PG_OPERATION(find_runner) pg_find_runner;
PG_OPERATION(runner_fd) pg_runner_fd;
PG_OPERATION(runner_heard) pg_runner_heard;
PG_OPERATION(runner_lost) pg_runner_lost;
/* store_postgresql_stats.c, _measure.c, _tidy.c */
PG_OPERATION(stats) pg_stats;
PG_OPERATION(measure) pg_measure;
PG_OPERATION(hours) pg_hours;
PG_OPERATION(checked_put) pg_checked_put;
PG_OPERATION(checked_get) pg_checked_get;
PG_OPERATION(tidy) pg_tidy;
/* store_postgresql_forget.c */
PG_OPERATION(forget) pg_forget;
/* store_postgresql_work.c */
PG_OPERATION(work) pg_work;
/* store_postgresql_get.c, _list.c, _retry.c */
PG_OPERATION(get) pg_get;
PG_OPERATION(list) pg_list;
/* store_postgresql_search.c */
PG_OPERATION(about_due) pg_about_due;
PG_OPERATION(about_put) pg_about_put;
PG_OPERATION(retry) pg_retry;

/* store_postgresql_access.c */
PG_OPERATION(session_add) pg_session_add;
PG_OPERATION(session_find) pg_session_find;
PG_OPERATION(session_take) pg_session_take;
PG_OPERATION(audit_add) pg_audit_add;
PG_OPERATION(audit_list) pg_audit_list;

/* store_postgresql_copy.c, _export.c, _import.c, _facts.c */
PG_OPERATION(copying) pg_copying;
PG_OPERATION(seal) pg_seal;
PG_OPERATION(export) pg_export;
PG_OPERATION(import) pg_import;
PG_OPERATION(facts) pg_facts;
/* store_postgresql_number.c */
PG_OPERATION(renumber) pg_renumber;

/* What these share. */

/* A search, block by block, within a transaction. */
struct pg_search {
	/* in */
	const char *text;
	int64_t below, from;		/* below: the next block's end */
	struct arena *arena;
	/* out, of the block */
	const char *phrase;		/* for a tsquery */
	int64_t first;			/* number of an event */
	/* private */
	int blocks;
	int64_t until_ms;
};

/** pg_search_next - the next block in which there are events; *more false:
 *  there is none, or no word to search for */
enum status
pg_search_next(struct pg *s, struct pg_search *x, bool *more,
    struct reason *why);

/** pg_search_is_over - it has taken long enough */
bool
pg_search_is_over(const struct pg_search *x);

/** pg_copy_now - the same as pg_copying, within a transaction; *note: the row
 *  that says how far a copying is, 0: none */
enum status
pg_copy_now(struct pg *s, struct store_copying *out, int64_t *note,
    struct reason *why);

/** pg_copy_mark - queue, in a transaction: it is sealed from the commit on, or
 *  not */
void
pg_copy_mark(struct pg *s, bool sealed);

/** pg_next_look - the same as pg_next, within a transaction, and of all
 *  machines */
enum status
pg_next_look(struct pg *s, struct store_next *out, struct reason *why);

/** pg_revive - queue, in a transaction, that these deliveries, which have
 *  ended, wait again with a fresh budget, due now; keeps the counters. It is
 *  store_postgresql_delivery.c's. */
enum status
pg_revive(struct pg *s, const int64_t *ids, size_t count,
    struct reason *why);

/** pg_audit_retry - note, in a transaction, that who had the event's deliveries
 *  run again; "sender", with its address, or "uid:1000" */
void
pg_audit_retry(struct pg *s, int64_t event_id, const char *who,
    struct bytes remote_addr);

/** pg_audit_retries - the same of many events */
void
pg_audit_retries(struct pg *s, const int64_t *event_ids, size_t count,
    const char *who, struct bytes remote_addr);

/** pg_strip_step - remove the content of up to max finished events that are
 *  older than keep_bodies_ms; *stripped: of so many; *more: others are still to
 *  be looked at. It is store_postgresql_strip.c's. */
enum status
pg_strip_step(struct pg *s, int max, int *stripped, bool *more,
    struct reason *why);

/** pg_claim_is_possible - whether policy would choose something now; in a
 *  transaction. It is store_postgresql_claim.c's. */
enum status
pg_claim_is_possible(struct pg *s, const struct store_policy *policy,
    struct arena *a, bool *out, struct reason *why);

#endif
