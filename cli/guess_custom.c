#include "bearer.h"
#include "codec.h"
#include "explain_guess.h"
#include "guess_key.h"

enum { GIVEN_MAX = 40 };

/* A value that may have been meant as the secret, and what is wrong with where
 * it stands. */
struct given {
	struct bytes value;
	const char *words;	/* NULL: it stands where it should */
};

struct givens {
	struct given items[GIVEN_MAX];
	size_t count;
	bool blind;		/* the values are hashes */
};

static void
give(struct givens *g, struct bytes value, const char *words)
{
	if (value.data != NULL && g->count < GIVEN_MAX)
		g->items[g->count++] = (struct given){ value, words };
}

static void
from_query(const struct message *m, struct arena *a, struct givens *g)
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
			give(g, value, not_encoded);
		} else if (m->blind && bytes_has_prefix(name, "!")) {
			continue;
		} else if (m->blind ? bytes_is(name, "?") : pair.data == NULL) {
			give(g, m->blind ? value : name, "secret= is missing "
			    "in front of it in the query");
		} else if (bytes_is(name, "secret")) {
			give(g, value, NULL);
			if (!bytes_equal(value, pair))
				give(g, pair, not_encoded);
		} else {
			give(g, value, arena_printf(a, "it is called %.*s in "
			    "the query, and has to be called secret",
			    (int)(name.len > 40 ? 40 : name.len),
			    name.data).data);
		}
	}
}

static void
from_headers(const struct message *m, struct arena *a, struct givens *g)
{
	for (size_t i = 0; i < m->header_count; i++) {
		struct bytes name = m->headers[i].name;
		struct bytes value = bytes_trim(m->headers[i].value);
		struct bytes bearer = message_credentials(value, "bearer");
		struct bytes scheme;

		if (!bytes_is(name, "authorization")) {
			give(g, value, arena_printf(a, "it stands in the "
			    "header %.*s, and has to stand in Authorization: "
			    "Bearer or in ?secret=",
			    (int)(name.len > 40 ? 40 : name.len),
			    name.data).data);
			continue;
		}
		if (bearer.data != NULL) {
			give(g, bearer, NULL);
			continue;
		}
		give(g, value, "the word Bearer is missing: Authorization: "
		    "Bearer <secret>");
		if (bytes_cut(&value, ' ', &scheme))
			give(g, value, "the word in front of it has to be "
			    "Bearer");
	}
}

/* Of a kept request there are hashes; otherwise thousands of keys are compared,
 * and nobody measures how long it takes. */
static bool
is_given(const struct givens *g, size_t i, struct bytes key)
{
	return g->blind ? bearer_equal(g->items[i].value, true, key) :
	    bytes_equal(g->items[i].value, key);
}

static bool
matches(const struct givens *g, struct bytes key, const char *key_words,
    struct arena *a, struct guesses *out)
{
	for (size_t i = 0; i < g->count && key.data != NULL; i++) {
		if (!is_given(g, i, key))
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
try_secret(const struct givens *g, struct bytes secret, struct arena *a,
    struct guesses *out)
{
	struct guess_edit e;
	const char *words;
	struct bytes key;

	for (size_t k = 0; guess_key(secret, k, a, &key, &words); k++)
		if (matches(g, key, words, a, out))
			return true;
	guess_edit_begin(&e, secret);
	while (guess_edit_next(&e, &key))
		for (size_t i = 0; i < g->count; i++)
			if (is_given(g, i, key))
				return matches(g, key, guess_edit_words(&e,
				    a).data, a, out);
	return false;
}

void
guess_custom(const struct source *source, const struct source *all,
    size_t count, const struct message *m, struct arena *a,
    struct guesses *out)
{
	struct givens g = { .count = 0, .blind = m->blind };
	struct bytes value;
	size_t right = 0;

	from_query(m, a, &g);
	from_headers(m, a, &g);
	for (size_t i = 0; i < g.count; i++)
		right += g.items[i].words == NULL;
	for (size_t i = 0; i < source->secret_count; i++)
		if (try_secret(&g, secret_bytes(&source->secrets[i]), a, out))
			return;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; &all[i] != source &&
		    j < all[i].secret_count; j++)
			if (matches(&g, secret_bytes(&all[i].secrets[j]),
			    arena_printf(a, "is that of the source %s",
			    all[i].name).data, a, out))
				return;
	if (right == 0)
		guess_add(out, a, message_headers(m, "authorization", &value) ==
		    1 ? "Authorization has another scheme than Bearer, and "
		    "there is no ?secret=" : "no secret came where one is "
		    "looked for: ?secret= or Authorization: Bearer (Apache "
		    "removes Authorization: CGIPassAuth On)");
}
