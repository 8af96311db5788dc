#ifndef CGIHOOK_CONFIG_LEX_H
#define CGIHOOK_CONFIG_LEX_H

#include <stddef.h>

#include "bytes.h"
#include "status.h"

/* The words of a configuration file. */

enum token_kind {
	TOKEN_END,		/* of the file */
	TOKEN_TEXT,		/* a word, bare or in quotes */
	TOKEN_EQUALS, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA
};

struct token {
	enum token_kind kind;
	struct bytes text;	/* as written; of a string, without quotes */
	int line;
};

struct lexer {
	const char *path;	/* for the messages */
	struct bytes text;
	size_t at;
	int line;
	char *copy;		/* of text, where comments become blanks */
};

/**
 * lex_next - read the next word
 *
 * Takes:   l, begun with at 0, line 1, and copy a writable copy of text.
 * Returns: ST_OK; ST_CONFIG with "PATH:LINE: …" for a byte that is not allowed
 *          outside quotes, a string that does not end on its line, an escape
 *          or a ${X} that libconfuse would replace, a comment without end.
 */
enum status
lex_next(struct lexer *l, struct token *out, struct reason *why);

#endif
