#ifndef CGIHOOK_STORE_H
#define CGIHOOK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "event.h"
#include "status.h"
#include "stored.h"

/*
 * The queue, whatever keeps it. Nothing above this header knows SQL, a lock or
 * a transaction: each call below is one batch, and one transaction. Its
 * contract is in store_backend.h, at the member of the same name.
 *
 * A struct store is used by one thread at a time. Many processes may have the
 * same store open; each may die at any instant.
 */

struct store;

#define STORE_WAIT_MAX_MS (3600 * 1000)	/* nothing is due later than that */

enum store_role {
	STORE_READ,			/* log, show, stats */
	STORE_WRITE,			/* accept, retry, prune */
	STORE_RUN			/* also dispatch, claim and finish */
};

enum store_kind {
	STORE_SQLITE,			/* this machine's, in dir */
	STORE_POSTGRESQL,		/* shared by machines */
	STORE_AGENT			/* the same, by way of this machine's
					   agent: for responders */
};

/* How a process that may not connect to the agent by itself gets a
 * connection. */
struct store_reach {
	/* *fd is the store's; connected by until_ms (steady), or an error */
	enum status (*connect)(void *ctx, int64_t until_ms, int *fd,
	    struct reason *why);
	void *ctx;
};

struct store_options {
	enum store_kind kind;
	const char *dir;		/* state_dir, absolute; made 0700; this
					   machine's, whatever the kind */
	const char *conn;		/* a secret, libpq's connection string;
					   POSTGRESQL alone */
	int journal;			/* enum journal_kind: a folder's */
	enum store_role role;
	int64_t role_wait_ms;		/* for another runner to leave */
	int64_t busy_ms;		/* for other writers; then ST_BUSY */
	int64_t queue_limit;		/* deliveries and events waiting */
	int64_t keep_ms;
	int64_t keep_bodies_ms;		/* 0: as long as the events */
	bool copying;			/* it may be sealed: store_copy.h */
	int64_t lease_ms;		/* of a runner, where machines share
					   the store; 0: 30 s */
	struct store_reach reach;	/* AGENT; .connect NULL: by itself, and
					   start none */
	bool stays;			/* it accepts for long, not one event:
					   no accept may have much to do */
	const char *digest;		/* of handlers and configuration: who
					   has another one than the dispatcher
					   claims nothing; NULL: none */
};

enum status
store_open(const struct store_options *o, struct store **out,
    struct reason *why);

enum status
store_configure(struct store *s, const struct store_options *o,
    struct reason *why);

void
store_close(struct store *s);

/* store_is_shared - by several machines: adopt, stay and work say what that
 * means for a runner */
bool
store_is_shared(const struct store *s);

/* --- accepting: the responder ------------------------------------------- */

/* What has become of an event that comes again. */
enum store_fate {
	STORE_FATE_OPEN,		/* it waits, runs, or went well */
	STORE_FATE_FAILED,		/* a delivery has failed … */
	STORE_FATE_DEAD,		/* … or is dead */
	STORE_FATE_PRUNED		/* it is gone, and its key is known */
};

/* One genuine event to put on disk, and what became of it. */
struct store_accept {
	/* in */
	const struct event *event;
	struct bytes headers;		/* kept ones, kept_headers */
	struct bytes body;
	struct bytes remote_addr;
	int64_t received_ms;
	const char *wait_path;		/* whose reply is wanted; or NULL */
	const char *bell;		/* to ring for that: store_bell */
	bool retry;			/* a duplicate: what has failed or is
					   dead waits again */
	bool probe;			/* none of these: could one be taken? */
	/* out */
	enum status status;		/* ST_OK; ST_DUPLICATE; ST_BUSY: the
					   queue is full, or wait_path runs */
	bool rerun;			/* a duplicate: wait_path runs again */
	enum store_fate fate;		/* of what a duplicate repeats, as it
					   was found */
	int retried;			/* so many deliveries by retry */
	int64_t id;			/* of the event, for OK and DUPLICATE */
};

struct store_accepts {
	struct store_accept *items;
	size_t count;
	/* NULL, or called once, as soon as the store is ready, and also where
	 * it never is: sets items and count to what has come meanwhile */
	void (*gather)(struct store_accepts *batch);
	void *ctx;
};

enum status
store_accept(struct store *s, struct store_accepts *batch,
    struct reason *why);

/* --- running: the runner ------------------------------------------------- */

enum status
store_queued(struct store *s, int64_t after_id, struct arena *a,
    struct stored_event *out, size_t max, size_t *count, struct reason *why);

/* What conditions say of one of them. */
struct store_verdict {
	const struct stored_filter *filter;	/* in: NULL: it runs */
	bool recorded;			/* out: a delivery is FILTERED by it */
};

/* How the build ended that an event is about: outcome.h. */
struct store_outcome {
	int64_t event_id;
	int64_t chain;			/* of builds that come one after the
					   other; 0: of none */
	int64_t subject;		/* which build */
	enum result result;
};

