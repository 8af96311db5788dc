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
	/** decode - write into out what text means in this code. out has room
	 *  for text.len bytes; if repeats is set, it may be where text is.
	 *  way: 0 to ways - 1, how to read it. least: at least 1; a run of
	 *  base64 or hexadecimal digits is left out if it means fewer bytes.
	 *  Returns how many bytes were written. */
	size_t (*decode)(struct bytes text, int way, size_t least, char *out);
	int ways;	/* in which it can be read */
	bool repeats;	/* what was decoded may be encoded so again */
};

extern const struct uncode uncode[];
extern const size_t uncode_count;

#endif
