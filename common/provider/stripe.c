#include "provider.h"

#include "event.h"
#include "reading.h"
#include "recipe.h"

/* Stripe: docs.stripe.com/webhooks and docs.stripe.com/api/events. */

/* The key is the secret as it is shown, including whsec_: unlike that of
 * Standard Webhooks, it is not decoded. */
static const struct scheme stripe_schemes[] = {
	{
		.name = "signature",
		.algorithm = SCHEME_SHA256,
		.header = "stripe-signature",
		.element = "v1=%hex",
		.separator = ',',
		.signed_text = "{time}.{body}",
		.time = "element:t",
	},
	SCHEME_END
};

/* An event is about an object, which it has in data.object; a thin one names
 * it in related_object. */
static const struct field_rule stripe_fields[] = {
	FIELD(project, NULL, "account"),
	FIELD(title, NULL, "data.object.description"),
	FIELD(name, NULL, "data.object.object|related_object.type"),
	FIELD(number, NULL, "data.object.number"),
	FIELD(url, NULL, "data.object.hosted_invoice_url|"
	    "data.object.receipt_url"),
	FIELD(subject, NULL, "data.object.id|related_object.id"),
	FIELDS_END
};

/* The time of sending is signed, so each try has another MAC. */
static const struct reading stripe_reading = {
	.event = "body:type",
	.status = "body:data.object.status",
	.identity = "body:id",
	.fields = stripe_fields,
};

static const struct recipe stripe_recipe = {
	.schemes = stripe_schemes,
	.reading = &stripe_reading,
	.agent = "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
	.secret_place = "Workbench, Webhooks, the endpoint: Signing secret",
};

/* --- the table ----------------------------------------------------------- */

#define ABOUT(type, object) "{'id':'evt_<short><build>','object':'event'," \
	"'api_version':'2026-02-25','created':<now>,'data':{'object':" object \
	"},'livemode':false,'pending_webhooks':1,'request':{'id':null," \
	"'idempotency_key':null},'type':'" type "'}"

#define OBJECT(prefix, name, rest) "{'id':'" prefix "_<short><number>'," \
	"'object':'" name "','created':<created>,'livemode':false," rest "}"

#define INTENT OBJECT("pi", "payment_intent", "'amount':1200," \
	"'currency':'eur','customer':'cus_tarn','description':'A boat'," \
	"'status':'<status>'")
#define CHARGE OBJECT("ch", "charge", "'amount':1200,'currency':'eur'," \
	"'customer':'cus_tarn','description':'A boat','paid':true," \
	"'receipt_url':'https://pay.stripe.example/receipts/<short>'," \
	"'refunded':false,'status':'<status>'")
#define CHECKOUT OBJECT("cs", "checkout.session", "'amount_total':1200," \
	"'currency':'eur','customer':'cus_tarn','mode':'payment'," \
	"'payment_status':'paid','status':'<status>'")
#define CUSTOMER OBJECT("cus", "customer", "'email':'mia@example.com'," \
	"'name':'Mia Moor','description':null")
#define SUBSCRIPTION OBJECT("sub", "subscription", "'currency':'eur'," \
	"'customer':'cus_tarn','cancel_at_period_end':false," \
	"'status':'<status>'")
#define INVOICE OBJECT("in", "invoice", "'amount_due':1200," \
	"'currency':'eur','customer':'cus_tarn','number':'TARN-<number>'," \
	"'hosted_invoice_url':'https://invoice.stripe.example/<short>'," \
	"'status':'<status>'")
#define PAYOUT OBJECT("po", "payout", "'amount':1200,'currency':'eur'," \
	"'status':'<status>'")

STATUSES(intent_statuses,
    { "succeeded", RESULT_SUCCESS, true, NULL },
    { "canceled", RESULT_CANCELED, true, NULL },
    { "processing", RESULT_RUNNING, false, NULL },
    { "requires_payment_method", RESULT_PENDING, false, NULL },
    { "requires_confirmation", RESULT_PENDING, false, NULL },
    { "requires_action", RESULT_PENDING, false, NULL },
    { "requires_capture", RESULT_PENDING, false, NULL });

/* A payment that failed waits for another method. */
STATUSES(unpaid_intent_statuses,
    { "requires_payment_method", RESULT_FAILURE, false, NULL });

STATUSES(charge_statuses,
    { "succeeded", RESULT_SUCCESS, true, NULL },
    { "failed", RESULT_FAILURE, true, NULL },
    { "pending", RESULT_PENDING, false, NULL });

