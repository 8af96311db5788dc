#ifndef CGIHOOK_PASTE_H
#define CGIHOOK_PASTE_H

#include <stdbool.h>

#include "cli.h"
#include "init_sources.h"

enum paste_for {
	PASTE_FOLDER = 1, PASTE_SYSTEM = 2,
	PASTE_EXAMPLES = 4,	/* only if the sources are the examples */
	PASTE_TO_START = 8,	/* if nothing has been started */
	PASTE_TO_SERVE = 16	/* if no web server has been set up */
};

struct paste_place {
	const char *dir;		/* absolute */
	const char *responder;		/* its path */
	const char *url;		/* where cgihook.cgi will be */
	const struct init_sources *sources;	/* what each sender is to be
						   told */
};

/** paste_print - after "init": what to try now, and what to paste at the
 *  senders
 *
 *  Takes: places, of enum paste_for. */
void
paste_print(const struct cli *c, int places,
    const struct paste_place *p);

/** paste_print_server - what to paste for one server; false: there is none of
 *  that name */
bool
paste_print_server(const struct cli *c, const char *server,
    const struct paste_place *p);

#endif
