#ifndef CGIHOOK_MAC_H
#define CGIHOOK_MAC_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "crypto.h"

/*
 * The MAC of a request, in the form in which it was written. A refused request
 * that is kept (blind.h) has only the SHA-256 of its MAC:
 * "base64-sha256-<64 hex digits>", of one that has not 32 bytes
 * "base64-20-sha256-…". The hash can be compared with the hash of what a secret
 * makes, but it gives nobody the MAC: bytes that cannot be guessed cannot be
 * found from their hash. Such a text is read in a blind message alone. In a
 * request from the network it is no signature at all.
 */
enum mac_form {
	MAC_BASE64,		/* RFC 4648 4, canonical */
	MAC_HEX,		/* in lower case */
	MAC_BASE64_OF_HEX,
	MAC_UPPER_HEX,
	MAC_BASE64_RELAXED,	/* RFC 4648 5, or without the = */
	MAC_FORMS
};

struct mac {
	unsigned char bytes[HASH_MAX_LEN];
	size_t len;		/* of the MAC */
	bool hashed;		/* bytes are the SHA-256 of the MAC */
};

enum { MAC_BLIND_MAX = 96, MAC_TEXT_MAX = 2 * HASH_MAX_LEN + 1 };

/** mac_read - a text in the first of the forms that gives len bytes
 *
 *  Takes:   blind, whether the text is from a message that was kept; len, 20,
 *           32 or 64.
 *  Returns: false where no form does; *form and *out untouched then. */
bool
mac_read(struct bytes text, bool blind, size_t len, enum mac_form *form,
    struct mac *out);

/** mac_read_as - a text in this form alone */
bool
mac_read_as(struct bytes text, bool blind, enum mac_form form, size_t len,
    struct mac *out);

/** mac_read_any - as mac_read, of whichever of the lengths it is */
bool
mac_read_any(struct bytes text, bool blind, enum mac_form *form,
    struct mac *out);

/** mac_write - len bytes as a text in this form, MAC_BASE64 or MAC_HEX,
 *  NUL-ended */
void
mac_write(const unsigned char *made, size_t len, enum mac_form form,
    char out[MAC_TEXT_MAX]);

/** mac_equal - whether it is the MAC that was made here, of m->len bytes;
 *  constant time */
bool
mac_equal(const struct mac *m, const unsigned char *made);

/** mac_blind - the text to keep in place of a MAC, NUL-ended; false where text
 *  is a MAC in none of the forms */
bool
mac_blind(struct bytes text, char out[MAC_BLIND_MAX]);

#endif
