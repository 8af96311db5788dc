#include "digest.h"

#include <stdbool.h>

#include "codec.h"
#include "crypto.h"

enum status
digest_check(struct bytes value, struct bytes body, struct reason *why)
{
	unsigned char want[SHA256_LEN], given[SHA256_LEN];
	struct bytes element, algorithm;
	bool found = false;
	enum status st;

	st = sha256(body, want);
	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	while (value.data != NULL) {
		bytes_cut(&value, ',', &element);
		element = bytes_trim(element);
		bytes_cut(&element, '=', &algorithm);
		if (!bytes_is_nocase(algorithm, "SHA-256"))
			continue;
		/* what is behind the first '=', its padding's included */
		if (element.data == NULL ||
		    !base64_decode_exact(element, given, sizeof(given)))
			return fail(why, ST_DENIED, "the Digest header's "
			    "SHA-256 is not the base64 of 32 bytes");
		if (!crypto_equal(want, given, sizeof(want)))
			return fail(why, ST_DENIED, "the body is not the one "
			    "that the Digest header is of");
		found = true;
	}
	if (!found)
		return fail(why, ST_DENIED, "the Digest header has no SHA-256");
	return ST_OK;
}
