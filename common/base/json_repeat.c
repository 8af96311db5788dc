#include "json_repeat.h"

#include "crypto.h"
#include "json_name.h"

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

static bool
repeat_same_name(const char *text, const struct json_node *a,
    const struct json_node *b)
{
	return json_names_equal(repeat_raw_name(text, a), repeat_is_escaped(a),
	    repeat_raw_name(text, b), repeat_is_escaped(b));
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
		unsigned bit = repeat_sketch(repeat_raw_name(text, &nodes[i]));
		uint64_t mask = UINT64_C(1) << bit % 64;

		if ((seen[bit / 64] & mask) != 0)
			for (k = 0; k < count; k++)
				if (repeat_same_name(text, &nodes[members[k]],
				    &nodes[i]))
					nodes[i].flags |= JSON_REPEATED;
		seen[bit / 64] |= mask;
		members[count++] = i;
	}
}

static uint64_t
rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein, 2012): without the key nobody can find
 * names that collide. The byte order is the machine's, since no hash leaves
 * it. */
static uint64_t
sip_hash(const uint64_t key[2], struct bytes name)
{
	uint64_t v[4] = {
		key[0] ^ UINT64_C(0x736f6d6570736575),
		key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261),
		key[1] ^ UINT64_C(0x7465646279746573),
	};
	uint64_t word, last = (uint64_t)name.len << 56;
	size_t i;

	for (i = 0; name.len - i >= 8; i += 8) {
		memcpy(&word, name.data + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (name.len > i)
		memcpy(&word, name.data + i, name.len - i);
	last ^= word;
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Look each member up in a table of those before it: open addressing, at most
 * half full. */
static enum status
repeat_mark_many(const char *text, struct json_node *nodes, uint32_t object,
    struct arena *a)
{
	uint32_t *slots, size = FEW, i, at;
	uint64_t key[2];

	while (size / 2 < nodes[object].count)
		size *= 2;
	slots = arena_array(a, size, sizeof(*slots));
	if (slots == NULL ||
	    crypto_random((unsigned char *)key, sizeof(key)) != ST_OK)
		return ST_BUSY;
	for (i = object + 1; i < nodes[object].end; i = nodes[i].end) {
		struct bytes name = repeat_raw_name(text, &nodes[i]);

		if (repeat_is_escaped(&nodes[i])) {
			char *decoded = arena_alloc(a, name.len);

			if (decoded == NULL)
				return ST_BUSY;
			name.len = json_unescape(name, decoded);
			name.data = decoded;
		}
		at = (uint32_t)sip_hash(key, name) & (size - 1);
		while (slots[at] != 0 &&
		    !repeat_same_name(text, &nodes[slots[at]], &nodes[i]))
			at = (at + 1) & (size - 1);
		if (slots[at] != 0)
			nodes[i].flags |= JSON_REPEATED;
		else
			slots[at] = i;	/* never 0: that is the root */
	}
	return ST_OK;
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

enum status
json_mark_repeated(const char *text, struct json_node *nodes, uint32_t object,
    struct arena *a)
{
	if (nodes[object].count < 2)
		return ST_OK;
	if (nodes[object].count > FEW || repeat_any_escaped(nodes, object))
		return repeat_mark_many(text, nodes, object, a);
	repeat_mark_few(text, nodes, object);
	return ST_OK;
}
