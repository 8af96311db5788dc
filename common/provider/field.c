#include "field.h"

#include <string.h>

struct bytes
field_text(const struct json_doc *d, const char *paths, struct arena *a)
{
	struct bytes rest = bytes_of(paths), path, text;

	if (rest.len > 0 && rest.data[0] == '=')
		return bytes_from(rest, 1);
	while (rest.data != NULL) {
		bytes_cut(&rest, '|', &path);
		text = json_text(d, json_path(d, path), a);
		if (text.len > 0)
			return text;
	}
	return BYTES_NONE;
}

static enum status
field_find_once(const struct json_doc *d, const struct json_node *object,
    const char *name, const struct json_node **out, struct reason *why)
{
	*out = json_member(d, object, name);
	if (*out == NULL)
		return ST_OK;
	if (json_member_repeated(d, object, name))
		return fail(why, ST_MALFORMED, "the member %s appears twice",
		    name);
	if ((*out)->type == JSON_NULL)
		*out = NULL;
	return ST_OK;
}

enum status
field_string(const struct json_doc *d, const struct json_node *object,
    const char *name, struct arena *a, struct bytes *out, struct reason *why)
{
	const struct json_node *node;
	struct bytes text;
	enum status st = field_find_once(d, object, name, &node, why);

	if (st != ST_OK)
		return st;
	*out = BYTES_NONE;
	if (node == NULL)
		return ST_OK;
	if (node->type != JSON_STRING)
		return fail(why, ST_MALFORMED, "the member %s is not a string",
		    name);
	text = json_text(d, node, a);
	if (text.len > 0)
		*out = text;
	return ST_OK;
}

enum status
field_word(const struct json_doc *d, const struct json_node *object,
    const char *name, struct arena *a, struct bytes *out, struct reason *why)
{
	enum status st = field_string(d, object, name, a, out, why);

	if (st == ST_OK && out->data != NULL && !event_word_valid(*out))
		return fail(why, ST_MALFORMED, "the member %s cannot be used "
		    "as a name: it must match [a-z0-9][a-z0-9_-]{0,62}", name);
	return st;
}

enum status
field_object(const struct json_doc *d, const char *name,
    const struct json_node **out, struct reason *why)
{
	enum status st = field_find_once(d, &d->nodes[0], name, out, why);

	if (st == ST_OK && *out != NULL && (*out)->type != JSON_OBJECT)
		*out = NULL;
	return st;
}

struct bytes
field_first_line(struct bytes text)
{
	struct bytes line;

	bytes_cut_line(&text, &line);
	return line.len > 0 ? line : BYTES_NONE;
}

struct bytes
field_behind(struct bytes text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text.len <= len || !bytes_has_prefix(text, prefix))
		return BYTES_NONE;
	return bytes_from(text, len);
}

struct bytes
field_join(struct arena *a, const struct bytes *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].data == NULL)
			return BYTES_NONE;
	return arena_join(a, parts, count);
}

struct bytes
field_tag(const struct event *e, const char *name, struct arena *a)
{
	(void)name;
	(void)a;
	return e->tag;
}
