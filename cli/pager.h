#ifndef CGIHOOK_PAGER_H
#define CGIHOOK_PAGER_H

#include "cli.h"

/**
 * pager_begin - let the user leaf through what is printed from now on
 *
 * By PAGER, a command for sh(1); without it, less(1), with LESS=FRX unless LESS
 * is set: what fits on the screen is then just printed. Root's less(1) runs no
 * other program, unless LESSSECURE is set.
 *
 * Effect: none unless standard output is a terminal; none with --json, with
 *         TERM=dumb, where PAGER is empty or "cat", and where there is no such
 *         program. Otherwise standard output becomes a pipe to it.
 */
void
pager_begin(struct cli *c);

/** pager_end - wait until the user has left it */
void
pager_end(struct cli *c);

#endif