/* The handlers that a queued event has, in the order in which they start. */
struct store_dispatch {
	/* in */
	int64_t event_id;
	const char *const *paths;	/* "drone/build.failure" */
	size_t count;			/* 0: the event becomes ignored */
	struct store_verdict *verdicts;	/* of each path; NULL: all run */
	bool ring;			/* a request may wait for what does not
					   run */
	struct store_outcome outcome;	/* to be noted; chain 0: nothing is */
	/* out; and ring, whether one does */
	enum event_state state;		/* IGNORED: it never had a handler */
};

/* A delivery that runs from the commit on. */
struct store_claim {
	int64_t delivery_id, event_id;
	int64_t claim;			/* which one of this delivery: no two
					   that began have the same */
	int attempt;			/* 1, 2, … within the present budget */
	int64_t fence;			/* a claim that is made later has a
					   higher one; 0: none, the store is
					   not shared */
};

/* The end of an attempt. */
struct store_finish {
	/* in */
	int64_t delivery_id, claim;
	const struct stored_attempt *ended;	/* but for its number */
	enum delivery_state next;
	int64_t wait_ms;		/* WAITING: due so long after now */
	bool handed_back;		/* it costs nothing */
	bool alarm;			/* on_dead has yet to be told of it */
	bool awaited;			/* a request may wait: ring its bell */
	/* out */
	enum status status;		/* ST_OK; ST_UNKNOWN: the claim does not
					   hold any more; nothing is recorded */
};

/* A delivery that died, of which on_dead has yet to be told. */
struct store_alarm {
	int64_t delivery_id, event_id;
	const char *path;
	int attempt;			/* its last one */
	bool dropped;			/* tried too often: it is gone */
};

struct store_alarm_end {
	int64_t delivery_id;
	bool handed_back;		/* it was not begun; it stays */
};

/* What waits for one handler, while it is decided what is claimed. */
struct store_queue {
	const char *path;		/* "drone/build.failure" */
	/* the policy's, by offer: */
	int concurrency;		/* 0: any; 1: in order: the very first
					   alone, due or not */
	size_t limit;			/* look at so many; 0: leave it alone */
	bool once;			/* "once = yes" */
	size_t tag;			/* the runner's own */
	/* the store's, after that: */
	const int64_t *due;		/* delivery numbers, the next first */
	size_t due_count;
	size_t taken;			/* so many of them are claimed, or done
					   without a claim: once */
	int64_t due_in_ms;		/* what was not taken; 0: now, or it was
					   not looked at; INT64_MAX: nothing */
};

/* The runner's rules. All are called within the transaction: none may wait,
 * or call the store. */
struct store_policy {
	/* of each queue in which deliveries wait */
	enum status (*offer)(void *ctx, struct store_queue *q,
	    struct reason *why);
	/* whose turn is it? One with taken < due_count; NULL: no more */
	struct store_queue *(*next)(void *ctx, struct store_queue *queues,
	    size_t count);
	/* before the commit: note that c will run, unless the commit fails */
	enum status (*claimed)(void *ctx, const struct store_queue *q,
	    const struct store_claim *c, struct reason *why);
	void *ctx;
};

struct store_work {
	/* in; each may be empty */
	struct store_finish *finished;
	size_t finished_count;
	const struct store_alarm_end *alarm_ends;
	size_t alarm_end_count;
	struct store_dispatch *dispatched;
	size_t dispatched_count;
	const struct store_policy *policy;	/* NULL: claim nothing */
	bool take_alarms;		/* where this runner has none in hand */
	int alarm_tries;		/* and drop those tried so often */
	struct arena *arena;		/* owns what follows */
	/* out */
	struct store_queue *queues;
	size_t queue_count;
	struct store_alarm *alarms;
	size_t alarm_count;
};

enum status
store_work(struct store *s, struct store_work *w, struct reason *why);

enum status
store_previous(struct store *s, const struct store_outcome *o,
    struct store_outcome *out, struct reason *why);

enum status
store_adopt(struct store *s, struct arena *a, struct stored_delivery **out,
    size_t *count, struct reason *why);

enum status
store_stay(struct store *s, struct reason *why);

/* What there is to do. */
struct store_next {
	bool queued;			/* an event that is not dispatched */
	bool alarms;
	bool running;			/* or its runner died */
	int64_t due_in_ms;		/* INT64_MAX: nothing waits */
	bool claimable;			/* store_leave: by its policy, now */
	bool differs;			/* the dispatcher's digest is another
					   one: this runner claims nothing */
};

enum status
store_next(struct store *s, struct store_next *out, struct reason *why);

struct store_leave {
	const struct store_policy *policy;
	bool (*may)(void *ctx, const struct store_next *next);
	void *ctx;
	struct arena *arena;
	bool left;			/* out */
};

enum status
store_leave(struct store *s, struct store_leave *l, struct reason *why);

/* --- waking each other ---------------------------------------------------- */

enum store_runner {
	STORE_RUNNER_NONE, STORE_RUNNER_DEAF, STORE_RUNNER_LISTENS
};

#define STORE_NO_EVENT (-1)	/* for a runner: only to see whether it is
				   heard. For others: a ring may have been
				   lost, so whoever waits has to look */

