#include "token.h"

#include <string.h>

#include "bearer.h"
#include "buf.h"
#include "codec.h"
#include "trace.h"

enum { QUERY_MAX = 8192, NAME_SIZE = SCHEME_HEADER_MAX + 1, WORDS_MAX = 400 };

/* --- places -------------------------------------------------------------- */

bool
token_place(const struct scheme *s, size_t index, struct bytes *place)
{
	struct bytes rest = bytes_of(s->element);

	for (*place = BYTES_NONE; rest.data != NULL; index--) {
		bytes_cut(&rest, '|', place);
		if (index == 0)
			return true;
	}
	return false;
}

struct bytes
token_parameter(struct bytes place)
{
	static const char query[] = "query:";

	return bytes_has_prefix(place, query) ?
	    bytes_from(place, strlen(query)) : BYTES_NONE;
}

static bool
token_is_basic(struct bytes place)
{
	return bytes_is(place, "Basic %token");
}

/* "Authorization" for "authorization", "?secret=" for a parameter. */
static const char *
token_name(const struct scheme *s, struct bytes place, struct arena *a)
{
	struct bytes name = token_parameter(place);

	return name.data == NULL ? outgoing_title(s->header, a) :
	    arena_cstr(a, arena_printf(a, "?%.*s=", (int)name.len, name.data));
}

const char *
token_words(const struct scheme *s, struct arena *a)
{
	struct buf b = BUF(WORDS_MAX);
	struct scheme_pattern p;
	struct bytes place;

	for (size_t i = 0; token_place(s, i, &place); i++) {
		buf_printf(&b, "%s%s", i == 0 ? "" : " or ",
		    token_name(s, place, a));
		if (token_parameter(place).data == NULL &&
		    scheme_pattern(place, &p) && p.before.len > 0)
			buf_printf(&b, ": %.*s<secret>%.*s",
			    (int)p.before.len, p.before.data,
			    (int)p.after.len, p.after.data);
	}
	return arena_cstr(a, buf_take(&b, a));
}

/* --- in the address ------------------------------------------------------ */

/* A parameter of a query; absent where it has none. One that appears twice may
 * be read as either by whoever looked at it before us. */
static enum status
token_from_query(struct bytes query, struct bytes wanted, struct arena *a,
    struct bytes *out, struct reason *why)
{
	bool found = false;

	*out = BYTES_NONE;
	while (query.data != NULL) {
		struct bytes pair, name, decoded;

		bytes_cut(&query, '&', &pair);
		bytes_cut(&pair, '=', &name);
		if (!form_decode(name, a, &decoded) ||
		    !bytes_equal(decoded, wanted))
			continue;
		if (found)
			return fail(why, ST_MALFORMED, "the query has more "
			    "than one %.*s", (int)wanted.len, wanted.data);
		found = true;
		if (!form_decode(pair, a, out))
			return fail(why, ST_DENIED, "the query's %.*s is not "
			    "form-encoded: write %%25 for a %%",
			    (int)wanted.len, wanted.data);
		if (out->data == NULL)	/* the name alone, without a '=' */
			*out = BYTES("");
	}
	return ST_OK;
}

/* --- in a header --------------------------------------------------------- */

/* The password of "user:password" in base64. Of a kept request there is the
 * hash of the password alone. */
static struct bytes
token_password(struct bytes value, bool blind, struct arena *a)
{
	struct bytes decoded, user;

	if (blind)
		return value;
	return base64_decode(value, a, &decoded) &&
	    bytes_cut(&decoded, ':', &user) ? decoded : BYTES_NONE;
}

struct bytes
token_from_value(const struct scheme *s, struct bytes place,
    struct bytes value, bool blind, struct arena *a)
{
	bool any_case = strcmp(s->header, "authorization") == 0;
	struct scheme_pattern p;
	const char *before, *after;

	if (!scheme_pattern(place, &p))
		return BYTES_NONE;
	before = arena_cstr(a, p.before);
	after = arena_cstr(a, p.after);
	if (!(any_case ? bytes_has_prefix_nocase(value, before) :
	    bytes_has_prefix(value, before)))
		return BYTES_NONE;
	value = bytes_from(value, p.before.len);
	if (value.len < p.after.len || memcmp(value.data + value.len -
	    p.after.len, after, p.after.len) != 0)
		return BYTES_NONE;
	value = bytes_trim((struct bytes){ value.data,
	    value.len - p.after.len });
	return token_is_basic(place) ? token_password(value, blind, a) : value;
}

/* --- verifying ----------------------------------------------------------- */

/* What a place has; absent where there is nothing. *fits: whether it is as the
 * pattern has it. */
static enum status
token_given(const struct scheme *s, struct bytes place,
    const struct message *m, struct arena *a, struct bytes *out, bool *fits,
    struct reason *why)
{
	struct bytes name = token_parameter(place), value;
	enum status st;

	*fits = true;
	if (name.data != NULL)
		return token_from_query(m->query, name, a, out, why);
	st = message_only_header(m, s->header, out, why);
	if (st != ST_OK || out->data == NULL)
		return st;
	value = token_from_value(s, place, *out, m->blind, a);
	*fits = value.data != NULL;
	*out = *fits ? value : *out;
	return ST_OK;
}

static enum status
token_find(const struct scheme *s, const struct message *m, struct arena *a,
    struct bytes *out, struct reason *why)
{
	struct bytes place;
	bool fits = true;

