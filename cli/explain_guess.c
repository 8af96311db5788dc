#include "explain_guess.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
guess_add(struct guesses *g, struct arena *a, const char *format, ...)
{
	char text[400];
	const char *copy;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->text[i], text) == 0)
			return;
	copy = arena_cstr(a, bytes_of(text));
	if (!arena_failed(a) && g->count < GUESSES_MAX)
		g->text[g->count++] = copy;
}

static bool
has(const struct message *m, const char *header)
{
	struct bytes value;

	return message_headers(m, header, &value) > 0;
}

/* Whose request this is, by headers that only that sender sets. */
static const struct {
	const char *header, *sender;
	const char *provider;	/* NULL: none of ours */
} senders[] = {
	{ "x-drone-event", "Drone", "drone" },
	{ "circleci-signature", "CircleCI", "circleci" },
	{ "circleci-event-type", "CircleCI", "circleci" },
	{ "x-gitea-event", "Gitea", NULL },
	{ "x-forgejo-event", "Forgejo", NULL },
	{ "x-gitlab-event", "GitLab", NULL },
	{ "x-github-event", "GitHub", NULL },
};

static const struct source *
source_of(const char *provider, const struct source *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].provider->name, provider) == 0)
			return &all[i];
	return NULL;
}

static void
guess_sender(const struct source *source, const struct source *all,
    size_t count, const struct message *m, struct arena *a,
    struct guesses *out)
{
	const struct source *right;

	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		const char *provider = senders[i].provider;

		if (!has(m, senders[i].header) || (provider != NULL &&
		    strcmp(provider, source->provider->name) == 0))
			continue;
		right = provider == NULL ? NULL :
		    source_of(provider, all, count);
		if (right != NULL)
			guess_add(out, a, "this is a request of %s, sent to "
			    "the source %s: its address ends in /%s",
			    senders[i].sender, source->name, right->name);
		else
			guess_add(out, a, "this is a request of %s, sent to "
			    "the source %s, which expects %s",
			    senders[i].sender, source->name,
			    source->provider->name);
		return;
	}
}

static const struct {
	const struct provider *provider;
	void (*guess)(const struct source *source, const struct source *all,
	    size_t count, const struct message *m, struct arena *a,
	    struct guesses *out);
} guessers[] = {
	{ &provider_drone, guess_drone },
	{ &provider_circleci, guess_circleci },
	{ &provider_custom, guess_custom },
};

void
guess_mistakes(const struct source *source, const struct source *all,
    size_t count, const struct message *m, struct arena *a,
    struct guesses *out)
{
	guess_sender(source, all, count, m, a, out);
	for (size_t i = 0; i < sizeof(guessers) / sizeof(guessers[0]); i++)
		if (guessers[i].provider == source->provider)
			guessers[i].guess(source, all, count, m, a, out);
}
