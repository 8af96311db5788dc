#include "token_guess.h"

#include <string.h>

#include "bearer.h"
#include "codec.h"
#include "guess_key.h"
#include "token.h"

enum { GIVEN_MAX = 40, NAME_SHOWN_MAX = 40 };

/* A value that may have been meant as the secret, and what is wrong with its
 * place. */
struct given {
	struct bytes value;
	const char *words;	/* NULL: it is in the right place */
};

struct givens {
	const struct scheme *scheme;
	struct bytes parameter;	/* of the query; absent: it is in none */
	struct bytes pattern;	/* of the header; likewise */
	struct given items[GIVEN_MAX];
	size_t count;
	bool blind;		/* the values are hashes */
	struct arena *arena;
};

static void
token_give(struct givens *g, struct bytes value, const char *words)
{
	if (value.data != NULL && g->count < GIVEN_MAX)
		g->items[g->count++] = (struct given){ value, words };
}

static int
token_shown(struct bytes name)
{
	return (int)(name.len > NAME_SHOWN_MAX ? NAME_SHOWN_MAX : name.len);
}

/* --- from the address ---------------------------------------------------- */

static const char not_encoded[] = "it is not percent-encoded in the query: + "
	"means a blank and % begins a code; write %2B and %25";

static const char *
token_other_name(const struct givens *g, struct bytes name)
{
	if (g->parameter.data == NULL)
		return arena_printf(g->arena, "it is in the query, and must "
		    "be in %s", token_words(g->scheme, g->arena)).data;
	return arena_printf(g->arena, "it is called %.*s in the query, and "
	    "must be called %.*s", token_shown(name), name.data,
	    (int)g->parameter.len, g->parameter.data).data;
}

static const char *
token_no_name(const struct givens *g)
{
	if (g->parameter.data == NULL)
		return token_other_name(g, BYTES(""));
	return arena_printf(g->arena, "%.*s= is missing before it in the "
	    "query", (int)g->parameter.len, g->parameter.data).data;
}

/* In a kept request, "?" is the name of what had none, and "!NAME" has the
 * value of NAME as it came (blind.c). */
static void
token_from_pair(struct givens *g, struct bytes name, struct bytes pair)
{
	bool raw = g->blind && bytes_has_prefix(name, "!");
	struct bytes value;

	if (!form_decode(pair, g->arena, &value))
		value = pair;
	if (raw && bytes_equal(bytes_from(name, 1), g->parameter))
		token_give(g, value, not_encoded);
	else if (raw)
		return;
	else if (g->blind ? bytes_is(name, "?") : pair.data == NULL)
		token_give(g, g->blind ? value : name, token_no_name(g));
	else if (!bytes_equal(name, g->parameter))
		token_give(g, value, token_other_name(g, name));
	else {
		token_give(g, value, NULL);
		if (!bytes_equal(value, pair))
			token_give(g, pair, not_encoded);
	}
}

/* --- from the headers ---------------------------------------------------- */

/* What is in the right header, and not as the pattern has it. */
static void
token_from_own_header(struct givens *g, const struct message *m,
    struct bytes value)
{
	struct scheme_pattern p = { BYTES_NONE, BYTES_NONE, BYTES_NONE };
	struct bytes given = token_from_value(g->scheme, g->pattern, value,
	    m->blind, g->arena), rest = value, first, word;

	if (given.data != NULL) {
		token_give(g, given, NULL);
		return;
	}
	scheme_pattern(g->pattern, &p);
	word = bytes_trim(p.before);
	token_give(g, value, arena_printf(g->arena, "the word %.*s is "
	    "missing: %s", (int)word.len, word.data,
	    token_words(g->scheme, g->arena)).data);
	if (bytes_cut(&rest, ' ', &first))
		token_give(g, bytes_trim(rest), arena_printf(g->arena,
		    "the word before it must be %.*s", (int)word.len,
		    word.data).data);
}

static void
token_from_headers(struct givens *g, const struct message *m)
{
	for (size_t i = 0; i < m->header_count; i++) {
		struct bytes name = m->headers[i].name;
		struct bytes value = bytes_trim(m->headers[i].value), word;

		if (g->pattern.data != NULL &&
		    bytes_is(name, g->scheme->header)) {
			token_from_own_header(g, m, value);
			continue;
		}
		token_give(g, value, arena_printf(g->arena, "it is in the "
		    "header %.*s, and must be in %s", token_shown(name),
		    name.data, token_words(g->scheme, g->arena)).data);
		if (bytes_is(name, "authorization") &&
		    bytes_cut(&value, ' ', &word))
			token_give(g, bytes_trim(value), arena_printf(g->arena,
			    "it is in Authorization, and must be in %s",
			    token_words(g->scheme, g->arena)).data);
	}
}

