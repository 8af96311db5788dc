#ifndef CGIHOOK_CONFIG_READ_H
#define CGIHOOK_CONFIG_READ_H

#include "arena.h"
#include "bytes.h"
#include "config_key.h"
#include "status.h"

/* The syntax of a configuration, not its meaning. The home of libconfuse. */

/* The values of a key; count is 0 if it does not appear. */
struct config_entry {
	const struct config_text *texts;
	size_t count;
};

/* entries[i] belongs to the scope's i-th key. */
struct config_section {
	enum config_scope scope;
	const char *title;		/* "" for the top */
	int line;			/* where it begins */
	struct config_entry entries[CONFIG_KEYS_MAX];
};

struct config_tree {
	struct config_section top;
	struct config_section *sections;	/* in the file's order */
	size_t section_count;
};

/**
 * config_read - read a configuration's text into a tree
 *
 * Takes:   path, for the messages.
 * Owns:    *out, the arena's.
 * Returns: ST_OK; ST_CONFIG with "PATH:LINE: what is wrong and what to do";
 *          ST_BUSY without memory.
 */
enum status
config_read(const char *path, struct bytes text, struct arena *a,
    struct config_tree *out, struct reason *why);

#endif
