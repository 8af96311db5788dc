#ifndef CGIHOOK_SECRET_USE_H
#define CGIHOOK_SECRET_USE_H

#include "config.h"
#include "counters.h"

/*
 * When a source's secrets were made and last needed. An old secret that is
 * still accepted is in a file whose name says until when:
 * drone.secret.until-2026-12-04, that day in UTC included. Nothing else needs
 * to know it: not the configuration, which names the file as any other one.
 */

struct secret_use {
	int64_t made_ms;	/* the first secret's file; 0: not known */
	int64_t used_ms;	/* it was last needed; 0: not yet */
	const char *old;	/* the file of an old one; or NULL: */
	int64_t until_ms;	/* it is to be dropped then */
	int64_t old_used_ms;	/* 0: not since there is the first one */
};

/** secret_old_path - the file for the old secret of path; NULL without
 *  memory */
const char *
secret_old_path(const char *path, int64_t until_ms, struct arena *a);

/** secret_old_until - the end of the day that such a name ends with; 0: it is
 *  no such name */
int64_t
secret_old_until(const char *path);

/**
 * secret_use_look - what is known of a source's secrets
 *
 * Takes:   s, of a configuration that was read with or without secrets; list,
 *          what counters_list gave.
 */
struct secret_use
secret_use_look(const struct source *s, const struct counter *list,
    size_t count);

#endif
