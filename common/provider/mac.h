#ifndef CGIHOOK_MAC_H
#define CGIHOOK_MAC_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "crypto.h"

/*
 * The MAC of a request, as it was written. Of a refused request that is kept
 * (blind.h) only its SHA-256 is there: "base64-sha256-<64 hex digits>". That
 * can be compared with what a secret makes, and opens nothing: nobody gets from
 * a hash of 32 bytes that cannot be guessed to the bytes. Such a text is read
 * for a blind message alone. Of one that came from the network it is not even a
 * signature.
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
	unsigned char bytes[SHA256_LEN];
	bool hashed;		/* bytes are the SHA-256 of the MAC */
};

enum { MAC_BLIND_MAX = 96 };

/** mac_read - a text in whichever form gives 32 bytes
 *
 *  Takes:   blind, whether the text is of a message that was kept.
 *  Returns: false where no form does; *form and *out untouched then. */
bool
mac_read(struct bytes text, bool blind, enum mac_form *form,
    struct mac *out);

/** mac_read_as - a text in this form alone */
bool
mac_read_as(struct bytes text, bool blind, enum mac_form form,
    struct mac *out);

/** mac_equal - whether that is the MAC which was made here; constant time */
bool
mac_equal(const struct mac *m, const unsigned char made[SHA256_LEN]);

/** mac_blind - the text to keep instead of one in any form, NUL-ended; false
 *  where it is in none */
bool
mac_blind(struct bytes text, char out[MAC_BLIND_MAX]);

#endif