enum status
store_listen(struct store *s, int *fd, struct reason *why);

const char *
store_bell(const struct store *s);
bool
store_rung(struct store *s, int64_t *event_id);
void
store_refuse_rings(struct store *s);

enum store_runner
store_find_runner(struct store *s, bool ring, int64_t event_id);

int
store_runner_fd(const struct store *s);
bool
store_runner_heard(const struct store *s);
bool
store_runner_lost(struct store *s);

/* --- looking and mending: the command ------------------------------------ */

enum store_parts {
	STORE_HEADERS = 1,
	STORE_BODY = 2,
	STORE_DELIVERIES = 4,
	STORE_ATTEMPTS = 8,		/* of these deliveries, with output */
	STORE_RETRIES = 16,		/* who had them run again, and when */
	STORE_ABOUT = 32
};

struct store_get {
	/* in */
	int64_t id;
	unsigned parts;
	const char *path;		/* only this delivery; NULL: all */
	struct arena *arena;
	/* out */
	enum status status;		/* ST_OK; ST_UNKNOWN: no such event;
					   ST_BUSY: the arena is too small */
	struct stored_event event;	/* the arena's */
};

enum status
store_get_many(struct store *s, struct store_get *items, size_t count,
    struct reason *why);

enum status
store_get(struct store *s, int64_t id, unsigned parts, struct arena *a,
    struct stored_event *out, struct reason *why);

struct store_filter {
	const char *source, *event, *status;	/* NULL: any */
	const char *const *sources;	/* where source is NULL: any of these;
					   NULL: any */
	size_t source_count;
	const char *state;	/* a delivery's, or queued, ignored */
	const char *handler;	/* "build": it has a delivery to this one, in
				   the state if that is a delivery's */
	const char *search;	/* each word of it begins one of the project,
				   branch, title, author or commit */
	int64_t *handler_from;	/* out, with handler or search: where not all of
				   them were looked at, the first event that
				   was: go on with before_id; 0: all were */
	int64_t since_ms;	/* by number: jumps of the clock aside */
	int64_t until_ms;	/* received before; 0: any time */
	int64_t before_id;	/* 0: from the newest */
	int64_t after_id;	/* 0: to the oldest */
	int limit;		/* 1 to 100000 */
	unsigned parts;		/* of these events */
};

enum status
store_list(struct store *s, const struct store_filter *f, struct arena *a,
    struct stored_event **out, size_t *count, struct reason *why);

enum store_again {
	STORE_AGAIN,			/* what failed or is dead, and handlers
					   that were added since */
	STORE_AGAIN_HANDLER,		/* it, if it has ended or is new */
	STORE_AGAIN_DEAD,
	STORE_AGAIN_IGNORED,		/* look the handlers up */
	STORE_AGAIN_FILTERED		/* look at the conditions again */
};

struct store_retry {
	/* in */
	enum store_again what;
	const char *handler;		/* STORE_AGAIN_HANDLER: "build" */
	const char *who;		/* "uid:1000" */
	bool force;			/* what is filtered runs, whatever its
					   conditions say */
	const int64_t *events;
	size_t count;
	/* out */
	size_t found;			/* so many of these events are there */
	size_t stripped;		/* so many of them have no body any
					   more, and are left alone */
	int64_t deliveries;		/* that wait again */
	int64_t filtered;		/* whose conditions are looked at again
					   when the event is dispatched */
	int64_t requeued;		/* events */
};

enum status
store_retry(struct store *s, struct store_retry *r, struct reason *why);

struct store_stats {
	int64_t events, queued, ignored;
	int64_t waiting, running, done, failed, dead, filtered;
	int64_t oldest_ms, newest_ms;	/* received; 0 without events */
	int64_t keys;			/* kept for good */
	int64_t file_bytes;	/* on the disk, with the log */
	int64_t free_bytes;	/* of these, to be used again */
	bool in_doubt;		/* not all may be on the disk */
};

enum status
store_stats(struct store *s, struct store_stats *out, struct reason *why);

/* --- looking after it ----------------------------------------------------- */

struct store_tidied {
	int removed;			/* events */
	int stripped;			/* events: their content alone */
	bool more;			/* another step has something to do … */
	int64_t pause_us;		/* … after so long, for the others */
};

enum status
store_tidy(struct store *s, int max, struct store_tidied *out,
    struct reason *why);

/* Events that are to leave no trace. */
struct store_forget {
	/* in */
	const int64_t *events;
	size_t count;
	const char *who;		/* "uid:1000": for the audit */
	/* out */
	size_t found;			/* so many are gone now */
	size_t running;			/* so many are left alone: a handler of
					   theirs runs */
};

enum { STORE_FORGET_MAX = 100 };	/* at once */

enum status
store_forget(struct store *s, struct store_forget *f, struct reason *why);

enum status
store_erase(struct store *s, int64_t *at, struct reason *why);

enum status
store_renumber(struct store *s, int64_t *from, struct reason *why);

enum status
store_backup(struct store *s, const char *path, struct reason *why);

#endif
