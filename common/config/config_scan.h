#ifndef CGIHOOK_CONFIG_SCAN_H
#define CGIHOOK_CONFIG_SCAN_H

#include "arena.h"
#include "bytes.h"
#include "config_key.h"
#include "status.h"

/*
 * The guard before libconfuse, whose reader (3.3) accepts too much for a
 * configuration: it uses the last of a repeated key, lets the end of the file
 * close a section, replaces ${X} by environment variables, skips bytes that it
 * does not know ("a*b" is a, then b), reads "//x" as a value, and counts one
 * line too many for a comment. The guard refuses text that libconfuse would not
 * read as it is written, and replaces comments by blanks, so that the line
 * numbers are right.
 */

/* A section's first line: libconfuse keeps the last one only. */
struct config_opening {
	enum config_scope scope;
	struct bytes title;
	int line;
};

struct config_outline {
	const char *text;	/* for libconfuse; as long as the file */
	const struct config_opening *openings;	/* in the file's order */
	size_t opening_count;
};

enum { CONFIG_SECTIONS_MAX = 2048 };

/**
 * config_scan - check that libconfuse will read the text as it is written
 *
 * Takes:   path, for the messages; text, the file's content.
 * Owns:    *out, the arena's.
 * Returns: ST_OK; ST_CONFIG with "PATH:LINE: …"; ST_BUSY without memory.
 */
enum status
config_scan(const char *path, struct bytes text, struct arena *a,
    struct config_outline *out, struct reason *why);

#endif
