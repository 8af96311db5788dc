#include "json.h"

#include "json_name.h"

/* Searches in a table that json_parse made. */

bool
json_is_container(const struct json_node *n)
{
	return n->type == JSON_ARRAY || n->type == JSON_OBJECT;
}

const struct json_node *
json_first(const struct json_node *container)
{
	if (container == NULL || container->count == 0)
		return NULL;
	return container + 1;
}

const struct json_node *
json_next(const struct json_doc *d, const struct json_node *container,
    const struct json_node *node)
{
	return node->end < container->end ? &d->nodes[node->end] : NULL;
}

static struct bytes
json_raw_key(const struct json_doc *d, const struct json_node *n)
{
	return (struct bytes){ d->text.data + n->key_start, n->key_len };
}

static bool
json_has_name(const struct json_doc *d, const struct json_node *n,
    struct bytes name)
{
	return json_name_is(json_raw_key(d, n),
	    (n->flags & JSON_KEY_ESCAPED) != 0, name);
}

/* The next member after from with this name; the first one if from is NULL. */
static const struct json_node *
json_find_member(const struct json_doc *d, const struct json_node *object,
    const struct json_node *from, struct bytes name)
{
	const struct json_node *n;

	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	n = from == NULL ? json_first(object) : json_next(d, object, from);
	while (n != NULL && !json_has_name(d, n, name))
		n = json_next(d, object, n);
	return n;
}

const struct json_node *
json_member(const struct json_doc *d, const struct json_node *object,
    const char *name)
{
	return json_find_member(d, object, NULL, bytes_of(name));
}

bool
json_member_repeated(const struct json_doc *d, const struct json_node *object,
    const char *name)
{
	const struct json_node *n = json_member(d, object, name);

	return n != NULL &&
	    json_find_member(d, object, n, bytes_of(name)) != NULL;
}

/* The element whose number, as JavaScript writes it, is digits. */
static const struct json_node *
json_find_element(const struct json_doc *d, const struct json_node *array,
    struct bytes digits)
{
	const struct json_node *n = json_first(array);
	unsigned long long i;

	if (!bytes_to_u64(digits, &i) || i >= array->count ||
	    (digits.len > 1 && *digits.data == '0'))
		return NULL;
	while (i-- > 0)
		n = json_next(d, array, n);
	return n;
}

/* Where a step of a path leads from a node. */
static const struct json_node *
json_step(const struct json_doc *d, const struct json_node *n,
    struct bytes step)
{
	return n->type == JSON_ARRAY ? json_find_element(d, n, step) :
	    json_find_member(d, n, NULL, step);
}

const struct json_node *
json_path_in(const struct json_doc *d, const struct json_node *node,
    struct bytes path)
{
	struct bytes rest = path, step;
	const struct json_node *n = node;
	bool more = true;

	while (more && n != NULL) {
		more = bytes_cut(&rest, '.', &step);
		n = json_step(d, n, step);
	}
	return n;
}

const struct json_node *
json_path(const struct json_doc *d, struct bytes path)
{
	return json_path_in(d, d->nodes, path);
}

bool
json_path_repeated(const struct json_doc *d, struct bytes path)
{
	struct bytes rest = path, step;
	const struct json_node *n = d->nodes, *next;
	bool more = true;

	for (; more && n != NULL; n = next) {
		more = bytes_cut(&rest, '.', &step);
		next = json_step(d, n, step);
		if (next != NULL && n->type == JSON_OBJECT &&
		    json_find_member(d, n, next, step) != NULL)
			return true;
	}
	return false;
}

struct bytes
json_raw(const struct json_doc *d, const struct json_node *n)
{
	if (n == NULL || json_is_container(n))
		return BYTES_NONE;
	return (struct bytes){ d->text.data + n->start, n->len };
}

static struct bytes
json_scalar_text(const struct json_doc *d, const struct json_node *n)
{
	return json_is_container(n) ? BYTES("") : json_raw(d, n);
}

bool
json_same(const struct json_doc *d, const struct json_node *a,
    const struct json_node *b)
{
	size_t count = (size_t)a->end - (size_t)(a - d->nodes);

	if ((size_t)b->end - (size_t)(b - d->nodes) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (a[i].type != b[i].type || a[i].count != b[i].count ||
		    !bytes_equal(json_scalar_text(d, &a[i]),
		    json_scalar_text(d, &b[i])) ||
		    (i > 0 && !bytes_equal(json_raw_key(d, &a[i]),
		    json_raw_key(d, &b[i]))))
			return false;
	return true;
}

static struct bytes
json_decode(struct bytes raw, bool escaped, struct arena *a)
{
	char *p;

	if (!escaped)
		return raw;
	p = arena_alloc(a, raw.len + 1);
	if (p == NULL)
		return BYTES_NONE;
	return (struct bytes){ p, json_unescape(raw, p) };
}

struct bytes
json_text(const struct json_doc *d, const struct json_node *n,
    struct arena *a)
{
	if (n == NULL || n->type == JSON_NULL)
		return BYTES_NONE;
	return json_decode(json_raw(d, n), (n->flags & JSON_ESCAPED) != 0, a);
}

struct bytes
json_key(const struct json_doc *d, const struct json_node *n, struct arena *a)
{
	if (n == NULL || n->key_start == 0)
		return BYTES_NONE;
	return json_decode(json_raw_key(d, n),
	    (n->flags & JSON_KEY_ESCAPED) != 0, a);
}
