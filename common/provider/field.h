#ifndef CGIHOOK_FIELD_H
#define CGIHOOK_FIELD_H

#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "event.h"
#include "json.h"
#include "status.h"

/* Taking fields out of a payload. A field that is missing, null or empty is
 * absent (data NULL), and so is what is made of it. So is a field for which
 * there is no memory; event_decode notices that. */

/**
 * field_text - what an env_rule's paths lead to
 *
 * Takes:   paths, "a.b|c.d": the first that is a scalar and not empty; or
 *          "=text": that text. A path with a '{' is a text with paths in it,
 *          "{a.b}#{c}", which is absent where one of them is.
 */
struct bytes
field_text(const struct json_doc *d, const char *paths, struct arena *a);

/** field_in - as field_text, with paths from a node, as an element of a list,
 *  and no "=text"; node NULL: absent */
struct bytes
field_in(const struct json_doc *d, const struct json_node *node,
    const char *paths, struct arena *a);

/** field_commit - a commit's hash; absent where it is all zeros, by which git
 *  tells that a branch is new or gone */
struct bytes
field_commit(struct bytes hash);

/**
 * field_decide - a value that decides something
 *
 * Takes:   paths, "a.b|c.d": the first that is there, and neither null nor
 *          empty.
 * Returns: ST_OK, *out absent where there is none; ST_MALFORMED when a name on
 *          the way to it appears twice, or it is neither a string nor a whole
 *          number.
 */
enum status
field_decide(const struct json_doc *d, struct bytes paths, struct arena *a,
    struct bytes *out, struct reason *why);

/**
 * field_word - a member that decides: a name
 *
 * Takes:   object, NULL or any node: then there are no members.
 * Returns: ST_OK, *out absent where there is none; ST_MALFORMED when it appears
 *          twice, is neither null nor a string, or cannot be a name.
 */
enum status
field_word(const struct json_doc *d, const struct json_node *object,
    const char *name, struct arena *a, struct bytes *out, struct reason *why);

/** field_string - as field_word, for text that need not be a name */
enum status
field_string(const struct json_doc *d, const struct json_node *object,
    const char *name, struct arena *a, struct bytes *out, struct reason *why);

/**
 * field_object - an object of the root that holds members which decide
 *
 * Returns: ST_OK, *out NULL where there is none or it is not an object;
 *          ST_MALFORMED when it appears twice.
 */
enum status
field_object(const struct json_doc *d, const char *name,
    const struct json_node **out, struct reason *why);

/** field_first_line - without its line end; absent where that is empty */
struct bytes
field_first_line(struct bytes text);

/** field_behind - what follows prefix; absent where text does not begin with
 *  it, or ends there */
struct bytes
field_behind(struct bytes text, const char *prefix);

/** field_join - parts one after another; absent where one of them is */
struct bytes
field_join(struct arena *a, const struct bytes *parts, size_t count);

/** field_tag - an env_rule's way to the event's tag */
struct bytes
field_tag(const struct event *e, const char *name, struct arena *a);

#endif
