#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec_private.h"

/* The name, the nonce and the child's number, with what is between. */
#define RUN_SIZE (sizeof(slot_run_name) + SLOT_NONCE_LEN + 12)

static char *
plan_append(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *to = *at;

	memcpy(to, text, size);
	*at += size;
	return to;
}

/* HOOK_RUN goes first, but for the number, which the child itself knows. */
static char *
plan_append_run(struct exec_child *c, char **at, const char *nonce)
{
	char *to = *at;
	int len = snprintf(to, RUN_SIZE, "%s%s.", slot_run_name, nonce);

	c->number = to + len;
	*at += RUN_SIZE;
	return to;
}

bool
exec_keep_plan(struct exec_child *c, const struct exec_request *r,
    const char *nonce)
{
	size_t i, n, size = strlen(r->path) + strlen(r->dir) + 2 + RUN_SIZE;
	char *at, **env;

	for (n = 0; r->env[n] != NULL; n++)
		size += strlen(r->env[n]) + 1;
	size += (n + 2) * sizeof(char *);
	if (size > c->memory_size) {
		free(c->memory);
		c->memory = malloc(size);
		c->memory_size = c->memory == NULL ? 0 : size;
	}
	if (c->memory == NULL)
		return false;
	env = (char **)(void *)c->memory;
	at = c->memory + (n + 2) * sizeof(char *);
	env[0] = plan_append_run(c, &at, nonce);
	for (i = 0; i < n; i++)
		env[i + 1] = plan_append(&at, r->env[i]);
	env[n + 1] = NULL;
	c->asked = *r;
	c->asked.path = plan_append(&at, r->path);
	c->asked.dir = plan_append(&at, r->dir);
	c->asked.env = env;
	c->asked.body = BYTES_NONE;
	return true;
}
