#ifndef CGIHOOK_JSON_OUT_H
#define CGIHOOK_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "bytes.h"

/* JSON that we write ourselves, by cJSON, which has its only home here. Without
 * memory an object or a list is NULL, which every function takes, and members
 * are missing. */

struct cJSON;

/** json_out_object - an object, to be given to json_out_print or to
 *  json_out_attach */
struct cJSON *
json_out_object(void);

/** json_out_bytes - a member from bytes of any kind: what is not UTF-8, and
 *  NUL, becomes U+FFFD; absent becomes null */
void
json_out_bytes(struct cJSON *object, const char *name, struct bytes value,
    struct arena *a);

/** json_out_str - the same of a C string; NULL and "" become null */
void
json_out_str(struct cJSON *object, const char *name, const char *value,
    struct arena *a);

void
json_out_int(struct cJSON *object, const char *name, int64_t value);

/** json_out_time - RFC 3339; 0 becomes null */
void
json_out_time(struct cJSON *object, const char *name, int64_t ms);

void
json_out_bool(struct cJSON *object, const char *name, bool value);

/** json_out_raw - a member whose value is JSON already */
void
json_out_raw(struct cJSON *object, const char *name, const char *json);

/** json_out_attach - a member that was made as an object of its own */
void
json_out_attach(struct cJSON *object, const char *name, struct cJSON *member);

/** json_out_in_object - a member that is an object, to be filled */
struct cJSON *
json_out_in_object(struct cJSON *object, const char *name);

/** json_out_in_list - a member that is a list, to be filled */
struct cJSON *
json_out_in_list(struct cJSON *object, const char *name);

/** json_out_add_object - an object at the end of a list, to be filled */
struct cJSON *
json_out_add_object(struct cJSON *list);

/** json_out_add - the same of one that was made already */
void
json_out_add(struct cJSON *list, struct cJSON *object);

/** json_out_add_str - a string at the end of a list */
void
json_out_add_str(struct cJSON *list, const char *value, struct arena *a);

/** json_out_free - free what is not printed */
void
json_out_free(struct cJSON *object);

/**
 * json_out_print - the object as text in one line, without the line's end
 *
 * Effect:  adds the text to b, which fails without memory, and frees the
 *          object. What moves a terminal's cursor or turns its text around is
 *          written as an escape.
 */
void
json_out_print(struct cJSON *object, struct buf *b);

#endif
