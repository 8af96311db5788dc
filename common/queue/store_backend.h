#ifndef CGIHOOK_STORE_BACKEND_H
#define CGIHOOK_STORE_BACKEND_H

#include "store.h"
#include "store_access.h"
#include "store_copy.h"
#include "store_facts.h"
#include "store_measure.h"
#include "store_search.h"

/*
 * What keeps the queue: one row of operations for each kind of store.
 *
 * Each operation is one transaction: all of it is durable when ST_OK has been
 * returned, or nothing is. What reads and then writes is one operation, so no
 * caller ever holds a lock or a transaction. After a failure the store is as if
 * it had not been called, and works again as soon as the cause is gone.
 *
 * Statuses that each may return besides its own: ST_BUSY, others kept it for
 * longer than busy_ms, or memory is short; ST_SYSTEM, the disk, the network or
 * a permission; ST_CONFIG, the store is damaged, another's, or of a newer
 * version: this process can do nothing with it any more.
 *
 * "Several machines" says what a store that several machines share must give,
 * and what it need not: the callers rely on no more.
 *
 *   Numbers	An event's number is given once and mostly rises. Numbers do not
 *		commit in order: one that is lower may appear later. So nobody
 *		asks for what is above a number to find what is new.
 *   Time	Due times go by the store's own clock. The seam has lengths of
 *		time (wait_ms, due_in_ms) and never that clock's readings. What
 *		users are shown (received, started, ended) is data of the
 *		machine that wrote it.
 *   Claims	A claim has an owner, the store that made it, and a number. An
 *		end is recorded only while both match; of one that does not
 *		match only the status is set.
 *   Failures	A connection that is lost during a commit leaves open how that
 *		ended. The store finds out before its next transaction. Claims
 *		that the caller was never told of are given back, and an end
 *		that was recorded is ST_OK when it is handed in again. Of an
 *		accept that failed, events may be there: a repeat is a
 *		duplicate.
 *   Counts	What stats and the queue limit go by may be as old as the last
 *		commits of the others.
 */
struct store_backend {
	const char *name;
	bool searches;			/* list takes a search */
	bool shared;			/* by several machines: a runner has
					   a lease, and claims have a fence */

	/**
	 * open - make it or bring it to this version, where the role writes
	 *
	 * Owns:    *out, until close.
	 * Returns: ST_OK; ST_BUSY also where another runner has the role;
	 *          ST_UNKNOWN, for STORE_READ only: there is none yet. *why
	 *          says what to do.
	 * Several machines: one of the runners dispatches at a time; all may
	 * claim.
	 */
	enum status (*open)(const struct store_options *o, struct store **out,
	    struct reason *why);

	/** configure - the options have changed, but for dir and role; after a
	 *  failure the previous ones stay in force */
	enum status (*configure)(struct store *s,
	    const struct store_options *o, struct reason *why);

	/** close - also gives up the role and the bell; no claim ends by it */
	void (*close)(struct store *s);

	/**
	 * accept - dedupe and enqueue
	 *
	 * Takes:   a batch, of which all that is out is set on return,
	 *          whatever is returned; later items see earlier ones. Where
	 *          the batch has gather, it is called when all that may be
	 *          waited for has been waited for.
	 * Effect:  an event's key is known for as long as the event, and for
	 *          good where event->lasting. A retry by a duplicate is noted
	 *          as the sender's.
	 * Returns: ST_OK when all is durable: only then is an item's ST_OK or
	 *          ST_DUPLICATE to be believed; otherwise all items have the
	 *          returned status.
	 * Several machines: a key is accepted once, by whoever commits first.
	 * A duplicate is answered only once what it repeats is durable, too.
	 * The limit of the queue may be exceeded by one batch of each process
	 * that accepts at the same moment.
	 */
	enum status (*accept)(struct store *s, struct store_accepts *batch,
	    struct reason *why);

