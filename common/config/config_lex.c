#include "config_lex.h"

#include <stdbool.h>
#include <string.h>

#include "codec.h"
#include "config_value.h"
#include "lookalike.h"

/* The byte n ahead; NUL after the end, since no valid file has a NUL. */
static char
lex_peek(const struct lexer *l, size_t n)
{
	return l->at + n < l->text.len ? l->text.data[l->at + n] : '\0';
}

static bool
lex_at_end(const struct lexer *l)
{
	return l->at >= l->text.len;
}

static bool
lex_at_line_end(const struct lexer *l)
{
	return lex_at_end(l) || lex_peek(l, 0) == '\n' ||
	    (lex_peek(l, 0) == '\r' && lex_peek(l, 1) == '\n');
}

/* The bytes of names, numbers with units, and paths. */
static bool
lex_is_bare(char c)
{
	return c != '\0' && (ascii_alnum(c) ||
	    strchr("._-/:@%^~", c) != NULL);
}

static bool
lex_is_comment(const struct lexer *l)
{
	return lex_peek(l, 0) == '#' || (lex_peek(l, 0) == '/' &&
	    (lex_peek(l, 1) == '/' || lex_peek(l, 1) == '*'));
}

static bool
lex_is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == '\x7f';
}

static void
lex_blank(struct lexer *l)
{
	if (lex_peek(l, 0) == '\n')
		l->line++;
	else
		l->copy[l->at] = ' ';
	l->at++;
}

static enum status
lex_skip_comment(struct lexer *l, struct reason *why)
{
	bool block = lex_peek(l, 0) == '/' && lex_peek(l, 1) == '*';
	int begun = l->line;

	if (!block) {
		while (!lex_at_end(l) && lex_peek(l, 0) != '\n')
			lex_blank(l);
		return ST_OK;
	}
	lex_blank(l);
	lex_blank(l);
	while (!(lex_peek(l, 0) == '*' && lex_peek(l, 1) == '/')) {
		if (lex_at_end(l))
			return config_fail(l->path, begun, why,
			    "the comment that begins here has no end; add */");
		lex_blank(l);
	}
	lex_blank(l);
	lex_blank(l);
	return ST_OK;
}

static enum status
lex_skip_blanks(struct lexer *l, struct reason *why)
{
	enum status st = ST_OK;

	while (st == ST_OK && !lex_at_end(l)) {
		char c = lex_peek(l, 0);

		if (c == ' ' || c == '\t' || lex_at_line_end(l))
			lex_blank(l);
		else if (lex_is_comment(l))
			st = lex_skip_comment(l, why);
		else
			break;
	}
	return st;
}

/* A character that is not ASCII and not within a string. */
static enum status
lex_bad_character(const struct lexer *l, struct reason *why)
{
	struct bytes rest = bytes_from(l->text, l->at);
	size_t len = utf8_char_len(rest);
	struct lookalike c;

	if (lookalike_utf16(l->text))
		return config_fail(l->path, l->line, why, "this file is"
		    " UTF-16; save it as UTF-8, without a byte order mark");
	if (l->at == 0 && bytes_has_prefix(rest, "\xef\xbb\xbf"))
		return config_fail(l->path, l->line, why, "the file begins"
		    " with a byte order mark (U+FEFF); save it without one, or"
		    " run: LC_ALL=C sed -i '1s/^...//' %.150s", l->path);
	if (lookalike_find(rest, &c))
		return config_fail(l->path, l->line, why, "%s, %s%sU+%04X%s,"
		    " where plain text belongs; %s", c.name, c.shown,
		    c.shown[0] != '\0' ? " (" : "", c.code, c.shown[0] != '\0' ?
		    ")" : "", c.remedy);
	if (len > 1 && !utf8_unseen((struct bytes){ rest.data, len }))
		return config_fail(l->path, l->line, why, "'%.*s' outside"
		    " quotes; a value with such a character goes in quotes,"
		    " whole", (int)len, rest.data);
	if (lookalike_windows(lex_peek(l, 0), &c))
		return config_fail(l->path, l->line, why, "a byte 0x%02x, %s in"
		    " Windows-1252, where plain text belongs; %s",
		    (unsigned char)lex_peek(l, 0), c.name, c.remedy);
	return config_fail(l->path, l->line, why, "a byte 0x%02x outside"
	    " quotes; is this a text file?", (unsigned char)lex_peek(l, 0));
}

