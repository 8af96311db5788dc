#include "blind.h"

#include <string.h>

#include "bearer.h"
#include "blind_body.h"
#include "blind_recipe.h"
#include "buf.h"
#include "codec.h"
#include "crypto.h"
#include "mac.h"
#include "opaque.h"
#include "recipe.h"

enum {
	VALUE_MAX = 16 * 1024,	/* of a header, blind */
	PAIRS_MAX = 16,		/* of a query */
	NAME_MAX_LEN = 40,	/* of a query's pair, of an unknown header */
	TEXT_OPAQUE_MIN = 32	/* the same where no MAC is expected */
};

/* What every request may have. */
static const struct header_rule common_headers[] = {
	{ "content-type", HEADER_TEXT, false },
	{ "content-length", HEADER_TEXT, false },
	{ "content-encoding", HEADER_TEXT, false },
	{ "transfer-encoding", HEADER_TEXT, false },
	{ "user-agent", HEADER_TEXT, false },
	{ "host", HEADER_TEXT, false },
	{ "accept", HEADER_TEXT, false },
	{ "accept-encoding", HEADER_TEXT, false },
	{ NULL, HEADER_TEXT, false }
};

struct blinding {
	const struct source *source;
	const struct source *all;
	size_t count;
	const struct leak_search *search;
	unsigned char salt[BEARER_SALT_LEN];
	struct arena *arena;
};

/* The same for every source: a request to the wrong one is kept, too. */
static const struct header_rule *
blind_rule_of(const struct blinding *b, struct bytes name)
{
	const struct header_rule *r = header_rule(common_headers, name);

	if (r != NULL)
		return r;
	r = header_rule(provider_headers(b->source), name);
	for (size_t i = 0; r == NULL && i < b->count; i++)
		r = header_rule(provider_headers(&b->all[i]), name);
	return r != NULL ? r : provider_header(NULL, name);
}

static bool
blind_leaks(const struct blinding *b, struct bytes text)
{
	struct arena a = ARENA(0);
	bool found = leak_found(b->search, text, &a);

	arena_free(&a);
	return found;
}

/* --- signatures ---------------------------------------------------------- */

static bool
blind_is_key_id(const struct blinding *b, struct bytes run)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->all[i].key_id != NULL && bytes_is(run, b->all[i].key_id))
			return true;
	return false;
}

static void
blind_add_run(const struct blinding *b, struct bytes run, size_t opaque_min,
    struct buf *out)
{
	char text[MAC_BLIND_MAX];

	if (run.len < opaque_min || opaque_words(run) ||
	    blind_is_key_id(b, run))
		buf_add(out, run);
	else if (mac_blind(run, text))
		buf_add_str(out, text);
	else
		buf_printf(out, "opaque-%zu", run.len);
}

/* A text in which each MAC has become its hash. Another run of opaque_min bytes
 * or more, which could be part of a MAC, has become its length. */
static struct bytes
blind_runs(const struct blinding *b, struct bytes text, size_t opaque_min)
{
	struct buf out = BUF(VALUE_MAX);

	while (text.len > 0) {
		size_t n = opaque_run(text);

		if (n == 0) {
			buf_add_char(&out, text.data[0]);
			text = bytes_from(text, 1);
			continue;
		}
		blind_add_run(b, (struct bytes){ text.data, n }, opaque_min,
		    &out);
		text = bytes_from(text, n);
	}
	return buf_take(&out, b->arena);
}

/* --- secrets where one is expected --------------------------------------- */

static struct bytes
blind_bearer(const struct blinding *b, struct bytes given)
{
	char text[BEARER_BLIND_MAX];

	if (given.data == NULL || !bearer_blind(given, b->salt, text))
		return BYTES_NONE;
	return arena_copy(b->arena, bytes_of(text));
}

static bool
blind_simple_name(const struct blinding *b, struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_alnum(name.data[i]) &&
		    memchr("_.-", name.data[i], 3) == NULL)
			return false;
	return name.len > 0 && name.len <= NAME_MAX_LEN &&
	       !blind_leaks(b, name);
}

/* "secret=<hash>", the hash of the decoded value; "secret=%" where the value
 * cannot be decoded. If decoding changes it, a second pair "!secret" has the
 * hash of the value as it came. A name that cannot be kept becomes "?"; if it
 * has no value, the name itself may have been meant as the value. */
static void
blind_pair(const struct blinding *b, struct bytes pair, struct buf *out)
{
	struct bytes name, decoded_name, decoded, hash;

	bytes_cut(&pair, '=', &name);
	if (pair.data == NULL)
		pair = BYTES("");
	if (!form_decode(name, b->arena, &decoded_name))
		decoded_name = name;
	if (!blind_simple_name(b, decoded_name)) {
		if (pair.len == 0)
			pair = name;
		decoded_name = BYTES("?");
	}
	buf_add_str(out, out->len > 0 ? "&" : "");
	buf_add(out, decoded_name);
	buf_add_char(out, '=');
	if (form_decode(pair, b->arena, &decoded))
		hash = blind_bearer(b, decoded);
	else
		decoded = hash = BYTES("%");
	buf_add(out, hash);
	if (bytes_equal(decoded, pair))
		return;
	buf_add_str(out, "&!");
	buf_add(out, decoded_name);
	buf_add_char(out, '=');
	buf_add(out, blind_bearer(b, pair));
}

static struct bytes
blind_query(const struct blinding *b, struct bytes query)
{
	struct buf out = BUF(VALUE_MAX);
	struct bytes pair;

	if (!source_bears_secret(b->source) ||
	    query.data == NULL)
		return BYTES_NONE;
	for (int i = 0; i < PAIRS_MAX && query.data != NULL; i++) {
		bytes_cut(&query, '&', &pair);
		if (pair.len > 0)
			blind_pair(b, pair, &out);
	}
	return buf_take(&out, b->arena);
}

