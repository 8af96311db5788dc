#ifndef CGIHOOK_READY_SECTION_H
#define CGIHOOK_READY_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "ready.h"

/* The section of a configuration that a ready handler needs. */

enum { READY_SETTINGS_MAX = 32 };

struct ready_setting {
	const char *name;	/* "SLACK_URL" */
	const char *value;	/* "file:slack.url" */
	bool given;		/* not what the handler shows as an example */
};

struct ready_section {
	struct ready_setting settings[READY_SETTINGS_MAX];
	size_t count;
	const char *when;	/* "status = failure", a condition; or NULL */
	struct bytes keys;	/* the lines before env, as the handler shows
				   them, with "#" before each */
};

/** ready_section_read - what a handler shows; ST_SYSTEM where that is no
 *  section */
enum status
ready_section_read(const struct ready *r, struct arena *a,
    struct ready_section *out, struct reason *why);

/** ready_section_set - "NAME=value": another value, or another setting
 *
 *  Returns: ST_OK; ST_MALFORMED for what is none, or what a configuration
 *           would have to escape. */
enum status
ready_section_set(struct ready_section *s, const char *text, struct arena *a,
    struct reason *why);

/** ready_section_file - the path after "file:", or NULL */
const char *
ready_section_file(const struct ready_setting *s);

/** ready_section_text - the section for a handler's path */
struct bytes
ready_section_text(const struct ready_section *s, const char *path,
    struct arena *a);

#endif
