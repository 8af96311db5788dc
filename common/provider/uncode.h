#ifndef CGIHOOK_UNCODE_H
#define CGIHOOK_UNCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

/*
 * The codes in which a text may hold another one: percent-encoding, escapes as
 * in JSON, entities of HTML, base64, hexadecimal digits.
 */

struct uncode {
	/** decode - write what text means in this code into out, which has
	 *  room for text.len bytes and may be where text is if repeats is set;
	 *  way: which of the ways to read it; least, at least 1: a run of
	 *  base64 or digits that means fewer bytes is left out. Returns how
	 *  many bytes it is. */
	size_t (*decode)(struct bytes text, int way, size_t least, char *out);
	int ways;
	bool repeats;	/* what was decoded may be in the same code again */
};

extern const struct uncode uncode[];
extern const size_t uncode_count;

#endif
