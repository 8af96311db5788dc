#ifndef CGIHOOK_HTTPSIG_H
#define CGIHOOK_HTTPSIG_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "mac.h"
#include "message.h"
#include "status.h"

/*
 * Signing HTTP Messages, draft-cavage-http-signatures-12, with HMAC-SHA256.
 * Knows no sender: Drone's rules are in drone.c.
 */

#define HTTPSIG_MAX_BYTES 4096
#define HTTPSIG_MAX_HEADERS 32

struct httpsig {
	struct bytes key_id;
	struct bytes algorithm;		/* absent where not given */
	struct bytes headers[HTTPSIG_MAX_HEADERS]; /* lower case, in the
						      signed order */
	size_t header_count;
	struct mac mac;		/* the signature, decoded */
	bool has_created, has_expires;
	int64_t created_s;
	int64_t expires_ms;		/* may have a fraction of a second */
};

/**
 * httpsig_find - the parameters' text: of "Signature", else of
 *                "Authorization: Signature"
 *
 * Returns: ST_OK; ST_DENIED when neither is there; ST_MALFORMED when the one
 *          that counts appears twice.
 * Spec:    draft 3.1 and 4.1; if both are there, Signature counts.
 */
enum status
httpsig_find(const struct message *m, struct bytes *params, struct reason *why);

/**
 * httpsig_parse - the parameters
 *
 * Takes:   params, HTTPSIG_MAX_BYTES at most; blind, whether they are of a
 *          message that was kept (mac.h).
 * Returns: ST_OK; ST_DENIED for a list that cannot be taken apart, a repeated
 *          parameter of the draft's, no keyId, no signature or not 32 bytes
 *          of canonical base64, headers empty or with a repeated or too many
 *          names, an algorithm other than hmac-sha256 or hs2019; ST_BUSY
 *          without memory. Without "headers" the list is (created). Names are
 *          compared without case; a value may be a token or a quoted string.
 * Spec:    draft 2.1, 2.2: an unknown parameter is ignored, and so is one that
 *          is not well-formed: what it would have said is then missing.
 */
enum status
httpsig_parse(struct bytes params, bool blind, struct arena *a,
    struct httpsig *out, struct reason *why);

/** httpsig_covers - whether the header (lower case) is in the signed list */
bool
httpsig_covers(const struct httpsig *s, const char *header);

/**
 * httpsig_signing_string - what the signature is made over
 *
 * Returns: ST_OK; ST_DENIED when a listed header is absent, or (created) or
 *          (expires) is listed without its parameter as a whole number, or
 *          with the algorithm hmac-sha256, which forbids it; ST_MALFORMED when
 *          a listed header appears twice; ST_BUSY without memory.
 * Spec:    draft 2.3: lines "name: value" joined by \n, none at the end.
 */
enum status
httpsig_signing_string(const struct httpsig *s, const struct message *m,
    struct arena *a, struct bytes *out, struct reason *why);

/**
 * httpsig_check_times - created not in the future, expires not in the past
 *
 * Takes:   now_ms; slack_ms, which a signer's clock may be ahead.
 * Returns: ST_OK or ST_DENIED.
 * Spec:    draft 2.1.4, 2.1.5
 */
enum status
httpsig_check_times(const struct httpsig *s, int64_t now_ms, int64_t slack_ms,
    struct reason *why);

#endif
