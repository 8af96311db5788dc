#include "guess_mistakes.h"

static const struct source *
guess_source_with(const struct guess_case *c, const struct provider *p)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->all[i].provider == p)
			return &c->all[i];
	return NULL;
}

/* It came to the wrong address. */
static void
guess_sender(const struct guess_case *c, struct guesses *out)
{
	const struct source *s = c->source, *right;
	const struct provider *sender;
	const char *title = provider_of(c->m, &sender);

	if (title == NULL || sender == s->provider)
		return;
	right = sender == NULL ? NULL : guess_source_with(c, sender);
	if (right != NULL)
		guess_add(out, c->arena, "this is a request of %s, sent to the "
		    "source %s: its address ends in /%s", title, s->name,
		    right->name);
	else
		guess_add(out, c->arena, "this is a request of %s, sent to the "
		    "source %s, which expects %s", title, s->name,
		    s->provider->title);
}

void
guess_mistakes(const struct guess_case *c, struct guesses *out)
{
	guess_sender(c, out);
	c->source->provider->guess(c, out);
}
