#include "made_up.h"

#include "crypto.h"
#include "reading.h"
#include "recipe.h"
#include "sample_recipe.h"

enum status
made_up_words(const struct source *s, struct sample_words *words,
    struct reason *why)
{
	const struct recipe *own = s->recipe;
	enum status st = ST_OK;

	if (own != NULL && own->reading->status == NULL &&
	    words->status != NULL)
		return fail(why, ST_MALFORMED, "the source %s has no status; "
		    "its section must say where it is, like status = "
		    "body:status", s->name);
	if (!sample_any_event(s))
		st = sample_complete(s->provider, words, why);
	else if (words->event == NULL)
		words->event = "received";
	if (own != NULL && own->reading->status == NULL)
		words->status = NULL;
	return st;
}

enum status
made_up_body(const struct source *s, const struct sample_words *words,
    int64_t now_ms, struct arena *a, struct bytes *out, struct reason *why)
{
	unsigned char random[SAMPLE_RANDOM_BYTES];

	if (crypto_random(random, sizeof(random)) != ST_OK)
		return fail(why, ST_SYSTEM, "no random numbers");
	return s->recipe != NULL ?
	    sample_by_recipe(s, words, random, a, out, why) :
	    sample_make(s->provider, words, now_ms, random, a, out, why);
}
