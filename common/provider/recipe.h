#ifndef CGIHOOK_RECIPE_H
#define CGIHOOK_RECIPE_H

#include "provider.h"
#include "scheme.h"
#include "source.h"

struct reading;
struct webhook_api;

/*
 * The engine for senders whose way to prove themselves is data: one or more
 * schemes (scheme.h). A provider's row is PROVIDER_BY_RECIPE; a source may have
 * a recipe of its own, made of its configuration.
 *
 * Each secret belongs to one scheme, and a request is judged by one: the first
 * that has secrets of the source and whose header is there; else the first that
 * has secrets. So no scheme is a fallback of another.
 */
struct recipe {
	const struct scheme *schemes;	/* ended by SCHEME_END */
	const struct reading *reading;	/* what the body says (reading.h), for
					   recipe_decode; NULL: the provider has
					   a decode of its own */
	const char *event_header;	/* "send" names the event in it; lower
					   case; NULL: in none */
	const char *const *sent;	/* what else "send" adds: "Name: value"
					   as sample.h has it, ended by NULL;
					   <event> in the sender's spelling; a
					   line with it is left out where there
					   is none. NULL: nothing */
	char event_mark;		/* what the sender has where our names
					   of events have '-': ':' for
					   "repo:push"; '\0': '-' */
	const char *agent;		/* the sender's User-Agent */
	const char *secret_place;	/* where the secret is entered at the
					   sender, in its own words */
	const char *any_certificate;	/* what makes the sender accept any
					   certificate, after "unless"; NULL:
					   nothing is known to */
	const struct webhook_api *api;	/* makes a webhook; NULL: none does */
	const char *reply_type;	/* the Content-Type that the sender wants of a
				   handler's reply; NULL: text */
	const char *trial;	/* how to have the sender send something, where
				   only it can sign: "press Save"; NULL: most
				   senders have a button for that */
};

#define PROVIDER_BY_RECIPE(name_, title_, traits_, headers_, events_, \
    recipe_, decode_, env_) { \
	PROVIDER_MEMBERS(name_, title_, (traits_), headers_, events_, \
	    recipe_verify, decode_, recipe_sign, recipe_guess, env_, NULL, \
	    NULL), \
	.recipe = PROVIDER_IS(&(recipe_), const struct recipe *), \
}

/** source_recipe - its own, else its provider's; NULL: there is none */
const struct recipe *
source_recipe(const struct source *s);

/** recipe_scheme - the scheme by which a request is judged; never NULL */
const struct scheme *
recipe_scheme(const struct source *s, const struct message *m,
    struct arena *a);

/** recipe_signing - a signing by one of the source's schemes, without parts */
struct signing
recipe_signing(const struct source *s, const struct scheme *scheme);

/** source_bears_secret - whether requests to a source may hold a secret of its
 *  own: a scheme that is a token takes one */
bool
source_bears_secret(const struct source *s);

/** recipe_signs - whether a secret of the sender's can make a request, too: not
 *  where it is a public key */
bool
recipe_signs(const struct recipe *r);

/** source_signs - whether one of the source's secrets can make a request; where
 *  it has none, as recipe_signs */
bool
source_signs(const struct source *s);

/** source_trial - for a source that signs nothing: what to do instead of
 *  sending it something, in a sentence */
const char *
source_trial(const struct source *s, struct arena *a);

/**
 * recipe_check - whether a recipe can be used
 *
 * Returns: ST_OK; ST_CONFIG where a scheme cannot (scheme_check), two have one
 *          name, or a header that has the secret is to be kept as well.
 */
enum status
recipe_check(const struct recipe *r, struct reason *why);

/**
 * recipe_check_secret - whether a secret can be one of a source's
 *
 * Takes:   s, whose secrets need not be there.
 * Returns: ST_OK, also where the source has no recipe; ST_CONFIG where no
 *          scheme takes it, or it is not written as that scheme has it. *why
 *          has nothing of it.
 */
enum status
recipe_check_secret(const struct source *s, struct bytes secret,
    struct reason *why);

/**
 * recipe_verify - provider.verify, by the recipe of the source
 *
 * Returns: ST_OK, out->scheme the one that judged, out->identity the MAC, or
 *          a hash of what was signed where there may be several MACs, the
 *          arena's; absent for a token and where the source allows unsigned
 *          requests; ST_DENIED where no element counts, there are more than
 *          SIGNATURE_ELEMENTS_MAX, no secret of the source made one of them, or
 *          a signed time is too far off; ST_MALFORMED for a second line where
 *          one is right.
 */
provider_verify recipe_verify;

/** recipe_sign - provider.sign: the signature or the token, what is signed
 *  with it, the event's name, User-Agent. The source's first secret counts that
 *  can sign. Where none can: ST_CONFIG; for o->check a signature of zeros, and
 *  o->forged */
provider_sign recipe_sign;

/** recipe_guess - provider.guess: what is wrong with the header, the form of
 *  the MAC, the key, the time or the text that was signed */
provider_guess recipe_guess;

/* Of a sender whose handlers have no variables but HOOK_* and PAYLOAD_*. */
extern const struct env_rule recipe_no_env[];

#endif
