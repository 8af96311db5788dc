#ifndef CGIHOOK_CERTIFICATE_H
#define CGIHOOK_CERTIFICATE_H

#include "cli.h"

/* What a sender that verifies certificates finds wrong with a web server's. */

/* libcrypto's X509_V_ERR_..., openssl-verification-options(1), which curl
 * prints as ssl_verify_result. */
enum certificate_verdict {
	CERTIFICATE_NOT_YET = 9,
	CERTIFICATE_EXPIRED = 10,
	CERTIFICATE_SELF_SIGNED = 18,
	CERTIFICATE_PRIVATE_ROOT = 19,	/* the chain's end is not trusted */
	CERTIFICATE_NO_ISSUER = 20,
	CERTIFICATE_NO_CHAIN = 21,
	CERTIFICATE_REVOKED = 23,
	CERTIFICATE_WEAK_KEY = 66,
	CERTIFICATE_WEAK_CA = 67,
	CERTIFICATE_WEAK_HASH = 68
};

struct certificate_fault {
	const char *what;	/* "it expired on Nov 26 ..." */
	const char *mend;	/* what to do about it */
};

/**
 * certificate_judge - why it is not trusted, in words
 *
 * Takes:  url, of the web server; verdict, of curl, which has refused it. Any
 *         that enum certificate_verdict does not have stands for the name,
 *         since curl, and not libcrypto, looks at that.
 * Owns:   *out's texts, the arena's.
 * Effect: connects once more, to read the certificates.
 */
void
certificate_judge(struct cli *c, const char *url, int verdict,
    struct certificate_fault *out);

#endif