/* "Bearer <hash>"; another scheme keeps its name if that is a simple one. In
 * another header, all is hashed. */
static struct bytes
blind_credentials(const struct blinding *b, const struct http_header *h)
{
	struct bytes value = bytes_trim(h->value), rest = value, scheme, hash;

	hash = blind_recipe_token(b->source, h, b->salt, b->arena);
	if (hash.data != NULL)
		return hash;
	if (!bytes_is(h->name, "authorization"))
		return blind_bearer(b, value);

	if (bytes_cut(&rest, ' ', &scheme) && blind_simple_name(b, scheme) &&
	    scheme.len < OPAQUE_MIN) {
		hash = blind_bearer(b, bytes_trim(rest));
		return hash.data == NULL ? hash : arena_printf(b->arena,
		    "%.*s %s", (int)scheme.len, scheme.data, hash.data);
	}
	return blind_bearer(b, value);
}

static bool
blind_is_a_secret(const struct blinding *b, struct bytes value)
{
	for (size_t i = 0; i < b->count; i++)
		for (size_t k = 0; k < b->all[i].secret_count; k++)
			if (bearer_equal(value, false,
			    secret_bytes(&b->all[i].secrets[k])))
				return true;
	return false;
}

/* --- headers ------------------------------------------------------------- */

static bool
blind_names_a_signature(struct bytes value)
{
	return message_credentials(value, "signature").data != NULL ||
	    (value.len > 0 && memmem(value.data, value.len, "signature=",
	    10) != NULL);
}

/* A header that nobody reads. If its value is the secret, that was the sender's
 * mistake. */
static struct bytes
blind_unknown(const struct blinding *b, const struct http_header *h)
{
	struct bytes value = bytes_trim(h->value);

	if (!source_bears_secret(b->source) ||
	    bytes_is(h->name, "cookie") ||
	    bytes_is(h->name, "proxy-authorization") ||
	    !blind_simple_name(b, h->name) || !blind_is_a_secret(b, value))
		return BYTES_NONE;
	return blind_bearer(b, value);
}

/* Authorization may have a signature or a secret, whichever is expected. */
static enum header_kind
blind_kind(const struct blinding *b, const struct http_header *h,
    enum header_kind kind)
{
	if (!bytes_is(h->name, "authorization"))
		return kind;
	return blind_names_a_signature(h->value) ||
	    blind_recipe_signs(b->source, h) ? HEADER_SIGNATURE : HEADER_SECRET;
}

/* What is kept of a header's value; absent where nothing is. */
static struct bytes
blind_value(const struct blinding *b, const struct http_header *h)
{
	const struct header_rule *r = blind_rule_of(b, h->name);
	struct bytes value = h->value;

	if (r == NULL)
		return blind_unknown(b, h);
	switch (blind_kind(b, h, r->kind)) {
	case HEADER_TEXT:
		value = blind_runs(b, value, TEXT_OPAQUE_MIN);
		break;
	case HEADER_EXACT:
		break;
	case HEADER_SIGNATURE:
		value = blind_runs(b, value, OPAQUE_MIN);
		break;
	case HEADER_SECRET:
		/* of a sender that signs, it is not for us */
		return r->kind == HEADER_SECRET ?
		    blind_credentials(b, h) : BYTES_NONE;
	}
	return value.data == NULL || blind_leaks(b, value) ? BYTES_NONE : value;
}

/* Whether it can be written as a line and read back: a name may have any byte
 * that came after HTTP_. */
static bool
blind_fits_a_line(const struct http_header *h)
{
	for (size_t i = 0; i < h->name.len; i++)
		if (!message_token_char(h->name.data[i]))
			return false;
	for (size_t i = 0; i < h->value.len; i++)
		if (strchr("\r\n", h->value.data[i]) != NULL)
			return false;
	return h->name.len > 0;
}

static enum status
blind_headers(const struct blinding *b, const struct message *m,
    struct message *out)
{
	struct http_header *kept = arena_array(b->arena, m->header_count + 1,
	    sizeof(*kept));
	size_t n = 0;

	if (kept == NULL)
		return ST_BUSY;
	for (size_t i = 0; i < m->header_count; i++) {
		const struct http_header *h = &m->headers[i];

		if (!blind_fits_a_line(h))
			continue;
		kept[n].name = h->name;
		kept[n].value = blind_value(b, h);
		n += kept[n].value.data != NULL;
	}
	out->headers = kept;
	out->header_count = n;
	return ST_OK;
}

enum status
blind_message(const struct message *m, const struct source *s,
    const struct source *all, size_t count, const struct leak_search *search,
    struct arena *a, struct message *out)
{
	struct blinding b = { .source = s, .all = all, .count = count,
		.search = search, .arena = a };
	struct message kept = { .method = BYTES("?"),
		.remote_addr = BYTES("?"), .received_ms = m->received_ms,
		.blind = true };
	struct bytes clear;

	if (crypto_random(b.salt, sizeof(b.salt)) != ST_OK ||
	    blind_headers(&b, m, &kept) != ST_OK)
		return ST_BUSY;
	if (!blind_leaks(&b, m->method))
		kept.method = m->method;
	/* some servers are configured to take it from a header */
	if (!blind_leaks(&b, m->remote_addr))
		kept.remote_addr = m->remote_addr;
	kept.query = blind_query(&b, m->query);
	if (blind_body_kept(m, s, all, count, a, &clear) &&
	    !blind_leaks(&b, m->body) && (clear.data == m->body.data ||
	    !blind_leaks(&b, clear)))
		kept.body = m->body;
	if (arena_failed(a))
		return ST_BUSY;
	*out = kept;
	return ST_OK;
}
