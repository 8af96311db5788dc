#ifndef CGIHOOK_SCHEME_H
#define CGIHOOK_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "crypto.h"
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
	const char *header;	/* lower case; NULL: it is in the query */
	const char *element;	/* a pattern: literals around %hex or %b64,
				   "sha256=%hex", "v1,%b64". Of a token, around
				   %token: "Bearer %token"; "Basic %token" is
				   the password, of any user; "query:NAME" is
				   a parameter of the address (token.h) */
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
	const char *covers;	/* it is an HTTP message signature, RFC 9421:
				   the components that must be signed, separated
				   by blanks. Then header is "signature",
				   element "%b64", time SCHEME_CREATED, and
				   signed_text NULL. NULL: it is none */
};

/* The time of an HTTP message signature. */
#define SCHEME_CREATED "parameter:created"

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
scheme_pattern(struct bytes element, struct scheme_pattern *out);

/* A template taken apart. */
enum scheme_part_kind { PART_LITERAL, PART_BODY, PART_TIME, PART_HEADER };

struct scheme_part {
	enum scheme_part_kind kind;
	struct bytes text;	/* the literal; the header's name */
};

enum { SCHEME_PARTS_MAX = 12, SCHEME_HEADER_MAX = 64 };

/** scheme_parts - take a signed text's template apart
 *
 *  Returns: how many parts there are; 0 where it is empty, has another {…} or
 *           a brace that is none of a pair, or more than SCHEME_PARTS_MAX. */
size_t
scheme_parts(const char *signed_text,
    struct scheme_part out[SCHEME_PARTS_MAX]);

/** scheme_hash - the hash of a scheme whose algorithm is an HMAC */
enum hash_kind
scheme_hash(const struct scheme *s);

/** scheme_mac_len - how many bytes its signature has; 0 for a token */
size_t
scheme_mac_len(const struct scheme *s);

/** scheme_algorithm_name - "HMAC-SHA256", "ed25519"; "a token" */
const char *
scheme_algorithm_name(const struct scheme *s);

/** scheme_registered_name - as RFC 9421 6.2.2 has it: "hmac-sha256"; NULL for
 *  what is not there */
const char *
scheme_registered_name(const struct scheme *s);

/**
 * scheme_check - whether a scheme can verify anything, and lets nothing by
 *
 * Returns: ST_OK; ST_CONFIG, and *why begins with the key that is wrong as the
 *          configuration calls it: a header's name, a pattern without exactly
 *          one %, no {body} in the signed text, a time that is not signed, a
 *          signed header that could be cut elsewhere.
 */
enum status
scheme_check(const struct scheme *s, struct reason *why);

/** scheme_signs_header - whether a header (lower case) is in the signed text,
 *  or has the time that is */
bool
scheme_signs_header(const struct scheme *s, struct bytes name);

/** scheme_takes - whether a secret belongs to it and not to one before it
 *
 *  Takes:   schemes, a table; s, one of it; only, the one that alone counts, by
 *           its name, or NULL. */
bool
scheme_takes(const struct scheme *schemes, const struct scheme *s,
    const char *only, struct bytes secret);

#endif
