#ifndef CGIHOOK_CONFIG_SECTION_H
#define CGIHOOK_CONFIG_SECTION_H

#include <stdbool.h>

#include "config_read.h"
#include "config_value.h"

/* What the sections have in common. */

struct section_job {
	struct value_context x;		/* x.config is filled */
	const struct config_tree *tree;
	bool with_secrets;	/* false: only check their form */
};

/** section_entry - the entry of a key, which the scope must have */
const struct config_entry *
section_entry(const struct config_section *s, const char *key);

/** section_line - the line to report for a key: of its value, or the section's
 *  first one if the key does not appear */
int
section_line(const struct config_section *s, const char *key);

/**
 * section_keys - fill the struct of a section with its values or the defaults
 *
 * Takes:   wait: use the defaults of mode = wait; out: the struct of the
 *          section's scope. Keys without a parser are left out.
 * Returns: ST_OK; ST_CONFIG; ST_BUSY without memory.
 */
enum status
section_keys(const struct section_job *job, const struct config_section *s,
    bool wait, void *out, struct reason *why);

#endif
