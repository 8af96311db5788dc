#ifndef CGIHOOK_GUESS_MAC_H
#define CGIHOOK_GUESS_MAC_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "crypto.h"
#include "explain_guess.h"
#include "mac.h"
#include "provider.h"

/* A text as the 32 bytes it may mean. */
struct guess_mac {
	struct mac mac;
	const char *words;	/* what is wrong with its form; NULL: nothing */
};

/** guess_read_mac - base64, hex, base64 of hex, … whichever gives 32 bytes;
 *  false where none does
 *
 *  Takes:   blind, as mac_read; wanted, MAC_BASE64 or MAC_HEX. */
bool
guess_read_mac(struct bytes text, bool blind, enum mac_form wanted,
    struct guess_mac *out);

/* A text that may have been signed. */
struct guess_signed {
	struct bytes text;
	const char *words;	/* NULL: it is the right one */
};

struct guess_search {
	const struct source *source;
	const struct source *all;
	size_t source_count;
	const struct guess_mac *macs;
	size_t mac_count;
	const struct guess_signed *texts;	/* the right one first */
	size_t text_count;
};

/**
 * guess_search - find key, text and form that make one of the MACs
 *
 * Returns: true, with a sentence for each that is wrong (none where nothing
 *          is), when it is found.
 */
bool
guess_search(const struct guess_search *s, struct arena *a,
    struct guesses *out);

#endif
