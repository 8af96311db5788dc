#ifndef CGIHOOK_CHECK_ACCESS_H
#define CGIHOOK_CHECK_ACCESS_H

#include "check.h"

/* The commands that give the responder's user access. */

/** check_as_root - what a command begins with that this user may not run: "as
 *  root: "; "" for root, and if self */
const char *
check_as_root(bool self);

/** check_mend_reach - the latest finding is corrected by letting the
 *  responder's user read path, or, if it is not the last of a way, go through
 *  it */
void
check_mend_reach(struct checking *k, const char *path, const struct stat *sb,
    bool last);

/** check_mend_state - the latest finding is corrected by giving the responder's
 *  user the state folder with everything in it */
void
check_mend_state(struct checking *k);

#endif
