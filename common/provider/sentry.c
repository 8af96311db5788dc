#include "provider.h"

#include "event.h"
#include "reading.h"
#include "recipe.h"

/* Sentry's integration platform: docs.sentry.io/organization/integrations/
 * integration-platform/webhooks. The MAC is of the body as it was sent. The
 * samples there serialise the JSON again, so they depend on how a library
 * writes it. In its source,
 * src/sentry/sentry_apps/api/serializers/app_platform_event.py signs the very
 * text that it sends. */

#define RESOURCE "sentry-hook-resource"

static const struct scheme sentry_schemes[] = {
	{
		.name = "signature",
		.algorithm = SCHEME_SHA256,
		.header = "sentry-hook-signature",
		.element = "%hex",
		.signed_text = "{body}",
	},
	SCHEME_END
};

/* The header is not signed, but the contents of data are. */
static const struct mark sentry_marks[] = {
	{ "data.activity", "activity_alert" },
	{ "data.metric_alert", "metric_alert" },
	{ "data.error", "error" },
	{ "data.event", "event_alert" },
	{ "data.comment_id", "comment" },
	{ "data.buildId", "preprod_artifact" },
	{ "data.run_id", "seer" },
	{ "data.issue", "issue" },
	{ "data.installation", "installation" },
	{ NULL, NULL }
};

static const struct field_rule sentry_fields[] = {
	FIELD(project, NULL, "data.issue.project.slug|data.project_slug|"
	    "data.projectSlug|data.metric_alert.projects.0|"
	    "data.installation.organization.slug"),
	FIELD(title, NULL, "data.issue.title|data.event.title|"
	    "data.error.title|data.description_title|data.comment|"
	    "data.triggered_rule"),
	FIELD(author, NULL, "actor.name"),
	FIELD(name, NULL, "data.triggered_rule|data.alert.title|"
	    "data.metric_alert.alert_rule.name|data.issue.shortId|"
	    "data.installation.app.slug|data.appInfo.name"),
	FIELD(number, NULL, "data.issue.id|data.event.issue_id|"
	    "data.error.issue_id|data.issue_id|data.group_id|"
	    "data.metric_alert.identifier|data.buildId"),
	FIELD(url, NULL, "data.issue.web_url|data.event.web_url|"
	    "data.error.web_url|data.web_url|"
	    "data.pull_requests.0.pull_request.pr_url"),
	FIELD(commit, NULL, "data.gitInfo.headSha"),
	FIELD(branch, NULL, "data.gitInfo.headRef"),
	FIELD(subject, NULL, "data.event.event_id|data.error.event_id|"
	    "issue/{data.issue.id}|issue/{data.issue_id}|"
	    "alert/{data.metric_alert.id}|run/{data.run_id}|"
	    "build/{data.buildId}|data.installation.uuid"),
	FIELDS_END
};

static const struct reading sentry_reading = {
	.event = "header:" RESOURCE,
	.marks = sentry_marks,
	.action = "body:action",
	.status = "body:data.issue.status|data.state|data.installation.status",
	.identity = "mac",
	.fields = sentry_fields,
};

static const char *const sentry_sent[] = {
	"Request-ID: <id>", "Sentry-Hook-Resource: <event>",
	"Sentry-Hook-Timestamp: <now>", NULL
};

static const struct recipe sentry_recipe = {
	.schemes = sentry_schemes,
	.reading = &sentry_reading,
	.sent = sentry_sent,
	.agent = "sentry/26.10.0 (https://sentry.io)",
	.secret_place = "Settings, Developer Settings, the integration: "
	    "Client Secret",
};

/* --- the table ----------------------------------------------------------- */

#define BODY(data) "{'action':'<action>','installation':{" \
	"'uuid':'a2f1b8c0-8e0c-4a7e-b6a3-1e5d3c1f7b90'},'data':{" data "}," \
	"'actor':{'type':'application','id':'sentry','name':'Sentry'}}"

#define PAGE "https://acme.sentry.example/issues/<build>/"

#define ISSUE "'issue':{'url':'https://sentry.example/api/0/" \
	"organizations/acme/issues/<build>/','web_url':'" PAGE "'," \
	"'id':'<build>','shortId':'WIDGET-<number>','title':" \
	"'LeakError: the tank is empty','culprit':'tank.fill'," \
	"'level':'error','status':'<status>','substatus':'ongoing'," \
	"'platform':'python','project':{'id':'42','name':'Widget'," \
	"'slug':'widget','platform':'python'},'issueType':'error'," \
	"'issueCategory':'error','priority':'high','count':'3'," \
	"'userCount':2,'firstSeen':'<earlier>','lastSeen':'<time>'}"

