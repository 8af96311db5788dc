#include "recipe.h"

#include <stdlib.h>
#include <string.h>

#include "guess_body.h"
#include "guess_mac.h"
#include "signature.h"
#include "signed_time.h"
#include "token.h"
#include "token_guess.h"

enum { TEXTS_MAX = 80, MACS_MAX = 32, NAME_MAX_LEN = 8, SHOWN_MAX = 80 };

#define MINUTE_MS INT64_C(60000)
#define ZONE_MS (30 * MINUTE_MS)
#define ZONES_MS (14 * 60 * MINUTE_MS)

/* What is searched for one refused request. */
struct recipe_case {
	const struct guess_case *c;
	const struct scheme *scheme;
	struct signature sig;
	struct guess_mac macs[MACS_MAX];
	struct guess_signed texts[TEXTS_MAX];
	struct guess_search search;
};

/* --- MACs ---------------------------------------------------------------- */

/* An element's MAC, whatever is in front of it. */
static struct bytes
recipe_loose_mac(const struct scheme_pattern *p, struct bytes text,
    struct arena *a, const char **place)
{
	struct bytes rest = text, name;

	*place = NULL;
	if (p->before.len > 0 && text.len >= p->before.len &&
	    memcmp(text.data, p->before.data, p->before.len) == 0)
		return bytes_from(text, p->before.len);
	if (bytes_cut(&rest, '=', &name) && rest.len > 2 &&
	    name.len <= NAME_MAX_LEN) {
		*place = arena_printf(a, "%.*s= is in front of it, %s%.*s",
		    (int)name.len, name.data, p->before.len == 0 ?
		    "and must not be" : "and must be ", (int)p->before.len,
		    p->before.data).data;
		return rest;
	}
	if (p->before.len > 0)
		*place = arena_printf(a, "%.*s is missing in front of it",
		    (int)p->before.len, p->before.data).data;
	return text;
}

/* place: what is wrong with the header; NULL: it is the right one. */
static void
recipe_add_mac(struct recipe_case *x, struct bytes text, const char *place)
{
	struct guess_mac *mac = &x->macs[x->search.mac_count];
	struct scheme_pattern p;
	const char *front;

	if (x->search.mac_count == MACS_MAX ||
	    !scheme_pattern(bytes_of(x->scheme->element), &p))
		return;
	text = recipe_loose_mac(&p, text, x->c->arena, &front);
	if (!guess_read_mac(text, x->c->m->blind, signature_form(x->scheme),
	    scheme_mac_len(x->scheme), x->c->arena, mac))
		return;
	mac->place = place != NULL ? place : front;
	x->search.mac_count++;
}

/* By its name alone: the table of providers is below this file. */
static bool
recipe_is_signature_header(struct bytes name)
{
	static const char *const words[] = { "signature", "hmac" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(name.data, name.len, words[i],
		    strlen(words[i])) != NULL)
			return true;
	return false;
}

/* In another header; its name where there is a MAC in it. */
static struct bytes
recipe_add_other_headers(struct recipe_case *x)
{
	const struct message *m = x->c->m;
	struct bytes found = BYTES_NONE;

	for (size_t i = 0; i < m->header_count; i++) {
		struct bytes name = m->headers[i].name, element;
		struct bytes rest = m->headers[i].value;
		size_t before = x->search.mac_count;
		const char *place;

		if (bytes_is(name, x->scheme->header) ||
		    !recipe_is_signature_header(name))
			continue;
		place = arena_printf(x->c->arena, "it is in the header %.*s, "
		    "and must be in %s", (int)(name.len > SHOWN_MAX ?
		    SHOWN_MAX : name.len), name.data,
		    x->scheme->header).data;
		while (rest.data != NULL) {
			bytes_cut(&rest, ',', &element);
			recipe_add_mac(x, bytes_trim(element), place);
		}
		if (x->search.mac_count > before)
			found = name;
	}
	return found;
}

