#ifndef CGIHOOK_MESSAGE_SIGNATURE_H
#define CGIHOOK_MESSAGE_SIGNATURE_H

#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "status.h"
#include "structured.h"

/*
 * HTTP Message Signatures, RFC 9421: the header "signature" has signatures by
 * their labels, and "signature-input" says for each what it covers. A component
 * is a field's name, or "@method", "@authority", "@target-uri",
 * "@request-target", "@path" or "@query"; none may have parameters.
 *
 * Knows no key: what is to be signed is handed to the engine of recipes.
 */

enum {
	MESSAGE_SIGNATURES_MAX = 16,	/* in one request */
	MESSAGE_COMPONENTS_MAX = 32,	/* of one signature */
	MESSAGE_FIELD_MAX = 8192	/* bytes of either header */
};

struct message_signature {
	struct bytes label;
	struct structured_item input;	/* what it covers, of signature-input */
	struct bytes text;		/* the base64 of the signature */
	struct bytes created, expires;	/* seconds; absent where not given */
	struct bytes nonce;		/* as it is written; absent likewise */
};

/**
 * message_signature_find - the first signature that covers what it must
 *
 * Takes:   covers, components separated by blanks; algorithm, what "alg" must
 *          be where it is given: "hmac-sha256".
 * Returns: ST_OK; ST_DENIED where one of the headers is not there, is too long
 *          or not well-formed, no signature covers all of it, the one that
 *          does is not in both headers, or it has no created; ST_MALFORMED
 *          where its label appears twice; ST_BUSY without memory.
 */
enum status
message_signature_find(const char *covers, const char *algorithm,
    const struct message *m, struct arena *a, struct message_signature *out,
    struct reason *why);

/**
 * message_signature_base - what the signature is made over
 *
 * Returns: ST_OK; ST_DENIED where a component is not in the request, appears
 *          twice in the list, has parameters or is not known; ST_BUSY without
 *          memory.
 * Spec:    RFC 9421 2.5. The scheme of @target-uri is https.
 */
enum status
message_signature_base(const struct structured_item *input,
    const struct message *m, struct arena *a, struct bytes *out,
    struct reason *why);

/** message_signature_components - of what message_signature_base makes, all but
 *  the last line, which describes the signature */
struct bytes
message_signature_components(struct bytes base);

/** message_signature_input - the value for signature-input, without its label,
 *  of a signature that is made now; absent without memory */
struct bytes
message_signature_input(const char *covers, const char *algorithm,
    int64_t now_s, struct arena *a);

/** message_component_known - whether a component can be covered: a field, in
 *  lower case, that is not one of the signature's own, or one of those above */
bool
message_component_known(struct bytes name);

/** message_covers - whether a list, separated by blanks, has a component */
bool
message_covers(const char *covers, struct bytes name);

#endif
