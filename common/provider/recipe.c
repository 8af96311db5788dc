#include "recipe.h"

#include <string.h>

#include "guess_body.h"
#include "guess_mac.h"
#include "mac.h"
#include "outgoing.h"
#include "source.h"
#include "trace.h"

enum { ELEMENTS_MAX = 16, TEXTS_MAX = 24, NAME_MAX_LEN = 8 };

const struct recipe *
source_recipe(const struct source *s)
{
	return s->recipe != NULL ? s->recipe : s->provider->recipe;
}

/* --- the header ---------------------------------------------------------- */

/* A scheme as it is read. */
struct form {
	const struct recipe *recipe;
	const char *header;
	const char *prefix;	/* the literal of an element */
	enum mac_form form;
	char separator;
};

static struct form
recipe_form(const struct source *s, struct arena *a)
{
	const struct recipe *recipe = source_recipe(s);
	const struct scheme *scheme = &recipe->schemes[0];
	struct scheme_pattern p = { .kind = BYTES_NONE };

	scheme_pattern(scheme->element, &p);
	return (struct form){ recipe, scheme->header,
		arena_cstr(a, p.before), bytes_is(p.kind, "hex") ? MAC_HEX :
		MAC_BASE64, scheme->separator };
}

struct elements {
	struct bytes texts[ELEMENTS_MAX];	/* as they came */
	size_t count;
	struct mac macs[ELEMENTS_MAX];		/* of those that count */
	size_t mac_count;
};

static enum status
recipe_header(const struct form *r, const struct message *m,
    struct arena *a, struct bytes *out, struct reason *why)
{
	enum status st = ST_OK;

	if (r->separator == '\0')
		st = message_only_header(m, r->header, out, why);
	else
		*out = message_header_list(m, r->header, a);
	if (st == ST_OK && out->data == NULL)
		st = fail(why, ST_DENIED, "there is no %s header: does the "
		    "sender know the secret?", r->header);
	return st;
}

/* What an element that counts looks like. */
static const char *
recipe_words(const struct form *r, struct arena *a)
{
	return arena_cstr(a, arena_printf(a, "%s%s%s", r->prefix,
	    r->prefix[0] == '\0' ? "" : " followed by ",
	    r->form == MAC_BASE64 ? "the base64 of 32 bytes" :
	    "64 lower-case hexadecimal digits"));
}

static void
add_element(const struct form *r, struct bytes text, bool blind,
    struct elements *e)
{
	e->texts[e->count++] = text;
	if (bytes_has_prefix(text, r->prefix) &&
	    mac_read_as(bytes_from(text, strlen(r->prefix)), blind, r->form,
	    &e->macs[e->mac_count]))
		e->mac_count++;
}

static enum status
read_elements(const struct form *r, const struct message *m,
    struct arena *a, struct elements *e, struct reason *why)
{
	struct bytes rest, text;
	enum status st = recipe_header(r, m, a, &rest, why);

	e->count = e->mac_count = 0;
	if (st != ST_OK)
		return st;
	while (rest.data != NULL) {
		text = rest;
		if (r->separator == '\0')
			rest = BYTES_NONE;
		else
			bytes_cut(&rest, r->separator, &text);
		text = bytes_trim(text);
		if (text.len == 0)	/* RFC 9110 5.6.1.2 */
			continue;
		if (e->count == ELEMENTS_MAX)
			return fail(why, ST_DENIED, "%s has more than %d "
			    "elements", r->header, ELEMENTS_MAX);
		add_element(r, text, m->blind, e);
	}
	if (e->mac_count == 0)
		return fail(why, ST_DENIED, "%s %s %s", r->header,
		    r->separator == '\0' ? "is not" : "has no",
		    recipe_words(r, a));
	return ST_OK;
}

/* --- verifying ----------------------------------------------------------- */

static void
trace_elements(const struct form *r, const struct elements *e, bool found,
    struct trace *t, const struct reason *why)
{
	const char *words;

	if (t == NULL)
		return;
	t->command = arena_printf(t->arena, "openssl dgst -sha256 -hmac "
	    "\"$SECRET\" %s%s%s%s", r->form == MAC_BASE64 ?
	    "-binary BODY | base64" : "-r BODY",
	    r->prefix[0] == '\0' ? "" : "   # and ", r->prefix,
	    r->prefix[0] == '\0' ? "" : " in front");
	words = recipe_words(r, t->arena);
	if (!found)
		trace_step(t, STEP_BAD, "header", "%s",
		    why == NULL ? "" : why->text);
	else if (r->separator == '\0')
		trace_step(t, STEP_OK, "header", "%s is %s", r->header,
		    words);
	else
		trace_step(t, STEP_OK, "header", "%s with %zu element%s, of "
		    "which %zu %s %s", r->header, e->count,
		    e->count == 1 ? "" : "s", e->mac_count,
		    e->mac_count == 1 ? "is" : "are", words);
}

