#include "custom.h"

#include "bearer.h"
#include "codec.h"
#include "guess.h"
#include "guess_key.h"

enum { GIVEN_MAX = 40 };

/* A value that may have been meant as the secret, and what is wrong with its
 * place. */
struct given {
	struct bytes value;
	const char *words;	/* NULL: it is in the right place */
};

struct givens {
	struct given items[GIVEN_MAX];
	size_t count;
	bool blind;		/* the values are hashes */
};

static void
custom_give(struct givens *g, struct bytes value, const char *words)
{
	if (value.data != NULL && g->count < GIVEN_MAX)
		g->items[g->count++] = (struct given){ value, words };
}

static void
custom_from_query(const struct message *m, struct arena *a, struct givens *g)
{
	static const char not_encoded[] = "it is not percent-encoded in the "
	    "query: + means a blank and % begins a code; write %2B and %25";
	struct bytes rest = m->query, pair, name, value;

	while (rest.data != NULL) {
		bytes_cut(&rest, '&', &pair);
		bytes_cut(&pair, '=', &name);
		if (!form_decode(pair, a, &value))
			value = pair;
		if (m->blind && bytes_is(name, "!secret")) {
			custom_give(g, value, not_encoded);
		} else if (m->blind && bytes_has_prefix(name, "!")) {
			continue;
		} else if (m->blind ? bytes_is(name, "?") : pair.data == NULL) {
			custom_give(g, m->blind ? value : name,
			    "secret= is missing before it in the query");
		} else if (bytes_is(name, "secret")) {
			custom_give(g, value, NULL);
			if (!bytes_equal(value, pair))
				custom_give(g, pair, not_encoded);
		} else {
			custom_give(g, value, arena_printf(a, "it is called "
			    "%.*s in the query, and must be called secret",
			    (int)(name.len > 40 ? 40 : name.len),
			    name.data).data);
		}
	}
}

static void
custom_from_headers(const struct message *m, struct arena *a, struct givens *g)
{
	for (size_t i = 0; i < m->header_count; i++) {
		struct bytes name = m->headers[i].name;
		struct bytes value = bytes_trim(m->headers[i].value);
		struct bytes bearer = message_credentials(value, "bearer");
		struct bytes scheme;

		if (!bytes_is(name, "authorization")) {
			custom_give(g, value, arena_printf(a, "it is in the "
			    "header %.*s, and must be in Authorization: "
			    "Bearer or in ?secret=",
			    (int)(name.len > 40 ? 40 : name.len),
			    name.data).data);
			continue;
		}
		if (bearer.data != NULL) {
			custom_give(g, bearer, NULL);
			continue;
		}
		custom_give(g, value,
		    "the word Bearer is missing: Authorization: "
		    "Bearer <secret>");
		if (bytes_cut(&value, ' ', &scheme))
			custom_give(g, value, "the word before it must be "
			    "Bearer");
	}
}

/* Of a kept request there are hashes; otherwise thousands of keys are compared,
 * and nobody measures how long it takes. */
static bool
custom_is_given(const struct givens *g, size_t i, struct bytes key)
{
	return g->blind ? bearer_equal(g->items[i].value, true, key) :
	    bytes_equal(g->items[i].value, key);
}

static bool
custom_matches(const struct givens *g, struct bytes key, const char *key_words,
    struct arena *a, struct guesses *out)
{
	for (size_t i = 0; i < g->count && key.data != NULL; i++) {
		if (!custom_is_given(g, i, key))
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
custom_try_secret(const struct givens *g, struct bytes secret, struct arena *a,
    struct guesses *out)
{
	struct guess_edit e;
	const char *words;
	struct bytes key;

	for (size_t k = 0; guess_key(secret, k, a, &key, &words); k++)
		if (custom_matches(g, key, words, a, out))
			return true;
	guess_edit_begin(&e, secret);
	while (guess_edit_next(&e, &key))
		for (size_t i = 0; i < g->count; i++)
			if (custom_is_given(g, i, key))
				return custom_matches(g, key,
				    guess_edit_words(&e, a).data, a, out);
	return false;
}

static bool
custom_try_others(const struct givens *g, const struct guess_case *c,
    struct guesses *out)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct source *other = &c->all[i];
		const char *words = arena_printf(c->arena, "is that of the "
		    "source %s", other->name).data;

		for (size_t j = 0; other != c->source &&
		    j < other->secret_count; j++)
			if (custom_matches(g, secret_bytes(
			    &other->secrets[j]), words, c->arena, out))
				return true;
	}
	return false;
}

void
custom_guess(const struct guess_case *c, struct guesses *out)
{
	const struct source *s = c->source;
	struct givens g = { .count = 0, .blind = c->m->blind };
	struct bytes value;
	size_t right = 0;

	custom_from_query(c->m, c->arena, &g);
	custom_from_headers(c->m, c->arena, &g);
	for (size_t i = 0; i < g.count; i++)
		right += g.items[i].words == NULL;
	for (size_t i = 0; i < s->secret_count; i++)
		if (custom_try_secret(&g, secret_bytes(&s->secrets[i]),
		    c->arena, out))
			return;
	if (custom_try_others(&g, c, out) || right > 0)
		return;
	if (message_headers(c->m, "authorization", &value) == 1)
		guess_add(out, c->arena, "Authorization has another scheme "
		    "than Bearer, and there is no ?secret=");
	else
		guess_add(out, c->arena, "no secret came in ?secret= or in "
		    "Authorization: Bearer (Apache removes Authorization: "
		    "CGIPassAuth On)");
}
