#ifndef CGIHOOK_EXEC_SLOTS_H
#define CGIHOOK_EXEC_SLOTS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "exec_child.h"
#include "status.h"

/*
 * The file "running": one slot for each attempt that is claimed, from before
 * its claim is on disk until its end is. It is never synced: it is there for
 * the next runner when this one is killed, not for a machine that loses power
 * (then no handler lives either, and the boot's id says so).
 */

#define SLOT_MARK_MAX 168

enum slot_state {
	SLOT_FREE,
	SLOT_CLAIMED,	/* not begun */
	SLOT_BEGUN,	/* note.pid leads a group of that number, once set */
	SLOT_ENDED	/* the end is known, and not yet in the store */
};

struct slot {
	_Atomic int32_t state;
	int32_t attempt;
	int64_t delivery_id;
	struct child_note note;
	int32_t exit_code, term_signal;
	int32_t timed_out, interrupted;
	int64_t started_ms, ended_ms;
	int64_t output_total_bytes;
	int64_t boot_ms;		/* since the machine's start, at ours */
	int32_t session;		/* its group is in; 0: one of its own */
	char mark[SLOT_MARK_MAX];	/* environment's "HOOK_DELIVERY=…" */
};

struct slots {
	int fd;
	void *map;
	size_t map_bytes;
	struct slot *slot;
	int count;
	_Atomic uint32_t *generation;	/* of the runner that owns the file */
	uint32_t generation_mine;
	char place[80];			/* this boot and process-id namespace */
};

/**
 * slots_open - map dir's file, with room for count at least
 *
 * Owns:    *out, until slots_close. What stands in it stays, where it is of
 *          this boot; the generation is a new one already.
 * Returns: ST_OK; ST_SYSTEM, the disk is full or a permission is missing.
 */
enum status
slots_open(int dirfd, int count, struct slots *out, struct reason *why);

/**
 * slots_end_leftovers - end the groups that a dead runner's handlers left
 *
 * Effect:  SIGTERM, after grace_ms SIGKILL, to each that is provably the
 *          slot's: its leader started when the slot says, or a member has the
 *          slot's mark in its environment.
 */
enum status
slots_end_leftovers(struct slots *s, int64_t grace_ms, struct reason *why);

/** slots_clear - all free */
void
slots_clear(struct slots *s);

void
slots_close(struct slots *s);

#endif
