#ifndef CGIHOOK_STORE_COPY_H
#define CGIHOOK_STORE_COPY_H

#include "store.h"

/*
 * Copying all that a store has into one of another kind. The caller moves
 * parcels from one to the other; the store that receives one notes, in the
 * same transaction, how far it is. So whatever ends the copying, it goes on
 * where it was, and nothing is lost or copied twice.
 *
 * A store is sealed for as long as that takes: every process that writes to it
 * gets ST_CONFIG, also one that has had it open before. The one that was copied
 * stays sealed.
 */

#define STORE_AT_END "end"

enum { STORE_ID_MAX = 40, STORE_AT_MAX = 80 };

/* What is known of a store that is to be copied, or copied into. */
struct store_copying {
	char id[STORE_ID_MAX];		/* of this store, and no other */
	bool sealed;
	bool empty;			/* it has no event and no key */
	char from[STORE_ID_MAX];	/* the store that it is a copy of; "" */
	char at[STORE_AT_MAX];		/* so far; STORE_AT_END: all of it */
	int64_t events, running;
	int64_t beats;			/* rises while runners are there, where
					   machines share it */
};

/* What a delivery has besides what is shown of it. */
struct store_whole_delivery {
	int64_t begun;			/* attempts, of all budgets */
	int64_t wait_ms;		/* WAITING: due so long after now */
	bool doubted;			/* FILTERED: to be decided again */
	bool once;			/* it is the one of its subject */
	bool alarm;			/* on_dead has yet to be told … */
	int alarm_attempt, alarm_tries;	/* … and was so often */
};

struct store_whole {
	struct stored_event event;	/* with all parts */
	const char *named_by;
	const char *wait_path;		/* whose reply was wanted; "" */
	struct store_whole_delivery *more;	/* of each delivery */
};

/* A key that counts: its event is there, or it lasts. */
struct store_known {
	unsigned char key[DEDUPE_LEN];
	int64_t event_id;
	bool lasting;
};

struct store_parcel {
	char from[STORE_ID_MAX];	/* the store that it is of */
	char begin[STORE_AT_MAX];	/* where it begins; "": all begins */
	char end[STORE_AT_MAX];		/* and the next one; STORE_AT_END */
	struct store_whole *events;	/* may be none */
	size_t event_count;
	struct store_known *keys;
	size_t key_count;
	int64_t number_from;		/* STORE_AT_END: the first number that
					   no event was given */
	struct arena *arena;		/* owns these */
};

enum status
store_copying(struct store *s, struct store_copying *out, struct reason *why);

enum status
store_seal(struct store *s, bool sealed, struct reason *why);

enum status
store_export(struct store *s, struct store_parcel *p, struct reason *why);

enum status
store_import(struct store *s, const struct store_parcel *p,
    struct reason *why);

/* --- for what keeps a store ----------------------------------------------- */

/* A parcel has about so much. */
#define COPY_EVENTS_MAX 200
#define COPY_KEYS_MAX 2000
#define COPY_BYTES ((size_t)4 * 1024 * 1024)

/* Added to a store's version while it is sealed, so that older programs refuse
 * it, too. */
#define STORE_SEALED 1048576

/* A place between two parcels: behind an event's number, or behind a key. */
struct copy_at {
	char what;			/* 'e', or the store's own letter */
	int64_t id;
	unsigned char key[DEDUPE_LEN];
	size_t key_len;			/* 0: from the first one on */
};

/** copy_begin - make the parcel empty, and read where it begins; ST_CONFIG:
 *  that is not understood */
enum status
copy_begin(struct store_parcel *p, struct copy_at *out, struct reason *why);

/** copy_at_write - as copy_begin reads it; what '\0': STORE_AT_END */
void
copy_at_write(const struct copy_at *at, char text[STORE_AT_MAX]);

/** copy_refuse_sealed - what to say to who may not write; name: the store's */
enum status
copy_refuse_sealed(const char *name, struct reason *why);

/** copy_follows - whether p continues what was copied so far; ST_CONFIG: it is
 *  of another store; ST_BUSY: another copying was faster */
enum status
copy_follows(const struct store_copying *now, const struct store_parcel *p,
    struct reason *why);

#endif
