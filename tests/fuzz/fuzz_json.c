/*
 * Whatever json_parse takes: its table is a well-formed tree over the text,
 * cJSON takes it too and finds the same values, strings are UTF-8, repeated
 * names are marked just where comparing all pairs finds them. Whatever it
 * refuses leaves the result alone.
 */
#include <string.h>

#include <cjson/cJSON.h>

#include "codec.h"
#include "fuzz.h"
#include "json.h"

/* The \\u of a surrogate at p, or 0. */
static unsigned
surrogate(const char *p, const char *end)
{
	char digits[5] = "";
	unsigned long n;

	if (p >= end || end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return 0;
	memcpy(digits, p + 2, 4);
	n = strtoul(digits, NULL, 16);
	return n >= 0xd800 && n <= 0xdfff ? (unsigned)n : 0;
}

/* For cJSON, which takes no half of a pair: \ufffd in its place. */
static char *
mend_halves(struct bytes text, struct arena *a)
{
	char *copy = (char *)(uintptr_t)arena_copy(a, text).data;
	char *p = copy, *end = copy + text.len;

	while (p < end) {
		unsigned unit = surrogate(p, end), next = unit == 0 ? 0 :
		    surrogate(p + 6, end);

		if (unit != 0 && unit < 0xdc00 && next >= 0xdc00)
			p += 12;
		else if (unit != 0)
			p = (char *)memcpy(p + 2, "fffd", 4) + 4;
		else
			p += *p == '\\' ? 2 : 1;
	}
	return copy;
}

/* Children lie one behind the other in their parent, as many as it says. */
static void
check_tree(const struct json_doc *d)
{
	uint32_t i;

	MUST(d->count >= 1 && d->count <= JSON_MAX_NODES);
	MUST(d->nodes[0].end == d->count && d->nodes[0].depth == 0);
	for (i = 0; i < d->count; i++) {
		const struct json_node *n = &d->nodes[i], *child;
		uint32_t children = 0;

		MUST(n->depth <= JSON_MAX_DEPTH);
		MUST((uint64_t)n->start + n->len <= d->text.len);
		MUST((uint64_t)n->key_start + n->key_len <= d->text.len);
		MUST(n->end > i && n->end <= d->count);
		MUST(json_is_container(n) ||
		    (n->end == i + 1 && n->count == 0));
		for (child = json_first(n); child != NULL;
		    child = json_next(d, n, child)) {
			MUST(child->depth == n->depth + 1);
			MUST(child->end <= n->end);
			MUST((child->key_start != 0) ==
			    (n->type == JSON_OBJECT));
			children++;
		}
		MUST(children == n->count);
	}
}

static void
check_texts(const struct json_doc *d, struct arena *a)
{
	uint32_t i;

	for (i = 0; i < d->count; i++) {
		const struct json_node *n = &d->nodes[i];
		struct bytes text = json_text(d, n, a), key = json_key(d, n, a);

		MUST((text.data == NULL) ==
		    (json_is_container(n) || n->type == JSON_NULL));
		MUST(is_utf8(text) && is_utf8(key));
		MUST(((n->flags & JSON_HAS_NUL) != 0) == (text.len > 0 &&
		    n->type == JSON_STRING &&
		    memchr(text.data, '\0', text.len) != NULL));
		MUST(((n->flags & JSON_KEY_HAS_NUL) != 0) == (key.len > 0 &&
		    memchr(key.data, '\0', key.len) != NULL));
	}
}

static void
check_repeats(const struct json_doc *d, struct arena *a)
{
	uint32_t i;

	for (i = 0; i < d->count; i++) {
		const struct json_node *object = &d->nodes[i], *n, *m;

		if (object->type != JSON_OBJECT || object->count > 300)
			continue;
		for (n = json_first(object); n != NULL;
		    n = json_next(d, object, n)) {
			struct bytes name = json_key(d, n, a);

			m = json_first(object);
			while (!bytes_equal(json_key(d, m, a), name))
				m = json_next(d, object, m);
			MUST((m != n) == ((n->flags & JSON_REPEATED) != 0));
			if ((n->flags & JSON_KEY_HAS_NUL) != 0)
				continue;
			MUST(json_member(d, object,
			    arena_cstr(a, name)) == m);
		}
	}
}

/* cJSON's strings end at a NUL; up to there they are to be the same. */
static void
check_string(struct bytes ours, const char *theirs)
{
	MUST(strnlen(ours.data, ours.len) == strlen(theirs));
	MUST(memcmp(ours.data, theirs, strlen(theirs)) == 0);
}

static void
check_same(const struct json_doc *d, const struct json_node *n,
    const cJSON *theirs, struct arena *a)
{
	const struct json_node *child;
	const cJSON *their_child = theirs->child;

	switch (n->type) {
	case JSON_NULL: MUST(cJSON_IsNull(theirs)); break;
	case JSON_FALSE: MUST(cJSON_IsFalse(theirs)); break;
	case JSON_TRUE: MUST(cJSON_IsTrue(theirs)); break;
	case JSON_NUMBER:
		MUST(cJSON_IsNumber(theirs));
		MUST(strtod(arena_cstr(a, json_raw(d, n)), NULL) ==
		    theirs->valuedouble);
		break;
	case JSON_STRING:
		MUST(cJSON_IsString(theirs));
		check_string(json_text(d, n, a), theirs->valuestring);
		break;
	case JSON_ARRAY: MUST(cJSON_IsArray(theirs)); break;
	case JSON_OBJECT: MUST(cJSON_IsObject(theirs)); break;
	}
	for (child = json_first(n); child != NULL;
	    child = json_next(d, n, child)) {
		MUST(their_child != NULL);
		if (n->type == JSON_OBJECT)
			check_string(json_key(d, child, a),
			    their_child->string);
		check_same(d, child, their_child, a);
		their_child = their_child->next;
	}
	MUST(their_child == NULL);
}

/* cJSON copies numbers into 64 bytes and fails behind them. */
static int
has_long_number(const struct json_doc *d)
{
	uint32_t i;

	for (i = 0; i < d->count; i++)
		if (d->nodes[i].type == JSON_NUMBER && d->nodes[i].len > 60)
			return 1;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(0);
	struct json_doc doc = { BYTES_NONE, NULL, 7 };
	struct reason why;
	enum status st;
	cJSON *theirs;

	st = json_parse((struct bytes){ (const char *)data, size }, &a, &doc,
	    &why);
	if (st != ST_OK) {
		MUST(st == ST_MALFORMED && doc.count == 7);
	} else {
		check_tree(&doc);
		check_texts(&doc, &a);
		check_repeats(&doc, &a);
		if (!has_long_number(&doc)) {
			theirs = cJSON_ParseWithLength(mend_halves(doc.text,
			    &a), size);
			MUST(theirs != NULL);
			check_same(&doc, doc.nodes, theirs, &a);
			cJSON_Delete(theirs);
		}
	}
	arena_free(&a);
	return 0;
}
