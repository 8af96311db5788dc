#ifndef CGIHOOK_REF_CHANGES_H
#define CGIHOOK_REF_CHANGES_H

#include <stdbool.h>

#include "arena.h"
#include "bytes.h"
#include "json.h"

/*
 * A push that changes several branches and tags at once, in one list. The
 * fields of an event have room for one of each, so the first branch and the
 * first tag of the list count. One that was deleted counts only where the list
 * has nothing but deletions.
 */

/* What an element of the list says. */
struct ref_change {
	bool tag, deleted;
};

typedef struct ref_change ref_change_read(const struct json_doc *d,
    const struct json_node *change, struct arena *a);

/* Elements of the list; NULL where there is none. */
struct ref_changes {
	const struct json_node *branch, *tag;
	const struct json_node *lead;	/* whose commit is the event's: the
					   branch, or where there is none, the
					   tag */
	bool lead_deleted;
};

/**
 * ref_changes_pick - the changes that count
 *
 * Takes:   list, a path: "push.changes".
 */
struct ref_changes
ref_changes_pick(const struct json_doc *d, const char *list,
    ref_change_read *read, struct arena *a);

#endif
