#include "gitea.h"

#include "reading.h"
#include "recipe.h"
#include "webhook_api.h"

/* Forgejo: forgejo.org/docs/latest/user/webhooks, and services/webhook in its
 * source. It is a fork of Gitea, and sends what Gitea sends, except for the
 * runs of its own Actions. Each request has the headers of Gitea, Gogs and
 * GitHub as well. */

/* ActionRunNowDone in services/webhook/notifier.go: the event is the action */
static const struct mark forgejo_marks[] = {
	{ "run action=success", "action_run_success" },
	{ "run action=failure", "action_run_failure" },
	{ "run action=recover", "action_run_recover" },
	GITEA_MARKS,
	{ NULL, NULL }
};

/* prettyref names a branch or a tag; for a pull request it names neither. */
static const struct field_rule forgejo_fields[] = {
	GITEA_FIELDS,
	FIELD(project, NULL, "run.repository.full_name"),
	FIELD_WHEN(branch, NULL, "run.event=push", "run.prettyref"),
	FIELD(commit, NULL, "run.commit_sha"),
	FIELD(title, NULL, "run.title"),
	FIELD(author, NULL, "run.trigger_user.login"),
	FIELD(name, NULL, "run.workflow_id"),
	FIELD(number, NULL, "run.index_in_repo"),
	FIELD(url, NULL, "run.html_url"),
	FIELD(subject, NULL, "{run.repository.full_name}/runs/{run.id}"),
	FIELDS_END
};

static const struct reading forgejo_reading = {
	.event = "header:x-forgejo-event",
	.marks = forgejo_marks,
	.action = "body:action",
	.status = "body:run.status|state",
	.identity = "mac",
	.fields = forgejo_fields,
};

static const struct scheme forgejo_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "x-forgejo-signature", .element = "%hex",
	    .signed_text = "{body}" },
	SCHEME_END
};

static const char *const forgejo_sent[] = {
	"X-Forgejo-Delivery: <id>", "X-Forgejo-Event-Type: <event>", NULL
};

static const char *const forgejo_api_headers[] = {
	"Authorization: token <token>", NULL
};

/* POST /repos/{owner}/{repo}/hooks */
static const struct webhook_api forgejo_api = {
	.project = "OWNER/REPOSITORY",
	.right = "write:repository, and to administer the repository",
	.headers = forgejo_api_headers,
	.path = "/api/v1/repos/<project>/hooks",
	.body = "{'type':'forgejo','active':true,'events':['push','create',"
	    "'delete','pull_request','release','issues','issue_comment',"
	    "'action_run_success','action_run_failure','action_run_recover'],"
	    "'config':{'url':'<url>','content_type':'json',"
	    "'secret':'<secret>'}}",
};

static const struct recipe forgejo_recipe = {
	.api = &forgejo_api,
	.schemes = forgejo_schemes,
	.reading = &forgejo_reading,
	.event_header = "x-forgejo-event",
	.sent = forgejo_sent,
	.agent = "Go-http-client/1.1",
	.any_certificate = "its app.ini has SKIP_TLS_VERIFY = true in "
	    "[webhook]",
	.secret_place = "Settings, Webhooks, Secret",
};

/* --- the table ----------------------------------------------------------- */

static const struct status_rule run_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failure", RESULT_FAILURE, true, NULL },
	{ "cancelled", RESULT_CANCELED, true, NULL },
	{ "skipped", RESULT_OTHER, true, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

ACTIONS(success_actions, "success");
ACTIONS(failure_actions, "failure");
ACTIONS(recover_actions, "recover");

#define ENDED(word, actions) \
	EVENT("action_run_" word, false, actions, \
	    run_statuses, "{'action':'" word "','run':{'id':<build>," \
	    "'title':'Fill the tank','repository':{'id':42," \
	    "'full_name':'acme/widget'},'workflow_id':'ci.yml'," \
	    "'index_in_repo':<number>,'trigger_user':" GITEA_USER("mia") "," \
	    "'prettyref':'main','commit_sha':'<commit>'," \
	    "'is_fork_pull_request':false,'event':'push'," \
	    "'trigger_event':'push','status':'<status>'," \
	    "'html_url':'" GITEA_PAGE "/actions/runs/<number>'}," \
	    "'last_run':null,'prior_status':'running'}")

static const struct event_rule forgejo_events[] = {
	GITEA_EVENTS,
	ENDED("success", success_actions),
	ENDED("failure", failure_actions),
	ENDED("recover", recover_actions),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule forgejo_headers[] = {
	{ "x-forgejo-signature", HEADER_SIGNATURE, true },
	{ "x-forgejo-event", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_forgejo = PROVIDER_BY_RECIPE("forgejo",
    "Forgejo", 0, forgejo_headers, forgejo_events, forgejo_recipe,
    recipe_decode, recipe_no_env);