enum status
recipe_verify(const struct source *s, const struct message *m,
    struct arena *a, struct trace *t, struct proof *out, struct reason *why)
{
	const struct form form = recipe_form(s, a), *r = &form;
	struct proof proof = { .near = NEAR_GENUINE };
	struct elements e;
	enum status st;

	out->near = NEAR_NOT;
	if (s->unsigned_allowed) {
		trace_step(t, STEP_OK, "signature", "secret = none: anybody "
		    "may send, and nothing is verified");
		*out = proof;
		return ST_OK;
	}
	st = read_elements(r, m, a, &e, why);
	trace_elements(r, &e, st == ST_OK, t, why);
	if (st == ST_OK) {
		out->near = NEAR_SHAPE;
		st = source_find_secret(s, m->body, e.macs, e.mac_count, a, t,
		    &proof, why);
	}
	source_trace_right(s, m->body, r->form, t);
	if (st == ST_OK)
		*out = proof;
	return st;
}

/* --- signing ------------------------------------------------------------- */

/* "X-Gitea-Event" for "x-gitea-event" */
static const char *
title_case(const char *name, struct arena *a)
{
	struct bytes title = arena_copy(a, bytes_of(name));
	char *text = (char *)title.data;	/* made just now */

	for (size_t i = 0; i < title.len; i++)
		if ((i == 0 || text[i - 1] == '-') && text[i] >= 'a' &&
		    text[i] <= 'z')
			text[i] = (char)(text[i] - 'a' + 'A');
	return text;
}

enum status
recipe_sign(const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	const struct form form = recipe_form(s, a), *r = &form;
	unsigned char mac[SHA256_LEN];
	char text[MAC_TEXT_MAX];
	enum status st = hmac_sha256(outgoing_secret(s), o->body, mac);

	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make an HMAC");
	mac_write(mac, r->form, text);
	outgoing_add(o, "User-Agent", bytes_of(r->recipe->agent));
	if (o->event != NULL && r->recipe->event_header != NULL)
		outgoing_add(o, title_case(r->recipe->event_header, a),
		    bytes_of(o->event));
	if (s->secret_count > 0)
		outgoing_add(o, title_case(r->header, a), arena_printf(a,
		    "%s%s", r->prefix, text));
	return ST_OK;
}

/* --- guessing ------------------------------------------------------------ */

/* The MAC of an element, whatever is in front of it. */
static struct bytes
loose_mac(const struct form *r, struct bytes text, struct arena *a,
    const char **place)
{
	struct bytes rest = text, name;

	*place = NULL;
	if (r->prefix[0] != '\0' && bytes_has_prefix(text, r->prefix))
		return bytes_from(text, strlen(r->prefix));
	if (bytes_cut(&rest, '=', &name) && name.len <= NAME_MAX_LEN) {
		*place = arena_printf(a, "%.*s= is in front of it, %s%s",
		    (int)name.len, name.data, r->prefix[0] == '\0' ?
		    "and must not be" : "and must be ", r->prefix).data;
		return rest;
	}
	if (r->prefix[0] != '\0')
		*place = arena_printf(a, "%s is missing in front of it",
		    r->prefix).data;
	return text;
}

static void
guess_elements(const struct form *r, const struct elements *e,
    const struct guess_case *c, struct guesses *out)
{
	struct guess_signed texts[TEXTS_MAX];
	struct guess_mac macs[ELEMENTS_MAX];
	const char *place;
	struct guess_search s = { c, macs, 0, texts, 0 };
	struct arena *a = c->arena;

	for (size_t i = 0; i < e->count; i++) {
		struct bytes text = loose_mac(r, e->texts[i], a, &place);

		if (guess_read_mac(text, c->m->blind, r->form,
		    &macs[s.mac_count]))
			macs[s.mac_count++].place = place;
	}
	if (s.mac_count == 0) {
		guess_add(out, a, "the signature is not of 32 bytes: it was "
		    "cut, or is of another kind than HMAC-SHA256");
		return;
	}
	while (s.text_count < TEXTS_MAX && guess_body(c->m->body,
	    s.text_count, a, &texts[s.text_count].text,
	    &texts[s.text_count].words))
		s.text_count++;
	guess_search(&s, out);
}

void
recipe_guess(const struct guess_case *c, struct guesses *out)
{
	const struct form form = recipe_form(c->source, c->arena), *r = &form;
	struct elements e;
	enum status st;

	if (c->source->unsigned_allowed)
		return;
	st = read_elements(r, c->m, c->arena, &e, NULL);
	if (st == ST_DENIED && e.count == 0)
		guess_add(out, c->arena, "the request is not signed: the "
		    "secret is not set at the sender (%s)", r->recipe->secret_place);
	else if (st == ST_OK || st == ST_DENIED)
		guess_elements(r, &e, c, out);
}
