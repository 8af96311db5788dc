#ifndef CGIHOOK_EXEC_SLOTS_H
#define CGIHOOK_EXEC_SLOTS_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "exec_child.h"
#include "status.h"

/*
 * The file "running": one slot for each attempt that is claimed, from before
 * its claim is on disk until its end is. It is never synced: it is there for
 * the next runner when this one is killed, not for a machine that loses power
 * (then no handler lives either, and the boot's id says so).
 *
 * A responder that was broken into may be able to write to it. So it is read
 * once, at the start, and believed only as far as exec_leftover.h says; and it
 * is never mapped: cutting it off ends nobody.
 */

enum { SLOT_NONCE_LEN = 32 };

/* The variable's name and '='; the nonce is the first half of its value. */
extern const char slot_run_name[10];

enum slot_state {
	SLOT_FREE,
	SLOT_CLAIMED,	/* not begun */
	SLOT_BEGUN,	/* note.pid leads a group of that number, once set */
	SLOT_ENDED	/* the end is known, and not yet in the store */
};

/* In memory that a child shares, and as it is in the file. */
struct slot {
	_Atomic int32_t state;
	int32_t attempt;
	int64_t delivery_id;
	struct child_note note;
	int32_t exit_code, term_signal;
	int32_t timed_out, interrupted;
	int32_t session;		/* its group is in; 0: one of its own */
	int64_t started_ms, ended_ms;
	int64_t output_total_bytes;
	int64_t boot_ms;		/* since the machine's start, at ours */
	char nonce[SLOT_NONCE_LEN];	/* of the runner that began it */
};

struct slots {
	int fd;
	struct slot *slot;
	int count;
	uint32_t generation;		/* of the runner that owns the file */
	char nonce[SLOT_NONCE_LEN + 1];	/* ours: in HOOK_RUN of all handlers */
	char place[80];			/* this boot and process-id namespace */
};

/**
 * slots_open - open dir's file, with room for count at least
 *
 * Owns:    *out, until slots_close. What is in the file stays, where it is of
 *          this boot; the generation is a new one already.
 * Returns: ST_OK; ST_SYSTEM, the disk is full or a permission is missing.
 * Effect:  the file is this user's, mode 0600; one of somebody else is
 *          replaced, and counts for nothing.
 */
enum status
slots_open(int dirfd, int count, struct slots *out, struct reason *why);

/** slots_save - put slot i into the file; ST_BUSY where there is no room */
enum status
slots_save(const struct slots *s, int i);

/** slots_child - tell a plan where in the file the child of slot i writes its
 *  number, and looks whether this runner is the last one still */
void
slots_child(const struct slots *s, int i, struct child_plan *plan);

/** slots_clear - all free */
void
slots_clear(struct slots *s);

void
slots_close(struct slots *s);

#endif
