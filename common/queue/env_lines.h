#ifndef CGIHOOK_ENV_LINES_H
#define CGIHOOK_ENV_LINES_H

#include <stddef.h>

#include "arena.h"
#include "env_set.h"
#include "json.h"
#include "status.h"

/* What the env lines of a handler section come to for one attempt. */
struct env_line {
	struct bytes name;
	char *text;		/* NAME=value; NULL: the name is to be unset */
};

struct env_lines {
	struct env_line *lines;	/* never two of one name */
	size_t count;
	size_t set_count;	/* of those that have a text */
	size_t len;		/* of their texts, each with its NUL */
};

/**
 * env_lines_read - read NAME=value, NAME=file:path, NAME=payload:path
 *
 * Takes:   lines, as a handler_config has them; doc, the body; omitted, to
 *          which the names of payload values that cannot be set are added.
 * Returns: as env_build.
 */
enum status
env_lines_read(const char *const *lines, const struct json_doc *doc,
    struct arena *a, struct env_lines *out, struct env_omitted *omitted,
    struct reason *why);

/** env_lines_find - the line of this name, NULL when there is none */
const struct env_line *
env_lines_find(const struct env_lines *l, struct bytes name);

#endif
