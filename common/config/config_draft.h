#ifndef CGIHOOK_CONFIG_DRAFT_H
#define CGIHOOK_CONFIG_DRAFT_H

#include "config_section.h"

/* A recipe while it is made from a source's section. */
struct draft {
	const struct section_job *job;
	const struct config_section *from;
	struct source *source;
	struct reason *why;
};

/* Where a value may be looked for; see reading.h. */
enum place_kind {
	PLACE_BODY_PATH = 1,		/* body:PATH */
	PLACE_HEADER = 2,		/* header:NAME */
	PLACE_TEXT = 4,			/* =text */
	PLACE_ELEMENT = 8,		/* element:NAME */
	PLACE_MAC = 16,			/* mac */
	PLACE_BODY = 32			/* body */
};

/** draft_has - whether the section has the key */
bool
draft_has(const struct draft *d, const char *key);

/** draft_text - the first value of a key; or the fallback without it */
const char *
draft_text(const struct draft *d, const char *key, const char *fallback);

/** draft_refuse - fail with "FILE:LINE: KEY = VALUE: ", what is wrong and what
 *  to do; without the value, if the section does not have the key */
enum status
draft_refuse(const struct draft *d, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** draft_header - check the name of a header of this key, and put it into lower
 *  case */
enum status
draft_header(const struct draft *d, const char *key, struct bytes name,
    const char **out);

/** draft_word - what the word of a key means, or its default, by the key's row;
 *  ST_CONFIG lists the words */
enum status
draft_word(const struct draft *d, const char *key, int *out);

/**
 * draft_places - read the places of a key
 *
 * Takes:   kinds, of enum place_kind: those that are allowed.
 * Returns: ST_OK with *out as reading.h has it, separated by blanks, names of
 *          headers in lower case; untouched without the key. ST_CONFIG.
 */
enum status
draft_places(const struct draft *d, const char *key, int kinds,
    const char **out);

/** draft_paths_valid - whether these can be paths into a body: "a.b.0.c|d" */
bool
draft_paths_valid(struct bytes paths);

#endif
