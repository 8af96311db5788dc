#ifndef CGIHOOK_SIGNATURE_H
#define CGIHOOK_SIGNATURE_H

#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "mac.h"
#include "message.h"
#include "message_signature.h"
#include "scheme.h"
#include "status.h"

/* The signature of a request, as a scheme reads it, and what it must be of. */

enum { SIGNATURE_ELEMENTS_MAX = 16 };

struct signature {
	const struct scheme *scheme;
	struct bytes texts[SIGNATURE_ELEMENTS_MAX];	/* as they came */
	size_t count;
	struct mac macs[SIGNATURE_ELEMENTS_MAX];	/* of those that
							   count */
	size_t mac_count;
	struct bytes time;		/* as it came; absent: none is signed,
					   or there is none */
	struct bytes parts[SCHEME_PARTS_MAX];	/* what was signed, one after
						   the other */
	size_t part_count;		/* 0: one is missing or cannot be used;
					   the others are set */
	struct message_signature message;	/* where scheme->covers is */
};

/**
 * signature_read - the elements of the scheme's header
 *
 * Returns: ST_OK, mac_count at least 1; ST_DENIED where there is no header, no
 *          element counts, or there are more than SIGNATURE_ELEMENTS_MAX;
 *          ST_MALFORMED for a second line where one is right. Whatever it is,
 *          out has the scheme and what was read.
 */
enum status
signature_read(const struct scheme *s, const struct message *m,
    struct signature *out, struct arena *a, struct reason *why);

/**
 * signature_text - what was signed, as the template says
 *
 * Takes:   sig, of signature_read, whatever that returned.
 * Returns: ST_OK, sig's time and parts set, which are views; ST_DENIED where a
 *          header or an element of it is not there, is empty, or makes the
 *          literal beside it in the template appear elsewhere, or a body or a
 *          header gives digits to the time beside it, so that nobody could say
 *          where one ends; ST_MALFORMED where it is there twice. Where the
 *          scheme has covers: as message_signature_base, of one part, and
 *          ST_DENIED where content-digest is of another body.
 */
enum status
signature_text(const struct message *m, struct signature *sig,
    struct arena *a, struct reason *why);

/** signature_form - MAC_HEX or MAC_BASE64 */
enum mac_form
signature_form(const struct scheme *s);

/** signature_words - what an element that counts looks like: "v1= followed by
 *  64 lower-case hexadecimal digits" */
const char *
signature_words(const struct scheme *s, struct arena *a);

/** signature_write - the element for what was made here; absent without
 *  memory */
struct bytes
signature_write(const struct scheme *s, const unsigned char *made,
    struct arena *a);

#endif
