#ifndef CGIHOOK_PROVIDER_H
#define CGIHOOK_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "source.h"
#include "status.h"

struct event;
struct guess_case;
struct guesses;
struct outgoing;
struct recipe;
struct trace;

/* --- what a provider is made of ------------------------------------------ */

/* What is done with a header's value. */
enum header_kind {
	HEADER_TEXT,		/* kept with an event and a refused request; in
				   the latter without long runs of letters and
				   digits, which may be a secret */
	HEADER_EXACT,		/* kept byte for byte: verification needs it */
	HEADER_SIGNATURE,	/* holds MACs: "show" masks them, and a refused
				   request has their hashes (mac.h) */
	HEADER_SECRET		/* is the secret, perhaps after a scheme: never
				   kept with an event, and hashed in a refused
				   request (bearer.h) */
};

/* A header that verify or decode reads, or that says whose request it is. What
 * is not in the table is not kept, so the runner, which decodes the event
 * again, would not see it. */
struct header_rule {
	const char *name;	/* lower case; NULL: the end */
	enum header_kind kind;
	bool identifies;	/* only this sender sets it, or those before it
				   in PROVIDERS */
};

/* HOOK_RESULT: the same words for every provider. */
enum result {
	RESULT_NONE,		/* the event has no status */
	RESULT_SUCCESS, RESULT_FAILURE, RESULT_CANCELED, RESULT_RUNNING,
	RESULT_PENDING, RESULT_OTHER
};

/* A status that an event may have, and what it means whoever sends it. */
struct status_rule {
	const char *status;	/* NULL: the end */
	enum result result;
	bool ended;		/* what has this status has ended */
	const char *action;	/* with which it comes; NULL: the event's
				   first one */
};

/* An event that the sender is known to send. Others are accepted as well. Two
 * rows may have the same name: each has the actions that go with its sample. */
struct event_rule {
	const char *name;	/* NULL: the end */
	bool ends;		/* whatever status it has, known or not, is the
				   last one: event.completed */
	const char *const *actions;	/* ends with NULL; NULL: it has none */
	const struct status_rule *statuses;	/* NULL: it has none */
	const char *sample;	/* a body for "send", as sample.h reads it */
};

/* A variable of a handler's environment and where its value comes from. */
struct env_rule {
	const char *name;	/* NULL: the end */
	const char *paths;	/* "a.b|c.d": the first that is a scalar and not
				   empty; "=text": that text; NULL: derive */
	/* May return an absent value: then the variable is unset. */
	struct bytes (*derive)(const struct event *e, const char *name,
	    struct arena *a);
};

enum trait {
	TRAIT_ANY_TYPE = 1,	/* the body is JSON whatever Content-Type is */
	TRAIT_EMPTY_BODY = 2,	/* an empty body is {} */
	TRAIT_UNSIGNED = 4,	/* secret = none is a choice */
	TRAIT_KEY_ID = 8,	/* its signatures name their key: key_id */
	TRAIT_CONFIGURED = 64,	/* the configuration has its recipe */
	TRAIT_GIVES_SECRET = 128,	/* the sender makes the secret */
	TRAIT_FORM = 256,	/* the body may be a form (form.h), as its
				   Content-Type says; with TRAIT_ANY_TYPE not
				   one that begins with a '{' */
	TRAIT_OPEN_EVENTS = 512	/* it has many more events than its table */
};

/**
 * verify - whether the message is genuine
 *
 * Takes:   t, NULL in the responder: then nothing is written, and it stops at
 *          the first thing that is wrong. With a trace, and why not NULL, it
 *          looks on: each thing that it looks at is a step, and t->command is
 *          how to do it right. Both ways it returns the same.
 * Returns: ST_OK with *out set when the message is genuine; ST_DENIED when it
 *          is not, with out->near alone set; ST_MALFORMED when a header that
 *          decides appears twice; ST_BUSY without memory; ST_SYSTEM from
 *          libcrypto. *why is the first thing that is wrong.
 * Timing:  it reads no more of the body than its bytes, tries every secret of
 *          the source, whichever fits, and compares in constant time.
 */
typedef enum status provider_verify(const struct source *s,
    const struct message *m, struct arena *a, struct trace *t,
    struct proof *out, struct reason *why);

/**
 * decode - fill in the event
 *
 * Takes:   e->doc, whose root is an object; proof, NULL when the message comes
 *          from the store: then it makes no dedupe key and checks no age.
 *          It reads the body and the headers of its own table, and nothing
 *          else, so that both decodings of a message say the same. Where a
 *          header alone says which event it is, e->named_by is that header.
 * Returns: as event_decode. result and completed are event_decode's to set.
 */
typedef enum status provider_decode(const struct source *s,
    const struct message *m, const struct proof *proof, struct arena *a,
    struct event *e, struct reason *why);

/**
 * sign - add to a request what this sender adds (outgoing.h)
 *
 * Returns: ST_OK; ST_SYSTEM from libcrypto. The query has a secret in it only
 *          with query_is_secret set.
 */
typedef enum status provider_sign(const struct source *s, struct arena *a,
    struct outgoing *o, struct reason *why);

/** guess - add what the sender may have done wrong (guess.h); a message that
 *  verify refuses */
typedef void provider_guess(const struct guess_case *c, struct guesses *out);

/* A sender: all that is known of it. The next one is a file that ends with one
 * of these, and a row of PROVIDERS. Nothing outside this folder knows a
 * provider by its name. */
