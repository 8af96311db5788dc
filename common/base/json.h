#ifndef CGIHOOK_JSON_H
#define CGIHOOK_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/*
 * A strict reader of RFC 8259 texts. It makes a flat table of views of the
 * text, in the text's order. It copies and converts nothing, so a number stays
 * exactly as it was written, and a string is decoded only when asked for.
 */

enum json_type {
	JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING,
	JSON_ARRAY, JSON_OBJECT
};

enum json_flag {
	JSON_ESCAPED = 1,	/* the string has backslashes */
	JSON_HAS_NUL = 2,	/* the string has \u0000 in it */
	JSON_KEY_ESCAPED = 4,	/* the same for the member's name */
	JSON_KEY_HAS_NUL = 8,
	JSON_REPEATED = 16	/* an earlier member of this object has the
				   same name, compared decoded */
};

struct json_node {
	uint8_t type;		/* enum json_type */
	uint8_t flags;		/* enum json_flag */
	uint16_t depth;		/* 0: the root */
	uint32_t key_start;	/* the member's name within its quotes; */
	uint32_t key_len;	/* both 0 in an array and at the root */
	uint32_t start;		/* scalar text; of a string, within quotes */
	uint32_t len;
	uint32_t count;		/* members or elements */
	uint32_t end;		/* index behind the last node inside this one:
				   the next sibling, or the parent's end */
};

struct json_doc {
	struct bytes text;
	const struct json_node *nodes;	/* nodes[0] is the root */
	uint32_t count;
};

#define JSON_MAX_DEPTH 64
#define JSON_MAX_NODES 100000

/**
 * json_parse - read a JSON text
 *
 * Takes:   text, which must outlive *out; at most 4 GiB - 1.
 * Owns:    the table is the arena's.
 * Returns: ST_OK; ST_MALFORMED for anything that RFC 8259 does not allow,
 *          invalid UTF-8, a byte order mark, anything after the value, more
 *          than JSON_MAX_DEPTH or JSON_MAX_NODES; ST_BUSY
 *          without memory. *why names the offset.
 */
enum status
json_parse(struct bytes text, struct arena *a, struct json_doc *out,
    struct reason *why);

/**
 * json_member - find an object's member by its decoded name, or NULL
 *
 * Takes:   object, NULL or any node; a node that is no object has no members.
 * Returns: the first of that name; JSON_REPEATED marks the later ones.
 */
const struct json_node *
json_member(const struct json_doc *d, const struct json_node *object,
    const char *name);

/** json_member_repeated - whether object has this name more than once */
bool
json_member_repeated(const struct json_doc *d, const struct json_node *object,
    const char *name);

/** json_path_in - as json_path, from a node; NULL: there is no such node */
const struct json_node *
json_path_in(const struct json_doc *d, const struct json_node *node,
    struct bytes path);

/** json_path - follow "build.stages.0.name" from the root; NULL if there is no
 *  such node */
const struct json_node *
json_path(const struct json_doc *d, struct bytes path);

/** json_path_repeated - whether an object on the way of such a path has the
 *  path's next name more than once */
bool
json_path_repeated(const struct json_doc *d, struct bytes path);

/** json_is_container - an array or an object */
bool
json_is_container(const struct json_node *n);

/** json_first - the first node inside a container; NULL if there is none */
const struct json_node *
json_first(const struct json_node *container);

/** json_next - the next sibling of node within container, or NULL */
const struct json_node *
json_next(const struct json_doc *d, const struct json_node *container,
    const struct json_node *node);

/** json_raw - a scalar's text as written; a string's without its quotes */
struct bytes
json_raw(const struct json_doc *d, const struct json_node *n);

/**
 * json_text - the text of a scalar as handlers get it
 *
 * Returns: a string decoded, in which an escape of half a surrogate pair has
 *          become U+FFFD (RFC 8259 8.2 allows it in a text, UTF-8 has no form
 *          for it); number, true and false as written; absent (data
 *          NULL) for NULL, null, containers, and when memory is short. A
 *          string with \u0000 comes whole, the NUL in it.
 */
struct bytes
json_text(const struct json_doc *d, const struct json_node *n,
    struct arena *a);

/** json_same - whether two values were written alike but for blanks: members in
 *  the same order, numbers and strings byte by byte */
bool
json_same(const struct json_doc *d, const struct json_node *a,
    const struct json_node *b);

/** json_key - a member's decoded name; absent if it has none */
struct bytes
json_key(const struct json_doc *d, const struct json_node *n, struct arena *a);

#endif
