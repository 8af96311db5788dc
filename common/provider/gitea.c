#include "gitea.h"

#include "reading.h"
#include "recipe.h"
#include "webhook_api.h"

/* Gitea: docs.gitea.com, Webhooks, and services/webhook in its source. Each
 * request has the headers of Gogs and GitHub as well. Forgejo sends Gitea's
 * headers, too; forgejo.c has its own. */

/* --- what its bodies say -------------------------------------------------- */

static const struct mark gitea_marks[] = {
	{ "workflow_job", "workflow_job" },
	{ "workflow_run", "workflow_run" },
	GITEA_MARKS,
	{ NULL, NULL }
};

static const struct field_rule gitea_fields[] = {
	GITEA_FIELDS,
	FIELDS_END
};

/* A run or job has a conclusion in the end, and a status all along. */
static const struct reading gitea_reading = {
	.event = "header:x-gitea-event",
	.marks = gitea_marks,
	.action = "body:action",
	.status = "body:workflow_job.conclusion|workflow_job.status|"
	    "workflow_run.conclusion|workflow_run.status|state",
	.identity = "mac",
	.fields = gitea_fields,
};

static const struct scheme gitea_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "x-gitea-signature", .element = "%hex",
	    .signed_text = "{body}" },
	SCHEME_END
};

static const char *const gitea_api_headers[] = {
	"Authorization: token <token>", NULL
};

/* POST /repos/{owner}/{repo}/hooks */
static const struct webhook_api gitea_api = {
	.project = "OWNER/REPOSITORY",
	.right = "write:repository, and to administer the repository",
	.headers = gitea_api_headers,
	.path = "/api/v1/repos/<project>/hooks",
	.body = "{'type':'gitea','active':true,'events':['push','create',"
	    "'delete','pull_request','release','issues','issue_comment','status',"
	    "'workflow_run','workflow_job'],"
	    "'config':{'url':'<url>','content_type':'json',"
	    "'secret':'<secret>'}}",
};

static const struct recipe gitea_recipe = {
	.api = &gitea_api,
	.schemes = gitea_schemes,
	.reading = &gitea_reading,
	.event_header = "x-gitea-event",
	.agent = "Go-http-client/1.1",
	.any_certificate = "its app.ini has SKIP_TLS_VERIFY = true in "
	    "[webhook]",
	.secret_place = "Settings, Webhooks, Secret",
};

/* --- the table ----------------------------------------------------------- */

#define RUN(status, conclusion) "{'action':'<action>'," \
	"'workflow':{'id':'ci.yml','name':'ci'},'workflow_run':{" \
	"'id':<build>,'display_title':'Fill the tank','run_attempt':1," \
	"'run_number':<number>,'event':'push','status':'" status "'," \
	"'conclusion':'" conclusion "','head_branch':'main'," \
	"'head_sha':'<commit>'," \
	"'html_url':'" GITEA_PAGE "/actions/runs/<number>'}," GITEA_REPOSITORY

#define JOB(status, conclusion) "{'action':'<action>','workflow_job':{" \
	"'id':<build>,'run_id':<number>,'name':'test','run_attempt':1," \
	"'status':'" status "','conclusion':'" conclusion "'," \
	"'head_branch':'main','head_sha':'<commit>','html_url':'" GITEA_PAGE \
	"/actions/runs/<number>/jobs/0'}," GITEA_REPOSITORY

static const struct status_rule check_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failure", RESULT_FAILURE, true, NULL },
	{ "error", RESULT_FAILURE, true, NULL },
	{ "pending", RESULT_PENDING, false, NULL },
	{ "warning", RESULT_OTHER, true, NULL },
	{ "skipped", RESULT_OTHER, true, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule run_statuses[] = {
	{ "success", RESULT_SUCCESS, true, "completed" },
	{ "failure", RESULT_FAILURE, true, "completed" },
	{ "cancelled", RESULT_CANCELED, true, "completed" },
	{ "skipped", RESULT_OTHER, true, "completed" },
	{ "queued", RESULT_PENDING, false, "queued" },
	{ "waiting", RESULT_PENDING, false, "waiting" },
	{ "in_progress", RESULT_RUNNING, false, "in_progress" },
	{ NULL, RESULT_NONE, false, NULL }
};

ACTIONS(ended_actions, "completed");
ACTIONS(run_actions, "queued", "waiting", "in_progress");

static const struct event_rule gitea_events[] = {
	GITEA_EVENTS,
	EVENT("status", false, NULL, check_statuses,
	    "{'commit':" GITEA_COMMIT ","
	    "'context':'ci/test','created_at':'<time>','description':'',"
	    "'id':<build>,'sha':'<commit>','state':'<status>',"
	    "'target_url':'https://ci.example.com/<number>'," GITEA_REPOSITORY),
	EVENT("workflow_run", false, ended_actions, run_statuses,
	    RUN("completed", "<status>")),
	EVENT("workflow_run", false, run_actions, run_statuses,
	    RUN("<status>", "")),
	EVENT("workflow_job", false, ended_actions, run_statuses,
	    JOB("completed", "<status>")),
	EVENT("workflow_job", false, run_actions, run_statuses,
	    JOB("<status>", "")),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule gitea_headers[] = {
	{ "x-gitea-signature", HEADER_SIGNATURE, true },
	{ "x-gitea-event", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_gitea = PROVIDER_BY_RECIPE("gitea", "Gitea", 0,
    gitea_headers, gitea_events, gitea_recipe, recipe_decode, recipe_no_env);
