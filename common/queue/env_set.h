#ifndef CGIHOOK_ENV_SET_H
#define CGIHOOK_ENV_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/*
 * An environment while it is made: "NAME=value" texts in the order in which
 * they were admitted, never two of one name, within limits; and the names of
 * what was not admitted. Once the arena has failed, nothing is admitted or
 * noted any more: whoever hands the environment on asks the arena.
 */

/* Sizes that execve(2) and cgihook-handler(7) set: Linux takes no string over
 * 128 KiB, so a name and its value have to stay below that together. */
#define ENV_NAME_MAX (4 * 1024)
#define ENV_VALUE_MAX (64 * 1024)
#define ENV_COUNT_MAX 2000
#define ENV_TOTAL_MAX (512 * 1024)
#define ENV_OMITTED_MAX (4 * 1024)

struct env_var {
	char *text;		/* NAME=value, NUL-ended */
	uint32_t len;		/* of the text, its NUL counted */
	uint32_t name_len;
	uint32_t hash;		/* of the name */
};

struct env_omitted {
	char *names;		/* ENV_OMITTED_MAX bytes, once there are any */
	size_t len;
	bool full;		/* a name did not fit: none is added any more */
	uint64_t count;
};

struct env_set {
	struct arena *arena;
	struct env_var *vars;
	size_t count, count_max;
	size_t len, len_max;	/* of all texts */
	uint16_t *slots;	/* open addressing: 1 + index into vars */
	uint32_t slot_mask;
	struct env_omitted omitted;
};

/**
 * env_set_init - an empty set
 *
 * Takes:   count_max, up to ENV_COUNT_MAX; len_max, bytes of all texts with
 *          their NULs.
 */
void
env_set_init(struct env_set *s, struct arena *a, size_t count_max,
    size_t len_max);

/**
 * env_set_add - admit a variable, or note that it was left out
 *
 * Takes:   name, which is a valid one; value, absent for a variable that is to
 *          stay unset: then nothing happens.
 * Effect:  it is left out if its name is there already with another value, its
 *          value is over ENV_VALUE_MAX or has a NUL, or a limit of the set is
 *          reached.
 */
void
env_set_add(struct env_set *s, struct bytes name, struct bytes value);

/** env_set_find - the variable of that name; NULL: it was not admitted */
const struct env_var *
env_set_find(const struct env_set *s, struct bytes name);

/** env_set_closed - whether no variable can be admitted and no name be noted
 *  any more: what comes is only counted */
bool
env_set_closed(const struct env_set *s);

/** env_value_usable - short enough, and without a NUL */
bool
env_value_usable(struct bytes value);

/**
 * env_omit - note that a variable was left out
 *
 * Takes:   name; one that is absent or does not fit any more is only counted.
 */
void
env_omit(struct env_omitted *o, struct arena *a, struct bytes name);

/** env_omits - whether a variable of that name was left out; true also if there
 *  was no room to note all such names, because it may have been */
bool
env_omits(const struct env_omitted *o, struct bytes name);

/** env_text - "NAME=value" in the arena; NULL without memory */
char *
env_text(struct arena *a, struct bytes name, struct bytes value);

#endif