/* --- texts --------------------------------------------------------------- */

/* A body, with what a signature's template has around it. */
static void
recipe_add_text(struct recipe_case *x, const struct signature *sig,
    struct bytes body, const char *words)
{
	struct guess_signed *text = &x->texts[x->search.text_count];
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = scheme_parts(sig->scheme->signed_text, parts), at = 0;

	if (x->search.text_count == TEXTS_MAX)
		return;
	while (at < n && parts[at].kind != PART_BODY)
		at++;
	*text = (struct guess_signed){ .text = body, .words = words,
		.before = arena_join(x->c->arena, sig->parts, at),
		.after = at + 1 < n ? arena_join(x->c->arena, sig->parts +
		    at + 1, n - at - 1) : BYTES("") };
	x->search.text_count++;
}

/* As another sender, or another version, would sign it. */
static void
recipe_add_template(struct recipe_case *x, const struct scheme *other)
{
	struct signature sig = x->sig;

	if (other->algorithm == SCHEME_TOKEN || strcmp(other->signed_text,
	    x->scheme->signed_text) == 0)
		return;
	sig.scheme = other;
	if (signature_text(x->c->m, &sig, x->c->arena, NULL) == ST_OK)
		recipe_add_text(x, &sig, x->c->m->body, arena_printf(
		    x->c->arena, "what was signed is %s, and must be %s",
		    other->signed_text, x->scheme->signed_text).data);
}

static void
recipe_add_templates(struct recipe_case *x)
{
	static const char *const common[] = { "{body}", "{time}.{body}",
		"{time}{body}", "{body}{time}", "{time}:{body}",
		"{time}\n{body}", "v0:{time}:{body}",
		"{header:webhook-id}.{time}.{body}" };
	struct scheme like = *x->scheme;

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		like.signed_text = common[i];
		if (like.time != NULL || i == 0)
			recipe_add_template(x, &like);
	}
}

static void
recipe_add_texts(struct recipe_case *x)
{
	const char *words;
	struct bytes body;

	if (x->scheme->covers != NULL) {	/* the body is not in it */
		x->texts[0] = (struct guess_signed){ .text = x->sig.parts[0],
			.before = BYTES(""), .after = BYTES("") };
		x->search.likely_count = x->search.text_count =
		    x->sig.part_count;
		return;
	}
	for (size_t i = 0; guess_body(x->c->m->body, i, x->c->arena, &body,
	    &words); i++)
		recipe_add_text(x, &x->sig, body, words);
	x->search.likely_count = x->search.text_count;
	recipe_add_templates(x);
}

/* --- the time ------------------------------------------------------------ */

/* Genuine, but for its time. */
static void
recipe_guess_time(const struct guess_case *c, struct bytes text,
    struct guesses *out)
{
	int64_t time_ms, off_ms, zone_ms;

	if (!signed_time_read(text, &time_ms)) {
		guess_add(out, c->arena, "the signed time is not written as "
		    "seconds since 1970");
		return;
	}
	off_ms = llabs(c->m->received_ms - time_ms);
	zone_ms = (off_ms + ZONE_MS / 2) / ZONE_MS * ZONE_MS;
	if (zone_ms > 0 && zone_ms <= ZONES_MS &&
	    llabs(off_ms - zone_ms) <= MINUTE_MS)
		guess_add(out, c->arena, "the signed time is off by just %d h"
		    "%s: one of the clocks is set to local time, and must be "
		    "set to UTC", (int)(zone_ms / MINUTE_MS / 60),
		    zone_ms / MINUTE_MS % 60 != 0 ? " 30 min" : "");
	else if (c->m->received_ms > time_ms)
		guess_add(out, c->arena, "the request is genuine but old: it "
		    "was delayed on its way or sent again, or one of the "
		    "clocks is wrong (compare: date -u)");
	else
		guess_add(out, c->arena, "the request is genuine, but its time "
		    "is in the future: one of the clocks is wrong (compare: "
		    "date -u)");
}

