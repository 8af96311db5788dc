#include "provider.h"

#include "reading.h"
#include "recipe.h"

/* Gitea, and Forgejo, which sends the same: docs.gitea.com, Webhooks, and
 * services/webhook in its source. Each request has the headers of Gogs and
 * GitHub as well. */

/* --- what its bodies say -------------------------------------------------- */

/* The signed body does not name its event, but all events except repository
 * have a member that tells. */
static const struct mark gitea_marks[] = {
	{ "page", "wiki" },
	{ "workflow_job", "workflow_job" },
	{ "workflow_run", "workflow_run" },
	/* the second of each is of old versions */
	{ "review.type=pull_request_review_approved", "pull_request_approved" },
	{ "review.type=pull_request_approved", "pull_request_approved" },
	{ "review.type=pull_request_review_rejected", "pull_request_rejected" },
	{ "review.type=pull_request_rejected", "pull_request_rejected" },
	{ "review.type=pull_request_review_comment", "pull_request_comment" },
	{ "review.type=pull_request_comment", "pull_request_comment" },
	{ "review", NULL },
	{ "comment", "issue_comment" },
	{ "pull_request", "pull_request" },
	{ "issue", "issues" },
	{ "release", "release" },
	{ "forkee", "fork" },
	{ "package", "package" },
	{ "pusher_type", "delete" },
	{ "ref_type", "create" },
	{ "after", "push" },
	{ "context", "status" },
	{ NULL, NULL }
};

/* What other events can be about, too: a try of a run or job, a check of a
 * commit, an issue or a pull request, which share their numbers, a release. */
#define NAME "{repository.full_name}"
#define SUBJECT NAME "/jobs/{workflow_job.id}/{workflow_job.run_attempt}|" \
	NAME "/runs/{workflow_run.id}/{workflow_run.run_attempt}|" \
	NAME "@{sha} {context}|" NAME "#{pull_request.number}|" \
	NAME "#{issue.number}|" NAME "/releases/{release.id}"

/* A push has a full reference, create and delete have the name alone. The
 * branch of a pull request is the one that it is to be merged into, as Drone
 * has it: the other one has a name that strangers choose. */
