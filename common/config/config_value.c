#include "config_value.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "file.h"
#include "unit.h"

/* A message shows this much of a value. */
#define SHOWN "%.60s"

/* The size of the rest of a message. */
enum { WHAT_MAX = 280 };

enum status
config_fail(const char *path, int line, struct reason *why,
    const char *format, ...)
{
	char text[sizeof(why->text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fail(why, ST_CONFIG, "%s:%d: %s", path, line, text);
}

/* Refuse a value: every message begins with the key and the value. */
static enum status
value_refuse(const struct config_value *v, struct reason *why, const char *what)
{
	return config_fail(v->x->config->path, v->texts->line, why,
	    "%s = " SHOWN ": %s", v->key->name, v->texts->text, what);
}

static enum status
value_check_range(const struct config_value *v, int64_t number,
    const char *unit, struct reason *why)
{
	char what[WHAT_MAX];

	if (number >= v->key->min && number <= v->key->max)
		return ST_OK;
	(void)snprintf(what, sizeof(what), "it must be from %lld to %lld%s",
	    (long long)v->key->min, (long long)v->key->max, unit);
	return value_refuse(v, why, what);
}

enum status
value_size(const struct config_value *v, void *out, struct reason *why)
{
	int64_t bytes;
	enum status st;

	if (!unit_parse_size(bytes_of(v->texts->text), &bytes))
		return value_refuse(v, why,
		    "not a size; write it like 4096, 512KiB, 1MiB or 2GiB");
	st = value_check_range(v, bytes, " bytes", why);
	if (st == ST_OK)
		*(int64_t *)out = bytes;
	return st;
}

enum status
value_duration(const struct config_value *v, void *out, struct reason *why)
{
	int64_t ms;
	enum status st;

	if (!unit_parse_duration(bytes_of(v->texts->text), &ms))
		return value_refuse(v, why,
		    "not a time; write it like 500ms, 10s, 5m, 8h or 30d");
	st = value_check_range(v, ms, " milliseconds", why);
	if (st == ST_OK)
		*(int64_t *)out = ms;
	return st;
}

enum status
value_count(const struct config_value *v, void *out, struct reason *why)
{
	unsigned long long number;
	enum status st;

	if (!bytes_to_u64(bytes_of(v->texts->text), &number) ||
	    number > INT64_MAX)
		return value_refuse(v, why,
		    "not a whole number; write it in digits alone");
	st = value_check_range(v, (int64_t)number, "", why);
	if (st == ST_OK)
		*(int64_t *)out = (int64_t)number;
	return st;
}

enum status
value_int(const struct config_value *v, void *out, struct reason *why)
{
	int64_t number;
	enum status st = value_count(v, &number, why);

	if (st == ST_OK)
		*(int *)out = (int)number;	/* every max fits an int */
	return st;
}

static void
value_list_word(char what[WHAT_MAX], bool first, const char *word)
{
	size_t used = strlen(what);

	(void)snprintf(what + used, WHAT_MAX - used, "%s %s",
	    first ? "" : ",", word);
}

/* Read one of a few words; the message lists them all. */
static enum status
value_choose(const struct config_value *v, const struct config_word *words,
    int *out, struct reason *why)
{
	char what[WHAT_MAX] = "write one of";
	const struct config_word *w;

	for (w = words; w->text != NULL; w++) {
		if (strcmp(w->text, v->texts->text) == 0) {
			*out = w->value;
			return ST_OK;
		}
	}
	for (w = words; w->text != NULL; w++)
		value_list_word(what, w == words, w->text);
	return value_refuse(v, why, what);
}

enum status
value_yes_no(const struct config_value *v, void *out, struct reason *why)
{
	static const struct config_word words[] = {
		{ "yes", true }, { "no", false }, { NULL, 0 }
	};
	int yes;
	enum status st = value_choose(v, words, &yes, why);

	if (st == ST_OK)
		*(bool *)out = yes != 0;
	return st;
}

_Static_assert(sizeof(enum runner_kind) == sizeof(int) &&
    sizeof(enum journal_kind) == sizeof(int) &&
    sizeof(enum handler_mode) == sizeof(int) &&
    sizeof(enum redeliver) == sizeof(int) &&
    sizeof(enum page_user) == sizeof(int) &&
    sizeof(enum role) == sizeof(int), "value_word writes an int");

enum status
value_word(const struct config_value *v, void *out, struct reason *why)
{
	return value_choose(v, v->key->words, out, why);
}

enum status
value_provider(const struct config_value *v, void *out, struct reason *why)
{
	const struct provider *found = provider_find(v->texts->text);
	char what[WHAT_MAX] = "no such provider; there are";
	const struct provider *const *p;
	const char *near;

	if (found != NULL) {
		*(const struct provider **)out = found;
		return ST_OK;
	}
	near = provider_near(v->texts->text);
	if (near != NULL) {
		(void)snprintf(what, sizeof(what), "no such provider; do you "
		    "mean %s?", near);
		return value_refuse(v, why, what);
	}
	for (p = provider_list(); *p != NULL; p++)
		value_list_word(what, p == provider_list(), (*p)->name);
	return value_refuse(v, why, what);
}

enum status
value_text(const struct config_value *v, void *out, struct reason *why)
{
	if (v->texts->text[0] == '\0')
		return value_refuse(v, why,
		    "it is empty; leave the line out if nothing is meant");
	*(const char **)out = arena_cstr(&v->x->config->arena,
	    bytes_of(v->texts->text));
	return ST_OK;
}

enum status
value_absolute(const struct value_context *x, const char *path, int line,
    const char **out, struct reason *why)
{
	const char *file = x->config->path;
	struct bytes whole;

	if (path[0] == '\0')
		return config_fail(file, line, why,
		    "a path is empty; write one, or leave the line out");
	if (path[0] == '~')
		return config_fail(file, line, why, SHOWN
		    ": '~' stands for no folder here; write the whole path",
		    path);
	whole = path_join(&x->config->arena, bytes_of(x->dir), bytes_of(path));
	if (whole.len >= PATH_MAX)
		return config_fail(file, line, why, SHOWN
		    "…: longer than a path can be", path);
	*out = whole.data != NULL ? whole.data : "";
	return ST_OK;
}

enum status
value_path(const struct config_value *v, void *out, struct reason *why)
{
	return value_absolute(v->x, v->texts->text, v->texts->line, out, why);
}

enum status
value_log(const struct config_value *v, void *out, struct reason *why)
{
	struct config *c = v->x->config;
	const char *text = v->texts->text;
	struct bytes whole;

	if (strcmp(text, "stderr") == 0 || strcmp(text, "syslog") == 0)
		whole = arena_copy(&c->arena, bytes_of(text));
	else if (text[0] == '\0' || text[0] == '~' || strchr(text, '/') != NULL)
		return value_path(v, out, why);
	else	/* a name alone is a file in state_dir */
		whole = path_join(&c->arena, bytes_of(c->state_dir),
		    bytes_of(text));
	*(const char **)out = whole.data != NULL ? whole.data : "";
	return ST_OK;
}

enum status
value_program(const struct config_value *v, void *out, struct reason *why)
{
	if (strcmp(v->texts->text, "none") == 0) {
		*(const char **)out = NULL;
		return ST_OK;
	}
	return value_path(v, out, why);
}
