#include "provider.h"

#include "event.h"
#include "reading.h"
#include "recipe.h"

/* PagerDuty's V3 webhooks: developer.pagerduty.com/docs/webhooks-overview and
 * the pages below it. */

/* While a secret is being replaced, the old and the new one each have a
 * signature. */
static const struct scheme pagerduty_schemes[] = {
	{
		.name = "signature",
		.algorithm = SCHEME_SHA256,
		.header = "x-pagerduty-signature",
		.element = "v1=%hex",
		.separator = ',',
		.signed_text = "{body}",
	},
	SCHEME_END
};

#define DATA "event.data."

/* The subject of everything that happens to an incident is that incident. */
static const struct field_rule pagerduty_fields[] = {
	FIELD(project, NULL, DATA "service.summary"),
	FIELD_WHEN(project, NULL, DATA "type=service", DATA "summary"),
	FIELD(title, NULL, DATA "title|" DATA "incident.summary|" DATA
	    "summary|" DATA "message"),
	FIELD(author, NULL, "event.agent.summary"),
	FIELD(name, NULL, DATA "priority.summary|" DATA "name|" DATA
	    "incident_workflow.summary"),
	FIELD(number, NULL, DATA "number"),
	FIELD(url, NULL, DATA "html_url|" DATA "incident.html_url|" DATA
	    "service.html_url"),
	FIELD(subject, NULL, DATA "incident.id|" DATA "id"),
	FIELDS_END
};

/* The time of sending is not signed, but that of the event is. */
static const struct reading pagerduty_reading = {
	.event = "body:event.event_type",
	.status = "body:" DATA "status",
	.identity = "body:event.id",
	.fields = pagerduty_fields,
	.happened = "event.occurred_at",
};

static const char *const pagerduty_sent[] = {
	"X-Webhook-Id: <id2>", "X-Webhook-Subscription: PTANK02", NULL
};

static const struct recipe pagerduty_recipe = {
	.schemes = pagerduty_schemes,
	.reading = &pagerduty_reading,
	.sent = pagerduty_sent,
	.agent = "PagerDuty-Webhook/V3.0",
	.secret_place = "Integrations, Generic Webhooks (v3): shown once, when "
	    "the webhook is made",
};

/* --- the table ----------------------------------------------------------- */

#define HOST "https://acme.pagerduty.example/"

#define THING(kind, id, summary) "{'html_url':'" HOST kind "s/" id "'," \
	"'id':'" id "','self':'https://api.pagerduty.example/" kind "s/" id \
	"','summary':'" summary "','type':'" kind "_reference'}"

#define BODY(type, of, data) "{'event':{'id':'<id>','event_type':'" type \
	"','resource_type':'" of "','occurred_at':'<time>','agent':" \
	THING("user", "PMIA001", "Mia Moor") ",'client':{'name':" \
	"'PagerDuty'},'data':" data "}}"

#define SERVICE THING("service", "PTANK01", "Tank")
#define OF_INCIDENT "'incident':" THING("incident", "PINC<build>", \
	"The tank is empty")

#define INCIDENT "{'id':'PINC<build>','type':'incident','self':" \
	"'https://api.pagerduty.example/incidents/PINC<build>','html_url':'" \
	HOST "incidents/PINC<build>','number':<number>,'status':" \
	"'<status>','incident_key':'<commit>','created_at':'<earlier>'," \
	"'title':'The tank is empty','service':" SERVICE "," \
	"'assignees':[" THING("user", "PMIA001", "Mia Moor") "]," \
	"'escalation_policy':" THING("escalation_policy", "PESC001", \
	"Default") ",'teams':[],'priority':" THING("priority", "PPRI001", \
	"P1") ",'urgency':'high','conference_bridge':null," \
	"'resolve_reason':null}"

#define NOTE(kind, rest) "{" OF_INCIDENT ",'id':'<short>'," rest "," \
	"'trimmed':false,'type':'" kind "'}"
#define RESPONDER "{" OF_INCIDENT ",'user':" THING("user", "PJOE001", \
	"Joe Beck") ",'message':'Please help','state':'pending'," \
	"'type':'incident_responder'}"
#define TASK "{'name':'Fill it','description':'With water','id':'<short>'," \
	"'summary':'Fill it','type':'incident_task','status':'<status>'," \
	"'assignees':[]," OF_INCIDENT "}"
#define WORKFLOW "{'id':'<short>','type':'incident_workflow_instance'," \
	"'summary':'Fill the tank','incident_workflow':" \
	THING("incident_workflow", "PWF0001", "Fill the tank") "," \
	OF_INCIDENT ",'service':" SERVICE "}"
