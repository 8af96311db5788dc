#ifndef CGIHOOK_LOOKALIKE_H
#define CGIHOOK_LOOKALIKE_H

#include <stdbool.h>

#include "bytes.h"

/*
 * Characters that documents, chats and web pages use instead of plain ones:
 * curly quotes, no-break spaces, invisible marks. A person who looks at the
 * line finds nothing wrong.
 */
struct lookalike {
	const char *name;	/* "a curly quote" */
	char shown[5];		/* the character; "" if it is invisible */
	const char *remedy;	/* "write a straight one, \" or '" */
	unsigned code;		/* 0x201c of U+201C */
	bool is_quote;		/* it may be meant to end a string */
};

/**
 * lookalike_find - whether text begins with such a character, and which
 *
 * Returns: false if it does not; *out untouched then.
 */
bool
lookalike_find(struct bytes text, struct lookalike *out);

/** lookalike_windows - the same for a byte that is not UTF-8, by its meaning in
 *  Windows-1252; shown is "" */
bool
lookalike_windows(char byte, struct lookalike *out);

/** lookalike_utf16 - whether a file is ASCII saved as UTF-16: it begins with a
 *  byte order mark, or every other byte is NUL */
bool
lookalike_utf16(struct bytes text);

#endif
