#include "guess_mistakes.h"

static const struct source *
guess_source_with(const struct guess_case *c, const struct provider *p)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->all[i].provider == p)
			return &c->all[i];
	return NULL;
}

/* Whether a request has the header by which a source's own recipe knows its
 * sender. */
static bool
guess_is_own(const struct source *s, const struct message *m)
{
	struct bytes ignored;

	for (const struct header_rule *r = s->headers; r != NULL &&
	    r->name != NULL; r++)
		if (r->identifies && message_headers(m, r->name, &ignored) > 0)
			return true;
	return false;
}

/* It was meant for another source with a recipe of its own. */
static void
guess_source(const struct guess_case *c, struct guesses *out)
{
	for (size_t i = 0; i < c->count; i++) {
		if (!guess_is_own(&c->all[i], c->m))
			continue;
		guess_add(out, c->arena, "this is a request for the source %s, "
		    "sent to the source %s: the right address ends in /%s",
		    c->all[i].name, c->source->name, c->all[i].name);
		return;
	}
}

/* It came to the wrong address. */
static void
guess_sender(const struct guess_case *c, struct guesses *out)
{
	const struct source *s = c->source, *right;
	const struct provider *sender;
	const char *title = provider_of(c->m, &sender);

	if (guess_is_own(s, c->m) || (title != NULL && sender == s->provider))
		return;
	if (title == NULL) {
		guess_source(c, out);
		return;
	}
	right = sender == NULL ? NULL : guess_source_with(c, sender);
	if (right != NULL)
		guess_add(out, c->arena, "this is a request of %s, sent to the "
		    "source %s: the right address ends in /%s", title, s->name,
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
