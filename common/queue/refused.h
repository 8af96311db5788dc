#ifndef CGIHOOK_REFUSED_H
#define CGIHOOK_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "message.h"
#include "provider.h"
#include "status.h"

/*
 * The last requests that were refused, kept so that their operator can ask why
 * (cgihook explain) and, once the mistake is mended, have them verified again
 * (cgihook retry): many senders send only once.
 *
 * Files "r17-s4" in the folder "refused" of the state folder: number, kind and
 * group. Strangers write them, so they are few, small, and cost no fsync and no
 * transaction; what they hold is blind (blind.h). Those of one kind never push
 * out those of another, and where a kind is full, the group with the most loses
 * its oldest: a flood from one place loses its own.
 */
enum {
	REFUSED_GROUPS = 16,
	REFUSED_GENUINE_MAX = 32,	/* NEAR_GENUINE */
	REFUSED_SHAPE_MAX = 32,
	REFUSED_NOT_MAX = 16,
	REFUSED_MAX = REFUSED_GENUINE_MAX + REFUSED_SHAPE_MAX +
	    REFUSED_NOT_MAX,
	REFUSED_BODY_MAX = 64 * 1024,	/* larger ones are left out */
	REFUSED_MAX_BYTES = 128 * 1024	/* of a file */
};

struct refused {
	int64_t number;			/* 17 of "r17" */
	const char *source;
	const char *why;		/* for the operator */
	enum nearness near;
	bool cut;			/* too large: the body is missing */
	bool hidden;			/* the body held a secret: missing */
	struct message message;		/* also when and from where it came */
};

/**
 * refused_keep - keep one, and forget what has no room beside it
 *
 * Takes:   r without number, cut and hidden; its message as it came, with the
 *          body read, for the source that is called r->source; all, count of
 *          them, whose secrets the file must not tell.
 * Returns: ST_OK, also when its kind and group have had enough for now
 *          (refused_quota.h) and it therefore is not kept; ST_SYSTEM.
 */
enum status
refused_keep(const char *state_dir, const struct refused *r,
    const struct source *all, size_t count, struct reason *why);

/** refused_list - all of them, newest first */
enum status
refused_list(const char *state_dir, struct arena *a, struct refused **out,
    size_t *count, struct reason *why);

/** refused_read - one, whole; ST_UNKNOWN when it is not kept (any more),
 *  ST_MALFORMED when its file is damaged */
enum status
refused_read(const char *state_dir, int64_t number, struct arena *a,
    struct refused *out, struct reason *why);

/** refused_remove - once it has been accepted */
void
refused_remove(const char *state_dir, int64_t number);

/** refused_number - 17 of "r17"; false for anything else */
bool
refused_number(const char *text, int64_t *number);

#endif
