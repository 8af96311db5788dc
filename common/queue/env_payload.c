#include "env_payload.h"

#include <stdio.h>
#include <string.h>

/*
 * The walk goes level by level through a queue of the containers. Each knows
 * its parent's place in the queue and its own part of the path, so that the
 * memory for all paths is never more than the document's keys.
 */
struct branch {
	const struct json_node *node;
	uint32_t parent;
	bool repeated;		/* it, or one that contains it */
	struct bytes part;	/* folded */
	size_t path_len;	/* of all parts with a '_' between each */
};

struct payload_walk {
	const struct json_doc *doc;
	const struct json_node *copy;	/* left out */
	struct env_set *set;
	struct branch *queue;
	uint32_t head, tail;
	char *name;		/* the path of the branch at head, '_' */
	size_t prefix_len;
	bool nameless;		/* the path alone is too long */
};

static char
payload_fold(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return c;
	return '_';
}

static void
payload_fold_into(char *out, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		out[i] = payload_fold(text.data[i]);
}

/* A branch's path and a '_' behind it, written from its end. */
static void
payload_build_prefix(struct payload_walk *w)
{
	const struct branch *b = &w->queue[w->head];
	size_t at = b->path_len;

	w->prefix_len = b->path_len + 1;
	w->nameless = w->prefix_len > ENV_NAME_MAX;
	if (w->nameless)
		return;
	w->name[at] = '_';
	for (;;) {
		at -= b->part.len;
		memcpy(w->name + at, b->part.data, b->part.len);
		if (at == 0)
			return;
		w->name[--at] = '_';
		b = &w->queue[b->parent];
	}
}

/* A child's part of the path: its key, or its place as digits. */
static struct bytes
payload_part(const struct payload_walk *w, const struct json_node *child,
    uint32_t place, char digits[12])
{
	if (w->queue[w->head].node->type == JSON_ARRAY) {
		int len = snprintf(digits, 12, "%lu", (unsigned long)place);

		return (struct bytes){ digits, (size_t)len };
	}
	return json_key(w->doc, child, w->set->arena);
}

static void
payload_push(struct payload_walk *w, const struct json_node *child,
    struct bytes part, bool repeated)
{
	struct branch *b = &w->queue[w->tail];
	char *copy = arena_alloc(w->set->arena, part.len + 1);

	if (copy == NULL)
		return;
	payload_fold_into(copy, part);
	b->node = child;
	b->parent = w->head;
	b->repeated = repeated;
	b->part = (struct bytes){ copy, part.len };
	b->path_len = w->prefix_len + part.len;
	w->tail++;
}

static void
payload_add_scalar(struct payload_walk *w, const struct json_node *child,
    struct bytes part, bool repeated)
{
	struct bytes name = BYTES_NONE;

	if (!w->nameless && part.len <= ENV_NAME_MAX - w->prefix_len) {
		payload_fold_into(w->name + w->prefix_len, part);
		name = (struct bytes){ w->name, w->prefix_len + part.len };
	}
	if (name.data == NULL || repeated)
		env_omit(&w->set->omitted, w->set->arena, name);
	else
		env_set_add(w->set, name, json_text(w->doc, child,
		    w->set->arena));
}

static void
payload_add_child(struct payload_walk *w, const struct json_node *child,
    uint32_t place)
{
	bool repeated = w->queue[w->head].repeated ||
	    (child->flags & JSON_REPEATED) != 0;
	bool container = json_is_container(child);
	char digits[12];
	struct bytes part;

	if (child == w->copy || (container ? child->count == 0 :
	    child->type == JSON_NULL && !repeated))
		return;
	if (!container && env_set_closed(w->set)) {
		env_omit(&w->set->omitted, w->set->arena, BYTES_NONE);
		return;
	}
	part = payload_part(w, child, place, digits);
	if (container)
		payload_push(w, child, part, repeated);
	else
		payload_add_scalar(w, child, part, repeated);
}

static uint32_t
payload_count_containers(const struct json_doc *d)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->count; i++)
		n += json_is_container(&d->nodes[i]);
	return n;
}

void
env_add_payload(const struct json_doc *d, const struct json_node *copy,
    struct env_set *set)
{
	uint32_t containers = payload_count_containers(d);
	char name[ENV_NAME_MAX];
	struct payload_walk w = { .doc = d, .copy = copy, .set = set,
		.name = name };

	if (containers == 0)
		return;
	w.queue = arena_array(set->arena, containers, sizeof(*w.queue));
	if (w.queue == NULL)
		return;
	w.queue[0].node = &d->nodes[0];
	w.queue[0].part = BYTES("PAYLOAD");
	w.queue[0].path_len = w.queue[0].part.len;
	for (w.tail = 1; w.head < w.tail; w.head++) {
		const struct json_node *parent = w.queue[w.head].node;
		uint32_t place = 0;

		payload_build_prefix(&w);
		for (const struct json_node *c = json_first(parent);
		    c != NULL && !arena_failed(set->arena);
		    c = json_next(d, parent, c))
			payload_add_child(&w, c, place++);
	}
}
