#ifndef CGIHOOK_PASTE_H
#define CGIHOOK_PASTE_H

#include "cli.h"
#include "init_sources.h"

enum paste_for {
	PASTE_FOLDER = 1, PASTE_SYSTEM = 2,
	PASTE_EXAMPLES = 4	/* only if the sources are the examples */
};

/** paste_print - after "init": what to try next, and what to paste where
 *
 *  Takes:   dir, absolute; responder's path; url, where cgihook.cgi will be;
 *           sources, what each sender is to be told. */
void
paste_print(const struct cli *c, enum paste_for place, const char *dir,
    const char *responder, const char *url,
    const struct init_sources *sources);

#endif
