#include "ready_section.h"

#include <string.h>

#include "buf.h"

enum { SECTION_MAX = 64 * 1024 };

static const char file_prefix[] = "file:";

/* --- reading -------------------------------------------------------------- */

/* Each "NAME=value" of the lines of env. */
static enum status
section_read_items(struct bytes text, struct arena *a,
    struct ready_section *out, struct reason *why)
{
	struct bytes item, name;

	while (bytes_cut(&text, '"', &item)) {
		if (!bytes_cut(&text, '"', &item) ||
		    !bytes_cut(&item, '=', &name) ||
		    out->count == READY_SETTINGS_MAX)
			return fail(why, ST_SYSTEM, "its section cannot be "
			    "read");
		out->settings[out->count++] = (struct ready_setting){
			arena_cstr(a, name), arena_cstr(a, item), false };
	}
	return arena_verdict(a, ST_OK, why);
}

enum status
ready_section_read(const struct ready *r, struct arena *a,
    struct ready_section *out, struct reason *why)
{
	static const char env[] = "#         env = {";
	struct bytes text = r->section;
	const char *at = memmem(text.data, text.len, env, strlen(env));

	*out = (struct ready_section){ .keys = text };
	if (at == NULL)
		return ST_OK;
	out->keys.len = (size_t)(at - text.data);
	return section_read_items(bytes_from(text, out->keys.len), a, out,
	    why);
}

/* --- changing ------------------------------------------------------------- */

static bool
section_name_is_good(const char *name)
{
	return *name != '\0' && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	    "0123456789") == strlen(name);
}

static bool
section_value_is_good(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f ||
		    strchr("\"\\$", *value) != NULL)
			return false;
	return true;
}

enum status
ready_section_set(struct ready_section *s, const char *text, struct arena *a,
    struct reason *why)
{
	struct bytes rest = bytes_of(text), name;
	struct ready_setting new = { .given = true };
	size_t i = 0;

	bytes_cut(&rest, '=', &name);
	new.name = arena_cstr(a, name);
	if (rest.data == NULL || !section_name_is_good(new.name))
		return fail(why, ST_MALFORMED, "a setting is written "
		    "NAME=value, not \"%s\"", text);
	new.value = arena_cstr(a, rest);
	if (!section_value_is_good(new.value))
		return fail(why, ST_MALFORMED, "the value of %s has a "
		    "character that does not go into the configuration: put "
		    "it into a file, and write %s=file:PATH", new.name,
		    new.name);
	while (i < s->count && strcmp(s->settings[i].name, new.name) != 0)
		i++;
	if (i == READY_SETTINGS_MAX)
		return fail(why, ST_MALFORMED, "there are more than %d "
		    "settings", READY_SETTINGS_MAX);
	s->settings[i] = new;
	s->count = i == s->count ? i + 1 : s->count;
	return arena_verdict(a, ST_OK, why);
}

const char *
ready_section_file(const struct ready_setting *s)
{
	return strncmp(s->value, file_prefix, strlen(file_prefix)) == 0 ?
	    s->value + strlen(file_prefix) : NULL;
}

/* --- writing -------------------------------------------------------------- */

struct bytes
ready_section_text(const struct ready_section *s, const char *path,
    struct arena *a)
{
	struct buf b = BUF(SECTION_MAX);
	struct bytes keys = s->keys, line;

	buf_printf(&b, "\nhandler %s {\n", path);
	while (bytes_cut(&keys, '\n', &line)) {
		line = bytes_from(line, strlen("#     "));
		buf_printf(&b, "%.*s\n", (int)line.len, line.data);
	}
	if (s->when != NULL)
		buf_printf(&b, "    when = \"%s\"\n", s->when);
	for (size_t i = 0; i < s->count; i++)
		buf_printf(&b, "%s\"%s=%s\"", i == 0 ? "    env = { " :
		    ",\n        ", s->settings[i].name, s->settings[i].value);
	buf_add_str(&b, s->count == 0 ? "}\n" : " }\n}\n");
	return buf_take(&b, a);
}
