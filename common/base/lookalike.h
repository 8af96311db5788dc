#ifndef CGIHOOK_LOOKALIKE_H
#define CGIHOOK_LOOKALIKE_H

#include <stdbool.h>

#include "bytes.h"

/*
 * Characters that documents, chats and web pages put in the place of plain
 * ones: curly quotes, no-break spaces, marks that cannot be seen. A person
 * looks at the line and finds nothing wrong with it.
 */
struct lookalike {
	const char *name;	/* "a curly quote" */
	char shown[5];		/* the character; "" where it cannot be seen */
	const char *remedy;	/* "write a straight one, \" or '" */
	unsigned code;		/* 0x201c of U+201C */
	bool is_quote;		/* it may have been meant to end a string */
};

/**
 * lookalike_find - whether text begins with such a character, and with which
 *
 * Returns: false where it does not; *out untouched then.
 */
bool
lookalike_find(struct bytes text, struct lookalike *out);

/** lookalike_windows - likewise for a byte that is not UTF-8, by its meaning in
 *  Windows-1252; shown is "" */
bool
lookalike_windows(char byte, struct lookalike *out);

/** lookalike_utf16 - whether a file is ASCII saved as UTF-16: it has its byte
 *  order mark, or every other byte is NUL */
bool
lookalike_utf16(struct bytes text);

#endif