static bool
recipe_is_genuine_but_old(const struct guess_case *c)
{
	struct source s = *c->source;
	struct proof proof;

	s.any_age = true;
	return recipe_verify(&s, c->m, c->arena, NULL, &proof, NULL) == ST_OK;
}

/* --- together ------------------------------------------------------------ */

/* Where the scheme's header is not there, or has nothing. */
static void
recipe_guess_unsigned(struct recipe_case *x, struct guesses *out)
{
	const struct recipe *r = source_recipe(x->c->source);
	struct arena *a = x->c->arena;
	struct bytes other = recipe_add_other_headers(x);

	for (const struct scheme *s = r->schemes; s->name != NULL; s++)
		if (s->algorithm == SCHEME_TOKEN && s != x->scheme &&
		    token_there(s, x->c->m, a))
			guess_add(out, a, "the sender sends the secret "
			    "itself (%s), but the source %s expects requests "
			    "that are signed with it", token_words(s, a),
			    x->c->source->name);
	recipe_add_texts(x);
	if (guess_search(&x->search, out))
		return;
	if (other.data != NULL)
		guess_add(out, a, "there is no %s, but %.*s has a signature: "
		    "the sender signs in another way", x->scheme->header,
		    (int)(other.len > SHOWN_MAX ? SHOWN_MAX : other.len),
		    other.data);
	else
		guess_add(out, a, "the request is not signed: the secret is "
		    "not set at the sender (%s)", r->secret_place);
}

static void
recipe_guess_signed(struct recipe_case *x, enum status text,
    const struct reason *why, struct guesses *out)
{
	struct arena *a = x->c->arena;

	for (size_t i = 0; i < x->sig.count; i++)
		recipe_add_mac(x, x->sig.texts[i], NULL);
	if (x->search.mac_count == 0) {
		guess_add(out, a, "the signature does not have %zu bytes: it "
		    "was cut, or is of another kind than %s",
		    scheme_mac_len(x->scheme),
		    scheme_algorithm_name(x->scheme));
		return;
	}
	if (text != ST_OK)
		guess_add(out, a, "%s: something on the way removed or added "
		    "it, or the sender signs in another way", why->text);
	else if (x->sig.time.data != NULL &&
	    recipe_is_genuine_but_old(x->c)) {
		recipe_guess_time(x->c, x->sig.time, out);
		return;
	}
	recipe_add_texts(x);
	guess_search(&x->search, out);
}

/* Whether there is an HTTP message signature, though none that counts. */
static bool
recipe_is_described(const struct recipe_case *x)
{
	struct bytes ignored;

	return x->scheme->covers != NULL && message_headers(x->c->m,
	    "signature", &ignored) > 0 && message_headers(x->c->m,
	    "signature-input", &ignored) > 0;
}

void
recipe_guess(const struct guess_case *c, struct guesses *out)
{
	struct recipe_case x = { .c = c, .search = { .c = c } };
	struct reason why = { "" };
	enum status st, text;

	if (c->source->unsigned_allowed)
		return;
	x.scheme = recipe_scheme(c->source, c->m, c->arena);
	if (x.scheme->algorithm == SCHEME_TOKEN) {
		token_guess(c, x.scheme, out);
		return;
	}
	x.search.scheme = x.scheme;
	x.search.macs = x.macs;
	x.search.texts = x.texts;
	st = signature_read(x.scheme, c->m, &x.sig, c->arena, NULL);
	text = signature_text(c->m, &x.sig, c->arena, &why);
	if (st == ST_DENIED && x.sig.count == 0) {
		if (!recipe_is_described(&x))	/* the reason says it all */
			recipe_guess_unsigned(&x, out);
	} else if (st == ST_OK || st == ST_DENIED) {
		recipe_guess_signed(&x, text, &why, out);
	}
}
