#include "env_lines.h"

#include <string.h>

#include "file.h"

static enum status
env_value_of_file(struct bytes name, const char *path, struct arena *a,
    struct bytes *out, struct reason *why)
{
	struct reason cause = { "" };
	enum status st = file_read(path, ENV_VALUE_MAX + 1, a, out, NULL,
	    &cause);

	if (st == ST_BUSY)
		return fail(why, st, "%s", cause.text);
	if (st == ST_UNKNOWN)
		return fail(why, ST_SYSTEM, "env: %.*s=file:%s: there is no "
		    "such file", (int)name.len, name.data, path);
	if (st != ST_OK && st != ST_TOO_BIG)
		return fail(why, ST_SYSTEM, "env: %.*s=file:%s: %s",
		    (int)name.len, name.data, path, cause.text);
	if (st == ST_OK && out->len > 0 && out->data[out->len - 1] == '\n')
		out->len--;
	if (st == ST_TOO_BIG || !env_value_usable(*out))
		return fail(why, ST_SYSTEM, "env: %.*s=file:%s: it is over %d "
		    "KiB, or has a NUL in it", (int)name.len, name.data, path,
		    ENV_VALUE_MAX / 1024);
	return ST_OK;
}

static void
env_value_of_payload(struct bytes name, const char *path,
    const struct json_doc *doc, struct arena *a, struct bytes *out,
    struct env_omitted *omitted)
{
	const struct json_node *n = json_path(doc, bytes_of(path));
	bool scalar = n != NULL && n->type != JSON_NULL &&
	    !json_is_container(n);

	*out = scalar ? json_text(doc, n, a) : BYTES_NONE;
	if (out->data == NULL || env_value_usable(*out))
		return;
	*out = BYTES_NONE;
	env_omit(omitted, a, name);
}

const struct env_line *
env_lines_find(const struct env_lines *l, struct bytes name)
{
	for (size_t i = 0; i < l->count; i++)
		if (bytes_equal(l->lines[i].name, name))
			return &l->lines[i];
	return NULL;
}

static enum status
env_read_entry(const char *line, const struct json_doc *doc, struct arena *a,
    struct env_lines *out, struct env_omitted *omitted, struct reason *why)
{
	struct bytes value = bytes_of(line), name;
	struct env_line *l = &out->lines[out->count];
	enum status st = ST_OK;

	bytes_cut(&value, '=', &name);
	if (bytes_has_prefix(value, "file:"))
		st = env_value_of_file(name, value.data + strlen("file:"), a,
		    &value, why);
	else if (bytes_has_prefix(value, "payload:"))
		env_value_of_payload(name, value.data + strlen("payload:"), doc,
		    a, &value, omitted);
	else if (!env_value_usable(value))
		st = fail(why, ST_CONFIG, "env: the value of %.*s is over %d "
		    "KiB", (int)name.len, name.data, ENV_VALUE_MAX / 1024);
	if (st != ST_OK)
		return st;
	l->name = name;
	out->count++;
	if (value.data == NULL)
		return ST_OK;
	l->text = env_text(a, name, value);
	out->set_count++;
	out->len += name.len + 1 + value.len + 1;
	return ST_OK;
}

enum status
env_lines_read(const char *const *lines, const struct json_doc *doc,
    struct arena *a, struct env_lines *out, struct env_omitted *omitted,
    struct reason *why)
{
	enum status st = ST_OK;
	size_t count = 0;

	memset(out, 0, sizeof(*out));
	while (lines[count] != NULL)
		count++;
	if (count == 0)
		return ST_OK;
	out->lines = arena_array(a, count, sizeof(*out->lines));
	if (out->lines == NULL)
		return ST_BUSY;
	for (size_t i = 0; i < count && st == ST_OK; i++)
		st = env_read_entry(lines[i], doc, a, out, omitted, why);
	return st;
}
