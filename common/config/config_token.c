#include "config_token.h"

#include <string.h>

#include "config_secret.h"
#include "config_source.h"
#include "config_stamp.h"
#include "crypto.h"

/* --- the secret ---------------------------------------------------------- */

/* A browser's form and a header (RFC 6750 2.1) must carry it as it is. */
static enum status
token_check_secret(const struct section_job *job,
    const struct config_section *from, const struct token_config *t,
    struct reason *why)
{
	const char *file = job->x.config->path;
	int line = section_line(from, "secret");
	struct bytes value = secret_bytes(&t->secret);

	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] <= ' ' || value.data[i] > '~')
			return config_fail(file, line, why, "secret: the one "
			    "of token %s has a character that is not in "
			    "plain ASCII, or a blank, or a line end; make a "
			    "new one: openssl rand -hex 16", t->name);
	if (value.len < TOKEN_SECRET_MIN)
		return config_fail(file, line, why, "secret: the one of token "
		    "%s has only %zu characters and can be guessed; make a "
		    "new one: openssl rand -hex 16", t->name, value.len);
	return ST_OK;
}

static bool
token_same_secret(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && crypto_equal(a->data, b->data, a->len);
}

/* Whoever can send webhooks must not be able to log in by that. */
static enum status
token_check_alone(const struct section_job *job,
    const struct config_section *from, const struct token_config *t,
    struct reason *why)
{
	const struct config *c = job->x.config;
	int line = section_line(from, "secret");

	for (const struct token_config *o = c->tokens; o < t; o++)
		if (token_same_secret(&o->secret, &t->secret))
			return config_fail(c->path, line, why, "secret: the "
			    "tokens %s and %s have the same one; make one of "
			    "them new: openssl rand -hex 16", o->name,
			    t->name);
	for (size_t i = 0; i < c->source_count; i++)
		for (size_t k = 0; k < c->sources[i].secret_count; k++)
			if (token_same_secret(&c->sources[i].secrets[k],
			    &t->secret))
				return config_fail(c->path, line, why,
				    "secret: token %s and source %s have the "
				    "same one, so whoever sends webhooks could "
				    "log in; make a new one: openssl rand "
				    "-hex 16", t->name, c->sources[i].name);
	return ST_OK;
}

static enum status
token_read_secret(const struct section_job *job,
    const struct config_section *from, struct token_config *t,
    struct reason *why)
{
	struct config *c = job->x.config;
	const struct config_entry *e = section_entry(from, "secret");
	const char *path = NULL;
	struct stat file;
	enum status st;

	if (e->count == 0)
		return config_fail(c->path, from->line, why, "token %s has no"
		    " secret; add one, like secret = file:%s.token", t->name,
		    t->name);
	st = secret_read(&job->x, &e->texts[0], job->with_secrets, &t->secret,
	    &path, &file, why);
	t->secret_path = path;
	if (st != ST_OK || !job->with_secrets)
		return st;
	if (path != NULL)
		stamp_add(c, path, &file);
	st = token_check_secret(job, from, t, why);
	return st == ST_OK ? token_check_alone(job, from, t, why) : st;
}

/* --- the rest ------------------------------------------------------------ */

static enum status
token_read_sources(const struct section_job *job,
    const struct config_section *from, struct token_config *t,
    struct reason *why)
{
	struct config *c = job->x.config;
	const struct config_entry *e = section_entry(from, "sources");
	const char **names;

	if (e->count == 0)
		return ST_OK;
	names = arena_array(&c->arena, e->count, sizeof(*names));
	if (names == NULL)
		return ST_BUSY;
	for (size_t i = 0; i < e->count; i++) {
		const struct source *s = config_source(c,
		    bytes_of(e->texts[i].text));

		if (s == NULL)
			return config_fail(c->path, e->texts[i].line, why,
			    "sources: there is no source '%.60s'; add it, or "
			    "correct the name", e->texts[i].text);
		names[i] = s->name;
	}
	t->sources = names;
	t->source_count = e->count;
	return ST_OK;
}

static enum status
token_read(const struct section_job *job, const struct config_section *from,
    struct token_config *t, struct reason *why)
{
	struct config *c = job->x.config;
	enum status st;

	t->name = arena_cstr(&c->arena, bytes_of(from->title));
	if (!source_name_valid(bytes_of(t->name)))
		return config_fail(c->path, from->line, why, "token %.60s: a"
		    " name is of a-z, 0-9, '-' and '_', begins with a letter or"
		    " digit, and has at most %d bytes", t->name,
		    SOURCE_NAME_MAX);
	st = section_keys(job, from, false, t, why);
	if (st == ST_OK)
		st = token_read_sources(job, from, t, why);
	return st == ST_OK ? token_read_secret(job, from, t, why) : st;
}

enum status
config_tokens(const struct section_job *job, struct reason *why)
{
	struct config *c = job->x.config;
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < job->tree->section_count; i++) {
		const struct config_section *s = &job->tree->sections[i];

		if (s->scope != SCOPE_TOKEN)
			continue;
		/* count it first: config_free wipes what it has so far */
		st = token_read(job, s, &c->tokens[c->token_count++], why);
	}
	return st;
}
