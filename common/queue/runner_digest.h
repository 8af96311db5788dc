#ifndef CGIHOOK_RUNNER_DIGEST_H
#define CGIHOOK_RUNNER_DIGEST_H

#include <stdbool.h>

#include "config.h"
#include "crypto.h"
#include "status.h"

/*
 * What a runner would run, as a text that another machine's runner can be
 * compared by. Two of them are the same if both have the same handlers and the
 * same rules, which are what config_rules says. A handler is its path below
 * handlers_dir and its content; what cannot be executed is none. The program
 * of on_dead counts, too. Owners do not, nor do modes beside that. Of a file
 * above DIGEST_FILE_MAX, or one that cannot be read, its size stands for the
 * content.
 *
 * A look walks the folders and compares each file's number, size, mode and
 * times with those of the look before. Only if one has changed are the files
 * read again.
 */

enum { DIGEST_FILE_MAX = 1024 * 1024 };

struct digest {
	char text[2 * SHA256_LEN + 1];	/* "": there was no look */
	unsigned char stamp[SHA256_LEN];	/* of the files' numbers … */
	unsigned char rules[SHA256_LEN];
	bool settled;			/* and none had just changed */
};

/**
 * digest_look - bring d up to date; all zeros before the first look
 *
 * Returns: ST_OK, also where handlers_dir cannot be read now: its deliveries
 *          wait, so d stays as it is; but the first look is of what there is.
 *          ST_BUSY without memory.
 * Effect:  *changed: d->text is another one than before.
 */
enum status
digest_look(struct digest *d, const struct config *c, bool *changed,
    struct reason *why);

#endif
