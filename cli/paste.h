#ifndef CGIHOOK_PASTE_H
#define CGIHOOK_PASTE_H

#include "cli.h"

/** paste_print - after "init": what to try next, and what to paste where
 *
 *  Takes:   dir, absolute; responder's path; url, where cgihook.cgi will be. */
void
paste_print(const struct cli *c, const char *dir, const char *responder,
    const char *url);

#endif