STATUSES(failed_charge_statuses, { "failed", RESULT_FAILURE, true, NULL });

STATUSES(checkout_statuses,
    { "complete", RESULT_SUCCESS, true, NULL },
    { "expired", RESULT_CANCELED, true, NULL },
    { "open", RESULT_PENDING, false, NULL });

STATUSES(subscription_statuses,
    { "active", RESULT_SUCCESS, false, NULL },
    { "trialing", RESULT_SUCCESS, false, NULL },
    { "incomplete", RESULT_PENDING, false, NULL },
    { "paused", RESULT_PENDING, false, NULL },
    { "past_due", RESULT_FAILURE, false, NULL },
    { "unpaid", RESULT_FAILURE, false, NULL },
    { "incomplete_expired", RESULT_FAILURE, true, NULL },
    { "canceled", RESULT_CANCELED, true, NULL });

STATUSES(ended_subscription_statuses,
    { "canceled", RESULT_CANCELED, true, NULL });

STATUSES(paid_invoice_statuses, { "paid", RESULT_SUCCESS, true, NULL });

STATUSES(invoice_statuses,
    { "open", RESULT_PENDING, false, NULL },
    { "draft", RESULT_PENDING, false, NULL },
    { "paid", RESULT_SUCCESS, true, NULL },
    { "uncollectible", RESULT_FAILURE, true, NULL },
    { "void", RESULT_CANCELED, true, NULL });

STATUSES(payout_statuses,
    { "paid", RESULT_SUCCESS, true, NULL },
    { "failed", RESULT_FAILURE, true, NULL },
    { "canceled", RESULT_CANCELED, true, NULL },
    { "pending", RESULT_PENDING, false, NULL },
    { "in_transit", RESULT_RUNNING, false, NULL });

#define STRIPE_EVENT(name, type, statuses, object) \
	EVENT(name, false, NULL, statuses, ABOUT(type, object))

/* Stripe has more than two hundred events. */
static const struct event_rule stripe_events[] = {
	STRIPE_EVENT("payment_intent-succeeded",
	    "payment_intent.succeeded", intent_statuses, INTENT),
	STRIPE_EVENT("payment_intent-payment_failed",
	    "payment_intent.payment_failed", unpaid_intent_statuses,
	    INTENT),
	STRIPE_EVENT("charge-succeeded",
	    "charge.succeeded", charge_statuses, CHARGE),
	STRIPE_EVENT("charge-failed",
	    "charge.failed", failed_charge_statuses, CHARGE),
	STRIPE_EVENT("charge-refunded",
	    "charge.refunded", charge_statuses, CHARGE),
	STRIPE_EVENT("checkout-session-completed",
	    "checkout.session.completed", checkout_statuses,
	    CHECKOUT),
	STRIPE_EVENT("customer-created",
	    "customer.created", NULL, CUSTOMER),
	STRIPE_EVENT("customer-updated",
	    "customer.updated", NULL, CUSTOMER),
	STRIPE_EVENT("customer-deleted",
	    "customer.deleted", NULL, CUSTOMER),
	STRIPE_EVENT("customer-subscription-created",
	    "customer.subscription.created", subscription_statuses,
	    SUBSCRIPTION),
	STRIPE_EVENT("customer-subscription-updated",
	    "customer.subscription.updated", subscription_statuses,
	    SUBSCRIPTION),
	STRIPE_EVENT("customer-subscription-deleted",
	    "customer.subscription.deleted", ended_subscription_statuses,
	    SUBSCRIPTION),
	STRIPE_EVENT("invoice-created",
	    "invoice.created", invoice_statuses, INVOICE),
	STRIPE_EVENT("invoice-finalized",
	    "invoice.finalized", invoice_statuses, INVOICE),
	STRIPE_EVENT("invoice-paid",
	    "invoice.paid", paid_invoice_statuses, INVOICE),
	STRIPE_EVENT("invoice-payment_failed",
	    "invoice.payment_failed", invoice_statuses, INVOICE),
	STRIPE_EVENT("payout-paid",
	    "payout.paid", payout_statuses, PAYOUT),
	STRIPE_EVENT("payout-failed",
	    "payout.failed", payout_statuses, PAYOUT),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule stripe_headers[] = {
	{ "stripe-signature", HEADER_SIGNATURE, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_stripe = PROVIDER_BY_RECIPE("stripe", "Stripe",
    TRAIT_GIVES_SECRET | TRAIT_OPEN_EVENTS, stripe_headers, stripe_events,
    stripe_recipe, recipe_decode, recipe_no_env);