	/**
	 * queued - the oldest events that have not been dispatched
	 *
	 * Takes:   after_id: only those above it, to read one look in pieces;
	 *          the next look begins at 0. out holds max.
	 * Returns: ST_OK with *count; what they have is the arena's.
	 * Several machines: *count is 0 for all runners but the one that
	 * dispatches.
	 */
	enum status (*queued)(struct store *s, int64_t after_id,
	    struct arena *a, struct stored_event *out, size_t max,
	    size_t *count, struct reason *why);

	/**
	 * work - record ends, give events their deliveries, claim what is next
	 *
	 * Takes:   for STORE_RUN. First each of finished, alarm_ends and
	 *          dispatched; an end that cannot be recorded does not hold up
	 *          the others. An event that is gone or not queued any more is
	 *          left as it is, and so is a handler that it already has; but
	 *          one that is FILTERED, and whose conditions retry wants to be
	 *          looked at again, is as its verdict says.
	 *          Then the policy is asked, queue by queue, what it offers;
	 *          then, as long as it names one, the next of that queue is
	 *          claimed. Where q->once is set and another event with the
	 *          same source, handler, subject and status has run, runs or
	 *          waits to run for it (its delivery is not FAILED, DEAD or
	 *          FILTERED), the delivery is DONE without a claim; it counts
	 *          as taken.
	 *          Alarms are taken for one try each.
	 * Effect:  an attempt that is UNSTARTED and handed back leaves no
	 *          record.
	 *          Behind the commit the bells of requests that wait are rung:
	 *          of ends that are awaited, of dispatches with ring, and of
	 *          what q->once made DONE.
	 * Several machines: a delivery is claimed by one owner. The store
	 * lowers limit by what other runners run of a queue that has a
	 * concurrency. What others are about to claim is not offered, and
	 * what is offered is kept from them until the commit, so limit should
	 * be no more than may be claimed. ST_UNKNOWN: the lease has run out,
	 * and nothing was recorded.
	 */
	enum status (*work)(struct store *s, struct store_work *w,
	    struct reason *why);

	/**
	 * adopt - the deliveries that dead runners left running are ours
	 *
	 * Returns: ST_OK; they are to be finished by work, with their claim.
	 *          Until then each call returns them.
	 * Several machines: also called behind each stay, and never returns
	 * what this runner has claimed itself. Dead is whose lease has run
	 * out, by its counter, which we have seen not to move for the lease
	 * and a margin.
	 */
	enum status (*adopt)(struct store *s, struct arena *a,
	    struct stored_delivery **out, size_t *count, struct reason *why);

	/**
	 * stay - go on as the runner; called at least every two seconds
	 *
	 * Effect:  where the wall clock was set and the store goes by it, what
	 *          waits moves along.
	 * Returns: ST_OK; otherwise it is to be called again soon.
	 * Several machines: renews the lease. ST_UNKNOWN: it has run out.
	 */
	enum status (*stay)(struct store *s, struct reason *why);

	/** next - what there is to do; it may be old by the time it is read */
	enum status (*next)(struct store *s, struct store_next *out,
	    struct reason *why);

	/**
	 * leave - give up the role, if there is nothing to do
	 *
	 * Takes:   may, which sees what there is, and may be asked once more;
	 *          policy, which claims nothing here and may be NULL.
	 * Effect:  an accept that commits later finds no runner in the role; of
	 *          one that committed earlier, may was told.
	 */
	enum status (*leave)(struct store *s, struct store_leave *l,
	    struct reason *why);

	/**
	 * listen - be woken: *fd, the store's, is readable when rung has
	 *          something. A runner is woken by accepts, others by ends.
	 * bell - the name under which others ring; NULL without listen
	 * rung - the next event that was rung for; false: none now. Rings may
	 *        be lost or repeated: the queue itself says what is to do.
	 * refuse_rings - for a runner that was told to stop: it takes nothing
	 *                new, so whoever has something starts another one
	 */
	enum status (*listen)(struct store *s, int *fd, struct reason *why);
	const char *(*bell)(const struct store *s);
	bool (*rung)(struct store *s, int64_t *event_id);
	void (*refuse_rings)(struct store *s);

