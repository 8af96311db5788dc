#include "config_source.h"

#include <stdlib.h>
#include <string.h>

#include "config_recipe.h"
#include "config_secret.h"
#include "config_stamp.h"
#include "event.h"
#include "file.h"

enum { SECRETS_MAX = 16 };

bool
source_name_valid(struct bytes name)
{
	return name.len <= SOURCE_NAME_MAX && event_word_valid(name);
}

/* secret = none: alone, and only for a provider that need not sign. */
static enum status
source_allow_unsigned(const struct section_job *job, const struct source *s,
    const struct config_entry *e, const struct config_text *none,
    struct reason *why)
{
	const char *file = job->x.config->path;

	if ((s->provider->traits & TRAIT_UNSIGNED) == 0)
		return config_fail(file, none->line, why, "secret = none:"
		    " provider %s always signs; name the secret with file: or"
		    " env:", s->provider->name);
	if (e->count > 1)
		return config_fail(file, none->line, why, "secret: none beside"
		    " a secret would let everything in; keep one of them");
	return ST_OK;
}

static enum status
source_read_secrets(const struct section_job *job, const struct config_entry *e,
    struct source *s, struct reason *why)
{
	struct config *c = job->x.config;
	size_t i;

	s->secrets = arena_array(&c->arena, e->count, sizeof(*s->secrets));
	s->secret_files = arena_array(&c->arena, e->count,
	    sizeof(*s->secret_files));
	if (s->secrets == NULL || s->secret_files == NULL)
		return ST_BUSY;
	for (i = 0; i < e->count; i++) {
		const char *path;
		struct stat file;
		enum status st;

		if (strcmp(e->texts[i].text, "none") == 0) {
			st = source_allow_unsigned(job, s, e, &e->texts[i],
			    why);
			s->unsigned_allowed = st == ST_OK;
			return st;
		}
		st = secret_read(&job->x, &e->texts[i], job->with_secrets,
		    &s->secrets[i], &path, &file, why);
		if (st != ST_OK)
			return st;
		s->secret_files[i].path = path;
		s->secret_file_count = i + 1;
		if (!job->with_secrets)
			continue;
		s->secret_count = i + 1;
		if (path == NULL)
			continue;
		stamp_add(c, path, &file);
		s->secret_files[i].written_ms = file_written_ms(&file);
	}
	return ST_OK;
}

/* A repeat must be recognized for as long as its date is valid. */
static enum status
source_check_age(const struct section_job *job,
    const struct config_section *from, const struct source *s,
    struct reason *why)
{
	const struct config *c = job->x.config;
	const struct config_section *top = &job->tree->top;
	const struct config_entry *keep = section_entry(top, "keep");

	if (s->max_age_ms <= c->keep_ms / 2)
		return ST_OK;
	return config_fail(c->path, keep->count > 0 ? keep->texts[0].line :
	    section_line(from, "max_age"), why, "keep is under twice the"
	    " max_age of source %s; a replay would pass for new. Raise keep or"
	    " lower max_age", s->name);
}

static enum status
source_check(const struct section_job *job, const struct config_section *from,
    const struct source *s, struct reason *why)
{
	const char *file = job->x.config->path;
	const struct config_entry *secret = section_entry(from, "secret");

	if (s->provider == NULL)
		return config_fail(file, from->line, why, "source %s has no"
		    " provider; add one, like provider = %s", s->name,
		    provider_list()[0]->name);
	if (secret->count == 0)
		return config_fail(file, from->line, why, "source %s has no"
		    " secret; add one, like secret = file:%s.secret", s->name,
		    s->name);
	if (secret->count > SECRETS_MAX)
		return config_fail(file, secret->texts[SECRETS_MAX].line, why,
		    "secret: more than %d of them; take old ones out",
		    SECRETS_MAX);
	if (s->key_id != NULL && (s->provider->traits & TRAIT_KEY_ID) == 0)
		return config_fail(file, section_line(from, "key_id"), why,
		    "key_id: provider %s sends none; leave the line out",
		    s->provider->name);
	if (s->redeliver != REDELIVER_NO && strcmp(secret->texts[0].text,
	    "none") == 0)
		return config_fail(file, section_line(from, "redeliver"), why,
		    "redeliver: with secret = none, anybody could run handlers"
		    " again; leave the line out");
	return source_check_age(job, from, s, why);
}

static enum status
source_read(const struct section_job *job, const struct config_section *from,
    struct source *s, struct reason *why)
{
	struct config *c = job->x.config;
	enum status st;

	s->name = arena_cstr(&c->arena, bytes_of(from->title));
	if (!source_name_valid(bytes_of(s->name)))
		return config_fail(c->path, from->line, why, "source %.60s: a"
		    " name is of a-z, 0-9, '-' and '_', begins with a letter or"
		    " digit, and has at most %d bytes", s->name,
		    SOURCE_NAME_MAX);
	s->keep_ms = c->keep_ms;
	st = section_keys(job, from, false, s, why);
	c->expects |= s->expect_ms > 0;
	if (st == ST_OK)
		st = source_check(job, from, s, why);
	if (st == ST_OK)
		st = config_recipe(job, from, s, why);
	if (st == ST_OK)
		st = source_read_secrets(job, section_entry(from, "secret"), s,
		    why);
	if (st == ST_OK)
		st = config_recipe_secrets(job, from, s, why);
	return st;
}

static int
source_compare(const void *a, const void *b)
{
	return strcmp((*(const struct source *const *)a)->name,
	    (*(const struct source *const *)b)->name);
}

/* There may be a thousand sources, and each request looks for one. */
static enum status
source_sort_all(struct config *c)
{
	const size_t size = sizeof(const struct source *);

	c->by_name = arena_array(&c->arena, c->source_count + 1, size);
	if (c->by_name == NULL)
		return ST_BUSY;
	for (size_t i = 0; i < c->source_count; i++)
		c->by_name[i] = &c->sources[i];
	qsort(c->by_name, c->source_count, size, source_compare);
	return ST_OK;
}

enum status
config_sources(const struct section_job *job, struct reason *why)
{
	struct config *c = job->x.config;
	size_t i;

	for (i = 0; i < job->tree->section_count; i++) {
		const struct config_section *s = &job->tree->sections[i];
		enum status st;

		if (s->scope != SCOPE_SOURCE)
			continue;
		/* count it first: config_free wipes what it has so far */
		st = source_read(job, s, &c->sources[c->source_count++], why);
		if (st != ST_OK)
			return st;
	}
	return source_sort_all(c);
}
