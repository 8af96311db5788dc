#include "asset.h"

#include <stdio.h>

/* The assembler reads the files: no tool has to make C of them. The Makefile
 * knows that this file depends on them. */
#define ASSET_FILE(symbol, path) \
	__asm__(".section .rodata\n" \
	    ".balign 8\n" \
	    ".global " symbol "_len\n" symbol "_len:\n" \
	    ".quad " symbol "_end - " symbol "\n" \
	    ".global " symbol "\n" symbol ":\n" \
	    ".incbin \"" path "\"\n" \
	    symbol "_end:\n" \
	    ".byte 0\n" \
	    ".previous\n")

ASSET_FILE("asset_style", "common/page/style.css");
ASSET_FILE("asset_script", "common/page/script.js");
ASSET_FILE("asset_icon", "common/page/icon.svg");

extern const char asset_style[], asset_script[], asset_icon[];
extern const uint64_t asset_style_len, asset_script_len, asset_icon_len;

struct asset
asset_get(enum asset_which which)
{
	switch (which) {
	case ASSET_STYLE:
		return (struct asset){ "style.css", "text/css; charset=utf-8",
			{ asset_style, (size_t)asset_style_len } };
	case ASSET_SCRIPT:
		return (struct asset){ "script.js",
			"text/javascript; charset=utf-8",
			{ asset_script, (size_t)asset_script_len } };
	default:
		return (struct asset){ "icon.svg", "image/svg+xml",
			{ asset_icon, (size_t)asset_icon_len } };
	}
}

uint32_t
asset_version(const struct asset *a)
{
	return bytes_hash(BYTES_HASH_START, a->content);
}

bool
asset_find(struct bytes name, struct asset *out)
{
	char known[64];

	for (int i = 0; i < ASSETS; i++) {
		struct asset a = asset_get((enum asset_which)i);

		(void)snprintf(known, sizeof(known), "%08x-%s",
		    (unsigned)asset_version(&a), a.kind);
		if (bytes_is(name, known)) {
			*out = a;
			return true;
		}
	}
	return false;
}
