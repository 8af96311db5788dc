#include "recipe.h"

#include <string.h>

#include "judgement.h"
#include "recipe_command.h"
#include "signature.h"
#include "signed_time.h"
#include "token.h"

const struct env_rule recipe_no_env[] = {
	{ NULL, NULL, NULL }
};

const struct recipe *
source_recipe(const struct source *s)
{
	return s->recipe != NULL ? s->recipe : s->provider->recipe;
}

/* --- which scheme -------------------------------------------------------- */

struct signing
recipe_signing(const struct source *s, const struct scheme *scheme)
{
	return (struct signing){ .scheme = scheme,
		.schemes = source_recipe(s)->schemes };
}

static bool
recipe_has_secret(const struct source *s, const struct scheme *scheme)
{
	const struct signing g = recipe_signing(s, scheme);

	for (size_t i = 0; i < s->secret_count; i++)
		if (source_secret_counts(s, i, &g))
			return true;
	return false;
}

static bool
recipe_is_there(const struct scheme *scheme, const struct message *m,
    struct arena *a)
{
	struct bytes ignored;

	return scheme->algorithm == SCHEME_TOKEN ? token_there(scheme, m, a) :
	    message_headers(m, scheme->header, &ignored) > 0;
}

const struct scheme *
recipe_scheme(const struct source *s, const struct message *m,
    struct arena *a)
{
	const struct scheme *first = NULL, *named = NULL;

	for (const struct scheme *i = source_recipe(s)->schemes;
	    i->name != NULL; i++) {
		if (s->scheme != NULL && strcmp(i->name, s->scheme) != 0)
			continue;
		named = named == NULL ? i : named;
		if (!recipe_has_secret(s, i))
			continue;
		if (recipe_is_there(i, m, a))
			return i;
		first = first == NULL ? i : first;
	}
	if (first == NULL)	/* without a secret, any will refuse */
		first = named;
	return first != NULL ? first : source_recipe(s)->schemes;
}

bool
recipe_signs(const struct recipe *r)
{
	const struct scheme *s = r->schemes;

	while (s->name != NULL && s->algorithm == SCHEME_ED25519)
		s++;
	return s->name != NULL;
}

bool
source_signs(const struct source *s)
{
	const struct recipe *r = source_recipe(s);

	if (r == NULL)
		return true;
	if (s->secret_count == 0)
		return recipe_signs(r);
	for (const struct scheme *i = r->schemes; i->name != NULL; i++)
		if (i->algorithm != SCHEME_ED25519 && recipe_has_secret(s, i))
			return true;
	return false;
}

const char *
source_trial(const struct source *s, struct arena *a)
{
	const char *trial = source_recipe(s)->trial;

	return arena_cstr(a, arena_printf(a, "the secret of %s is a public "
	    "key: it verifies requests, and only the sender can sign them. "
	    "Have the sender send a test (%s); then see cgihook log", s->name,
	    trial != NULL ? trial : "most have a button for that"));
}

bool
source_bears_secret(const struct source *s)
{
	const struct recipe *r = source_recipe(s);

	if (r == NULL)
		return false;
	for (const struct scheme *i = r->schemes; i->name != NULL; i++)
		if (i->algorithm == SCHEME_TOKEN && recipe_has_secret(s, i))
			return true;
	return false;
}

/* --- verifying ----------------------------------------------------------- */

/* A verification under way. */
struct recipe_trial {
	const struct source *source;
	const struct message *m;
	struct arena *arena;
	struct judgement j;
	struct signature sig;
};

static void
recipe_try_header(struct recipe_trial *c, const struct scheme *scheme)
{
	struct trace *t = c->j.trace;
	const struct signature *sig = &c->sig;

	c->j.st = signature_read(scheme, c->m, &c->sig, c->arena, c->j.why);
	if (t == NULL)
		return;
	if (c->j.st != ST_OK)
		trace_step(t, STEP_BAD, "header", "%s",
		    c->j.why == NULL ? "" : c->j.why->text);
	else if (scheme->separator == '\0')
		trace_step(t, STEP_OK, "header", "%s is %s", scheme->header,
		    signature_words(scheme, t->arena));
	else
		trace_step(t, STEP_OK, "header", "%s with %zu element%s, of "
		    "which %zu %s %s", scheme->header, sig->count,
		    sig->count == 1 ? "" : "s", sig->mac_count,
		    sig->mac_count == 1 ? "is" : "are",
		    signature_words(scheme, t->arena));
}

