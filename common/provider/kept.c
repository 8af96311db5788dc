#include "kept.h"

#include <string.h>

enum { KEPT_MAX_BYTES = 16 * 1024 };

/* A message and what is kept of it. */
struct keeping {
	const struct header_rule *headers;
	const struct message *m;
	const char *named_by;
	bool has_signature;	/* then Authorization does not count */
};

/* Without it an event is not the same when it is decoded again. */
static bool
kept_decides(const struct keeping *k, const struct http_header *h)
{
	return bytes_is(h->name, k->named_by) ||
	    (bytes_is(h->name, "content-type") &&
	    message_type_is_form(h->value));
}

static bool
is_kept(const struct keeping *k, const struct http_header *h)
{
	const struct header_rule *r = header_rule(k->headers, h->name);

	if (r == NULL)
		return bytes_is(h->name, "content-type") ||
		    bytes_is(h->name, "user-agent") || kept_decides(k, h);
	return r->kind != HEADER_SECRET;
}

/* What a header becomes among the kept ones; an absent name where it does not.
 * A line break inside would make two lines of it when it is read back. */
static struct http_header
kept_form(const struct keeping *k, const struct http_header *h)
{
	static const struct http_header none = { { NULL, 0 }, { NULL, 0 } };
	struct http_header kept = *h;

	if (!is_kept(k, h))
		return none;
	if (bytes_is(h->name, "authorization")) {
		/* a MAC and no secret; what other schemes have are secrets */
		kept.name = BYTES("signature");
		kept.value = message_credentials(h->value, "signature");
		if (kept.value.data == NULL || k->has_signature)
			return none;
	}
	kept.value = bytes_trim(kept.value);
	if (kept.value.len > 0 &&
	    (memchr(kept.value.data, '\n', kept.value.len) != NULL ||
	    memchr(kept.value.data, '\r', kept.value.len) != NULL ||
	    memchr(kept.value.data, '\0', kept.value.len) != NULL))
		return none;
	return kept;
}

/* The i-th of the headers in the order in which they are kept, of 2 * count:
 * what decides, then the others. NULL: not in this half. */
static const struct http_header *
kept_header(const struct keeping *k, size_t i)
{
	bool first = i < k->m->header_count;
	const struct http_header *h = &k->m->headers[first ? i :
	    i - k->m->header_count];

	return kept_decides(k, h) == first ? h : NULL;
}

/* The bytes of its line; 0 where it is not kept, or does not fit. */
static size_t
kept_len(const struct keeping *k, size_t i, size_t room,
    struct http_header *kept)
{
	const struct http_header *h = kept_header(k, i);
	size_t len;

	if (h == NULL)
		return 0;
	*kept = kept_form(k, h);
	if (kept->name.data == NULL)
		return 0;
	len = kept->name.len + kept->value.len + sizeof(": \n") - 1;
	return len <= room ? len : 0;
}

static char *
kept_put(char *at, struct bytes part)
{
	if (part.len > 0)
		memcpy(at, part.data, part.len);
	return at + part.len;
}

/* Measured first: it is a few hundred bytes nearly always. */
struct bytes
kept_headers(const struct header_rule *headers, const struct message *m,
    const char *named_by, struct arena *a)
{
	struct bytes ignored;
	struct keeping k = { headers, m, named_by,
		message_headers(m, "signature", &ignored) > 0 };
	const size_t count = 2 * m->header_count;
	struct http_header kept;
	size_t len = 0, done = 0, n;
	char *text, *at;

	for (size_t i = 0; i < count; i++)
		len += kept_len(&k, i, KEPT_MAX_BYTES - len, &kept);
	text = at = arena_alloc(a, len + 1);
	if (text == NULL)
		return BYTES_NONE;
	for (size_t i = 0; i < count && done < len; i++) {
		n = kept_len(&k, i, len - done, &kept);
		if (n == 0)
			continue;
		at = kept_put(at, kept.name);
		at = kept_put(at, BYTES(": "));
		at = kept_put(at, kept.value);
		at = kept_put(at, BYTES("\n"));
		done += n;
	}
	return (struct bytes){ text, len };
}
