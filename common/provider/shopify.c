#include "provider.h"

#include "event.h"
#include "field.h"
#include "reading.h"
#include "recipe.h"

/* Shopify: shopify.dev/docs/apps/build/webhooks, "Verify webhook deliveries",
 * and the topics of the Admin API. */

#define TOPIC "x-shopify-topic"

static const struct scheme shopify_schemes[] = {
	{
		.name = "signature",
		.algorithm = SCHEME_SHA256,
		.header = "x-shopify-hmac-sha256",
		.element = "%b64",
		.signed_text = "{body}",
	},
	SCHEME_END
};

static const struct field_rule shopify_fields[] = {
	FIELD(title, NULL, "title|name"),
	FIELD(name, NULL, "name|handle|title"),
	FIELD(number, NULL, "order_number|number"),
	FIELD(author, NULL, "email|contact_email"),
	FIELD(project, NULL, "myshopify_domain|shop_domain"),
	FIELD(subject, NULL, "admin_graphql_api_id"),
	FIELDS_END
};

/* The body is the object itself, and says neither what happened to it nor when;
 * no header is signed. */
static const struct reading shopify_reading = {
	.event = "header:" TOPIC,
	.status = "body:financial_status|status",
	.identity = "mac",
	.fields = shopify_fields,
};

static const char *const shopify_sent[] = {
	"X-Shopify-API-Version: 2026-10", "X-Shopify-Event-Id: <id>",
	"X-Shopify-Shop-Domain: heron.myshopify.example",
	"X-Shopify-Topic: <event>", "X-Shopify-Triggered-At: <time>",
	"X-Shopify-Webhook-Id: <id2>", NULL
};

static const struct recipe shopify_recipe = {
	.schemes = shopify_schemes,
	.reading = &shopify_reading,
	.sent = shopify_sent,
	.event_mark = '/',
	.agent = "Shopify-Captain-Hook",
	.secret_place = "the app's Settings: Secret; of a webhook of the shop "
	    "itself, Settings, Notifications, Webhooks",
};

/* Some members do tell: a body that has one belongs to a topic that begins like
 * this. They are not marks, because a subscription may leave out any member, so
 * a body of that topic need not have it. */
static const struct {
	const char *member, *topics;
} families[] = {
	{ "order_number", "orders-" },
	{ "order_edit", "orders-edited" },
	{ "orders_to_redact", "customers-redact" },
	{ "data_request", "customers-data_request" },
	{ "inventory_item_id", "inventory_" },
	{ "refund_line_items", "refunds-" },
	{ "app_subscription", "app_subscriptions-" },
};

static enum status
shopify_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st = recipe_decode(s, m, proof, a, e, why);

	for (size_t i = 0; st == ST_OK &&
	    i < sizeof(families) / sizeof(families[0]); i++)
		if (json_member(&e->doc, &e->doc.nodes[0],
		    families[i].member) != NULL &&
		    !bytes_has_prefix(e->event, families[i].topics))
			return fail(why, ST_MALFORMED, "the " TOPIC " header "
			    "contradicts the body, which has %s",
			    families[i].member);
	return st;
}

/* --- the table ----------------------------------------------------------- */

#define GID(name) "'admin_graphql_api_id':'gid://shopify/" name "/<build>'"

#define ORDER "{'id':<build>," GID("Order") ",'cancelled_at':null," \
	"'contact_email':'mia@example.com','created_at':'<earlier>'," \
	"'currency':'EUR','email':'mia@example.com'," \
	"'financial_status':'<status>','fulfillment_status':null," \
	"'name':'#<number>','number':<number>,'order_number':<number>," \
	"'total_price':'12.00','updated_at':'<time>','line_items':[{" \
	"'id':<number>,'title':'Oar','quantity':2,'price':'6.00'}]}"

#define PRODUCT "{'id':<build>," GID("Product") ",'title':'Oar'," \
	"'handle':'oar','vendor':'Heron','product_type':'Boat'," \
	"'status':'<status>','created_at':'<earlier>'," \
	"'updated_at':'<time>','variants':[{'id':<number>,'price':'6.00'," \
	"'sku':'OAR-1'}]}"

#define CUSTOMER "{'id':<build>," GID("Customer") ",'first_name':'Mia'," \
	"'last_name':'Moor','email':'mia@example.com','state':'enabled'," \
	"'orders_count':1,'created_at':'<earlier>','updated_at':'<time>'}"

