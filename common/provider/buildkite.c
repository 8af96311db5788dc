#include "provider.h"

#include "event.h"
#include "field.h"
#include "reading.h"
#include "recipe.h"

/* Buildkite's webhooks: buildkite.com/docs/apis/webhooks/pipelines, and for
 * what a build and a job hold, buildkite.com/docs/apis/rest-api/builds. */

/* The token is the key of the signature, or is sent itself: a choice in the
 * form of the webhook. */
static const struct scheme buildkite_schemes[] = {
	{
		.name = "signature",
		.algorithm = SCHEME_SHA256,
		.header = "x-buildkite-signature",
		.element = "signature=%hex",
		.separator = ',',
		.signed_text = "{time}.{body}",
		.time = "element:timestamp",
	}, {
		.name = "token",
		.algorithm = SCHEME_TOKEN,
		.header = "x-buildkite-token",
		.element = "%token",
	},
	SCHEME_END
};

static const struct field_rule buildkite_fields[] = {
	FIELD(project, NULL, "pipeline.slug"),
	FIELD(branch, NULL, "build.branch"),
	FIELD(tag, NULL, "build.tag"),
	FIELD(commit, NULL, "build.commit"),
	FIELD(title, NULL, "build.message"),
	FIELD(author, NULL, "build.author.name|build.creator.name|"
	    "sender.name"),
	FIELD(name, NULL, "job.name|agent.name|pipeline.name"),
	FIELD(number, NULL, "build.number"),
	FIELD(url, NULL, "job.web_url|build.web_url|agent.web_url"),
	FIELD(subject, NULL, "job.id|build.id"),
	FIELDS_END
};

/* The time of sending is signed, so each try has another MAC; and the body has
 * no id of its own. */
static const struct reading buildkite_reading = {
	.event = "body:event header:x-buildkite-event",
	.status = "body:job.state|build.state",
	.identity = "body",
	.fields = buildkite_fields,
};

static const char *const buildkite_sent[] = {
	"X-Buildkite-Event: <event>", "X-Buildkite-Request: <id>", NULL
};

static const struct recipe buildkite_recipe = {
	.schemes = buildkite_schemes,
	.reading = &buildkite_reading,
	.sent = buildkite_sent,
	.event_mark = '.',
	.agent = "Buildkite-Request",
	.secret_place = "Settings, Notification Services, Webhook: Token",
};

/* A build that has reached a block step is sent as finished, with the state of
 * what ran before it. Elsewhere, Buildkite calls it blocked. */
static enum status
buildkite_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st = recipe_decode(s, m, proof, a, e, why);

	if (st == ST_OK && bytes_is(e->event, "build-finished") &&
	    bytes_is(field_text(&e->doc, "build.blocked", a), "true"))
		e->status = BYTES("blocked");
	return st;
}

/* What Buildkite's own jobs have: buildkite.com/docs/pipelines/
 * environment-variables. */
static const struct env_rule buildkite_env[] = {
	{ "CI", "=true", NULL },
	{ "BUILDKITE", "=true", NULL },
	{ "BUILDKITE_AGENT_ID", "job.agent.id|agent.id", NULL },
	{ "BUILDKITE_AGENT_NAME", "job.agent.name|agent.name", NULL },
	{ "BUILDKITE_BRANCH", "build.branch", NULL },
	{ "BUILDKITE_BUILD_CREATOR", "build.creator.name", NULL },
	{ "BUILDKITE_BUILD_CREATOR_EMAIL", "build.creator.email", NULL },
	{ "BUILDKITE_BUILD_ID", "build.id", NULL },
	{ "BUILDKITE_BUILD_NUMBER", "build.number", NULL },
	{ "BUILDKITE_BUILD_URL", "build.web_url", NULL },
	{ "BUILDKITE_COMMAND", "job.command", NULL },
	{ "BUILDKITE_COMMAND_EXIT_STATUS", "job.exit_status", NULL },
	{ "BUILDKITE_COMMIT", "build.commit", NULL },
	{ "BUILDKITE_JOB_ID", "job.id", NULL },
	{ "BUILDKITE_LABEL", "job.name", NULL },
	{ "BUILDKITE_MESSAGE", "build.message", NULL },
	{ "BUILDKITE_PIPELINE_DEFAULT_BRANCH", "pipeline.default_branch",
	    NULL },
	{ "BUILDKITE_PIPELINE_ID", "pipeline.id", NULL },
	{ "BUILDKITE_PIPELINE_NAME", "pipeline.name", NULL },
	{ "BUILDKITE_PIPELINE_PROVIDER", "pipeline.provider.id", NULL },
	{ "BUILDKITE_PIPELINE_SLUG", "pipeline.slug", NULL },
	{ "BUILDKITE_PULL_REQUEST", "build.pull_request.id", NULL },
	{ "BUILDKITE_PULL_REQUEST_BASE_BRANCH", "build.pull_request.base",
	    NULL },
	{ "BUILDKITE_PULL_REQUEST_REPO", "build.pull_request.repository",
	    NULL },
	{ "BUILDKITE_REBUILT_FROM_BUILD_ID", "build.rebuilt_from.id", NULL },
	{ "BUILDKITE_REBUILT_FROM_BUILD_NUMBER", "build.rebuilt_from.number",
	    NULL },
	{ "BUILDKITE_REPO", "pipeline.repository", NULL },
	{ "BUILDKITE_SOURCE", "build.source", NULL },
	{ "BUILDKITE_STEP_KEY", "job.step_key", NULL },
	{ "BUILDKITE_TAG", "build.tag", NULL },
	{ NULL, NULL, NULL }
};

