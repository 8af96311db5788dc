#ifndef CGIHOOK_REFUSED_TEXT_H
#define CGIHOOK_REFUSED_TEXT_H

#include "arena.h"
#include "buf.h"
#include "bytes.h"
#include "refused.h"
#include "status.h"

/*
 * The file of a refused request: what is known of it, an empty line, its
 * headers, an empty line, its body. What a scheme cannot compare by a hash, as
 * a public key's signature, still has its verdict there: "near".
 */

/**
 * refused_write_text
 *
 * Takes:   r, its message blind.
 * Effect:  b has the file; without the body where that does not fit.
 */
void
refused_write_text(struct buf *b, const struct refused *r);

/** refused_read_text - the inverse; ST_UNKNOWN where text is no such file */
enum status
refused_read_text(struct bytes text, struct arena *a, struct refused *out,
    struct reason *why);

#endif