#define FULFILLMENT "{'id':<build>," GID("Fulfillment") ",'order_id':" \
	"<number>,'status':'<status>','tracking_company':'Heron Mail'," \
	"'tracking_number':'<short>','name':'#<number>.1'," \
	"'created_at':'<earlier>','updated_at':'<time>'}"

#define SHOP "{'id':<build>,'name':'Heron','email':'mia@example.com'," \
	"'domain':'heron.example','myshopify_domain':" \
	"'heron.myshopify.example','plan_name':'basic'," \
	"'currency':'EUR','updated_at':'<time>'}"

#define OF_SHOP "'shop_id':<build>,'shop_domain':'heron.myshopify.example'"
#define OF_CUSTOMER OF_SHOP ",'customer':{'id':<number>," \
	"'email':'mia@example.com','phone':null}"

static const struct status_rule order_statuses[] = {
	{ "paid", RESULT_SUCCESS, true, NULL },
	{ "pending", RESULT_PENDING, false, NULL },
	{ "authorized", RESULT_PENDING, false, NULL },
	{ "partially_paid", RESULT_PENDING, false, NULL },
	{ "partially_refunded", RESULT_OTHER, true, NULL },
	{ "refunded", RESULT_OTHER, true, NULL },
	{ "voided", RESULT_CANCELED, true, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule product_statuses[] = {
	{ "active", RESULT_OTHER, false, NULL },
	{ "draft", RESULT_OTHER, false, NULL },
	{ "archived", RESULT_OTHER, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule fulfillment_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failure", RESULT_FAILURE, true, NULL },
	{ "error", RESULT_FAILURE, true, NULL },
	{ "cancelled", RESULT_CANCELED, true, NULL },
	{ "pending", RESULT_PENDING, false, NULL },
	{ "open", RESULT_RUNNING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

/* Shopify has more than a hundred topics. */
static const struct event_rule shopify_events[] = {
	EVENT("orders-create", false, NULL, order_statuses, ORDER),
	EVENT("orders-updated", false, NULL, order_statuses, ORDER),
	EVENT("orders-paid", false, NULL, order_statuses, ORDER),
	EVENT("orders-cancelled", false, NULL, order_statuses, ORDER),
	EVENT("orders-fulfilled", false, NULL, order_statuses, ORDER),
	EVENT("orders-delete", false, NULL, NULL, "{'id':<build>}"),
	EVENT("products-create", false, NULL, product_statuses, PRODUCT),
	EVENT("products-update", false, NULL, product_statuses, PRODUCT),
	EVENT("products-delete", false, NULL, NULL, "{'id':<build>}"),
	EVENT("customers-create", false, NULL, NULL, CUSTOMER),
	EVENT("customers-update", false, NULL, NULL, CUSTOMER),
	EVENT("customers-delete", false, NULL, NULL, "{'id':<build>}"),
	EVENT("fulfillments-create", false, NULL, fulfillment_statuses,
	    FULFILLMENT),
	EVENT("fulfillments-update", false, NULL, fulfillment_statuses,
	    FULFILLMENT),
	EVENT("refunds-create", false, NULL, NULL, "{'id':<build>,"
	    GID("Refund") ",'order_id':<number>,'created_at':'<time>',"
	    "'note':null,'refund_line_items':[]}"),
	EVENT("inventory_levels-update", false, NULL, NULL,
	    "{'inventory_item_id':<build>,'location_id':<number>,"
	    "'available':7,'updated_at':'<time>'}"),
	EVENT("shop-update", false, NULL, NULL, SHOP),
	EVENT("app-uninstalled", false, NULL, NULL, SHOP),
	EVENT("customers-data_request", false, NULL, NULL, "{" OF_CUSTOMER
	    ",'orders_requested':[],'data_request':{'id':<number>}}"),
	EVENT("customers-redact", false, NULL, NULL, "{" OF_CUSTOMER
	    ",'orders_to_redact':[]}"),
	EVENT("shop-redact", false, NULL, NULL, "{" OF_SHOP "}"),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule shopify_headers[] = {
	{ "x-shopify-hmac-sha256", HEADER_SIGNATURE, true },
	{ TOPIC, HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_shopify = PROVIDER_BY_RECIPE("shopify",
    "Shopify", TRAIT_GIVES_SECRET | TRAIT_OPEN_EVENTS, shopify_headers,
    shopify_events, shopify_recipe, shopify_decode, recipe_no_env);
