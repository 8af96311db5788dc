#ifndef CGIHOOK_EXEC_LEFTOVER_H
#define CGIHOOK_EXEC_LEFTOVER_H

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

#endif
