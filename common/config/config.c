#include "config.h"

#include <string.h>

const struct source *
config_source(const struct config *c, struct bytes name)
{
	size_t i;

	for (i = 0; i < c->source_count; i++)
		if (bytes_is(name, c->sources[i].name))
			return &c->sources[i];
	return NULL;
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
