#include "config.h"

#include <string.h>

/* As strcmp orders them. */
static int
config_order(struct bytes name, const char *other)
{
	size_t len = strlen(other);
	size_t common = name.len < len ? name.len : len;
	int order = common == 0 ? 0 : memcmp(name.data, other, common);

	return order != 0 ? order : (name.len > len) - (name.len < len);
}

const struct source *
config_source(const struct config *c, struct bytes name)
{
	size_t first = 0, behind = c->source_count;

	while (first < behind) {
		size_t middle = first + (behind - first) / 2;
		const struct source *s = c->by_name[middle];
		int order = config_order(name, s->name);

		if (order == 0)
			return s;
		if (order < 0)
			behind = middle;
		else
			first = middle + 1;
	}
	return NULL;
}

bool
config_stored_source(const struct config *c, const char *name,
    const char *provider, struct source *out)
{
	const struct source *now = config_source(c, bytes_of(name));
	const struct provider *p = provider_find(provider);

	*out = (struct source){ .name = name, .provider = p };
	if (p != NULL && now != NULL && now->provider == p) {
		out->recipe = now->recipe;
		out->scheme = now->scheme;
		out->headers = now->headers;
	}
	return p != NULL;
}

const struct token_config *
config_token(const struct config *c, struct bytes name)
{
	for (size_t i = 0; i < c->token_count; i++)
		if (bytes_is(name, c->tokens[i].name))
			return &c->tokens[i];
	return NULL;
}

bool
token_sees(const struct token_config *t, struct bytes source)
{
	if (t->sources == NULL)
		return true;
	for (size_t i = 0; i < t->source_count; i++)
		if (bytes_is(source, t->sources[i]))
			return true;
	return false;
}

const struct handler_config *
config_handler(const struct config *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->handler_count; i++)
		if (strcmp(c->handlers[i].path, path) == 0)
			return &c->handlers[i];
	return &c->defaults;
}
