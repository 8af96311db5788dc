#ifndef CGIHOOK_PARAM_H
#define CGIHOOK_PARAM_H

#include "arena.h"
#include "bytes.h"
#include "status.h"

/* One "name=value" of a list, as credentials are written. */
struct param {
	struct bytes name;	/* empty where the element has none */
	struct bytes value;	/* unquoted; absent where not well-formed */
};

/**
 * param_next - take the next element off the front of a list
 *
 * Takes:   rest, the text not yet read; absent (data NULL) at the end.
 * Returns: ST_OK, for an empty element too; ST_DENIED when a quoted string does
 *          not end, so that nobody can say where an element does; ST_BUSY
 *          without memory.
 * Spec:    RFC 9110 11.2, token BWS "=" BWS ( token / quoted-string ), in a
 *          list as of 5.6.1
 */
enum status
param_next(struct bytes *rest, struct arena *a, struct param *out,
    struct reason *why);

#endif
