#include "config_scan.h"

#include <string.h>

#include "config_lex.h"

/* A word that a message repeats. */
#define SHOWN(b) (int)((b).len < 60 ? (b).len : 60), (b).data

struct scan {
	struct lexer lex;
	struct arena *arena;
	struct reason *why;
	enum config_scope scope;
	int seen[CONFIG_KEYS_MAX];	/* in this section: the line, or 0 */
	int seen_top[CONFIG_KEYS_MAX];
	struct config_opening *openings;
	size_t opening_count;
};

static enum status
scan_next(struct scan *s, struct token *t)
{
	return lex_next(&s->lex, t, s->why);
}

static enum status
scan_unknown_key(struct scan *s, const struct token *name)
{
	const char *typed = arena_cstr(s->arena, name->text);
	const char *near = config_key_near(s->scope, typed);
	const char *where = s->scope == SCOPE_TOP ? "" : " in a ";

	if (near != NULL)
		return config_fail(s->lex.path, name->line, s->why,
		    "unknown key '%.*s'%s%s; do you mean '%s'?",
		    SHOWN(name->text), where, config_scope_name(s->scope),
		    near);
	return config_fail(s->lex.path, name->line, s->why,
	    "unknown key '%.*s'%s%s; cgihook.conf(5) lists them",
	    SHOWN(name->text), where, config_scope_name(s->scope));
}

static enum status
scan_list(struct scan *s, const struct token *name)
{
	bool any = false;
	struct token t;
	enum status st;

	while ((st = scan_next(s, &t)) == ST_OK && t.kind == TOKEN_TEXT) {
		any = true;
		st = scan_next(s, &t);
		if (st != ST_OK || t.kind != TOKEN_COMMA)
			break;
	}
	if (st != ST_OK)
		return st;
	if (t.kind == TOKEN_EQUALS)
		return config_fail(s->lex.path, t.line, s->why,
		    "'=' within the list of %.*s; write \"NAME=value\", the"
		    " quotes around it all", SHOWN(name->text));
	if (t.kind != TOKEN_CLOSE)
		return config_fail(s->lex.path, t.line, s->why,
		    "the list of %.*s is not finished; write"
		    " { value, value }", SHOWN(name->text));
	if (!any)
		return config_fail(s->lex.path, t.line, s->why,
		    "the list of %.*s is empty; leave the line out",
		    SHOWN(name->text));
	return ST_OK;
}

/* Read the value of a key, after the '='. */
static enum status
scan_assignment(struct scan *s, const struct token *name)
{
	const struct config_key *key = config_key_find(s->scope, name->text);
	int *seen = s->scope == SCOPE_TOP ? s->seen_top : s->seen;
	struct token t;
	enum status st;

	if (key == NULL)
		return scan_unknown_key(s, name);
	seen += key - config_keys(s->scope);
	if (*seen != 0)
		return config_fail(s->lex.path, name->line, s->why,
		    "%s is already in line %d; keep one of the two",
		    key->name, *seen);
	*seen = name->line;
	st = scan_next(s, &t);
	if (st != ST_OK || t.kind == TOKEN_TEXT)
		return st;
	if (t.kind != TOKEN_OPEN)
		return config_fail(s->lex.path, name->line, s->why,
		    "%s has no value; write it after the '='", key->name);
	if (!key->list)
		return config_fail(s->lex.path, t.line, s->why,
		    "%s takes one value, not a list; leave the braces out",
		    key->name);
	return scan_list(s, name);
}

static enum status
scan_note_opening(struct scan *s, const struct token *kind,
    const struct token *title)
{
	struct config_opening *o = &s->openings[s->opening_count];
	size_t i;

	if (!config_scope_find(kind->text, &o->scope))
		return scan_unknown_key(s, kind);
	if (s->scope != SCOPE_TOP)
		return config_fail(s->lex.path, kind->line, s->why,
		    "a section within the one of line %d; is the '}' of that"
		    " one missing?", s->openings[s->opening_count - 1].line);
	if (s->opening_count == CONFIG_SECTIONS_MAX)
		return config_fail(s->lex.path, kind->line, s->why,
		    "more than %d sections", CONFIG_SECTIONS_MAX);
	for (i = 0; i < s->opening_count; i++) {
		if (s->openings[i].scope == o->scope &&
		    bytes_equal(s->openings[i].title, title->text))
			return config_fail(s->lex.path, kind->line, s->why,
			    "%s %.*s is already in line %d; make them one",
			    config_scope_name(o->scope), SHOWN(title->text),
			    s->openings[i].line);
	}
	o->title = title->text;
	o->line = kind->line;
	s->opening_count++;
	s->scope = o->scope;
	memset(s->seen, 0, sizeof(s->seen));
	return ST_OK;
}

/* Read what begins with a word: a key's value, or a section's first line. */
static enum status
scan_statement(struct scan *s, const struct token *name)
{
	struct token title, open;
	enum status st = scan_next(s, &title);

	if (st != ST_OK)
		return st;
	if (title.kind == TOKEN_EQUALS)
		return scan_assignment(s, name);
	if (title.kind == TOKEN_TEXT) {
		st = scan_next(s, &open);
		if (st != ST_OK)
			return st;
		if (open.kind == TOKEN_OPEN)
			return scan_note_opening(s, name, &title);
	}
	return config_fail(s->lex.path, name->line, s->why,
	    "'%.*s' begins neither 'key = value' nor 'source NAME {' nor"
	    " 'handler SOURCE/EVENT {' nor 'token NAME {'", SHOWN(name->text));
}

static enum status
scan_file(struct scan *s)
{
	struct token t;
	enum status st;

	while ((st = scan_next(s, &t)) == ST_OK && t.kind != TOKEN_END) {
		if (t.kind == TOKEN_TEXT)
			st = scan_statement(s, &t);
		else if (t.kind == TOKEN_CLOSE && s->scope != SCOPE_TOP)
			s->scope = SCOPE_TOP;
		else
			st = config_fail(s->lex.path, t.line, s->why,
			    "'%c' has no place here; %s, or see what is missing"
			    " before it", s->lex.text.data[s->lex.at - 1],
			    t.kind == TOKEN_EQUALS ? "put a value that has one"
			    " in quotes" : "take it out");
		if (st != ST_OK)
			return st;
	}
	if (st == ST_OK && s->scope != SCOPE_TOP)
		return config_fail(s->lex.path,
		    s->openings[s->opening_count - 1].line, s->why,
		    "the file ends within the section that begins here; is it"
		    " whole, or is the '}' missing?");
	return st;
}

enum status
config_scan(const char *path, struct bytes text, struct arena *a,
    struct config_outline *out, struct reason *why)
{
	struct scan s = { .arena = a, .why = why, .scope = SCOPE_TOP };
	struct bytes copy = arena_copy(a, text);
	enum status st;

	/* one more than allowed, since it is filled before it is counted */
	s.openings = arena_array(a, CONFIG_SECTIONS_MAX + 1,
	    sizeof(*s.openings));
	if (arena_failed(a))
		return ST_BUSY;
	s.lex = (struct lexer){ .path = path, .text = text, .line = 1,
	    .copy = (char *)copy.data };
	st = scan_file(&s);
	if (st != ST_OK)
		return st;
	out->text = copy.data;
	out->openings = s.openings;
	out->opening_count = s.opening_count;
	return ST_OK;
}
