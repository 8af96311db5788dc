#ifndef ENV_FIXTURE_H
#define ENV_FIXTURE_H

/* What the tests of a handler's environment share: making one of a body, and
 * looking into it. */

#include "handler_env.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One environment, and what it is made from. */
struct made {
	struct arena arena;
	struct stored_event stored;
	struct event decoded;
	struct event_env *prepared;
	char **env;
};

static const struct handler_config no_lines = {
	.env = (const char *const[]){ NULL }
};

static inline void
begin(struct made *m)
{
	memset(m, 0, sizeof(*m));
	m->arena = ARENA(0);
	m->stored = (struct stored_event){ .id = 1042,
	    .received_ms = 1767323345317, .source = "src",
	    .provider = "nobody", .event = "build", .action = "",
	    .status = "", .subject = "", .remote_addr = "" };
	m->decoded.provider = "nobody";
	m->decoded.type = BYTES("Build");
}

static inline void
prepare(struct made *m, struct bytes body)
{
	struct reason why = { "" };
	struct env_user user;

	if (json_parse(body, &m->arena, &m->decoded.doc, &why) != ST_OK)
		fail_msg("%s", why.text);
	assert_int_equal(env_user_read(&m->arena, &user, &why), ST_OK);
	assert_int_equal(env_prepare(&user, &m->stored, &m->decoded, &m->arena,
	    &m->prepared, NULL), ST_OK);
}

static inline void
build(struct made *m, const struct handler_config *h)
{
	struct reason why = { "" };

	if (env_build(m->prepared, "build.failure", 3, h, &m->arena, &m->env,
	    &why) != ST_OK)
		fail_msg("%s", why.text);
}

static inline void
make_of(struct made *m, struct bytes body)
{
	begin(m);
	prepare(m, body);
	build(m, &no_lines);
}

static inline void
make(struct made *m, const char *body)
{
	make_of(m, bytes_of(body));
}

static inline void
end(struct made *m)
{
	arena_free(&m->arena);
}

static inline const char *
get(const struct made *m, const char *name)
{
	size_t len = strlen(name);
	const char *value = NULL;

	for (char **v = m->env; *v != NULL; v++) {
		if (strncmp(*v, name, len) != 0 || (*v)[len] != '=')
			continue;
		assert_null(value);	/* never twice */
		value = *v + len + 1;
	}
	return value;
}

static inline void
assert_var(const struct made *m, const char *name, const char *wanted)
{
	const char *value = get(m, name);

	if (value == NULL)
		fail_msg("%s is unset", name);
	assert_string_equal(value, wanted);
}

static inline size_t
count_vars(const struct made *m, const char *prefix)
{
	size_t n = 0;

	for (char **v = m->env; *v != NULL; v++)
		n += strncmp(*v, prefix, strlen(prefix)) == 0;
	return n;
}

static inline size_t
total_len(const struct made *m)
{
	size_t n = 0;

	for (char **v = m->env; *v != NULL; v++)
		n += strlen(*v) + 1;
	return n;
}

static inline struct bytes
body_with(struct arena *a, size_t len, const char *before, const char *behind)
{
	char *text = arena_alloc(a, len + strlen(before) + strlen(behind) + 1);
	size_t at = strlen(before);

	memcpy(text, before, at);
	memset(text + at, 'x', len);
	strcpy(text + at + len, behind);
	return bytes_of(text);
}

/* {"k0":0,"k1":1,…}, each value followed by pad x's in quotes. */
static inline struct bytes
many(struct arena *a, size_t count, size_t pad)
{
	char *text = arena_alloc(a, count * (pad + 32) + 3);
	size_t at = 0;

	text[at++] = '{';
	for (size_t i = 0; i < count; i++) {
		at += (size_t)sprintf(text + at, "%s\"k%zu\":\"", i ? "," : "",
		    i);
		memset(text + at, 'x', pad);
		at += pad;
		text[at++] = '"';
	}
	text[at++] = '}';
	return (struct bytes){ text, at };
}

#endif