struct provider {
	const char *name;		/* as configured: "drone" */
	const char *title;		/* in a sentence: "Drone" */
	int traits;			/* enum trait */
	const struct header_rule *headers;
	const struct event_rule *events;	/* "send" sends the first */
	provider_verify *verify;
	provider_decode *decode;
	provider_sign *sign;
	provider_guess *guess;
	const struct env_rule *env;
	const char *copy_path;		/* an object that the body has twice, */
	const char *copy_of;		/* from the root: the copy has no
					   variables; NULL: there is none */
	const char *secret_place;	/* as in recipe.h, of what has no
					   recipe; otherwise NULL */
	const char *any_certificate;	/* likewise */
	const struct recipe *recipe;	/* for the functions of recipe.h; NULL:
					   it uses none of them */
};

/* All members in their order; one that is left out, or is NULL and must not be,
 * does not compile. The tables of headers and events have at least one row.
 * recipe.h has PROVIDER_BY_RECIPE. */
#define PROVIDER(name_, title_, traits_, headers_, events_, verify_, decode_, \
    sign_, guess_, env_, copy_path_, copy_of_, secret_place_, \
    any_certificate_) { \
	PROVIDER_MEMBERS(name_, title_, traits_, headers_, events_, verify_, \
	    decode_, sign_, guess_, env_, copy_path_, copy_of_), \
	.secret_place = PROVIDER_TEXT(secret_place_), \
	.any_certificate = (any_certificate_), \
	.recipe = NULL }

#define PROVIDER_MEMBERS(name_, title_, traits_, headers_, events_, verify_, \
    decode_, sign_, guess_, env_, copy_path_, copy_of_) \
	.name = PROVIDER_TEXT(name_), \
	.title = PROVIDER_TEXT(title_), \
	.traits = (traits_), \
	.headers = PROVIDER_TABLE(headers_, const struct header_rule *), \
	.events = PROVIDER_TABLE(events_, const struct event_rule *), \
	.verify = PROVIDER_IS(verify_, provider_verify *), \
	.decode = PROVIDER_IS(decode_, provider_decode *), \
	.sign = PROVIDER_IS(sign_, provider_sign *), \
	.guess = PROVIDER_IS(guess_, provider_guess *), \
	.env = PROVIDER_IS(env_, const struct env_rule *), \
	.copy_path = (copy_path_), \
	.copy_of = (copy_of_)

/* A row of the table of events, likewise. */
#define EVENT(name_, ends_, actions_, statuses_, sample_) { \
	.name = PROVIDER_TEXT(name_), \
	.ends = (ends_), \
	.actions = (actions_), \
	.statuses = (statuses_), \
	.sample = PROVIDER_TEXT(sample_), \
}

/* The tables that a row of events points at. */
#define ACTIONS(name, ...) \
	static const char *const name[] = { __VA_ARGS__, NULL }
#define STATUSES(name, ...) \
	static const struct status_rule name[] = { __VA_ARGS__, \
		{ NULL, RESULT_NONE, false, NULL } }

/* NULL is a void *, and of none of these types. */
#define PROVIDER_IS(x, type) _Generic((x), type: (x))
#define PROVIDER_TEXT(x) _Generic((x), char *: (x), const char *: (x))
#define PROVIDER_TABLE(x, type) (PROVIDER_IS(x, type) + \
	0 * sizeof(char[sizeof(x) > sizeof((x)[0]) ? 1 : -1]))

/* --- all of them --------------------------------------------------------- */

/* A sender that sends another's headers as well comes before it: Forgejo and
 * Gitea send GitHub's. */
#define PROVIDERS(ROW) \
	ROW(drone) \
	ROW(circleci) \
	ROW(forgejo) \
	ROW(gitea) \
	ROW(gitlab) \
	ROW(github) \
	ROW(bitbucket) \
	ROW(bitbucket_server) \
	ROW(standard_webhooks) \
	ROW(slack) \
	ROW(discord) \
	ROW(stripe) \
	ROW(shopify) \
	ROW(buildkite) \
	ROW(sentry) \
	ROW(pagerduty) \
	ROW(azure_devops) \
	ROW(docker_hub) \
	ROW(custom) \
	ROW(hmac) \
	ROW(http_signature) \
	ROW(token)

#define PROVIDER_DECLARE(name) extern const struct provider provider_##name;
PROVIDERS(PROVIDER_DECLARE)

/** provider_find - by its name; NULL when there is none */
const struct provider *
provider_find(const char *name);

/** provider_near - the name that was probably meant, as near_word; or NULL */
const char *
provider_near(const char *typed);

/** provider_list - every provider in the order of PROVIDERS, ended by NULL */
const struct provider *const *
provider_list(void);

/** provider_headers - the headers that a source's requests have: those of its
 *  own recipe, or else its provider's */
const struct header_rule *
provider_headers(const struct source *s);

/** header_rule - the row of a header (lower case) in a table; NULL: none */
const struct header_rule *
header_rule(const struct header_rule *table, struct bytes name);

/** provider_header - the rule for a header (lower case): p's own, else the
 *  first that another provider has, but for the configured ones; NULL: none. p
 *  may be NULL. */
const struct header_rule *
provider_header(const struct provider *p, struct bytes name);

/**
 * provider_of - whose request this is, by the headers that identify a sender
 *
 * Returns: its title, with *p the provider; NULL, and *p NULL, when nothing
 *          identifies it.
 */
const char *
provider_of(const struct message *m, const struct provider **p);

#endif