static void
token_collect(struct givens *g, const struct message *m)
{
	struct bytes place, rest = m->query, pair, name;

	for (size_t i = 0; token_place(g->scheme, i, &place); i++)
		if (token_parameter(place).data != NULL)
			g->parameter = token_parameter(place);
		else
			g->pattern = place;
	while (rest.data != NULL) {
		bytes_cut(&rest, '&', &pair);
		bytes_cut(&pair, '=', &name);
		token_from_pair(g, name, pair);
	}
	token_from_headers(g, m);
}

/* --- comparing ----------------------------------------------------------- */

/* Of a kept request there are hashes; otherwise thousands of keys are compared,
 * and nobody measures how long it takes. */
static bool
token_is_given(const struct givens *g, size_t i, struct bytes key)
{
	return g->blind ? bearer_equal(g->items[i].value, true, key) :
	    bytes_equal(g->items[i].value, key);
}

static bool
token_matches(const struct givens *g, struct bytes key, const char *key_words,
    struct arena *a, struct guesses *out)
{
	for (size_t i = 0; i < g->count && key.data != NULL; i++) {
		if (!token_is_given(g, i, key))
			continue;
		/* an empty value elsewhere says nothing */
		if (key.len == 0 && g->items[i].words != NULL)
			continue;
		if (key_words != NULL)
			guess_add(out, a, "the sender's secret %s", key_words);
		if (g->items[i].words != NULL)
			guess_add(out, a, "the secret: %s", g->items[i].words);
		return true;
	}
	return false;
}

static bool
token_try_secret(const struct givens *g, struct bytes secret, struct arena *a,
    struct guesses *out)
{
	struct guess_edit e;
	const char *words;
	struct bytes key;

	for (size_t k = 0; guess_key(secret, k, a, &key, &words); k++)
		if (token_matches(g, key, words, a, out))
			return true;
	guess_edit_begin(&e, secret);
	while (guess_edit_next(&e, &key))
		for (size_t i = 0; i < g->count; i++)
			if (token_is_given(g, i, key))
				return token_matches(g, key,
				    guess_edit_words(&e, a).data, a, out);
	return false;
}

static bool
token_try_others(const struct givens *g, const struct guess_case *c,
    struct guesses *out)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct source *other = &c->all[i];
		const char *words = arena_printf(c->arena, "is that of the "
		    "source %s", other->name).data;

		for (size_t j = 0; other != c->source &&
		    j < other->secret_count; j++)
			if (token_matches(g, secret_bytes(
			    &other->secrets[j]), words, c->arena, out))
				return true;
	}
	return false;
}

/* What can be said where no value is the secret. */
static void
token_guess_place(const struct givens *g, const struct message *m,
    struct guesses *out)
{
	struct bytes value, word = BYTES("");
	struct scheme_pattern p;
	bool header = g->pattern.data != NULL;
	bool bearer = header &&
	    strcmp(g->scheme->header, "authorization") == 0;

	if (bearer && scheme_pattern(g->pattern, &p))
		word = bytes_trim(p.before);
	if (bearer && message_headers(m, "authorization", &value) == 1)
		guess_add(out, g->arena, "Authorization has another scheme "
		    "than %.*s%s%.*s%s", (int)word.len, word.data,
		    g->parameter.data == NULL ? "" : ", and there is no ?",
		    (int)g->parameter.len, g->parameter.data == NULL ? "" :
		    g->parameter.data, g->parameter.data == NULL ? "" : "=");
	else
		guess_add(out, g->arena, "no secret came in %s%s",
		    token_words(g->scheme, g->arena), bearer ? " (Apache "
		    "removes Authorization: CGIPassAuth On)" : "");
}

void
token_guess(const struct guess_case *c, const struct scheme *scheme,
    struct guesses *out)
{
	const struct source *s = c->source;
	struct givens g = { .scheme = scheme, .parameter = BYTES_NONE,
		.pattern = BYTES_NONE, .blind = c->m->blind,
		.arena = c->arena };
	size_t right = 0;

	token_collect(&g, c->m);
	for (size_t i = 0; i < g.count; i++)
		right += g.items[i].words == NULL;
	for (size_t i = 0; i < s->secret_count; i++)
		if (token_try_secret(&g, secret_bytes(&s->secrets[i]),
		    c->arena, out))
			return;
	if (!token_try_others(&g, c, out) && right == 0)
		token_guess_place(&g, c->m, out);
}