/* What was signed; a body alone needs no words. */
static void
recipe_try_text(struct recipe_trial *c)
{
	struct reason *why = judge_why(&c->j);
	enum status st = signature_text(c->m, &c->sig, c->arena, why);
	const char *text;

	judge_result(&c->j, st);
	if (c->j.trace == NULL || (c->sig.part_count == 1 &&
	    c->sig.scheme->covers == NULL))
		return;
	if (st != ST_OK) {
		trace_step(c->j.trace, STEP_BAD, "signed text", "%s",
		    why == NULL ? "" : why->text);
		return;
	}
	text = recipe_show_text(&c->sig, c->j.trace->arena);
	trace_step(c->j.trace, STEP_OK, "signed text", "%s", text);
}

/* Where a request may have several signatures, as while a secret is replaced,
 * any of them will do, so that a captured request can be sent again with
 * another one: what is the same again is what was signed. HTTP message
 * signatures sign what describes each of them, too. Of that, the time and the
 * nonce tell one request from another, and the key does not. */
static enum status
recipe_try_identity(struct recipe_trial *c, struct proof *out)
{
	const struct message_signature *s = &c->sig.message;
	struct bytes same[] = { message_signature_components(c->sig.parts[0]),
		s->created, BYTES(" "), s->nonce };
	const bool covers = c->sig.scheme->covers != NULL;
	unsigned char hash[HASH_MAX_LEN];

	if (c->sig.scheme->separator == '\0' && !covers)
		return ST_OK;
	if (hmac(HASH_SHA256, BYTES("signed text"), covers ? same :
	    c->sig.parts, covers ? 4 : c->sig.part_count, hash) != ST_OK)
		return fail(c->j.why, ST_SYSTEM, "libcrypto cannot make an "
		    "HMAC");
	out->identity = arena_copy(c->arena, (struct bytes){
	    (const char *)hash, SHA256_LEN });
	return ST_OK;
}

static enum status
recipe_verify_signature(const struct scheme *scheme,
    struct recipe_trial *c, struct proof *out)
{
	struct signing g = recipe_signing(c->source, scheme);

	recipe_try_header(c, scheme);
	if (judge_goes_on(&c->j))
		recipe_try_text(c);
	if (c->j.st == ST_OK)
		out->near = NEAR_SHAPE;
	g.parts = c->sig.parts;
	g.part_count = c->sig.part_count;
	if (c->sig.mac_count > 0 && g.part_count > 0 && judge_goes_on(&c->j))
		judge_result(&c->j, source_find_secret(c->source, &g,
		    c->sig.macs, c->sig.mac_count, c->arena, c->j.trace, out,
		    judge_why(&c->j)));
	if (c->j.st == ST_OK) {
		out->near = NEAR_GENUINE;
		c->j.st = recipe_try_identity(c, out);
	}
	if (c->sig.time.data != NULL && judge_goes_on(&c->j)) {
		out->has_time = true;
		judge_result(&c->j, signed_time_check(c->source, c->sig.time,
		    c->m->received_ms, c->j.trace, &out->time_ms,
		    judge_why(&c->j)));
	}
	if (c->sig.message.expires.data != NULL && judge_goes_on(&c->j))
		judge_result(&c->j, signed_time_check_end(c->source,
		    c->sig.message.expires, c->m->received_ms, c->j.trace,
		    judge_why(&c->j)));
	if (c->j.trace != NULL) {
		recipe_command(&c->sig, c->j.trace);
		if (g.part_count > 0)
			source_trace_right(c->source, &g,
			    signature_form(scheme), c->j.trace);
	}
	return c->j.st;
}

enum status
recipe_verify(const struct source *s, const struct message *m,
    struct arena *a, struct trace *t, struct proof *out, struct reason *why)
{
	struct recipe_trial c = { .source = s, .m = m, .arena = a,
	    .j = { .trace = t, .why = why } };
	struct proof proof = { .near = NEAR_NOT };
	enum status st;

	out->near = NEAR_NOT;
	if (s->unsigned_allowed &&
	    (s->provider->traits & TRAIT_UNSIGNED) != 0) {
		trace_step(t, STEP_OK, "signature", "secret = none: anybody "
		    "may send, and nothing is verified");
		*out = (struct proof){ .near = NEAR_GENUINE };
		return ST_OK;
	}
	proof.scheme = recipe_scheme(s, m, a);
	if (source_recipe(s)->schemes[1].name != NULL)
		trace_step(t, STEP_OK, "scheme", "judged as a %s",
		    proof.scheme->name);
	if (proof.scheme->algorithm == SCHEME_TOKEN) {
		const struct signing g = recipe_signing(s, proof.scheme);

		st = token_verify(s, &g, m, a, t, &proof, why);
	} else {
		st = recipe_verify_signature(proof.scheme, &c, &proof);
	}
	if (st == ST_OK)
		*out = proof;
	else
		out->near = proof.near;
	return st;
}
