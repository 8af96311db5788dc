#ifndef CGIHOOK_SOURCE_REGISTER_H
#define CGIHOOK_SOURCE_REGISTER_H

#include "cli.h"

struct source_place {
	const char *project;		/* "OWNER/REPOSITORY" */
	const char *api;		/* its base; NULL: the provider's own */
	const char *url;		/* the script's address */
};

/** source_register_check - whether a webhook can be made there; CLI_USAGE after
 *  a message */
int
source_register_check(const struct cli *c, const struct provider *p,
    const struct source_place *at);

/** source_register - make a webhook by the sender's API, with a token that is
 *  read from standard input, and kept nowhere
 *
 *  Takes:   name, of a source in the configuration.
 *  Returns: an exit status. */
int
source_register(struct cli *c, const char *name,
    const struct source_place *at);

#endif
