#include "recipe.h"

#include <string.h>

#include "guess_body.h"
#include "guess_mac.h"
#include "signature.h"
#include "token_guess.h"

enum { TEXTS_MAX = 48, NAME_MAX_LEN = 8 };

/* --- the MAC of an element, whatever is in front of it ------------------- */

static struct bytes
loose_mac(const struct scheme_pattern *p, struct bytes text, struct arena *a,
    const char **place)
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

/* --- the text ------------------------------------------------------------ */

/* What the template has around the body; absent where it has nothing. */
static void
guess_around(const struct signature *sig, struct arena *a,
    struct bytes *before, struct bytes *after)
{
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = scheme_parts(sig->scheme->signed_text, parts), body = 0;

	while (body < n && parts[body].kind != PART_BODY)
		body++;
	*before = arena_join(a, sig->parts, body);
	*after = body + 1 < n ? arena_join(a, sig->parts + body + 1,
	    n - body - 1) : BYTES("");
}

static void
guess_elements(const struct signature *sig, const struct guess_case *c,
    struct guesses *out)
{
	const struct scheme *scheme = sig->scheme;
	struct guess_signed texts[TEXTS_MAX];
	struct guess_mac macs[SIGNATURE_ELEMENTS_MAX];
	struct guess_search s = { .c = c, .macs = macs, .texts = texts,
		.scheme = scheme };
	struct arena *a = c->arena;
	struct scheme_pattern p;
	const char *place;

	if (!scheme_pattern(bytes_of(scheme->element), &p))
		return;
	for (size_t i = 0; i < sig->count; i++) {
		struct bytes text = loose_mac(&p, sig->texts[i], a, &place);

		if (guess_read_mac(text, c->m->blind, signature_form(scheme),
		    scheme_mac_len(scheme), a, &macs[s.mac_count]))
			macs[s.mac_count++].place = place;
	}
	if (s.mac_count == 0) {
		guess_add(out, a, "the signature is not of %zu bytes: it was "
		    "cut, or is of another kind than %s",
		    scheme_mac_len(scheme), scheme_algorithm_name(scheme));
		return;
	}
	while (s.text_count < TEXTS_MAX && guess_body(c->m->body,
	    s.text_count, a, &texts[s.text_count].text,
	    &texts[s.text_count].words)) {
		guess_around(sig, a, &texts[s.text_count].before,
		    &texts[s.text_count].after);
		s.text_count++;
	}
	guess_search(&s, out);
}

void
recipe_guess(const struct guess_case *c, struct guesses *out)
{
	const struct recipe *r = source_recipe(c->source);
	const struct scheme *scheme;
	struct signature sig;
	enum status st;

	if (c->source->unsigned_allowed)
		return;
	scheme = recipe_scheme(c->source, c->m, c->arena);
	if (scheme->algorithm == SCHEME_TOKEN) {
		token_guess(c, scheme, out);
		return;
	}
	st = signature_read(scheme, c->m, &sig, c->arena, NULL);
	signature_text(c->m, &sig, NULL);
	if (st == ST_DENIED && sig.count == 0)
		guess_add(out, c->arena, "the request is not signed: the "
		    "secret is not set at the sender (%s)", r->secret_place);
	else if (st == ST_OK || st == ST_DENIED)
		guess_elements(&sig, c, out);
}
