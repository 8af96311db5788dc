#include "recipe.h"

#include <string.h>

#include "codec.h"
#include "content_digest.h"
#include "crypto.h"
#include "outgoing.h"
#include "signature.h"
#include "token.h"

enum { ID_BYTES = 12 };

/* The value of a header that is signed: what the recipe sends in it anyway, or
 * a fresh one. */
static struct bytes
recipe_sign_header(struct bytes name, struct arena *a, struct outgoing *o)
{
	unsigned char random[ID_BYTES];
	char hex[2 * ID_BYTES + 1];
	struct bytes id;

	for (size_t i = 0; i < o->header_count; i++)
		if (bytes_equal(message_header_name(o->headers[i].name, a),
		    name))
			return o->headers[i].value;
	if (crypto_random(random, sizeof(random)) != ST_OK)
		return BYTES_NONE;
	hex_encode(random, sizeof(random), hex);
	/* no digit at its end, which could be of a time behind it */
	id = arena_printf(a, "msg_%s_", hex);
	outgoing_add(o, outgoing_title(arena_cstr(a, name), a), id);
	return id;
}

/* The parts of the signed text, and the headers that they come from. */
static size_t
recipe_sign_parts(const struct scheme *s, struct bytes time,
    struct arena *a, struct outgoing *o, struct bytes out[SCHEME_PARTS_MAX])
{
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = scheme_parts(s->signed_text, parts);

	for (size_t i = 0; i < n; i++) {
		switch (parts[i].kind) {
		case PART_LITERAL: out[i] = parts[i].text; break;
		case PART_BODY: out[i] = o->body; break;
		case PART_TIME: out[i] = time; break;
		case PART_HEADER:
			out[i] = recipe_sign_header(parts[i].text, a, o);
			break;
		}
	}
	return n;
}

/* The time in its header; or what is to be put before the signature. */
static struct bytes
recipe_sign_time(const struct scheme *s, struct bytes time, struct arena *a,
    struct outgoing *o)
{
	struct bytes name = bytes_of(s->time), place;

	if (name.data == NULL)
		return BYTES("");
	bytes_cut(&name, ':', &place);
	if (bytes_is(place, "element"))
		return arena_printf(a, "%.*s=%.*s%c", (int)name.len,
		    name.data, (int)time.len, time.data, s->separator);
	outgoing_add(o, outgoing_title(name.data, a), time);
	return BYTES("");
}

static enum status
recipe_sign_signature(const struct source *s, size_t index,
    const struct scheme *scheme, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	struct bytes time = arena_printf(a, "%lld",
	    (long long)(o->now_ms / 1000)), value[2];
	struct bytes parts[SCHEME_PARTS_MAX];
	struct signing g = recipe_signing(s, scheme);
	unsigned char mac[HASH_MAX_LEN];
	enum status st;

	value[0] = recipe_sign_time(scheme, time, a, o);
	g.parts = parts;
	g.part_count = recipe_sign_parts(scheme, time, a, o, parts);
	o->forged = scheme->algorithm == SCHEME_ED25519;
	if (o->forged)
		memset(mac, 0, sizeof(mac));
	else if ((st = source_make_mac(s, index, &g, mac, why)) != ST_OK)
		return st;
	value[1] = signature_write(scheme, mac, a);
	outgoing_add(o, outgoing_title(scheme->header, a), arena_join(a,
	    value, 2));
	return ST_OK;
}

/* What the request will be: the responder's view of it. */
static struct message
recipe_sign_message(const struct outgoing *o, struct arena *a)
{
	struct http_header *headers = arena_array(a, OUTGOING_HEADERS_MAX,
	    sizeof(*headers));
	struct message m = { .method = BYTES("POST"), .target = o->target,
		.headers = headers, .body = o->body };

	for (size_t i = 0; headers != NULL && i < o->header_count; i++)
		headers[m.header_count++] = (struct http_header){
			message_header_name(o->headers[i].name, a),
			o->headers[i].value };
	return m;
}

/* RFC 9421: what the scheme must have signed, and no more. */
static enum status
recipe_sign_covered(const struct source *s, size_t index,
    const struct scheme *scheme, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	struct signing g = recipe_signing(s, scheme);
	unsigned char mac[HASH_MAX_LEN] = { 0 };
	struct bytes input, key, rest, base;
	struct structured_item item;
	struct reason cause;
	struct message m;
	enum status st;

	outgoing_add(o, "Content-Digest", content_digest_make(o->body, a));
	m = recipe_sign_message(o, a);
	input = arena_printf(a, "sig1=%s", arena_cstr(a,
	    message_signature_input(scheme->covers,
	    scheme_registered_name(scheme), o->now_ms / 1000, a)));
	rest = input;
	if (!structured_next_member(&rest, &key, &item))
		return arena_verdict(a, fail(why, ST_BUG, "a signature cannot "
		    "be described"), why);
	st = message_signature_base(&item, &m, a, &base, &cause);
	if (st != ST_OK)
		return fail(why, st == ST_DENIED ? ST_CONFIG : st, "cgihook "
		    "cannot sign what %s covers: %s", s->name, cause.text);
	g.parts = &base;
	g.part_count = 1;
	o->forged = scheme->algorithm == SCHEME_ED25519;
	if (!o->forged && (st = source_make_mac(s, index, &g, mac, why)) !=
	    ST_OK)
		return st;
	outgoing_add(o, "Signature-Input", input);
	outgoing_add(o, "Signature", arena_printf(a, "sig1=:%s:", arena_cstr(a,
	    signature_write(scheme, mac, a))));
	return ST_OK;
}

/* The first secret that any scheme takes, and that scheme; NULL: none. A public
 * key counts only where there is nothing else. */
static const struct scheme *
recipe_signs_by(const struct source *s, size_t *index)
{
	const bool any = !source_signs(s);

	for (*index = 0; *index < s->secret_count; ++*index) {
		for (const struct scheme *i = source_recipe(s)->schemes;
		    i->name != NULL; i++) {
			const struct signing g = recipe_signing(s, i);

			if ((any || i->algorithm != SCHEME_ED25519) &&
			    source_secret_counts(s, *index, &g))
				return i;
		}
	}
	return NULL;
}

enum status
recipe_sign(const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	const struct recipe *r = source_recipe(s);
	const struct scheme *scheme;
	size_t index;

	if (r->agent != NULL)
		outgoing_add(o, "User-Agent", bytes_of(r->agent));
	if (o->event != NULL && r->event_header != NULL)
		outgoing_add(o, outgoing_title(r->event_header, a),
		    bytes_of(o->event));
	scheme = recipe_signs_by(s, &index);
	if (scheme == NULL)
		return ST_OK;
	if (scheme->algorithm == SCHEME_ED25519 && !o->check)
		return fail(why, ST_CONFIG, "%s", source_trial(s, a));
	if (scheme->algorithm == SCHEME_TOKEN)
		return token_sign(scheme, secret_bytes(&s->secrets[index]), a,
		    o, why);
	return scheme->covers != NULL ?
	    recipe_sign_covered(s, index, scheme, a, o, why) :
	    recipe_sign_signature(s, index, scheme, a, o, why);
}
