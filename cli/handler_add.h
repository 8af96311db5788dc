#ifndef CGIHOOK_HANDLER_ADD_H
#define CGIHOOK_HANDLER_ADD_H

#include "cli.h"
#include "ready_section.h"
#include "sample.h"

/* A ready handler that is set up: "handler add". */

struct handler_adding {
	const char *name;	/* "slack" */
	const char *for_given;	/* "circleci/workflow-completed" */
	const char *sets[READY_SETTINGS_MAX];	/* "NAME=value" */
	size_t set_count;
	bool run;		/* with a made-up event */

	/* handler_add fills in the rest */
	struct ready ready;
	struct ready_section section;
	const char *source_name;
	const struct source *source;
	struct sample_words words;
	const char *suffix_is;	/* "status" or "action" for "build.failure";
				   otherwise NULL */
	const char *path;	/* below handlers_dir */
};

/** handler_add - copy the handler, add its section, ask for its secrets, run it
 *
 *  Returns: CLI_DONE; CLI_USAGE and CLI_FAILED after a message. */
int
handler_add(struct cli *c, struct handler_adding *h);

#endif
