#ifndef CGIHOOK_GUESS_MAC_H
#define CGIHOOK_GUESS_MAC_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "guess.h"
#include "mac.h"

/* A text as the 32 bytes it may mean. */
struct guess_mac {
	struct mac mac;
	const char *words;	/* what is wrong with its form; NULL: nothing */
	const char *place;	/* and with what is in front of it; likewise */
};

/**
 * guess_read_mac - read it as base64, hex, base64 of hex, …: the first that
 *                  gives 32 bytes
 *
 * Takes:   blind, as mac_read; wanted, MAC_BASE64 or MAC_HEX.
 * Returns: false where none does; out->place is NULL.
 */
bool
guess_read_mac(struct bytes text, bool blind, enum mac_form wanted,
    struct guess_mac *out);

/* A text that may have been signed. */
struct guess_signed {
	struct bytes text;
	const char *words;	/* NULL: it is the right one */
};

struct guess_search {
	const struct guess_case *c;
	const struct guess_mac *macs;
	size_t mac_count;
	const struct guess_signed *texts;	/* the right one first */
	size_t text_count;
};

/**
 * guess_search - find the key, text and form that make one of the MACs
 *
 * Effect:  when they are found, out has a sentence for each that is wrong.
 */
void
guess_search(const struct guess_search *s, struct guesses *out);

#endif
