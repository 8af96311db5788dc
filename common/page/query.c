#include "query.h"

#include "codec.h"

static bool
query_is_text(struct bytes text)
{
	while (text.len > 0) {
		const size_t len = utf8_char_len(text);
		const unsigned char c = (unsigned char)text.data[0];

		if (len == 0 || c == 0x7f ||
		    (c < ' ' && c != '\n' && c != '\r' && c != '\t'))
			return false;
		text = bytes_from(text, len);
	}
	return true;
}

static bool
query_has(const struct query *q, struct bytes name)
{
	for (size_t i = 0; i < q->count; i++)
		if (bytes_equal(q->fields[i].name, name))
			return true;
	return false;
}

static enum status
query_add(struct query *q, struct bytes pair, struct arena *a,
    struct reason *why)
{
	struct query_field f;
	struct bytes name;

	if (!bytes_cut(&pair, '=', &name))
		pair = BYTES("");
	if (!form_decode(name, a, &f.name) || !form_decode(pair, a, &f.value))
		return fail(why, ST_MALFORMED, "a field of the query or form "
		    "is not encoded as it should be");
	if (!query_is_text(f.name) || !query_is_text(f.value))
		return fail(why, ST_MALFORMED, "a field of the query or form "
		    "is not text");
	if (query_has(q, f.name))
		return fail(why, ST_MALFORMED, "a field of the query or form "
		    "appears twice");
	if (q->count == QUERY_FIELDS_MAX)
		return fail(why, ST_MALFORMED, "the query or form has more "
		    "than %d fields", QUERY_FIELDS_MAX);
	f.name = arena_copy(a, f.name);
	f.value = arena_copy(a, f.value);
	q->fields[q->count++] = f;
	return ST_OK;
}

enum status
query_read(struct bytes text, struct arena *a, struct query *out,
    struct reason *why)
{
	struct query q = { .count = 0 };
	enum status st = ST_OK;

	while (st == ST_OK && text.data != NULL) {
		struct bytes pair;

		bytes_cut(&text, '&', &pair);
		if (pair.len > 0)
			st = query_add(&q, pair, a, why);
	}
	st = arena_verdict(a, st, why);
	if (st == ST_OK)
		*out = q;
	return st;
}

const char *
query_get(const struct query *q, const char *name)
{
	for (size_t i = 0; i < q->count; i++)
		if (bytes_is(q->fields[i].name, name))
			return q->fields[i].value.len > 0 ?
			    q->fields[i].value.data : NULL;
	return NULL;
}

int64_t
query_number(const struct query *q, const char *name)
{
	const char *text = query_get(q, name);
	unsigned long long n;

	return text != NULL && bytes_to_u64(bytes_of(text), &n) &&
	    n > 0 && n <= INT64_MAX ? (int64_t)n : 0;
}
