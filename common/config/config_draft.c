#include "config_draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"

enum { HEADER_NAME_MAX = 64, PLACES_MAX = 1024 };

bool
draft_has(const struct draft *d, const char *key)
{
	return section_entry(d->from, key)->count > 0;
}

const char *
draft_text(const struct draft *d, const char *key, const char *fallback)
{
	const struct config_entry *e = section_entry(d->from, key);

	return e->count > 0 ? e->texts[0].text : fallback;
}

/* The line of a list's i-th value. */
static enum status
draft_refuse_value(const struct draft *d, const char *key, size_t i,
    const char *what)
{
	const struct config_entry *e = section_entry(d->from, key);
	const char *file = d->job->x.config->path;

	if (e->count == 0)
		return config_fail(file, d->from->line, d->why, "%s: %s", key,
		    what);
	return config_fail(file, e->texts[i].line, d->why, "%s = %.60s: %s",
	    key, e->texts[i].text, what);
}

enum status
draft_refuse(const struct draft *d, const char *key, const char *format, ...)
{
	char what[sizeof(d->why->text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return draft_refuse_value(d, key, 0, what);
}

/* A web server gives '-' and '_' to a program as the same character. */
static const char *
draft_header_fault(struct bytes name)
{
	if (name.len == 0)
		return "a header's name is missing";
	if (name.len > HEADER_NAME_MAX)
		return "the header's name has more than 64 characters";
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] == '_')
			return "write '-' for each '_' in a header's name; "
			    "no web server tells them apart";
		if (!message_token_char(name.data[i]))
			return "no header has such a name; write the name "
			    "alone, without ':' or blanks";
	}
	return NULL;
}

static const char *
draft_lower(const struct draft *d, struct bytes name)
{
	struct bytes copy = arena_copy(&d->job->x.config->arena, name);

	for (size_t i = 0; i < copy.len; i++)
		((char *)(uintptr_t)copy.data)[i] = ascii_lower(copy.data[i]);
	return copy.data != NULL ? copy.data : "";
}

enum status
draft_header(const struct draft *d, const char *key, struct bytes name,
    const char **out)
{
	const char *fault = draft_header_fault(name);

	if (fault != NULL)
		return draft_refuse(d, key, "%s", fault);
	*out = draft_lower(d, name);
	return ST_OK;
}

enum status
draft_word(const struct draft *d, const char *key, int *out)
{
	const struct config_key *k = config_key_find(d->from->scope,
	    bytes_of(key));
	const struct config_text text = { draft_text(d, key, k->fallback),
		section_line(d->from, key) };
	const struct config_value v = { k, &d->job->x, &text, 1 };

	return value_word(&v, out, d->why);
}

/* --- places -------------------------------------------------------------- */

/* How each kind is written. */
static const struct {
	enum place_kind kind;
	const char *prefix;	/* what it begins with; NULL: it is "word" */
	const char *word;
} place_kinds[] = {
	{ PLACE_BODY_PATH, "body:", "body:PATH" },
	{ PLACE_HEADER, "header:", "header:NAME" },
	{ PLACE_TEXT, "=", "\"=text\"" },
	{ PLACE_ELEMENT, "element:", "element:NAME" },
	{ PLACE_MAC, NULL, "mac" },
	{ PLACE_BODY, NULL, "body" },
};

enum { PLACE_KINDS = sizeof(place_kinds) / sizeof(place_kinds[0]) };

static bool
draft_path_valid(struct bytes path)
{
	struct bytes part;

	if (path.len == 0)
		return false;
	while (path.data != NULL) {
		bytes_cut(&path, '.', &part);
		if (part.len == 0)
			return false;
		for (size_t i = 0; i < part.len; i++)
			if ((unsigned char)part.data[i] <= ' ' ||
			    memchr("={}", part.data[i], 3) != NULL)
				return false;
	}
	return true;
}

bool
draft_paths_valid(struct bytes paths)
{
	struct bytes path;

	while (paths.data != NULL) {
		bytes_cut(&paths, '|', &path);
		if (!draft_path_valid(path))
			return false;
	}
	return true;
}

static enum status
draft_place_refuse(const struct draft *d, const char *key, size_t i, int kinds)
{
	char what[200] = "write ";
	const char *between = "";

	for (size_t k = 0; k < PLACE_KINDS; k++) {
		size_t n = strlen(what);

		if ((place_kinds[k].kind & (unsigned)kinds) == 0)
			continue;
		(void)snprintf(what + n, sizeof(what) - n, "%s%s", between,
		    place_kinds[k].word);
		between = " or ";
	}
	return draft_refuse_value(d, key, i, what);
}

static const char *
draft_place_fault(enum place_kind kind, struct bytes rest)
{
	switch (kind) {
	case PLACE_BODY_PATH:
		return draft_paths_valid(rest) ? NULL : "a path is names and "
		    "numbers with '.' between them, like body:data.0.id";
	case PLACE_HEADER:
		return draft_header_fault(rest);
	case PLACE_ELEMENT:
		for (size_t i = 0; i < rest.len; i++)
			if (!ascii_alnum(rest.data[i]))
				return "an element's name has only letters "
				    "and digits, like element:t";
		return rest.len > 0 ? NULL : "an element's name is missing";
	case PLACE_TEXT:
		for (size_t i = 0; i < rest.len; i++)
			if ((unsigned char)rest.data[i] <= ' ')
				return "a text must not have a blank in it";
		return rest.len > 0 ? NULL : "a text is missing after '='";
	case PLACE_MAC:
	case PLACE_BODY:
		break;
	}
	return NULL;
}

/* Add the i-th value of a key to b. */
static enum status
draft_place(const struct draft *d, const char *key, size_t i, int kinds,
    struct buf *b)
{
	const struct config_entry *e = section_entry(d->from, key);
	struct bytes text = bytes_of(e->texts[i].text);
	const char *fault;
	struct bytes rest;
	size_t k = 0;

	for (; k < PLACE_KINDS; k++)
		if ((place_kinds[k].kind & (unsigned)kinds) != 0 &&
		    (place_kinds[k].prefix != NULL ?
		    bytes_has_prefix(text, place_kinds[k].prefix) :
		    bytes_is(text, place_kinds[k].word)))
			break;
	if (k == PLACE_KINDS)
		return draft_place_refuse(d, key, i, kinds);
	rest = place_kinds[k].prefix == NULL ? text :
	    bytes_from(text, strlen(place_kinds[k].prefix));
	fault = draft_place_fault(place_kinds[k].kind, rest);
	if (fault != NULL)
		return draft_refuse_value(d, key, i, fault);
	buf_printf(b, "%s%s%s", b->len == 0 ? "" : " ",
	    place_kinds[k].prefix == NULL ? "" : place_kinds[k].prefix,
	    place_kinds[k].kind != PLACE_HEADER ? arena_cstr(
	    &d->job->x.config->arena, rest) : draft_lower(d, rest));
	return ST_OK;
}

enum status
draft_places(const struct draft *d, const char *key, int kinds,
    const char **out)
{
	const struct config_entry *e = section_entry(d->from, key);
	struct buf b = BUF(PLACES_MAX);
	struct bytes joined;
	enum status st = ST_OK;

	for (size_t i = 0; i < e->count && st == ST_OK; i++)
		st = draft_place(d, key, i, kinds, &b);
	joined = buf_take(&b, &d->job->x.config->arena);
	if (st != ST_OK || e->count == 0)
		return st;
	if (joined.data == NULL)	/* or no memory: config_load knows */
		return draft_refuse(d, key, "the list is too long");
	*out = joined.data;
	return ST_OK;
}
