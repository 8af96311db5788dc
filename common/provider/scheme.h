#ifndef CGIHOOK_SCHEME_H
#define CGIHOOK_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "status.h"

/*
 * How a sender proves who it is, as data: a row says which header has the
 * signature and what was signed. recipe.h verifies, signs and explains by it.
 *
 * A header holds elements. One that fits the pattern, and has nothing else,
 * counts. All others are skipped: they are of versions that nobody here knows,
 * and never a fallback.
 */
enum scheme_algorithm {
	SCHEME_SHA256,		/* HMAC */
	SCHEME_SHA512,
	SCHEME_SHA1,		/* where a sender has nothing better */
	SCHEME_ED25519,		/* the secret is the sender's public key */
	SCHEME_TOKEN		/* nothing is signed: the request has the
				   secret itself */
};

/* How the key of a MAC is written. */
enum secret_encoding {
	SECRET_RAW,		/* its bytes are the key */
	SECRET_BASE64,		/* RFC 4648 4; "whsec_" or "whpk_" in front is
				   skipped */
	SECRET_HEX		/* in either case */
};

struct scheme {
	const char *name;	/* "signature", "token": for messages and the
				   key "scheme"; NULL: the end of a table */
	enum scheme_algorithm algorithm;
	const char *header;	/* lower case; NULL: the token is in the query */
	const char *element;	/* a pattern. Of a signature, a literal, %hex or
				   %b64, a literal: "sha256=%hex", "v1,%b64". Of
				   a token "%token" with literals around it,
				   "Bearer %token"; "Basic %token" is the
				   password, of any user; "query:NAME" is a
				   parameter of the address */
	char separator;		/* between elements, which may be spread over
				   several lines; '\0': there is one element, on
				   one line */
	enum secret_encoding encoding;
	const char *secret_prefix;	/* it takes those secrets alone that
					   begin so: "whsec_"; NULL: all that no
					   scheme before it takes */
	const char *signed_text;	/* a template: literals, {body} once,
					   {time}, {header:NAME}; NULL for a
					   token */
	const char *time;	/* where the signed time is: "header:NAME", or
				   "element:t", what is behind t= in the same
				   header; NULL: none is signed */
};

/* What ends a table of schemes. */
#define SCHEME_END { .name = NULL }

/* A pattern taken apart. */
struct scheme_pattern {
	struct bytes before, after;	/* literals; may be empty */
	struct bytes kind;		/* "hex", "b64", "token" */
};

/** scheme_pattern - take an element's pattern apart
 *
 *  Returns: false where it has no %hex, %b64 or %token, or another '%'. */
bool
scheme_pattern(const char *element, struct scheme_pattern *out);

#endif