static const struct field_rule gitea_fields[] = {
	FIELD(project, NULL, "repository.full_name"),
	FIELD_WHEN(branch, NULL, "ref_type=branch", "ref"),
	FIELD(branch, "push", "ref"),
	FIELD(branch, NULL, "workflow_run.head_branch|"
	    "workflow_job.head_branch|pull_request.base.ref"),
	FIELD_WHEN(tag, NULL, "ref_type=tag", "ref"),
	FIELD(tag, "push", "ref"),
	FIELD(tag, NULL, "release.tag_name"),
	FIELD(commit, NULL, "after|sha|workflow_run.head_sha|"
	    "workflow_job.head_sha|pull_request.head.sha"),
	FIELD(title, NULL, "head_commit.message|commit.message|"
	    "workflow_run.display_title|pull_request.title|issue.title|"
	    "release.name|comment"),
	FIELD(author, NULL, "head_commit.author.name|commit.author.name|"
	    "comment.user.login|sender.login"),
	FIELD(name, NULL, "workflow_job.name|workflow.name|context|"
	    "package.name|page"),
	FIELD(number, NULL, "workflow_run.run_number|pull_request.number|"
	    "issue.number"),
	FIELD(url, NULL, "workflow_job.html_url|workflow_run.html_url|"
	    "target_url|comment.html_url|pull_request.html_url|"
	    "issue.html_url|release.html_url|package.html_url|compare_url|"
	    "repository.html_url"),
	FIELD(subject, NULL, SUBJECT),
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

static const struct recipe gitea_recipe = {
	.schemes = gitea_schemes,
	.reading = &gitea_reading,
	.event_header = "x-gitea-event",
	.agent = "Go-http-client/1.1",
	.secret_place = "Settings, Webhooks, Secret",
};

/* --- the table ----------------------------------------------------------- */

#define HOST "https://gitea.example.com"
#define PAGE HOST "/acme/widget"

#define USER(login) "{'id':7,'login':'" login "','full_name':''," \
	"'email':'" login "@example.com','username':'" login "'}"

#define REPOSITORY "'repository':{'id':42,'owner':" USER("acme") "," \
	"'name':'widget','full_name':'acme/widget','private':false," \
	"'fork':false,'size':<number>,'html_url':'" PAGE "'," \
	"'ssh_url':'git@gitea.example.com:acme/widget.git'," \
	"'clone_url':'" PAGE ".git','default_branch':'main'," \
	"'updated_at':'<time>'},'sender':" USER("mia") "}"

#define COMMIT "{'id':'<commit>','message':'Fill the tank\\n'," \
	"'url':'" PAGE "/commit/<commit>','author':{'name':'Mia Moor'," \
	"'email':'mia@example.com','username':'mia'}," \
	"'timestamp':'<earlier>'}"

#define PULL "'pull_request':{'id':<build>,'number':<number>," \
	"'user':" USER("joe") ",'title':'Fill the tank','state':'open'," \
	"'html_url':'" PAGE "/pulls/<number>','merged':false," \
	"'base':{'label':'main','ref':'main','repo_id':42}," \
	"'head':{'label':'tank','ref':'tank','sha':'<commit>'," \
	"'repo_id':43}}"

#define ISSUE "'issue':{'id':<build>,'number':<number>," \
	"'user':" USER("joe") ",'title':'The tank is empty'," \
	"'state':'open','html_url':'" PAGE "/issues/<number>'}"

#define REVIEW(how) "{'action':'<action>','number':<number>," PULL "," \
	"'review':{'type':'pull_request_review_" how "'," \
	"'content':'I tried it.'}," REPOSITORY

#define RUN(status, conclusion) "{'action':'<action>'," \
	"'workflow':{'id':'ci.yml','name':'ci'},'workflow_run':{" \
	"'id':<build>,'display_title':'Fill the tank','run_attempt':1," \
	"'run_number':<number>,'event':'push','status':'" status "'," \
	"'conclusion':'" conclusion "','head_branch':'main'," \
	"'head_sha':'<commit>'," \
	"'html_url':'" PAGE "/actions/runs/<number>'}," REPOSITORY

#define JOB(status, conclusion) "{'action':'<action>','workflow_job':{" \
	"'id':<build>,'run_id':<number>,'name':'test','run_attempt':1," \
	"'status':'" status "','conclusion':'" conclusion "'," \
	"'head_branch':'main','head_sha':'<commit>','html_url':'" PAGE \
	"/actions/runs/<number>/jobs/0'}," REPOSITORY

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

#define ACTIONS(name, ...) \
	static const char *const name[] = { __VA_ARGS__, NULL }

ACTIONS(pull_actions, "opened", "closed", "reopened", "edited",
    "synchronized", "assigned", "unassigned", "label_updated",
    "label_cleared", "milestoned", "demilestoned", "review_requested",
    "review_request_removed");
ACTIONS(issue_actions, "opened", "closed", "reopened", "edited", "assigned",
    "unassigned", "label_updated", "label_cleared", "milestoned",
    "demilestoned");
ACTIONS(text_actions, "created", "edited", "deleted");
ACTIONS(thing_actions, "created", "deleted");
ACTIONS(release_actions, "published", "updated", "deleted");
ACTIONS(review_actions, "reviewed");
ACTIONS(ended_actions, "completed");
ACTIONS(run_actions, "queued", "waiting", "in_progress");

static const struct event_rule gitea_events[] = {
	EVENT("push", false, NULL, NULL, "{'ref':'refs/heads/main',"
	    "'before':'6f4ca1cf2e17ba2a36e7a2f1a4c0dd6f0a8f5b31',"
	    "'after':'<commit>','compare_url':'" PAGE "/compare/"
	    "6f4ca1cf2e17...<short>','commits':[" COMMIT "],"
	    "'total_commits':1,'head_commit':" COMMIT ",'pusher':"
	    USER("mia") "," REPOSITORY),
	EVENT("pull_request", false, pull_actions, NULL, "{'action':'<action>',"
	    "'number':<number>," PULL ",'review':null," REPOSITORY),
	EVENT("create", false, NULL, NULL, "{'sha':'<commit>',"
	    "'ref':'v1.<number>','ref_type':'tag'," REPOSITORY),
	EVENT("delete", false, NULL, NULL, "{'ref':'tank',"
	    "'ref_type':'branch','pusher_type':'user'," REPOSITORY),
	EVENT("release", false, release_actions, NULL, "{'action':'<action>',"
	    "'release':{'id':<build>,'tag_name':'v1.<number>',"
	    "'target_commitish':'main','name':'The one with the tank',"
	    "'html_url':'" PAGE "/releases/tag/v1.<number>','draft':false,"
	    "'prerelease':false}," REPOSITORY),
	EVENT("issues", false, issue_actions, NULL, "{'action':'<action>',"
	    "'number':<number>," ISSUE "," REPOSITORY),
	EVENT("issue_comment", false, text_actions, NULL, "{"
	    "'action':'<action>'," ISSUE ",'comment':{'id':<build>,'html_url':'"
	    PAGE "/issues/<number>#issuecomment-<build>','user':" USER("mia")
	    ",'body':'It leaks.'},'is_pull':false," REPOSITORY),
	EVENT("pull_request_approved", false, review_actions, NULL,
	    REVIEW("approved")),
	EVENT("pull_request_rejected", false, review_actions, NULL,
	    REVIEW("rejected")),
	EVENT("pull_request_comment", false, review_actions, NULL,
	    REVIEW("comment")),
	EVENT("status", false, NULL, check_statuses, "{'commit':" COMMIT ","
	    "'context':'ci/test','created_at':'<time>','description':'',"
	    "'id':<build>,'sha':'<commit>','state':'<status>',"
	    "'target_url':'https://ci.example.com/<number>'," REPOSITORY),
	EVENT("workflow_run", false, ended_actions, run_statuses,
	    RUN("completed", "<status>")),
	EVENT("workflow_run", false, run_actions, run_statuses,
	    RUN("<status>", "")),
	EVENT("workflow_job", false, ended_actions, run_statuses,
	    JOB("completed", "<status>")),
	EVENT("workflow_job", false, run_actions, run_statuses,
	    JOB("<status>", "")),
	EVENT("fork", false, NULL, NULL, "{'forkee':{'id':41,"
	    "'full_name':'joe/widget'}," REPOSITORY),
	EVENT("repository", false, thing_actions, NULL, "{'action':'<action>',"
	    "'organization':null," REPOSITORY),
	EVENT("wiki", false, text_actions, NULL, "{'action':'<action>',"
	    "'page':'Home','comment':'Say where the tank is'," REPOSITORY),
	EVENT("package", false, thing_actions, NULL, "{'action':'<action>',"
	    "'package':{'id':<build>,'type':'generic','name':'widget',"
	    "'version':'1.<number>','html_url':'" HOST "/acme/-/packages/"
	    "generic/widget/1.<number>'}," REPOSITORY),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule gitea_headers[] = {
	{ "x-gitea-signature", HEADER_SIGNATURE, true },
	{ "x-gitea-event", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

static const struct env_rule gitea_env[] = {
	{ NULL, NULL, NULL }
};

const struct provider provider_gitea = PROVIDER_BY_RECIPE("gitea", "Gitea", 0,
    gitea_headers, gitea_events, gitea_recipe, recipe_decode, gitea_env);
