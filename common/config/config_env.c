#include "config_env.h"

#include <string.h>

#include "bytes.h"

enum { ENV_LINES_MAX = 256 };

static bool
env_is_name_byte(char c, bool first)
{
	if (c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return !first && c >= '0' && c <= '9';
}

bool
value_env_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!env_is_name_byte(name[i], i == 0))
			return false;
	return len > 0;
}

/* What is said of the delivery itself; handlers rely on it to act only once. */
static bool
env_is_reserved(const char *name, size_t len)
{
	static const char *const reserved[] = { "HOOK_ID", "HOOK_DELIVERY",
	    "HOOK_ATTEMPT", "HOOK_FENCE", "HOOK_RUN", "HOOK_OMITTED",
	    "HOOK_OMITTED_COUNT" };
	size_t i;

	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (bytes_is((struct bytes){ name, len }, reserved[i]))
			return true;
	return false;
}

/* "a.b.0": names between single dots. */
static bool
env_payload_path_valid(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[0] != '.' && path[len - 1] != '.' &&
	    strstr(path, "..") == NULL;
}

/* Read one "NAME=value" for env_build; the path after "file:" becomes
 * absolute. */
static enum status
env_read_line(const struct value_context *x, const struct config_text *t,
    const char **out, struct reason *why)
{
	const char *file = x->config->path;
	const char *equals = strchr(t->text, '=');
	const char *path;
	struct bytes line;

	if (equals == NULL)
		return config_fail(file, t->line, why, "env: %.60s"
		    ": write it as \"NAME=value\"", t->text);
	if (!value_env_name(t->text, (size_t)(equals - t->text)))
		return config_fail(file, t->line, why, "env: %.60s"
		    ": the name must be of letters, digits and '_', and not"
		    " begin with a digit", t->text);
	if (env_is_reserved(t->text, (size_t)(equals - t->text)))
		return config_fail(file, t->line, why, "env: %.60s"
		    ": that name is cgihook's own; take another", t->text);
	if (strncmp(equals + 1, "payload:", 8) == 0 &&
	    !env_payload_path_valid(equals + 9))
		return config_fail(file, t->line, why, "env: %.60s"
		    ": write what follows payload: like build.stages.0.name",
		    t->text);
	if (strncmp(equals + 1, "file:", 5) == 0) {
		enum status st = value_absolute(x, equals + 6, t->line, &path,
		    why);

		if (st != ST_OK)
			return st;
		line = arena_printf(&x->config->arena, "%.*s=file:%s",
		    (int)(equals - t->text), t->text, path);
	} else {
		line = arena_copy(&x->config->arena, bytes_of(t->text));
	}
	*out = line.data != NULL ? line.data : "";
	return ST_OK;
}

static bool
env_same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return len == strcspn(b, "=") && memcmp(a, b, len) == 0;
}

enum status
value_env(const struct config_value *v, void *out, struct reason *why)
{
	const char *file = v->x->config->path;
	const struct config_text *texts = v->texts;
	const char **lines;
	size_t i, j;

	if (v->count > ENV_LINES_MAX)
		return config_fail(file, texts[ENV_LINES_MAX].line, why,
		    "env: more than %d variables for one handler",
		    ENV_LINES_MAX);
	lines = arena_array(&v->x->config->arena, v->count + 1,
	    sizeof(*lines));
	if (lines == NULL)
		return ST_BUSY;
	for (i = 0; i < v->count; i++) {
		enum status st = env_read_line(v->x, &texts[i], &lines[i], why);

		if (st != ST_OK)
			return st;
		for (j = 0; j < i; j++) {
			if (env_same_name(lines[j], lines[i]))
				return config_fail(file, texts[i].line, why,
				    "env: %.60s: that name is in the list"
				    " already", texts[i].text);
		}
	}
	*(const char *const **)out = (const char *const *)lines;
	return ST_OK;
}
