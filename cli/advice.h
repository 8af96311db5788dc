#ifndef CGIHOOK_ADVICE_H
#define CGIHOOK_ADVICE_H

#include "cli.h"
#include "progress.h"

/* Commands to type, as this configuration and this user need them. Each is the
 * arena's, and "" without memory. */

/** advice_run - start the runner: by systemd if it is external, otherwise by
 *  hand, as the user whose handlers it runs */
const char *
advice_run(struct cli *c);

/** advice_progress - what is wrong with a runner that is STOPPED or STUCK, and
 *  how to correct it; "" for any other */
const char *
advice_progress(struct cli *c, const struct progress *p);

/** advice_as_owner - this same command, as the owner of the state folder */
const char *
advice_as_owner(struct cli *c);

#endif
