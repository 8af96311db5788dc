#ifndef CGIHOOK_GUESS_MAC_H
#define CGIHOOK_GUESS_MAC_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "guess.h"
#include "mac.h"
#include "scheme.h"

/* A text as the MAC that it may mean. */
struct guess_mac {
	struct mac mac;
	const char *words;	/* what is wrong with its form; NULL: nothing */
	const char *place;	/* and with what is in front of it; likewise */
};

/**
 * guess_read_mac - read it as base64, hex, base64 of hex, …: the first that
 *                  gives 32, 20 or 64 bytes
 *
 * Takes:   blind, as mac_read; wanted, MAC_BASE64 or MAC_HEX; len, how many
 *          bytes are right.
 * Returns: false where none does; out->place is NULL.
 */
bool
guess_read_mac(struct bytes text, bool blind, enum mac_form wanted,
    size_t len, struct arena *a, struct guess_mac *out);

/* A text that may have been signed: three parts. */
struct guess_signed {
	struct bytes before;	/* what the body is signed with; or absent */
	struct bytes text;	/* absent: the mistake does not apply */
	struct bytes after;
	const char *words;	/* NULL: it is the right one */
};

struct guess_search {
	const struct guess_case *c;
	const struct guess_mac *macs;
	size_t mac_count;
	const struct guess_signed *texts;	/* the right one first */
	size_t text_count;
	size_t likely_count;	/* so many of them are tried with every key
				   that people use; the others with the secrets
				   alone */
	const struct scheme *scheme;	/* that of the request; NULL: keys are
					   secrets as they are, with
					   HMAC-SHA256 */
};

/**
 * guess_search - find the key, text, hash and form that make one of the MACs
 *
 * Effect:  when they are found, out has a sentence for each that is wrong.
 * Returns: whether they were found, and one of them is wrong.
 */
bool
guess_search(const struct guess_search *s, struct guesses *out);

#endif
