#ifndef CGIHOOK_REFUSED_H
#define CGIHOOK_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "message.h"
#include "status.h"

/*
 * The last requests that were refused, kept so that their operator can ask why
 * (cgihook explain) and, once the mistake is mended, have them verified again
 * (cgihook retry): Drone sends only once.
 *
 * Files "r17" in the folder "refused" of the state folder. Strangers write
 * them, so they are few, small, seldom, and cost no fsync. They never hold a
 * query string, a cookie, or an Authorization that is not an HTTP signature.
 */
enum {
	REFUSED_MAX = 32,
	REFUSED_MAX_BYTES = 64 * 1024,
	REFUSED_INTERVAL_MS = 1000
};

struct refused {
	int64_t number;			/* 17 of "r17" */
	const char *source;
	const char *why;		/* for the operator */
	bool cut;			/* too large: the body is missing */
	struct message message;		/* also when and from where it came */
};

/**
 * refused_keep - keep one, and forget the oldest
 *
 * Takes:   r without number and cut; its message with the body read.
 * Returns: ST_OK, also when another one has been kept less than a second ago
 *          and this one therefore is not; ST_SYSTEM.
 */
enum status
refused_keep(const char *state_dir, const struct refused *r,
    struct reason *why);

/** refused_list - all of them, newest first */
enum status
refused_list(const char *state_dir, struct arena *a, struct refused **out,
    size_t *count, struct reason *why);

/** refused_read - one, whole; ST_UNKNOWN when it is not kept (any more) */
enum status
refused_read(const char *state_dir, int64_t number, struct arena *a,
    struct refused *out, struct reason *why);

/** refused_remove - once it has been accepted */
void
refused_remove(const char *state_dir, int64_t number);

#endif
