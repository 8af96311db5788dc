#ifndef CGIHOOK_OWNER_H
#define CGIHOOK_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "config.h"
#include "status.h"

/*
 * Whose set-up is it? What root makes in a folder of somebody else locks them
 * out of it, and a runner that is root runs their handlers as root.
 */
struct owner {
	uid_t uid;		/* the state folder's; where that is not there
				   yet, of what it will lie in, or else of the
				   configuration */
	gid_t gid;		/* the state folder's */
	bool exists;		/* the state folder */
	bool shared;		/* by the users of its group: what one of them
				   makes in it is the group's, cgihook.conf(5)
				   */
};

/** owner_find - never fails: what cannot be looked at belongs to root */
struct owner
owner_find(const struct config *c);

/** owner_name - of a user; "#1000", which sudo(8) takes as well, where there is
 *  none */
void
owner_name(uid_t uid, char *name, size_t size);

/**
 * owner_runner - who runs the handlers of a set-up
 *
 * Takes:   size, of name.
 * Effect:  name is the owner's; where the folder is shared, and the runner
 *          external, that of the first other member of its group; "USER"
 *          where root shares it with a group that lists none.
 */
void
owner_runner(const struct config *c, const struct owner *o, char *name,
    size_t size);

/** owner_may_write - ST_OK where what this process makes in the state folder
 *  can be used by those it belongs to; ST_CONFIG: *why names who that is */
enum status
owner_may_write(const struct config *c, struct reason *why);

/** owner_may_run - ST_OK where this process may also be the runner: as root
 *  only where all is root's; ST_CONFIG as above */
enum status
owner_may_run(const struct config *c, struct reason *why);

/** owner_may_serve - ST_OK where this process may accept events: anybody whom
 *  the modes let, but root only where it may write, and run what it starts */
enum status
owner_may_serve(const struct config *c, struct reason *why);

#endif
