#include "leak.h"

#include <stdint.h>
#include <string.h>

#include "uncode.h"

/* Each half of a secret of this length or more is searched for, so that the
 * secret is also found with a typing mistake in it. */
enum { HALVED = 16 };

/* How many codes may be nested: base64 of "user:secret" in a form is two. A
 * code that was applied several times in a row counts once. */
enum { DEPTH_MAX = 2, REPEATS_MAX = 4 };

/* How many bytes are decoded for one text. A text that was made to cost more is
 * not searched to its end. */
enum { DECODED_MAX = 4 * 1024 * 1024 };

struct leak_search {
	struct bytes *needles;		/* in lower case, LEAK_LEAST or more */
	size_t count;
	size_t least;			/* how long the shortest is */
	uint8_t heads[8192];		/* a bit for each hash of their first
					   bytes */
};

/* The last four bytes, in lower case, of which c is the latest. */
static uint32_t
leak_shift(uint32_t head, char c)
{
	return head >> 8 | (uint32_t)(unsigned char)ascii_lower(c) << 24;
}

static unsigned
leak_head_hash(uint32_t head)
{
	return (head * UINT32_C(2654435761)) >> 16;
}

static void
leak_add_needle(struct leak_search *s, struct bytes text, struct arena *a)
{
	struct bytes copy = arena_copy(a, text);
	uint32_t head = 0;
	unsigned hash;

	if (text.len < LEAK_LEAST || copy.data == NULL)
		return;
	for (size_t i = 0; i < copy.len; i++)
		((char *)(uintptr_t)copy.data)[i] =
		    ascii_lower(copy.data[i]);
	for (size_t i = 0; i < LEAK_LEAST; i++)
		head = leak_shift(head, copy.data[i]);
	hash = leak_head_hash(head);
	s->heads[hash / 8] |= (uint8_t)(1u << hash % 8);
	s->needles[s->count++] = copy;
	if (s->least == 0 || copy.len < s->least)
		s->least = copy.len;
}

static bool
leak_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
leak_add_secret(struct leak_search *s, struct bytes secret, struct arena *a)
{
	size_t half;

	while (secret.len > 0 && leak_is_blank(secret.data[0]))
		secret = bytes_from(secret, 1);
	while (secret.len > 0 && leak_is_blank(secret.data[secret.len - 1]))
		secret.len--;
	half = secret.len / 2;
	if (secret.len < HALVED) {
		leak_add_needle(s, secret, a);
		return;
	}
	leak_add_needle(s, (struct bytes){ secret.data, half }, a);
	leak_add_needle(s, bytes_from(secret, half), a);
}

struct leak_search *
leak_search_make(const struct source *all, size_t count, struct arena *a)
{
	struct leak_search *s = arena_alloc(a, sizeof(*s));
	size_t secrets = 0;

	if (s == NULL)
		return NULL;
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < count; i++)
		secrets += all[i].secret_count;
	s->needles = arena_array(a, 2 * secrets + 1, sizeof(*s->needles));
	if (s->needles == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < all[i].secret_count; k++)
			leak_add_secret(s, secret_bytes(&all[i].secrets[k]), a);
	return arena_failed(a) ? NULL : s;
}

static bool
leak_begins_with_needle(struct bytes text, struct bytes needle)
{
	if (text.len < needle.len)
		return false;
	for (size_t i = 0; i < needle.len; i++)
		if (ascii_lower(text.data[i]) != needle.data[i])
			return false;
	return true;
}

static bool
leak_has_needle(const struct leak_search *s, struct bytes text)
{
	uint32_t head = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned hash;

		head = leak_shift(head, text.data[i]);
		hash = leak_head_hash(head);
		if (i + 1 < LEAK_LEAST ||
		    (s->heads[hash / 8] & 1u << hash % 8) == 0)
			continue;
		for (size_t n = 0; n < s->count; n++)
			if (leak_begins_with_needle(bytes_from(text,
			    i + 1 - LEAK_LEAST), s->needles[n]))
				return true;
	}
	return false;
}

/* --- searching ----------------------------------------------------------- */

struct effort {
	char *room[DEPTH_MAX];	/* each for the whole text: none gets longer */
	size_t left;		/* bytes that may still be decoded */
};

static bool
search(const struct leak_search *s, struct bytes text, int depth,
    struct effort *e);

/* What text is in one code, decoded as often as it was encoded. */
static bool
leak_search_decoded(const struct leak_search *s, struct bytes text, int depth,
    size_t code, int way, struct effort *e)
{
	char *room = e->room[depth];

	for (int i = 0; i < REPEATS_MAX; i++) {
		struct bytes decoded = { room, 0 };

		if (text.len > e->left)
			return true;
		e->left -= text.len;
		decoded.len = uncode[code].decode(text,
		    i > 0 ? 0 : way, s->least, room);
		/* nothing was encoded: at most a '+' has changed */
		if (decoded.len < s->least || bytes_equal(decoded, text) ||
		    (i > 0 && decoded.len == text.len))
			return false;
		if (search(s, decoded, depth + 1, e))
			return true;
		if (!uncode[code].repeats)
			return false;
		text = decoded;
	}
	return false;
}

static bool
search(const struct leak_search *s, struct bytes text, int depth,
    struct effort *e)
{
	if (leak_has_needle(s, text))
		return true;
	if (depth == DEPTH_MAX)
		return false;
	for (size_t c = 0; c < uncode_count; c++)
		for (int way = 0; way < uncode[c].ways; way++)
			if (leak_search_decoded(s, text, depth, c, way, e))
				return true;
	return false;
}

bool
leak_found(const struct leak_search *s, struct bytes text, struct arena *a)
{
	struct effort e = { .left = DECODED_MAX };

	if (s->count == 0 || text.len < LEAK_LEAST)
		return false;
	for (int i = 0; i < DEPTH_MAX; i++)
		if ((e.room[i] = arena_alloc(a, text.len + 1)) == NULL)
			return true;
	return search(s, text, 0, &e);
}
