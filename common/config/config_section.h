#ifndef CGIHOOK_CONFIG_SECTION_H
#define CGIHOOK_CONFIG_SECTION_H

#include <stdbool.h>

#include "config_read.h"
#include "config_value.h"

/* What the sections have in common. */

struct section_job {
	struct value_context x;		/* x.config is filled */
	const struct config_tree *tree;
	bool with_secrets;	/* false: their form is checked, no more */
};

/** section_entry - of a key that the scope has for certain */
const struct config_entry *
section_entry(const struct config_section *s, const char *key);

/** section_line - where to point for a key: at its value, or at the section's
 *  first line where it does not stand */
int
section_line(const struct config_section *s, const char *key);

/**
 * section_keys - what a section says, or the defaults, into its struct
 *
 * Takes:   wait: the defaults are those of mode = wait; out: the struct of the
 *          section's scope. Keys without a parser of their own are left out.
 * Returns: ST_OK; ST_CONFIG; ST_BUSY without memory.
 */
enum status
section_keys(const struct section_job *job, const struct config_section *s,
    bool wait, void *out, struct reason *why);

#endif
