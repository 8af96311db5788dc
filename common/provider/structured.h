#ifndef CGIHOOK_STRUCTURED_H
#define CGIHOOK_STRUCTURED_H

#include <stdbool.h>

#include "bytes.h"

/*
 * Structured fields, RFC 8941, as far as signatures need them: a dictionary
 * whose members are items or inner lists, with parameters. Every text is a view
 * of the field's value, and is taken off its front. What is not written as the
 * specification has it is refused, and with it the whole field (4.2).
 */

enum structured_kind {
	STRUCTURED_NUMBER,	/* 1618884473, -1, 0.5 */
	STRUCTURED_STRING,	/* "a": what is between the quotes, escapes as
				   they came */
	STRUCTURED_TOKEN,
	STRUCTURED_BYTES,	/* :YQ==: what is between the colons. Of a
				   message that was kept, it is the hash of what
				   was there (mac.h) */
	STRUCTURED_BOOLEAN,	/* ?0, ?1: the digit */
	STRUCTURED_LIST		/* ("a" "b";x): what is between the brackets */
};

struct structured_item {
	enum structured_kind kind;
	struct bytes text;
	struct bytes raw;	/* as it is written, without parameters; empty
				   for a key that stands alone, which is ?1 */
	struct bytes params;	/* ;a;b=1; or empty */
};

/**
 * structured_next_member - the next member of a dictionary
 *
 * Takes:   rest, the text not yet read; absent (data NULL) at the end.
 * Returns: false where it is not well-formed.
 * Spec:    RFC 8941 4.2.2
 */
bool
structured_next_member(struct bytes *rest, struct bytes *key,
    struct structured_item *out);

/** structured_next_item - the next item of an inner list: the text of one, then
 *  absent at the end. False where it is not well-formed. Spec: 4.2.1.2 */
bool
structured_next_item(struct bytes *rest, struct structured_item *out);

/** structured_next_param - the next of an item's parameters, which have none of
 *  their own; rest is absent after the last. False where it is not well-formed.
 *  Spec: 4.2.3.2 */
bool
structured_next_param(struct bytes *rest, struct bytes *key,
    struct structured_item *out);

#endif