static enum status
lex_bad_byte(const struct lexer *l, struct reason *why)
{
	unsigned char c = (unsigned char)lex_peek(l, 0);

	if (c == '+' && lex_peek(l, 1) == '=')
		return config_fail(l->path, l->line, why, "'+=' is not known"
		    " here; write the whole list behind one '='");
	if (c == '(' || c == ')')
		return config_fail(l->path, l->line, why, "'%c': there are no"
		    " calls like include() here; a value with such a character"
		    " goes in quotes", c);
	if (c == '#' || c == '/')
		return config_fail(l->path, l->line, why, "a comment touches"
		    " the word before it; put a blank between them, or quotes"
		    " around the value");
	if (c > ' ' && c < 0x7f)
		return config_fail(l->path, l->line, why, "'%c' within or"
		    " beside a word; a value with such a character goes in"
		    " quotes, whole", c);
	return lex_bad_character(l, why);
}

/* libconfuse would separate two words, or a word and a string, that touch. */
static enum status
lex_check_edge(const struct lexer *l, struct reason *why)
{
	if (lex_at_line_end(l) || strchr(" \t={},", lex_peek(l, 0)) != NULL)
		return ST_OK;
	return lex_bad_byte(l, why);
}

static enum status
lex_read_bare(struct lexer *l, struct token *out, struct reason *why)
{
	size_t start = l->at;

	while (lex_is_bare(lex_peek(l, 0)) && !lex_is_comment(l))
		l->at++;
	if (l->at == start)
		return lex_bad_byte(l, why);
	out->text.data = l->text.data + start;
	out->text.len = l->at - start;
	return lex_check_edge(l, why);
}

/* A string does not end: perhaps a curly quote was meant to end it. */
static enum status
lex_no_end(const struct lexer *l, char quote, struct reason *why)
{
	struct lookalike c;

	for (size_t i = l->at; i > 0 && l->text.data[i - 1] != quote; i--) {
		if (lookalike_find(bytes_from(l->text, i - 1), &c) &&
		    c.is_quote)
			return config_fail(l->path, l->line, why, "a string"
			    " does not end on its line, but has %s in it, %s"
			    " (U+%04X); end it with a straight %c", c.name,
			    c.shown, c.code, quote);
	}
	return config_fail(l->path, l->line, why, "a string does not end on"
	    " its line; add the closing %c", quote);
}

/* Read one byte of a string, or an escape of two. */
static enum status
lex_read_quoted_byte(struct lexer *l, char quote, struct reason *why)
{
	char c = lex_peek(l, 0);

	if (lex_at_line_end(l))
		return lex_no_end(l, quote, why);
	if (lex_is_control(c))
		return config_fail(l->path, l->line, why,
		    "a byte 0x%02x within quotes; is this a text file?",
		    (unsigned char)c);
	if (c == '\\' && quote == '\'')
		return config_fail(l->path, l->line, why, "a backslash within"
		    " single quotes; use double quotes, and \\\\ for it");
	if (c == '\\' && lex_peek(l, 1) != '\\' && lex_peek(l, 1) != '"')
		return config_fail(l->path, l->line, why, "a backslash in"
		    " front of anything but \\ or \"; write \\\\ for one that"
		    " is meant");
	if (c == '$' && lex_peek(l, 1) == '{' && quote == '"')
		return config_fail(l->path, l->line, why, "${…} is not"
		    " replaced here; write it in single quotes if it is meant"
		    " as it stands");
	l->at += c == '\\' ? 2 : 1;
	return ST_OK;
}

static enum status
lex_read_quoted(struct lexer *l, struct token *out, struct reason *why)
{
	char quote = lex_peek(l, 0);
	size_t start = ++l->at;

	while (lex_at_end(l) || lex_peek(l, 0) != quote) {
		enum status st = lex_read_quoted_byte(l, quote, why);

		if (st != ST_OK)
			return st;
	}
	out->text.data = l->text.data + start;
	out->text.len = l->at - start;
	l->at++;
	return lex_check_edge(l, why);
}

enum status
lex_next(struct lexer *l, struct token *out, struct reason *why)
{
	static const char marks[] = "={},";
	static const enum token_kind kinds[] = {
		TOKEN_EQUALS, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA
	};
	enum status st = lex_skip_blanks(l, why);
	const char *mark;

	if (st != ST_OK)
		return st;
	out->line = l->line;
	out->text = BYTES_NONE;
	if (lex_at_end(l)) {
		out->kind = TOKEN_END;
		return ST_OK;
	}
	mark = memchr(marks, lex_peek(l, 0), sizeof(marks) - 1);
	if (mark != NULL) {
		out->kind = kinds[mark - marks];
		l->at++;
		return ST_OK;
	}
	out->kind = TOKEN_TEXT;
	if (lex_peek(l, 0) == '"' || lex_peek(l, 0) == '\'')
		return lex_read_quoted(l, out, why);
	return lex_read_bare(l, out, why);
}
