#include "env_set.h"

#include <string.h>

/* A sender who makes names collide on purpose gains nothing: there are at most
 * ENV_COUNT_MAX of them. */
static uint32_t
env_name_hash(struct bytes name)
{
	return bytes_hash(BYTES_HASH_START, name);
}

void
env_set_init(struct env_set *s, struct arena *a, size_t count_max,
    size_t len_max)
{
	uint32_t slots = 64;

	while (slots < count_max * 2)
		slots *= 2;
	memset(s, 0, sizeof(*s));
	s->arena = a;
	s->count_max = count_max;
	s->len_max = len_max;
	s->slot_mask = slots - 1;
	s->vars = arena_array(a, count_max > 0 ? count_max : 1,
	    sizeof(*s->vars));
	s->slots = arena_array(a, slots, sizeof(*s->slots));
}

/* The slot that has the name, or the free one where it would go. */
static uint16_t *
env_slot(const struct env_set *s, struct bytes name, uint32_t hash)
{
	uint32_t at = hash & s->slot_mask;

	for (; s->slots[at] != 0; at = (at + 1) & s->slot_mask) {
		const struct env_var *v = &s->vars[s->slots[at] - 1];

		if (v->hash == hash && v->name_len == name.len &&
		    memcmp(v->text, name.data, name.len) == 0)
			break;
	}
	return &s->slots[at];
}

const struct env_var *
env_set_find(const struct env_set *s, struct bytes name)
{
	const uint16_t *slot = env_slot(s, name, env_name_hash(name));

	return *slot == 0 ? NULL : &s->vars[*slot - 1];
}

bool
env_set_closed(const struct env_set *s)
{
	return s->count == s->count_max && s->omitted.full;
}

bool
env_value_usable(struct bytes value)
{
	return value.len <= ENV_VALUE_MAX &&
	    memchr(value.data, '\0', value.len) == NULL;
}

char *
env_text(struct arena *a, struct bytes name, struct bytes value)
{
	const struct bytes parts[] = { name, BYTES("="), value };

	/* The arena's, made just now: not const behind the view. */
	return (char *)arena_join(a, parts, 3).data;
}

void
env_omit(struct env_omitted *o, struct arena *a, struct bytes name)
{
	size_t gap = o->len > 0 ? 1 : 0;

	o->count++;
	if (name.data == NULL || o->full)
		return;
	if (name.len + gap > ENV_OMITTED_MAX - o->len) {
		o->full = true;
		return;
	}
	if (o->names == NULL)
		o->names = arena_alloc(a, ENV_OMITTED_MAX);
	if (o->names == NULL)
		return;
	if (gap > 0)
		o->names[o->len] = ' ';
	memcpy(o->names + o->len + gap, name.data, name.len);
	o->len += gap + name.len;
}

bool
env_omits(const struct env_omitted *o, struct bytes name)
{
	struct bytes rest = { o->names, o->len }, one;

	while (rest.len > 0) {
		bytes_cut(&rest, ' ', &one);
		if (bytes_equal(one, name))
			return true;
	}
	return o->full;
}

static bool
env_has_value(const struct env_var *v, struct bytes value)
{
	return v->len == v->name_len + 1 + value.len + 1 &&
	    memcmp(v->text + v->name_len + 1, value.data, value.len) == 0;
}

void
env_set_add(struct env_set *s, struct bytes name, struct bytes value)
{
	size_t len = name.len + 1 + value.len + 1;
	uint32_t hash;
	uint16_t *slot;
	struct env_var *v;

	if (value.data == NULL || arena_failed(s->arena))
		return;
	hash = env_name_hash(name);
	slot = env_slot(s, name, hash);
	if (*slot != 0 && env_has_value(&s->vars[*slot - 1], value))
		return;
	if (*slot != 0 || s->count == s->count_max || name.len > ENV_NAME_MAX ||
	    !env_value_usable(value) || len > s->len_max - s->len) {
		env_omit(&s->omitted, s->arena, name);
		return;
	}
	v = &s->vars[s->count];
	v->text = env_text(s->arena, name, value);
	if (v->text == NULL)
		return;
	v->len = (uint32_t)len;
	v->name_len = (uint32_t)name.len;
	v->hash = hash;
	s->len += len;
	s->count++;
	*slot = (uint16_t)s->count;
}
