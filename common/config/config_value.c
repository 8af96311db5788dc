#include "config_value.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "file.h"
#include "unit.h"

/* A value that a message repeats is cut to so much. */
#define SHOWN "%.60s"

/* What a word stands for. */
struct word {
	const char *text;
	int value;
};

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

static enum status
no_memory(struct reason *why)
{
	return fail(why, ST_BUSY, "no memory for the configuration");
}

/* The same beginning for all: which key, and what stands there. */
static enum status
refuse(const struct config_key *key, const struct value_context *x,
    const struct config_text *t, struct reason *why, const char *what)
{
	return config_fail(x->config->path, t->line, why,
	    "%s = " SHOWN ": %s", key->name, t->text, what);
}

static enum status
check_range(const struct config_key *key, const struct value_context *x,
    const struct config_text *t, int64_t value, const char *unit,
    struct reason *why)
{
	char what[100];

	if (value >= key->min && value <= key->max)
		return ST_OK;
	(void)snprintf(what, sizeof(what), "it has to be from %lld to %lld%s",
	    (long long)key->min, (long long)key->max, unit);
	return refuse(key, x, t, why, what);
}

enum status
value_size(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	int64_t value;
	enum status st;

	(void)count;
	if (!unit_parse_size(bytes_of(texts->text), &value))
		return refuse(key, x, texts, why,
		    "not a size; write it like 4096, 512KiB, 1MiB or 2GiB");
	st = check_range(key, x, texts, value, " bytes", why);
	if (st == ST_OK)
		*(int64_t *)out = value;
	return st;
}

enum status
value_duration(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	int64_t value;
	enum status st;

	(void)count;
	if (!unit_parse_duration(bytes_of(texts->text), &value))
		return refuse(key, x, texts, why,
		    "not a time; write it like 500ms, 10s, 5m, 8h or 30d");
	st = check_range(key, x, texts, value, " milliseconds", why);
	if (st == ST_OK)
		*(int64_t *)out = value;
	return st;
}

enum status
value_count(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	unsigned long long value;
	enum status st;

	(void)count;
	if (!bytes_to_u64(bytes_of(texts->text), &value) || value > INT64_MAX)
		return refuse(key, x, texts, why,
		    "not a whole number; write it in digits alone");
	st = check_range(key, x, texts, (int64_t)value, "", why);
	if (st == ST_OK)
		*(int64_t *)out = (int64_t)value;
	return st;
}

enum status
value_int(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	int64_t value;
	enum status st;

	st = value_count(key, x, texts, count, &value, why);
	if (st == ST_OK)
		*(int *)out = (int)value;	/* every max fits an int */
	return st;
}

/* One of a few words; the message lists them all. */
static enum status
choose(const struct config_key *key, const struct value_context *x,
    const struct config_text *t, const struct word *words, int *out,
    struct reason *why)
{
	char what[100] = "write one of";
	const struct word *w;

	for (w = words; w->text != NULL; w++) {
		if (strcmp(w->text, t->text) == 0) {
			*out = w->value;
			return ST_OK;
		}
	}
	for (w = words; w->text != NULL; w++) {
		size_t used = strlen(what);

		(void)snprintf(what + used, sizeof(what) - used, "%s %s",
		    w == words ? "" : ",", w->text);
	}
	return refuse(key, x, t, why, what);
}

enum status
value_yes_no(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	static const struct word words[] = {
		{ "yes", true }, { "no", false }, { NULL, 0 }
	};
	int value;
	enum status st;

	(void)count;
	st = choose(key, x, texts, words, &value, why);
	if (st == ST_OK)
		*(bool *)out = value != 0;
	return st;
}

enum status
value_runner(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	static const struct word words[] = {
		{ "auto", RUNNER_AUTO }, { "external", RUNNER_EXTERNAL },
		{ NULL, 0 }
	};
	int value;
	enum status st;

	(void)count;
	st = choose(key, x, texts, words, &value, why);
	if (st == ST_OK)
		*(enum runner_kind *)out = (enum runner_kind)value;
	return st;
}

enum status
value_journal(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	static const struct word words[] = {
		{ "auto", JOURNAL_AUTO }, { "wal", JOURNAL_WAL },
		{ "rollback", JOURNAL_ROLLBACK }, { NULL, 0 }
	};
	int value;
	enum status st;

	(void)count;
	st = choose(key, x, texts, words, &value, why);
	if (st == ST_OK)
		*(enum journal_kind *)out = (enum journal_kind)value;
	return st;
}

enum status
value_mode(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	static const struct word words[] = {
		{ "queue", MODE_QUEUE }, { "wait", MODE_WAIT }, { NULL, 0 }
	};
	int value;
	enum status st;

	(void)count;
	st = choose(key, x, texts, words, &value, why);
	if (st == ST_OK)
		*(enum handler_mode *)out = (enum handler_mode)value;
	return st;
}

enum status
value_provider(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	const struct provider *found = provider_find(texts->text);
	char what[100] = "no such provider; there are";
	const struct provider *const *p;

	(void)count;
	if (found != NULL) {
		*(const struct provider **)out = found;
		return ST_OK;
	}
	for (p = provider_list(); *p != NULL; p++) {
		size_t used = strlen(what);

		(void)snprintf(what + used, sizeof(what) - used, "%s %s",
		    p == provider_list() ? "" : ",", (*p)->name);
	}
	return refuse(key, x, texts, why, what);
}

enum status
value_text(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	const char *copy;

	(void)count;
	if (texts->text[0] == '\0')
		return refuse(key, x, texts, why,
		    "it is empty; leave the line out where nothing is meant");
	copy = arena_cstr(&x->config->arena, bytes_of(texts->text));
	if (copy == NULL)
		return no_memory(why);
	*(const char **)out = copy;
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
	if (whole.data == NULL)
		return no_memory(why);
	if (whole.len >= PATH_MAX)
		return config_fail(file, line, why, SHOWN
		    "…: longer than a path can be", path);
	*out = whole.data;
	return ST_OK;
}

enum status
value_path(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	(void)key;
	(void)count;
	return value_absolute(x, texts->text, texts->line, out, why);
}

enum status
value_log(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	const char *text = texts->text;
	struct bytes whole;

	(void)key;
	(void)count;
	if (strcmp(text, "stderr") == 0 || strcmp(text, "syslog") == 0)
		whole = arena_copy(&x->config->arena, bytes_of(text));
	else if (text[0] == '\0' || text[0] == '~' || strchr(text, '/') != NULL)
		return value_absolute(x, text, texts->line, out, why);
	else	/* a name alone lies with the store */
		whole = path_join(&x->config->arena,
		    bytes_of(x->config->state_dir), bytes_of(text));
	if (whole.data == NULL)
		return no_memory(why);
	*(const char **)out = whole.data;
	return ST_OK;
}

enum status
value_program(const struct config_key *key, const struct value_context *x,
    const struct config_text *texts, size_t count, void *out,
    struct reason *why)
{
	(void)key;
	(void)count;
	if (strcmp(texts->text, "none") == 0) {
		*(const char **)out = NULL;
		return ST_OK;
	}
	return value_absolute(x, texts->text, texts->line, out, why);
}
