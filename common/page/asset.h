#ifndef CGIHOOK_ASSET_H
#define CGIHOOK_ASSET_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

/* The style, the script and the icon of the pages, built into the program. */

struct asset {
	const char *kind;		/* "style.css" */
	const char *content_type;
	struct bytes content;
};

enum asset_which { ASSET_STYLE, ASSET_SCRIPT, ASSET_ICON, ASSETS };

struct asset
asset_get(enum asset_which which);

/** asset_version - a number that changes with the content, so that a browser
 *  may keep what has this number in its name for ever */
uint32_t
asset_version(const struct asset *a);

/** asset_find - by its name in an address, "1a2b3c4d-style.css"; false: there
 *  is none, or it has another content now */
bool
asset_find(struct bytes name, struct asset *out);

#endif