	for (size_t i = 0; token_place(s, i, &place); i++) {
		enum status st = token_given(s, place, m, a, out, &fits, why);

		if (st != ST_OK || (out->data != NULL && fits))
			return st;
		if (out->data != NULL)
			return fail(why, ST_DENIED, "%s is there, but not in "
			    "the form %s", token_name(s, place, a),
			    token_words(s, a));
	}
	return fail(why, ST_DENIED, "there is no secret in %s",
	    token_words(s, a));
}

bool
token_there(const struct scheme *s, const struct message *m, struct arena *a)
{
	struct bytes place, given;
	bool fits;

	for (size_t i = 0; token_place(s, i, &place); i++)
		if (token_given(s, place, m, a, &given, &fits, NULL) !=
		    ST_OK || given.data != NULL)
			return true;
	return false;
}

static enum status
token_compare(const struct source *s, const struct signing *g,
    struct bytes given, bool blind, size_t *index, struct reason *why)
{
	bool found = false;

	for (size_t i = 0; i < s->secret_count; i++) {
		if (!source_secret_counts(s, i, g) || !bearer_equal(given,
		    blind, secret_bytes(&s->secrets[i])))
			continue;
		*index = i;
		found = true;
	}
	if (!found)
		return fail(why, ST_DENIED, "it is not one of the source's "
		    "secrets");
	return ST_OK;
}

enum status
token_verify(const struct source *s, const struct signing *g,
    const struct message *m, struct arena *a, struct trace *t,
    struct proof *out, struct reason *why)
{
	struct bytes given = BYTES_NONE;
	enum status st = token_find(g->scheme, m, a, &given, why);

	out->near = NEAR_NOT;
	if (st == ST_OK) {
		out->near = NEAR_SHAPE;
		st = token_compare(s, g, given, m->blind, &out->secret_index,
		    why);
	}
	if (st == ST_OK) {
		out->near = NEAR_GENUINE;
		trace_step(t, STEP_OK, "secret", "it is the secret of %s",
		    s->name);
	} else {
		trace_step(t, STEP_BAD, "secret", "%s",
		    why == NULL ? "" : why->text);
	}
	return st;
}

/* --- signing ------------------------------------------------------------- */

/* Percent-encoded but for RFC 3986 2.3; none where that is longer than servers
 * read. */
static void
token_add_query(struct bytes name, struct bytes secret, struct arena *a,
    struct outgoing *o)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";
	char *text = arena_alloc(a, 3 * secret.len + 1);
	size_t n = 0;

	o->query_is_secret = true;
	for (size_t i = 0; text != NULL && i < secret.len; i++) {
		unsigned char c = (unsigned char)secret.data[i];

		if (c != '\0' && strchr(plain, c) != NULL) {
			text[n++] = (char)c;
			continue;
		}
		text[n++] = '%';
		text[n++] = digits[c >> 4];
		text[n++] = digits[c & 15];
	}
	if (n + name.len < QUERY_MAX)
		o->query = arena_printf(a, "%.*s=%.*s", (int)name.len,
		    name.data, (int)n, text);
}

/* RFC 7617 2 */
static struct bytes
token_basic(struct bytes secret, struct arena *a)
{
	struct bytes parts[] = { BYTES("cgihook:"), secret };
	struct bytes both = arena_join(a, parts, 2);
	char *text = arena_alloc(a, (both.len + 2) / 3 * 4 + 1);

	if (both.data == NULL || text == NULL)
		return BYTES_NONE;
	base64_encode((const unsigned char *)both.data, both.len, text);
	return bytes_of(text);
}

/* Whether a header can hold the secret, with text before it as RFC 6750 2.1 has
 * it: no blank. Alone it may have blanks, but not at its ends. */
static bool
token_fits_header(struct bytes secret, bool alone)
{
	for (size_t i = 0; i < secret.len; i++)
		if ((secret.data[i] <= ' ' || secret.data[i] > '~') &&
		    !(alone && secret.data[i] == ' ' && i > 0 &&
		    i + 1 < secret.len))
			return false;
	return true;
}

/* False where no header can hold the secret. */
static bool
token_add_header(const struct scheme *s, struct bytes place,
    struct bytes secret, struct arena *a, struct outgoing *o)
{
	struct scheme_pattern p = { BYTES_NONE, BYTES_NONE, BYTES_NONE };

	scheme_pattern(place, &p);
	if (token_is_basic(place))
		secret = token_basic(secret, a);
	if (!token_fits_header(secret, p.before.len == 0))
		return false;
	outgoing_add(o, outgoing_title(s->header, a), arena_printf(a,
	    "%.*s%.*s%.*s", (int)p.before.len, p.before.data,
	    (int)secret.len, secret.data, (int)p.after.len, p.after.data));
	return true;
}

/* For a check, the places in the address come last. */
enum status
token_sign(const struct scheme *s, struct bytes secret, struct arena *a,
    struct outgoing *o, struct reason *why)
{
	struct bytes place;

	o->holds_secret = true;
	for (int turn = o->check ? 0 : 1; turn < 2; turn++) {
		for (size_t i = 0; token_place(s, i, &place); i++) {
			struct bytes name = token_parameter(place);

			if (name.data == NULL && token_add_header(s, place,
			    secret, a, o))
				return ST_OK;
			if (name.data == NULL || turn == 0)
				continue;
			token_add_query(name, secret, a, o);
			return ST_OK;
		}
	}
	return fail(why, ST_CONFIG, "the secret has characters that the header "
	    "%s cannot hold", s->header);
}