/* --- the table ----------------------------------------------------------- */

#define API "https://api.buildkite.com/v2/organizations/acme"
#define PAGE "https://buildkite.com/acme/widget"

#define SENDER "'sender':{'id':'e3c7a5f1-5b0d-4f0e-9d3e-0f6f3b1f6a44'," \
	"'name':'Mia Moor'}"

#define AGENT "'agent':{'id':'<id4>','url':'" API "/agents/<id4>'," \
	"'web_url':'https://buildkite.com/organizations/acme/agents/<id4>'," \
	"'name':'heron-1','connection_state':'connected'," \
	"'hostname':'heron','meta_data':['queue=default']}"

#define BUILD(state) "'build':{'id':'<id>','url':'" API \
	"/pipelines/widget/builds/<number>','web_url':'" PAGE \
	"/builds/<number>','number':<number>,'state':'" state "'," \
	"'blocked':false,'message':'Fill the tank\\n\\nIt was empty.'," \
	"'commit':'<commit>','branch':'main','tag':null," \
	"'source':'webhook','creator':{'id':'<id3>','name':'Mia Moor'," \
	"'email':'mia@example.com'},'created_at':'<earlier>'," \
	"'scheduled_at':'<earlier>','started_at':'<earlier>'," \
	"'finished_at':'<time>','meta_data':{},'pull_request':null," \
	"'rebuilt_from':null}"

#define PIPELINE "'pipeline':{" \
	"'id':'6a1d0e0c-0c5b-4f5a-8f55-57a0a4a7f9a2','url':'" API \
	"/pipelines/widget','web_url':'" PAGE "','name':'Widget'," \
	"'slug':'widget','repository':'git@example.com:acme/widget.git'," \
	"'default_branch':'main','provider':{'id':'private'}}"

#define JOB "'job':{'id':'<id2>','type':'script','name':'test'," \
	"'step_key':'test','state':'<status>','web_url':'" PAGE \
	"/builds/<number>#<id2>','command':'make test'," \
	"'soft_failed':false,'exit_status':<exit>," AGENT "," \
	"'created_at':'<earlier>','started_at':'<earlier>'," \
	"'finished_at':'<time>','retried':false}"

#define OF_BUILD(type) "{'event':'" type "'," BUILD("<status>") "," \
	PIPELINE "," SENDER "}"
#define OF_JOB(type) "{'event':'" type "'," JOB "," BUILD("running") "," \
	PIPELINE "," SENDER "}"
#define OF_AGENT(type) "{'event':'" type "'," AGENT "," SENDER "}"

/* A blocked build waits for somebody; a failing one still runs. */
#define ENDED_STATES \
	{ "passed", RESULT_SUCCESS, true, NULL }, \
	{ "failed", RESULT_FAILURE, true, NULL }, \
	{ "canceled", RESULT_CANCELED, true, NULL }, \
	{ "skipped", RESULT_OTHER, true, NULL }, \
	{ "waiting_failed", RESULT_OTHER, true, NULL }
#define OPEN_STATES \
	{ "scheduled", RESULT_PENDING, false, NULL }, \
	{ "waiting", RESULT_PENDING, false, NULL }, \
	{ "blocked", RESULT_PENDING, false, NULL }, \
	{ "running", RESULT_RUNNING, false, NULL }, \
	{ "canceling", RESULT_RUNNING, false, NULL }
#define BUILD_STATES ENDED_STATES, OPEN_STATES, \
	{ "not_run", RESULT_OTHER, true, NULL }, \
	{ "failing", RESULT_RUNNING, false, NULL }, \
	{ NULL, RESULT_NONE, false, NULL }
