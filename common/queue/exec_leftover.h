#ifndef CGIHOOK_EXEC_LEFTOVER_H
#define CGIHOOK_EXEC_LEFTOVER_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

#include "exec_slots.h"
#include "status.h"

/*
 * What a dead runner's handlers left. Each of them has HOOK_RUN=NONCE.NUMBER in
 * its environment: its runner's nonce, which nobody could know when it began,
 * and its own number, which is its group's. A group is ended only if a member
 * has that very text for the nonce in the slot, and its leader, if it lives,
 * began when the slot says. So whoever can write to the slots can name
 * handlers, and no other process: neither by an environment that happens to
 * have some text, nor one that a handler has started in a group of its own.
 *
 * Where the slots are not read from a file, but are the runner's memory, nobody
 * else can write to them. Then a leader that began when the slot says is
 * enough.
 */

/**
 * leftover_end - end the groups that a dead runner's handlers left
 *
 * Effect:  SIGTERM, after grace_ms SIGKILL, to each that is provably the
 *          slot's. One that began when the slot says and does not show the text
 *          (it has not become the handler yet, or has dropped its environment)
 *          is waited for, for a moment, and then left alone, which is logged.
 */
enum status
leftover_end(const struct slots *s, int64_t grace_ms, struct reason *why);

/* --- the same in steps, for the guard ------------------------------------- */

/* What is known of a slot's group. */
struct leftover_group {
	int32_t pid;		/* of its leader; another one: begin anew */
	bool live;		/* a process of it lives, at this look */
	bool likely;		/* its leader lives, and began when ours did */
	bool other;		/* its leader lives, and did not */
	bool ours;		/* a member has shown our text, or the leader
				   was likely and that is enough */
};

struct leftovers {
	const struct slots *slots;
	bool memory;		/* they are the runner's memory */
	struct leftover_group *group;	/* of each slot */
	DIR *proc;
	char *text;		/* room for an environment */
};

/** leftover_open - Owns: *out, until leftover_close. What follows allocates
 *  nothing, and may be called behind a fork(2). */
enum status
leftover_open(const struct slots *s, bool memory, struct leftovers *out,
    struct reason *why);

/** leftover_look - through all processes. Returns: how many groups live that
 *  are ours. */
int
leftover_look(struct leftovers *l);

/** leftover_signal - to all groups that are ours, as they were at the last
 *  look. With SIGTERM, whoever is stopped goes on; where the slots are memory,
 *  whoever was told to end already is left alone, and the others' slots say
 *  that they were interrupted. */
void
leftover_signal(struct leftovers *l, int sig);

void
leftover_close(struct leftovers *l);

#endif
