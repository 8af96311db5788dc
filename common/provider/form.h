#ifndef CGIHOOK_FORM_H
#define CGIHOOK_FORM_H

#include "arena.h"
#include "bytes.h"
#include "status.h"

enum { FORM_FIELDS_MAX = 10000 };

/**
 * form_to_json - a form as the JSON text that it means
 *
 * Takes:   form, application/x-www-form-urlencoded.
 * Owns:    *out is the arena's, or a view of form.
 * Returns: ST_OK: if its only field is payload, that field's value; else an
 *          object whose members are the fields in their order, all of them
 *          strings. ST_MALFORMED for a '%' without two hex digits, for what is
 *          not UTF-8, more than FORM_FIELDS_MAX fields, and where payload
 *          appears twice; ST_BUSY without memory.
 * Spec:    WHATWG URL, application/x-www-form-urlencoded
 */
enum status
form_to_json(struct bytes form, struct arena *a, struct bytes *out,
    struct reason *why);

#endif
