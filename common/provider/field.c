#include "field.h"

#include <string.h>

enum { PIECES_MAX = 16 };

/* "{a.b}#{c}": literals, and paths in braces. */
static struct bytes
field_template(const struct json_doc *d, const struct json_node *node,
    struct bytes rest, struct arena *a)
{
	struct bytes pieces[PIECES_MAX], piece;
	size_t count = 0;

	while (rest.data != NULL && count + 2 <= PIECES_MAX) {
		bool path = bytes_cut(&rest, '{', &piece);

		pieces[count++] = piece;
		if (!path)
			return field_join(a, pieces, count);
		bytes_cut(&rest, '}', &piece);
		pieces[count] = json_text(d, json_path_in(d, node, piece), a);
		if (pieces[count++].len == 0)
			return BYTES_NONE;
	}
	return BYTES_NONE;
}

struct bytes
field_in(const struct json_doc *d, const struct json_node *node,
    const char *paths, struct arena *a)
{
	struct bytes rest = bytes_of(paths), path, text;

	while (rest.data != NULL) {
		bytes_cut(&rest, '|', &path);
		text = memchr(path.data, '{', path.len) != NULL ?
		    field_template(d, node, path, a) :
		    json_text(d, json_path_in(d, node, path), a);
		if (text.len > 0)
			return text;
	}
	return BYTES_NONE;
}

struct bytes
field_text(const struct json_doc *d, const char *paths, struct arena *a)
{
	struct bytes text = bytes_of(paths);

	return bytes_has_prefix(text, "=") ? bytes_from(text, 1) :
	    field_in(d, d->nodes, paths, a);
}

static bool
field_is_whole_number(const struct json_doc *d, const struct json_node *n)
{
	unsigned long long number;

	return n->type == JSON_NUMBER && bytes_to_u64(json_raw(d, n), &number);
}

enum status
field_decide(const struct json_doc *d, struct bytes paths, struct arena *a,
    struct bytes *out, struct reason *why)
{
	const struct json_node *n;
	struct bytes path, text;

	*out = BYTES_NONE;
	while (paths.data != NULL) {
		bytes_cut(&paths, '|', &path);
		if (json_path_repeated(d, path))
			return fail(why, ST_MALFORMED, "a member on the way to "
			    "%.*s appears twice", (int)path.len, path.data);
		n = json_path(d, path);
		if (n == NULL || n->type == JSON_NULL)
			continue;
		if (n->type != JSON_STRING && !field_is_whole_number(d, n))
			return fail(why, ST_MALFORMED, "the member %.*s is "
			    "neither a string nor a whole number",
			    (int)path.len, path.data);
		text = json_text(d, n, a);
		if (text.len == 0)
			continue;
		*out = text;
		return ST_OK;
	}
	return ST_OK;
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
field_commit(struct bytes hash)
{
	for (size_t i = 0; i < hash.len; i++)
		if (hash.data[i] != '0')
			return hash;
	return BYTES_NONE;
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