#define OCCURRENCE "{'event_id':'<short><short>','project':42," \
	"'title':'LeakError: the tank is empty','culprit':'tank.fill'," \
	"'level':'error','platform':'python','type':'error'," \
	"'issue_url':'https://sentry.example/api/0/issues/<build>/'," \
	"'issue_id':'<build>','web_url':'" PAGE "events/<short>/'," \
	"'datetime':'<time>'}"

ACTIONS(created_action, "created");
ACTIONS(resolved_action, "resolved");
ACTIONS(archived_action, "archived");
ACTIONS(open_actions, "created", "assigned", "unresolved");
ACTIONS(triggered_action, "triggered");
ACTIONS(metric_actions, "critical", "warning", "resolved");
ACTIONS(comment_actions, "created", "updated", "deleted");
ACTIONS(installation_actions, "created", "deleted");
ACTIONS(build_actions, "size_analysis_completed",
    "build_distribution_completed");
ACTIONS(seer_actions, "root_cause_started", "root_cause_completed",
    "solution_started", "solution_completed", "coding_started",
    "coding_completed", "pr_created");

/* An unresolved issue counts as a failure until somebody resolves it. */
static const struct status_rule issue_statuses[] = {
	{ "unresolved", RESULT_FAILURE, false, "created" },
	{ "resolved", RESULT_SUCCESS, true, "resolved" },
	{ "ignored", RESULT_OTHER, true, "archived" },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule activity_statuses[] = {
	{ "unresolved", RESULT_FAILURE, false, NULL },
	{ "resolved", RESULT_SUCCESS, true, NULL },
	{ "ignored", RESULT_OTHER, true, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule build_statuses[] = {
	{ "completed", RESULT_SUCCESS, true, NULL },
	{ "failed", RESULT_FAILURE, true, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule installation_statuses[] = {
	{ "installed", RESULT_OTHER, false, NULL },
	{ "pending", RESULT_PENDING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct event_rule sentry_events[] = {
	EVENT("issue", false, open_actions, issue_statuses, BODY(ISSUE)),
	EVENT("issue", false, resolved_action, issue_statuses, BODY(ISSUE)),
	EVENT("issue", false, archived_action, issue_statuses, BODY(ISSUE)),
	EVENT("event_alert", false, triggered_action, NULL, BODY(
	    "'event':" OCCURRENCE ",'triggered_rule':'Tanks'")),
	EVENT("metric_alert", false, metric_actions, NULL, BODY(
	    "'metric_alert':{'id':'<build>','identifier':'<number>',"
	    "'status':20,'title':'Leaks','projects':['widget'],"
	    "'alert_rule':{'id':'7','name':'Too many leaks'}},"
	    "'description_title':'<action>: Too many leaks',"
	    "'description_text':'12 events in the last 10 minutes',"
	    "'web_url':'https://acme.sentry.example/alerts/<number>/'")),
	EVENT("error", false, created_action, NULL, BODY(
	    "'error':" OCCURRENCE)),
	EVENT("comment", false, comment_actions, NULL, BODY(
	    "'comment':'It leaks.','project_slug':'widget',"
	    "'comment_id':<number>,'issue_id':<build>,"
	    "'timestamp':'<time>'")),
	EVENT("installation", false, installation_actions,
	    installation_statuses, BODY("'installation':{'status':'<status>',"
	    "'organization':{'slug':'acme','id':1},'app':{'uuid':'<id2>',"
	    "'slug':'cgihook','sentryAppId':1},'uuid':'<id>'}")),
	EVENT("seer", false, seer_actions, NULL, BODY("'run_id':<number>,"
	    "'group_id':<build>")),
	EVENT("activity_alert", false, triggered_action, activity_statuses,
	    BODY(ISSUE ",'activity':{'type':'seer_pr_created','details':{}},"
	    "'alert':{'id':10,'title':'Tanks'}")),
	EVENT("preprod_artifact", false, build_actions, build_statuses, BODY(
	    "'buildId':'<build>','organizationSlug':'acme',"
	    "'projectSlug':'widget','platform':'ANDROID',"
	    "'state':'<status>','appInfo':{'appId':'org.example.widget',"
	    "'name':'Widget','version':'1.<number>'},'gitInfo':{"
	    "'headSha':'<commit>','headRef':'main'},'errorCode':null")),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule sentry_headers[] = {
	{ "sentry-hook-signature", HEADER_SIGNATURE, true },
	{ RESOURCE, HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_sentry = PROVIDER_BY_RECIPE("sentry", "Sentry",
    TRAIT_GIVES_SECRET, sentry_headers, sentry_events, sentry_recipe,
    recipe_decode, recipe_no_env);
