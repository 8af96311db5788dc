#include "recipe.h"

#include <string.h>

#include "recipe_command.h"
#include "signature.h"
#include "signed_time.h"
#include "token.h"
#include "trace.h"

const struct recipe *
source_recipe(const struct source *s)
{
	return s->recipe != NULL ? s->recipe : s->provider->recipe;
}

/* --- which scheme -------------------------------------------------------- */

static struct signing
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

/* A verification under way. Its first failure counts; only a trace looks
 * further. */
struct judgement {
	const struct source *source;
	const struct message *m;
	struct arena *arena;
	struct trace *trace;
	struct reason *why;
	struct reason later;	/* for what fails after the first failure */
	enum status st;
	struct signature sig;
};

static bool
judge_goes_on(const struct judgement *c)
{
	return c->st == ST_OK || c->trace != NULL;
}

static struct reason *
judge_why(struct judgement *c)
{
	return c->st == ST_OK ? c->why : &c->later;
}

static void
judge_result(struct judgement *c, enum status st)
{
	if (c->st == ST_OK)
		c->st = st;
}

static void
judge_header(struct judgement *c, const struct scheme *scheme)
{
	struct trace *t = c->trace;
	const struct signature *sig = &c->sig;

	c->st = signature_read(scheme, c->m, &c->sig, c->arena, c->why);
	if (t == NULL)
		return;
	if (c->st != ST_OK)
		trace_step(t, STEP_BAD, "header", "%s",
		    c->why == NULL ? "" : c->why->text);
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
judge_text(struct judgement *c)
{
	struct reason *why = judge_why(c);
	enum status st = signature_text(c->m, &c->sig, why);
	const char *text;

	judge_result(c, st);
	if (c->trace == NULL || c->sig.part_count == 1)
		return;
	if (st != ST_OK) {
		trace_step(c->trace, STEP_BAD, "signed text", "%s",
		    why == NULL ? "" : why->text);
		return;
	}
	text = recipe_show_text(&c->sig, c->trace->arena);
	trace_step(c->trace, STEP_OK, "signed text", "%s", text);
}

/* Where one header may have several signatures, as while a secret is replaced,
 * any of them will do, so that a captured request can be sent again with
 * another one: what is the same again is what was signed. */
static enum status
judge_identity(struct judgement *c, struct proof *out)
{
	unsigned char hash[HASH_MAX_LEN];

	if (c->sig.scheme->separator == '\0')
		return ST_OK;
	if (hmac(HASH_SHA256, BYTES("signed text"), c->sig.parts,
	    c->sig.part_count, hash) != ST_OK)
		return fail(c->why, ST_SYSTEM, "libcrypto cannot make an HMAC");
	out->identity = arena_copy(c->arena, (struct bytes){
	    (const char *)hash, SHA256_LEN });
	return ST_OK;
}

static enum status
recipe_verify_signature(const struct scheme *scheme,
    struct judgement *c, struct proof *out)
{
	struct signing g = recipe_signing(c->source, scheme);

	judge_header(c, scheme);
	if (judge_goes_on(c))
		judge_text(c);
	if (c->st == ST_OK)
		out->near = NEAR_SHAPE;
	g.parts = c->sig.parts;
	g.part_count = c->sig.part_count;
	if (c->sig.mac_count > 0 && g.part_count > 0 && judge_goes_on(c))
		judge_result(c, source_find_secret(c->source, &g, c->sig.macs,
		    c->sig.mac_count, c->arena, c->trace, out, judge_why(c)));
	if (c->st == ST_OK) {
		out->near = NEAR_GENUINE;
		c->st = judge_identity(c, out);
	}
	if (c->sig.time.data != NULL && judge_goes_on(c)) {
		out->has_time = true;
		judge_result(c, signed_time_check(c->source, c->sig.time,
		    c->m->received_ms, c->trace, &out->time_ms,
		    judge_why(c)));
	}
	if (c->trace != NULL) {
		recipe_command(&c->sig, c->trace);
		if (g.part_count > 0)
			source_trace_right(c->source, &g,
			    signature_form(scheme), c->trace);
	}
	return c->st;
}

enum status
recipe_verify(const struct source *s, const struct message *m,
    struct arena *a, struct trace *t, struct proof *out, struct reason *why)
{
	struct judgement c = { .source = s, .m = m, .arena = a, .trace = t,
	    .why = why };
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
