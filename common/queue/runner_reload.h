#ifndef CGIHOOK_RUNNER_RELOAD_H
#define CGIHOOK_RUNNER_RELOAD_H

#include <stdint.h>

#include "config.h"
#include "place.h"
#include "runner_digest.h"
#include "status.h"
#include "store.h"

struct runner;

/* What a runner began with and may find changed: the configuration, its own
 * program, the state folder. */
struct reload {
	int64_t config_ms, program_ms;	/* steady: when to look at each */
	struct reason refused;		/* why the new configuration is not in
					   force: said already */
	const struct config *shown;	/* by in_force_fd, in_force.h */
	int in_force_fd;
	const char *program;		/* the process's own file; NULL: does
					   not follow it */
	struct place place;		/* what is open */
	struct digest digest;		/* where the store is shared: */
	int64_t digest_ms;		/* steady: when to look at it */
};

/** reload_note_place - note which state folder there is: before it is opened,
 *  since what takes its place from then on is another one, and again once it is
 *  open, since it may have been made just now */
void
reload_note_place(struct runner *r);

/** reload_store_options - by the configuration, as the runner; with the digest
 *  of its handlers, where the store is shared */
enum status
reload_store_options(struct runner *r, const struct config *c,
    struct store_options *out, struct reason *why);

/** reload_digest_due_ms, reload_digest - tell the store if the handlers are
 *  others */
int64_t
reload_digest_due_ms(const struct runner *r);

void
reload_digest(struct runner *r);

/** reload_config - read the configuration again */
void
reload_config(struct runner *r);

/** reload_if_changed - likewise, if it has changed */
void
reload_if_changed(struct runner *r);

/** reload_program - leave for a new program, or another state folder */
void
reload_program(struct runner *r);

void
reload_close(struct reload *l);

#endif
