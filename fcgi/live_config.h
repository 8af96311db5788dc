#ifndef CGIHOOK_LIVE_CONFIG_H
#define CGIHOOK_LIVE_CONFIG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "config.h"
#include "status.h"

/* A configuration in use. Each request holds the one it began with until its
 * end, so that a new version never changes a request half-way. */
struct config_ref {
	struct config *config;
	atomic_int refs;
};

/* The configuration in force, read again when its files change. */
struct live_config {
	pthread_mutex_t mutex;
	struct config_ref *current;
	atomic_int workers;		/* of the current one; 0 without one */
	char *path;			/* the file this process is bound to */
	struct reason complaint;	/* logged once, not once a request */
	int64_t retry_ms;		/* a bad file is left alone so long */
};

#define LIVE_CONFIG { .mutex = PTHREAD_MUTEX_INITIALIZER }

/**
 * live_config_take - the configuration for one request
 *
 * Takes:   variable: CGIHOOK_CONFIG of the request, may be absent. The
 *          process's own comes first; whatever is found first binds the
 *          process.
 * Owns:    *out, until live_config_give.
 * Returns: ST_OK; ST_CONFIG when there is none, it has an error, or the
 *          request names another file than the process is bound to.
 * Effect:  a changed file is read; one with an error is logged and the old one
 *          stays in force. Follows the log file it names.
 */
enum status
live_config_take(struct live_config *l, struct bytes variable,
    struct config_ref **out, struct reason *why);

/** live_config_hold - one more holder of ref, which is returned */
struct config_ref *
live_config_hold(struct config_ref *ref);

/** live_config_give - the last one out frees it; NULL is let pass */
void
live_config_give(struct config_ref *ref);

/**
 * live_config_unbind_guess - the first request is to bind the process
 *
 * Returns: false, and does nothing, where the process's own CGIHOOK_CONFIG did.
 * Effect:  before the first request: what its user led to is forgotten, since a
 *          request that names a file comes first.
 */
bool
live_config_unbind_guess(struct live_config *l);

/** live_config_end - at the process's end: wipes what is left */
void
live_config_end(struct live_config *l);

#endif