	/**
	 * find_runner - is there one, and does it listen? ring: wake it
	 * runner_fd - poll(2) reports POLLERR for it when the runner that was
	 *             found last has ended; -1: none was, or it cannot be told
	 * runner_heard - that runner has taken note of all rings
	 * runner_lost - that runner has ended: forget it. False: it was told to
	 *               stop, and another one is started only for a new event.
	 */
	enum store_runner (*find_runner)(struct store *s, bool ring,
	    int64_t event_id);
	int (*runner_fd)(const struct store *s);
	bool (*runner_heard)(const struct store *s);
	bool (*runner_lost)(struct store *s);

	/**
	 * get - events with what is asked for, of one state of the store
	 *
	 * Returns: ST_OK, whatever the items' statuses are; *why is about the
	 *          last one that could not be read.
	 */
	enum status (*get)(struct store *s, struct store_get *items,
	    size_t count, struct reason *why);

	/** list - the newest first, without headers and bodies; ST_MALFORMED
	 *  for a state that there is not */
	enum status (*list)(struct store *s, const struct store_filter *f,
	    struct arena *a, struct stored_event **out, size_t *count,
	    struct reason *why);

	/**
	 * about_due - the oldest events of which it is not noted what they are
	 *             about; max at most
	 * about_put - note that, of events that were due, in their order
	 *
	 * Several machines: only those that were dispatched are due.
	 * Effect:  about_due changes nothing: what is not put is due again. An
	 *          event that is gone meanwhile is left out. What is noted is
	 *          removed with the event.
	 * NULL in a row: nothing is noted here.
	 */
	enum status (*about_due)(struct store *s, int64_t *ids, size_t max,
	    size_t *count, struct reason *why);
	enum status (*about_put)(struct store *s,
	    const struct store_about *list, size_t count, struct reason *why);

	/** retry - let what has ended wait again, with a fresh budget of
	 *  attempts, due now, and note who wanted that; let the next work
	 *  decide anew about what is FILTERED, unless force is set. What is not
	 *  as said is left alone: it may have changed since it was listed. So
	 *  is an event whose content was removed. */
	enum status (*retry)(struct store *s, struct store_retry *r,
	    struct reason *why);

	enum status (*stats)(struct store *s, struct store_stats *out,
	    struct reason *why);

	/** measure - as store_measure, but runner may be false where one lives;
	 *  it reads as many rows as there are sources and handlers, and not as
	 *  there are events */
	enum status (*measure)(struct store *s, struct arena *a,
	    struct store_measures *out, struct reason *why);

	/**
	 * previous - the latest outcome of the chain before o, of those that
	 *            were dispatched, unless it is another report of the same
	 *            end; it is forgotten with its event
	 *
	 * Returns: ST_OK with *out; ST_UNKNOWN: there is none.
	 * NULL in a row: none are noted here.
	 */
	enum status (*previous)(struct store *s, const struct store_outcome *o,
	    struct store_outcome *out, struct reason *why);

	/**
	 * hours - the sums from h->from on, h->step hours in one; those of
	 *         attempts are written with the ends, those of events with
	 *         about_put
	 * checked_put, checked_get - what a runner has found; the last counts
	 *
	 * NULL in a row: this kind of store keeps none.
	 */
	enum status (*hours)(struct store *s, struct store_hours *h,
	    struct reason *why);
	enum status (*checked_put)(struct store *s,
	    const struct store_checked *c, struct reason *why);
	enum status (*checked_get)(struct store *s, struct arena *a,
	    struct store_checked *out, struct reason *why);

	/**
	 * tidy - forget finished events older than keep_ms, max at most and for
	 *        some milliseconds; where none is left, remove the content of
	 *        finished ones older than keep_bodies_ms; then put the rest in
	 *        order
	 *
	 * Effect:  the newest event always stays, and so do keys that last. The
	 *          content is what struct stored_event says of stripped.
	 */
	enum status (*tidy)(struct store *s, int max, struct store_tidied *out,
	    struct reason *why);

