#include "provider.h"
#include "reading.h"
#include "recipe.h"

/* Senders that cgihook does not know: the source's section of the configuration
 * says how they sign (hmac, http-signature) or where they put the secret
 * (token), and what their bodies say. These rows count where the section says
 * nothing, and for the events of a source that has been removed. */

static const struct scheme hmac_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "x-signature", .element = "%hex",
	    .encoding = SECRET_RAW, .signed_text = "{body}" },
	SCHEME_END
};

static const struct scheme token_schemes[] = {
	{ .name = "token", .algorithm = SCHEME_TOKEN, .header = "x-token",
	    .element = "%token", .encoding = SECRET_RAW },
	SCHEME_END
};

static const struct scheme message_schemes[] = {
	{ .name = "http-signature", .algorithm = SCHEME_SHA256,
	    .header = "signature", .element = "%b64",
	    .encoding = SECRET_RAW, .time = SCHEME_CREATED,
	    .covers = "@method content-digest" },
	SCHEME_END
};

static const struct reading received = { .event = "=received",
	.status = "body:status" };

static const struct reading received_with_id = { .event = "=received",
	.status = "body:status", .identity = "body:id" };

static const struct recipe hmac_recipe = { .schemes = hmac_schemes,
	.reading = &received, .agent = "cgihook",
	.secret_place = "the sender's settings" };

static const struct recipe message_recipe = { .schemes = message_schemes,
	.reading = &received_with_id, .agent = "cgihook",
	.secret_place = "the sender's settings" };

static const struct recipe token_recipe = { .schemes = token_schemes,
	.reading = &received_with_id, .agent = "cgihook",
	.secret_place = "the sender's settings" };

/* In the words that most senders use. */
static const struct status_rule usual_statuses[] = {
	{ "success", RESULT_SUCCESS, false, NULL },
	{ "succeeded", RESULT_SUCCESS, false, NULL },
	{ "successful", RESULT_SUCCESS, false, NULL },
	{ "passed", RESULT_SUCCESS, false, NULL },
	{ "failure", RESULT_FAILURE, false, NULL },
	{ "failed", RESULT_FAILURE, false, NULL },
	{ "error", RESULT_FAILURE, false, NULL },
	{ "canceled", RESULT_CANCELED, false, NULL },
	{ "cancelled", RESULT_CANCELED, false, NULL },
	{ "running", RESULT_RUNNING, false, NULL },
	{ "in_progress", RESULT_RUNNING, false, NULL },
	{ "started", RESULT_RUNNING, false, NULL },
	{ "pending", RESULT_PENDING, false, NULL },
	{ "queued", RESULT_PENDING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct event_rule configured_events[] = {
	EVENT("received", false, NULL, usual_statuses,
	    "{'id':'<id>','status':'<status>'}"),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule hmac_headers[] = {
	{ "x-signature", HEADER_SIGNATURE, false },
	{ NULL, HEADER_TEXT, false }
};

static const struct header_rule signed_message_headers[] = {
	{ "signature", HEADER_SIGNATURE, false },
	{ "signature-input", HEADER_EXACT, false },
	{ "content-digest", HEADER_EXACT, false },
	{ NULL, HEADER_TEXT, false }
};

static const struct header_rule token_headers[] = {
	{ "x-token", HEADER_SECRET, false },
	{ NULL, HEADER_TEXT, false }
};

/* Only these rows are made like this: their sources have a recipe. */
#define CONFIGURED(name_, title_, traits_, headers_, recipe_) { \
	PROVIDER_MEMBERS(name_, title_, TRAIT_CONFIGURED | TRAIT_ANY_TYPE | \
	    TRAIT_FORM | (traits_), headers_, configured_events, \
	    recipe_verify, \
	    recipe_decode, recipe_sign, recipe_guess, recipe_no_env, NULL, \
	    NULL), \
	.recipe = &(recipe_), \
}

const struct provider provider_hmac = CONFIGURED("hmac",
    "a sender with an HMAC", 0, hmac_headers, hmac_recipe);

const struct provider provider_http_signature = CONFIGURED("http-signature",
    "a sender with HTTP message signatures", 0, signed_message_headers,
    message_recipe);

const struct provider provider_token = CONFIGURED("token",
    "a sender with a token", TRAIT_EMPTY_BODY, token_headers,
    token_recipe);
