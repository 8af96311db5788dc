#include "json_repeat.h"

#include "json_name.h"

#include <stdlib.h>
#include <string.h>

/* Up to so many members, none escaped, are compared one by one. */
enum { FEW = 64 };

static struct bytes
repeat_raw_name(const char *text, const struct json_node *member)
{
	return (struct bytes){ text + member->key_start, member->key_len };
}

static bool
repeat_is_escaped(const struct json_node *member)
{
	return (member->flags & JSON_KEY_ESCAPED) != 0;
}

/* Nine bits that equal names without escapes share. */
static unsigned
repeat_sketch(struct bytes name)
{
	unsigned n = (unsigned)name.len * 7;

	if (name.len > 0) {
		n += (unsigned char)name.data[0] * 5u;
		n += (unsigned char)name.data[name.len / 2] * 19u;
		n += (unsigned char)name.data[name.len - 1] * 67u;
	}
	return n % 512;
}

/*
 * Compare each member with all before it, but only if one of these has the same
 * sketch, which is rare in a genuine event. FEW bounds the cost of a hostile
 * one.
 */
static void
repeat_mark_few(const char *text, struct json_node *nodes, uint32_t object)
{
	uint32_t members[FEW], count = 0, i, k;
	uint64_t seen[512 / 64] = { 0 };

	for (i = object + 1; i < nodes[object].end; i = nodes[i].end) {
		struct bytes name = repeat_raw_name(text, &nodes[i]);
		unsigned bit = repeat_sketch(name);
		uint64_t mask = UINT64_C(1) << bit % 64;

		if ((seen[bit / 64] & mask) != 0)
			for (k = 0; k < count; k++)
				if (bytes_equal(name, repeat_raw_name(text,
				    &nodes[members[k]])))
					nodes[i].flags |= JSON_REPEATED;
		seen[bit / 64] |= mask;
		members[count++] = i;
	}
}

/* --- many ----------------------------------------------------------------- */

struct named {
	struct bytes name;	/* without escapes */
	uint32_t node;
};

/* Of equal names, the first in the text comes first. */
static int
repeat_by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
	int order = len == 0 ? 0 : memcmp(x->name.data, y->name.data, len);

	if (order == 0)
		order = (x->name.len > y->name.len) -
		    (x->name.len < y->name.len);
	return order != 0 ? order : (x->node > y->node) - (x->node < y->node);
}

static struct bytes
repeat_decoded_name(const char *text, const struct json_node *member,
    struct arena *a)
{
	struct bytes name = repeat_raw_name(text, member);
	char *decoded;

	if (!repeat_is_escaped(member))
		return name;
	decoded = arena_alloc(a, name.len);
	return decoded == NULL ? BYTES_NONE :
	    (struct bytes){ decoded, json_unescape(name, decoded) };
}

/* Sorted, equal names are beside each other: no choice of names makes that
 * slow. */
static void
repeat_mark_many(const char *text, struct json_node *nodes, uint32_t object,
    struct arena *a)
{
	struct named *members = arena_array(a, nodes[object].count,
	    sizeof(*members));
	size_t count = 0, k;
	uint32_t i;

	if (members == NULL)
		return;
	for (i = object + 1; i < nodes[object].end; i = nodes[i].end)
		members[count++] = (struct named){
			repeat_decoded_name(text, &nodes[i], a), i };
	qsort(members, count, sizeof(*members), repeat_by_name);
	for (k = 1; k < count; k++)
		if (bytes_equal(members[k - 1].name, members[k].name))
			nodes[members[k].node].flags |= JSON_REPEATED;
}

static bool
repeat_any_escaped(const struct json_node *nodes, uint32_t object)
{
	uint32_t i;

	for (i = object + 1; i < nodes[object].end; i = nodes[i].end)
		if (repeat_is_escaped(&nodes[i]))
			return true;
	return false;
}

void
json_mark_repeated(const char *text, struct json_node *nodes, uint32_t object,
    struct arena *a)
{
	if (nodes[object].count < 2)
		return;
	if (nodes[object].count > FEW || repeat_any_escaped(nodes, object))
		repeat_mark_many(text, nodes, object, a);
	else
		repeat_mark_few(text, nodes, object);
}