#define JOB_STATES ENDED_STATES, OPEN_STATES, \
	{ "timed_out", RESULT_FAILURE, true, NULL }, \
	{ "expired", RESULT_FAILURE, true, NULL }, \
	{ "broken", RESULT_OTHER, true, NULL }, \
	{ "blocked_failed", RESULT_OTHER, true, NULL }, \
	{ "unblocked_failed", RESULT_OTHER, true, NULL }, \
	{ "unblocked", RESULT_OTHER, true, NULL }, \
	{ "pending", RESULT_PENDING, false, NULL }, \
	{ "limited", RESULT_PENDING, false, NULL }, \
	{ "assigned", RESULT_PENDING, false, NULL }, \
	{ "accepted", RESULT_PENDING, false, NULL }, \
	{ "timing_out", RESULT_RUNNING, false, NULL }, \
	{ NULL, RESULT_NONE, false, NULL }

/* The first row is the one that "send" sends. */
static const struct status_rule finished_statuses[] = { BUILD_STATES };
static const struct status_rule scheduled_statuses[] = {
	{ "scheduled", RESULT_PENDING, false, NULL }, BUILD_STATES
};
static const struct status_rule running_statuses[] = {
	{ "running", RESULT_RUNNING, false, NULL }, BUILD_STATES
};
static const struct status_rule failing_statuses[] = {
	{ "failing", RESULT_RUNNING, false, NULL }, BUILD_STATES
};
static const struct status_rule skipped_statuses[] = {
	{ "skipped", RESULT_OTHER, true, NULL }, BUILD_STATES
};
static const struct status_rule job_statuses[] = { JOB_STATES };
static const struct status_rule job_scheduled_statuses[] = {
	{ "scheduled", RESULT_PENDING, false, NULL }, JOB_STATES
};
static const struct status_rule job_started_statuses[] = {
	{ "running", RESULT_RUNNING, false, NULL }, JOB_STATES
};
static const struct status_rule job_activated_statuses[] = {
	{ "unblocked", RESULT_OTHER, true, NULL }, JOB_STATES
};

static const struct event_rule buildkite_events[] = {
	EVENT("build-finished", false, NULL, finished_statuses,
	    OF_BUILD("build.finished")),
	EVENT("build-scheduled", false, NULL, scheduled_statuses,
	    OF_BUILD("build.scheduled")),
	EVENT("build-running", false, NULL, running_statuses,
	    OF_BUILD("build.running")),
	EVENT("build-failing", false, NULL, failing_statuses,
	    OF_BUILD("build.failing")),
	EVENT("build-skipped", false, NULL, skipped_statuses,
	    OF_BUILD("build.skipped")),
	EVENT("job-finished", false, NULL, job_statuses,
	    OF_JOB("job.finished")),
	EVENT("job-scheduled", false, NULL, job_scheduled_statuses,
	    OF_JOB("job.scheduled")),
	EVENT("job-started", false, NULL, job_started_statuses,
	    OF_JOB("job.started")),
	EVENT("job-activated", false, NULL, job_activated_statuses,
	    OF_JOB("job.activated")),
	EVENT("agent-connected", false, NULL, NULL,
	    OF_AGENT("agent.connected")),
	EVENT("agent-disconnected", false, NULL, NULL,
	    OF_AGENT("agent.disconnected")),
	EVENT("agent-lost", false, NULL, NULL, OF_AGENT("agent.lost")),
	EVENT("agent-stopping", false, NULL, NULL, OF_AGENT("agent.stopping")),
	EVENT("agent-stopped", false, NULL, NULL, OF_AGENT("agent.stopped")),
	EVENT("agent-blocked", false, NULL, NULL, "{'event':'agent.blocked',"
	    "'blocked_ip':'192.0.2.20'," AGENT "," SENDER "}"),
	EVENT("ping", false, NULL, NULL, "{'event':'ping','service':{"
	    "'id':'<id>','provider':'webhook','settings':{"
	    "'url':'https://hooks.example.com/'}},'organization':{"
	    "'id':'<id2>','name':'Acme','slug':'acme'}," SENDER "}"),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule buildkite_headers[] = {
	{ "x-buildkite-signature", HEADER_SIGNATURE, true },
	{ "x-buildkite-token", HEADER_SECRET, true },
	{ "x-buildkite-event", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_buildkite = PROVIDER_BY_RECIPE("buildkite",
    "Buildkite", TRAIT_GIVES_SECRET, buildkite_headers, buildkite_events,
    buildkite_recipe, buildkite_decode, buildkite_env);