	/**
	 * forget - remove these events, whatever state they are in, with all
	 *          that belongs to them, but for those of which a handler runs
	 *
	 * Effect:  their keys last from then on, so no repeat brings them back;
	 *          who forgot which number is noted, without an event.
	 *
	 * erase - a step of overwriting what was removed, by forget or earlier,
	 *         and is still in the files
	 *
	 * Takes:   *at: 0 begins; otherwise as the step before has left it.
	 * Returns: ST_OK; *at is 0 when all has been overwritten. ST_BUSY also
	 *          where somebody reads an old state of the store. NULL in a
	 *          row: it has its own tools.
	 */
	enum status (*forget)(struct store *s, struct store_forget *f,
	    struct reason *why);
	enum status (*erase)(struct store *s, int64_t *at, struct reason *why);

	/**
	 * renumber - the next event's number is far above all that can have
	 *            been given since the newest event came: an older copy was
	 *            put back. NULL in a row: that cannot be.
	 */
	enum status (*renumber)(struct store *s, int64_t *from,
	    struct reason *why);

	/** backup - a copy as it is now, at path, which must not exist; synced,
	 *  one file, 0600; or none. NULL in a row: it has its own tools. */
	enum status (*backup)(struct store *s, const char *path,
	    struct reason *why);

	/** facts - as store_facts. NULL in a row: one machine has it. */
	enum status (*facts)(struct store *s, struct arena *a,
	    struct store_facts *out, struct reason *why);

	/**
	 * session_add - from the commit on, what has this digest is logged in
	 * session_find - ST_UNKNOWN: there is none of this kind, or not any
	 *                more
	 * session_take - as find, and from the commit on it is gone: of many
	 *                who take it at one time, one gets it
	 *
	 * Effect:  add removes those that are over, and the oldest of the same
	 *          token beyond STORE_SESSIONS_EACH. Whether the token is still
	 *          there and has the same secret is for the caller to see.
	 */
	enum status (*session_add)(struct store *s,
	    const struct store_session *add, struct reason *why);
	enum status (*session_find)(struct store *s,
	    enum store_session_kind kind,
	    const unsigned char digest[SHA256_LEN], struct arena *a,
	    struct store_session *out, struct reason *why);
	enum status (*session_take)(struct store *s,
	    enum store_session_kind kind,
	    const unsigned char digest[SHA256_LEN], struct arena *a,
	    struct store_session *out, struct reason *why);

	/**
	 * audit_add - note that somebody did something
	 * audit_list - what was noted, and by retry and accept, too
	 *
	 * Effect:  a note is removed with its event; one without an event when
	 *          it is older than keep_ms.
	 */
	enum status (*audit_add)(struct store *s, const struct store_note *n,
	    struct reason *why);
	enum status (*audit_list)(struct store *s, struct store_notes *n,
	    struct reason *why);

	/**
	 * copying - what is known of it, as it is now
	 * seal - from the commit on, or until the next one that says otherwise,
	 *        only who has opened it with copying may write
	 * export - the next parcel behind p->begin, of one state of the store
	 * import - all of the parcel, and that it was taken
	 *
	 * Takes:   a store that was opened with copying. export: a store that
	 *          is sealed; p->arena. import: a store that is empty, or has
	 *          had the parcels before this one.
	 * Effect:  import keeps all numbers; what waits is due as long after
	 *          now as it was. With the last parcel it removes the seal.
	 * Returns: ST_OK; ST_CONFIG, import: it has events of another store;
	 *          ST_BUSY, export: a delivery runs, or its runner has died.
	 */
	enum status (*copying)(struct store *s, struct store_copying *out,
	    struct reason *why);
	enum status (*seal)(struct store *s, bool sealed, struct reason *why);
	enum status (*export)(struct store *s, struct store_parcel *p,
	    struct reason *why);
	enum status (*import)(struct store *s, const struct store_parcel *p,
	    struct reason *why);
};

#define STORE_PATH_MAX 511	/* "drone/build.failure": longer ones are a
				   mistake of ours */

/* Begins each kind's own struct. */
struct store {
	const struct store_backend *backend;
};

/* The rows. The last is built in by "make PG=1". */
extern const struct store_backend store_sqlite;
extern const struct store_backend store_agent;
extern const struct store_backend store_postgresql;

#endif
