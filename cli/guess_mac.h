#ifndef CGIHOOK_GUESS_MAC_H
#define CGIHOOK_GUESS_MAC_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "crypto.h"
#include "explain_guess.h"
#include "provider.h"

/* A text as the 32 bytes it may mean. */
struct guess_mac {
	unsigned char mac[SHA256_LEN];
	const char *words;	/* what is wrong with its form; NULL: nothing */
};

enum mac_form { MAC_BASE64, MAC_HEX };

/** guess_read_mac - base64, hex, base64 of hex, … whichever gives 32 bytes;
 *  false where none does */
bool
guess_read_mac(struct bytes text, enum mac_form wanted, struct guess_mac *out);

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
