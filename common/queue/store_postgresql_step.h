#ifndef CGIHOOK_STORE_POSTGRESQL_STEP_H
#define CGIHOOK_STORE_POSTGRESQL_STEP_H

#include "store_postgresql_db.h"

/*
 * The steps of work, within its transaction. Each is of two halves: "want"
 * queues statements, and "take" reads their results behind the flight. So the
 * steps that do not need each other's results share a round trip.
 */

/* --- store_postgresql_end.c ----------------------------------------------- */

struct pg_ending {
	struct pg_rows rows;
};

/** pg_end_want - record what has finished, and what on_dead was told */
void
pg_end_want(struct pg *s, struct pg_ending *e, const struct store_work *w);

/** pg_end_take - set the statuses of w->finished */
void
pg_end_take(struct pg *s, struct pg_ending *e, struct store_work *w);

/* --- store_postgresql_dispatch.c ------------------------------------------ */

struct pg_dispatching {
	struct pg_rows events, made, decided, states;
};

/** pg_dispatch_lock - lock the events, before anything else is locked */
void
pg_dispatch_lock(struct pg *s, struct pg_dispatching *x,
    const struct store_work *w);

/** pg_dispatch_want - give those that are still queued their deliveries */
void
pg_dispatch_want(struct pg *s, struct pg_dispatching *x,
    const struct store_work *w);

/** pg_dispatch_take - set state and ring of w->dispatched, and what became of
 *  their verdicts */
void
pg_dispatch_take(struct pg *s, struct pg_dispatching *x,
    struct store_work *w);

/* --- store_postgresql_alarm.c --------------------------------------------- */

/** pg_alarm_want - take the alarms that no living runner has in hand */
void
pg_alarm_want(struct pg *s, struct pg_rows *rows, int tries_max);

enum status
pg_alarm_take(struct pg_rows *rows, struct store_work *w,
    struct reason *why);

/* --- store_postgresql_once.c ---------------------------------------------- */

/* once.digest, of an event e and its kind k */
#define PG_ONCE_DIGEST "sha256(e.subject) || sha256(k.status)"

/* A delivery that may run "once". */
struct pg_once {
	int64_t queue, delivery_id;
	int64_t by;			/* out: the event that runs instead; 0:
					   this one runs */
};

/** pg_once_decide - of each of them, the first ones first; one flight
 *
 * Effect:  the one of its subject and status is noted, whether it is claimed
 *          in this transaction or waits to be.
 */
enum status
pg_once_decide(struct pg *s, struct pg_once *items, size_t count,
    struct reason *why);

/* --- store_postgresql_claim.c --------------------------------------------- */

struct pg_claim_row {
	int64_t claim, fence;
	int attempt;
	int64_t by;			/* once: this event runs instead */
};

/* A queue while it is decided what is claimed of it. */
struct pg_claim_queue {
	int64_t id;
	size_t limit;			/* as it was offered */
	bool look_later;		/* others have it */
	struct pg_claim_row *rows;	/* beside its due */
};

struct pg_claiming {
	struct pg *s;
	const struct store_policy *policy;
	struct arena *arena;
	struct pg_rows waiting, left;
	struct store_queue *queues;
	struct pg_claim_queue *of;	/* beside them */
	size_t count;
};

/** pg_claim_want - the queues in which something waits */
void
pg_claim_want(struct pg_claiming *c);

/** pg_claim_look - ask the policy of each, and read what is due of what it
 *  offers; one flight, and another one where a queue is "once" */
enum status
pg_claim_look(struct pg_claiming *c, struct reason *why);

/* --- store_postgresql_claim.c --------------------------------------------- */

/** pg_claim_choose - claim what the policy names, and queue that this is
 *  written, to travel with the commit */
enum status
pg_claim_choose(struct pg_claiming *c, struct reason *why);

/** pg_claim_told - behind the commit: when what is left is due */
void
pg_claim_told(struct pg_claiming *c);

#endif
