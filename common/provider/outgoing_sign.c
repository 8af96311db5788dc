#include "outgoing.h"

#include <string.h>

#include "crypto.h"
#include "recipe.h"
#include "sample.h"

/* The event as its sender spells it: "repo:push" for repo-push. */
static const char *
outgoing_spell(const char *event, char mark, struct arena *a)
{
	struct bytes copy = arena_copy(a, bytes_of(event));
	char *text = (char *)(uintptr_t)copy.data;	/* made just now */

	for (size_t i = 0; i < copy.len; i++)
		if (text[i] == '-')
			text[i] = mark;
	return arena_cstr(a, copy);
}

/* The body is another one each time, so what is made of its hash is fresh. */
static enum status
outgoing_make_random(struct bytes body,
    unsigned char out[SAMPLE_RANDOM_BYTES])
{
	enum status st = sha256(body, out);

	_Static_assert(SAMPLE_RANDOM_BYTES == 2 * SHA256_LEN, "two hashes");
	return st != ST_OK ? st : sha256((struct bytes){ (const char *)out,
	    SHA256_LEN }, out + SHA256_LEN);
}

static void
outgoing_add_line(const char *line, const struct sample_words *words,
    const unsigned char *random, struct arena *a, struct outgoing *o)
{
	struct bytes name, value = sample_fill(line, words, o->now_ms, random,
	    RESULT_NONE, a);

	bytes_cut(&value, ':', &name);
	outgoing_add(o, arena_cstr(a, name), bytes_trim(value));
}

/* What the sender adds to each request besides what is signed. */
static enum status
outgoing_add_sent(const struct recipe *r, struct arena *a,
    struct outgoing *o, struct reason *why)
{
	unsigned char random[SAMPLE_RANDOM_BYTES];
	struct sample_words words = { .event = o->event };
	enum status st = outgoing_make_random(o->body, random);

	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	if (o->event != NULL && r->event_mark != '\0')
		words.event = outgoing_spell(o->event, r->event_mark, a);
	for (size_t i = 0; r->sent[i] != NULL; i++)
		if (words.event != NULL ||
		    strstr(r->sent[i], "<event>") == NULL)
			outgoing_add_line(r->sent[i], &words, random, a, o);
	return ST_OK;
}

/* A sample that is no JSON is a form. */
static const char *
outgoing_type(const struct outgoing *o, const struct provider *p)
{
	return (p->traits & TRAIT_FORM) != 0 && o->body.len > 0 &&
	    !bytes_has_prefix(o->body, "{") ?
	    "application/x-www-form-urlencoded" : "application/json";
}

enum status
outgoing_sign(const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	const struct recipe *r = source_recipe(s);
	enum status st = ST_OK;

	outgoing_add(o, "Content-Type", bytes_of(outgoing_type(o,
	    s->provider)));
	if (r != NULL && r->sent != NULL)
		st = outgoing_add_sent(r, a, o, why);
	if (st == ST_OK)
		st = s->provider->sign(s, a, o, why);
	if (st == ST_OK && o->query_is_secret && o->query.data == NULL)
		st = fail(why, ST_TOO_BIG, "the secret makes the query longer "
		    "than 8 KiB");
	return arena_verdict(a, st, why);
}