#define A_SERVICE "{'html_url':'" HOST "services/PTANK01','id':'PTANK01'," \
	"'self':'https://api.pagerduty.example/services/PTANK01'," \
	"'summary':'Tank','alert_creation':'create_alerts_and_incidents'," \
	"'teams':[],'type':'service'}"

/* An incident counts as a failure until somebody deals with it. */
#define TRIGGERED { "triggered", RESULT_FAILURE, false, NULL }
#define ACKNOWLEDGED { "acknowledged", RESULT_RUNNING, false, NULL }
#define RESOLVED { "resolved", RESULT_SUCCESS, true, NULL }

STATUSES(triggered_statuses, TRIGGERED, ACKNOWLEDGED, RESOLVED);
STATUSES(acknowledged_statuses, ACKNOWLEDGED, TRIGGERED, RESOLVED);
STATUSES(resolved_statuses, RESOLVED, TRIGGERED, ACKNOWLEDGED);
/* The documentation lists todo only. */
STATUSES(task_statuses, { "todo", RESULT_PENDING, false, NULL });

#define ABOUT_INCIDENT(name, type, statuses) \
	EVENT(name, false, NULL, statuses, BODY(type, "incident", INCIDENT))
#define ABOUT(name, type, of, data) EVENT(name, false, NULL, NULL, \
	BODY(type, of, data))

static const struct event_rule pagerduty_events[] = {
	ABOUT_INCIDENT("incident-triggered",
	    "incident.triggered", triggered_statuses),
	ABOUT_INCIDENT("incident-acknowledged",
	    "incident.acknowledged", acknowledged_statuses),
	ABOUT_INCIDENT("incident-resolved",
	    "incident.resolved", resolved_statuses),
	ABOUT_INCIDENT("incident-unacknowledged",
	    "incident.unacknowledged", triggered_statuses),
	ABOUT_INCIDENT("incident-reopened",
	    "incident.reopened", triggered_statuses),
	ABOUT_INCIDENT("incident-delegated",
	    "incident.delegated", triggered_statuses),
	ABOUT_INCIDENT("incident-escalated",
	    "incident.escalated", triggered_statuses),
	ABOUT_INCIDENT("incident-reassigned",
	    "incident.reassigned", triggered_statuses),
	ABOUT_INCIDENT("incident-priority_updated",
	    "incident.priority_updated", triggered_statuses),
	ABOUT_INCIDENT("incident-service_updated",
	    "incident.service_updated", triggered_statuses),
	ABOUT_INCIDENT("incident-incident_type-changed",
	    "incident.incident_type.changed", triggered_statuses),
	ABOUT("incident-annotated",
	    "incident.annotated", "incident", NOTE("incident_note",
	    "'content':'I look at it.'")),
	ABOUT("incident-status_update_published",
	    "incident.status_update_published", "incident",
	    NOTE("incident_status_update", "'message':'It is being filled.'")),
	ABOUT("incident-responder-added",
	    "incident.responder.added", "incident", RESPONDER),
	ABOUT("incident-responder-replied",
	    "incident.responder.replied", "incident", RESPONDER),
	EVENT("incident-task-created", false, NULL, task_statuses,
	    BODY("incident.task.created", "incident", TASK)),
	EVENT("incident-task-updated", false, NULL, task_statuses,
	    BODY("incident.task.updated", "incident", TASK)),
	ABOUT("incident-workflow-started",
	    "incident.workflow.started", "incident", WORKFLOW),
	ABOUT("incident-workflow-completed",
	    "incident.workflow.completed", "incident", WORKFLOW),
	ABOUT("service-created",
	    "service.created", "service", A_SERVICE),
	ABOUT("service-updated",
	    "service.updated", "service", A_SERVICE),
	ABOUT("service-deleted",
	    "service.deleted", "service", A_SERVICE),
	ABOUT("pagey-ping",
	    "pagey.ping", "pagey", "{'message':'Hello from your friend "
	    "Pagey!','type':'ping'}"),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule pagerduty_headers[] = {
	{ "x-pagerduty-signature", HEADER_SIGNATURE, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_pagerduty = PROVIDER_BY_RECIPE("pagerduty",
    "PagerDuty", TRAIT_GIVES_SECRET | TRAIT_OPEN_EVENTS, pagerduty_headers,
    pagerduty_events, pagerduty_recipe, recipe_decode, recipe_no_env);
