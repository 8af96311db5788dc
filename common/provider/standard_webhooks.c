#include "provider.h"

#include "event.h"
#include "reading.h"
#include "recipe.h"

/* Standard Webhooks: github.com/standard-webhooks/standard-webhooks, its
 * spec/standard-webhooks.md. This provider receives from every sender that
 * follows it, whatever it sends: Svix and its customers, OpenAI, Resend, …
 *
 * "v1" is an HMAC and "v1a" an Ed25519 signature. The secret says which it is,
 * so neither is a fallback for the other. */
#define SIGNED "{header:webhook-id}.{time}.{body}"

static const struct scheme standard_webhooks_schemes[] = {
	{
		.name = "ed25519",
		.algorithm = SCHEME_ED25519,
		.header = "webhook-signature",
		.element = "v1a,%b64",
		.separator = ' ',
		.encoding = SECRET_BASE64,
		.secret_prefix = "whpk_",
		.signed_text = SIGNED,
		.time = "header:webhook-timestamp",
	}, {
		.name = "signature",
		.algorithm = SCHEME_SHA256,
		.header = "webhook-signature",
		.element = "v1,%b64",
		.separator = ' ',
		.encoding = SECRET_BASE64,
		.signed_text = SIGNED,
		.time = "header:webhook-timestamp",
	},
	SCHEME_END
};

/* The payload is the sender's own: a type is recommended, and nothing else is
 * known. */
static const struct reading standard_webhooks_reading = {
	.event = "body:type =received",
	.identity = "header:webhook-id",
};

static const struct recipe standard_webhooks_recipe = {
	.schemes = standard_webhooks_schemes,
	.reading = &standard_webhooks_reading,
	.secret_place = "the endpoint's signing secret, whsec_...",
};

/* --- the table ----------------------------------------------------------- */

static const struct event_rule standard_webhooks_events[] = {
	EVENT("contact-created", false, NULL, NULL,
	    "{'type':'contact.created','timestamp':'<time>','data':{"
	    "'id':'<id>','type':'contact','name':'Mia Moor'}}"),
	EVENT("received", false, NULL, NULL, "{'id':'<id>'}"),
	{ NULL, false, NULL, NULL, NULL }
};

/* GitLab sends the first two with every request, signed or not. */
static const struct header_rule standard_webhooks_headers[] = {
	{ "webhook-id", HEADER_EXACT, false },
	{ "webhook-timestamp", HEADER_EXACT, false },
	{ "webhook-signature", HEADER_SIGNATURE, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_standard_webhooks = PROVIDER_BY_RECIPE(
    "standard-webhooks", "Standard Webhooks",
    TRAIT_GIVES_SECRET | TRAIT_OPEN_EVENTS,
    standard_webhooks_headers, standard_webhooks_events,
    standard_webhooks_recipe, recipe_decode, recipe_no_env);
