#include <stdio.h>
#include <string.h>

#include "check_areas.h"
#include "clock.h"
#include "codec.h"
#include "date.h"
#include "lookalike.h"
#include "secret_words.h"

enum { SHORT_SECRET = 16 };

static bool
same(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* The name of a character that does not belong in a secret and is easily
 * overlooked; or NULL. */
static const char *
odd_name(struct bytes character)
{
	static const struct {
		char byte;
		const char *name;
	} odd[] = {
		{ '\n', "a newline" },
		{ '\r', "a carriage return (a Windows line end)" },
		{ ' ', "a blank" }, { '\t', "a tab" }, { '\0', "a NUL" },
		{ '"', "a double quote" }, { '\'', "a single quote" },
	};
	struct lookalike like;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (character.data[0] == odd[i].byte)
			return odd[i].name;
	return lookalike_find(character, &like) ? like.name : NULL;
}

/* The last character; if the end is not UTF-8, the last byte. */
static struct bytes
last_character(struct bytes text)
{
	for (size_t len = 1; len <= 4 && len <= text.len; len++) {
		struct bytes end = bytes_from(text, text.len - len);

		if (utf8_char_len(end) == len)
			return end;
	}
	return bytes_from(text, text.len - 1);
}

/* A blank or a quote inside a secret may be meant; a line's end, or what cannot
 * be seen, is not. */
static const char *
odd_within(struct bytes text)
{
	while (text.len > 0) {
		size_t len = utf8_char_len(text);
		struct bytes one = { text.data, len > 0 ? len : 1 };

		if (len > 0 && utf8_unseen(one))
			return odd_name(one) != NULL ? odd_name(one) :
			    "a control character";
		text = bytes_from(text, one.len);
	}
	return NULL;
}

static void
check_shape(struct checking *k, const struct source *s,
    const struct secret *secret)
{
	struct bytes text = secret_bytes(secret);
	const char *first = odd_name(text), *last =
	    odd_name(last_character(text)), *within = odd_within(text);

	if (first != NULL || last != NULL || within != NULL) {
		check_add(k, CHECK_WARN, "secret", "the secret of %s has %s "
		    "%s, which the sender's copy probably lacks", s->name,
		    last != NULL ? last : first != NULL ? first : within,
		    last != NULL ? "at its end" : first != NULL ? "at its "
		    "beginning" :
		    "in it");
		check_mend(k, "write the file again: "
		    "printf %%s SECRET >FILE");
		return;
	}
	if (secret->len < SHORT_SECRET) {
		check_add(k, CHECK_WARN, "secret", "the secret of %s has only "
		    "%zu characters and can be guessed", s->name,
		    secret->len);
		check_mend(k, "openssl rand -hex 16");
	}
}

/* An old one that "secret rotate" has left. */
static void
check_old(struct checking *k, const struct source *s)
{
	struct cli *c = k->cli;
	struct counter *list;
	struct secret_use u;
	struct reason why;
	char day[25];
	size_t count;

	if (counters_list(c->config->state_dir, &c->arena, &list, &count,
	    &why) != ST_OK)
		count = 0;
	u = secret_use_look(s, list, count);
	if (u.old == NULL)
		return;
	date_format_rfc3339(u.until_ms - 1, day);
	if (u.until_ms > clock_wall_ms()) {
		check_add(k, CHECK_OK, "secret", "%s accepts an old secret "
		    "until %.10s. %s", s->name, day, secret_words_old(&u,
		    &c->arena));
		return;
	}
	check_add(k, CHECK_WARN, "secret", "%s still accepts an old secret, "
	    "which was to be dropped after %.10s. %s", s->name, day,
	    secret_words_old(&u, &c->arena));
	check_mend(k, "cgihook secret rotate %s --drop", s->name);
}

/* The configuration refuses what is wrong with these. */
static void
check_tokens(struct checking *k)
{
	const struct config *c = k->cli->config;

	for (size_t i = 0; i < c->token_count; i++)
		check_add(k, CHECK_OK, "token", "%s may look at the page, with"
		    " the role %s", c->tokens[i].name,
		    role_name(c->tokens[i].role));
}

void
check_secrets(struct checking *k)
{
	const struct config *c = k->cli->config;

	for (size_t i = 0; i < c->source_count; i++) {
		const struct source *s = &c->sources[i];
		size_t before = k->warnings;

		if (s->unsigned_allowed) {
			check_add(k, CHECK_WARN, "secret", "%s has no secret: "
			    "anybody who knows the address can run its "
			    "handlers", s->name);
			continue;
		}
		for (size_t j = 0; j < s->secret_count; j++)
			check_shape(k, s, &s->secrets[j]);
		check_old(k, s);
		for (size_t o = 0; o < i; o++)
			for (size_t j = 0; j < c->sources[o].secret_count; j++)
				if (s->secret_count > 0 && same(&s->secrets[0],
				    &c->sources[o].secrets[j]))
					check_add(k, CHECK_WARN, "secret",
					    "%s and %s have the same secret",
					    c->sources[o].name, s->name);
		if (k->warnings == before)
			check_add(k, CHECK_OK, "secret", "%s has %zu secret%s",
			    s->name, s->secret_count,
			    s->secret_count == 1 ? "" : "s");
	}
	check_tokens(k);
}
