#ifndef CGIHOOK_REFUSED_TEXT_H
#define CGIHOOK_REFUSED_TEXT_H

#include "arena.h"
#include "buf.h"
#include "bytes.h"
#include "refused.h"
#include "status.h"

/*
 * The file of a refused request: what is known of it, an empty line, its
 * headers, an empty line, its body. "near" is what verifying said when it came:
 * a signature that cannot be compared by a hash, as one by a public key, cannot
 * be verified again.
 */

/**
 * refused_write_text - the file's text, behind what b has
 *
 * Takes:   r, its message blind. The body is left out if r says that it is cut
 *          or hidden.
 */
void
refused_write_text(struct buf *b, const struct refused *r);

/** refused_read_text - the inverse; ST_MALFORMED where text is no such file */
enum status
refused_read_text(struct bytes text, struct arena *a, struct refused *out,
    struct reason *why);

#endif
