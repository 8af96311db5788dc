#include "provider.h"

#include <string.h>

#include "event.h"
#include "field.h"
#include "github_sample.h"
#include "reading.h"
#include "recipe.h"
#include "webhook_api.h"

/* GitHub's webhooks: docs.github.com, "Webhook events and payloads" and
 * "Validating webhook deliveries"; the bodies are those of octokit/webhooks. */

static const struct scheme github_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "x-hub-signature-256", .element = "sha256=%hex",
	    .signed_text = "{body}" },
	SCHEME_END
};

/* --- which event it is --------------------------------------------------- */

/* The signed body does not name its event, but most have a member that tells
 * which it is. The events that are not here (repository, star, alerts, …) have
 * no such member, or share it with others. */
static const struct mark github_marks[] = {
	{ "zen", "ping" },
	{ "hook", "meta" },
	{ "deployment_callback_url", "deployment_protection_rule" },
	{ "since", "deployment_review" },
	{ "deployment_status", "deployment_status" },
	{ "workflow_job", "workflow_job" },	/* may have a deployment */
	{ "deployment", "deployment" },		/* may have a workflow_run */
	{ "workflow_run", "workflow_run" },
	{ "workflow", "workflow_dispatch" },
	{ "check_run", "check_run" },
	{ "check_suite", "check_suite" },
	{ "thread", "pull_request_review_thread" },
	{ "review", "pull_request_review" },
	{ "comment pull_request", "pull_request_review_comment" },
	{ "pull_request", "pull_request" },
	{ "comment discussion", "discussion_comment" },
	{ "discussion", "discussion" },
	{ "comment issue", "issue_comment" },
	{ "issue", "issues" },
	{ "comment", "commit_comment" },
	{ "release", "release" },
	{ "package", "package" },
	{ "registry_package", "registry_package" },
	{ "forkee", "fork" },
	{ "pages", "gollum" },
	{ "build", "page_build" },
	{ "merge_group", "merge_group" },
	{ "master_branch", "create" },
	{ "ref_type", "delete" },
	{ "after", "push" },
	{ "context", "status" },
	{ NULL, NULL }
};

/* --- what it says -------------------------------------------------------- */

#define NAME "{repository.full_name}"

/* The branch of a pull request is the one that it will be merged into:
 * strangers choose the name of the other one. head_branch of a check is null
 * where it is a fork's; a workflow_job does not tell whether it is, so it has
 * no branch. A deployment's ref may be a branch, a tag or a hash. */
static const struct field_rule github_fields[] = {
	FIELD(project, NULL, "repository.full_name|organization.login"),
	FIELD(branch, "push", "ref"),
	FIELD_WHEN(branch, NULL, "ref_type=branch", "ref"),
	FIELD(branch, "workflow_run", "workflow_run.head_branch"),
	FIELD(branch, "deployment_status", "workflow_run.head_branch"),
	FIELD(branch, "check_suite", "check_suite.head_branch"),
	FIELD(branch, "check_run", "check_run.check_suite.head_branch"),
	FIELD(branch, "status", "branches.0.name"),
	FIELD(branch, NULL, "pull_request.base.ref|merge_group.base_ref"),
	FIELD(tag, "push", "ref"),
	FIELD_WHEN(tag, NULL, "ref_type=tag", "ref"),
	FIELD(tag, NULL, "release.tag_name"),
	FIELD(commit, "push", "after"),
	FIELD(commit, "deployment_status", "deployment.sha"),
	FIELD(commit, "deployment", "deployment.sha"),
	FIELD(commit, NULL, "sha|workflow_run.head_sha|workflow_job.head_sha|"
	    "check_run.head_sha|check_suite.head_sha|pull_request.head.sha|"
	    "comment.commit_id|merge_group.head_sha"),
	FIELD(title, NULL, "head_commit.message|commit.commit.message|"
	    "workflow_run.display_title|check_suite.head_commit.message|"
	    "pull_request.title|issue.title|discussion.title|release.name|"
	    "merge_group.head_commit.message"),
	FIELD(author, NULL, "head_commit.author.name|"
	    "commit.commit.author.name|workflow_run.head_commit.author.name|"
	    "check_suite.head_commit.author.name|comment.user.login|"
	    "review.user.login|pull_request.user.login|issue.user.login|"
	    "discussion.user.login|release.author.login|sender.login"),
	FIELD(name, "deployment_status", "deployment.environment"),
	FIELD(name, "deployment", "deployment.environment"),
	FIELD(name, NULL, "workflow_job.name|workflow.name|workflow_run.name|"
	    "check_run.name|check_suite.app.name|context|package.name"),
	FIELD(number, NULL, "workflow_run.run_number|pull_request.number|"
	    "issue.number|discussion.number"),
	FIELD(url, "deployment_status", "deployment_status.log_url|"
	    "deployment_status.target_url|deployment_status.environment_url"),
	FIELD(url, NULL, "workflow_job.html_url|workflow_run.html_url|"
	    "check_run.html_url|comment.html_url|review.html_url|"
	    "pull_request.html_url|issue.html_url|discussion.html_url|"
	    "release.html_url|package.html_url|forkee.html_url|target_url|"
	    "commit.html_url|compare|repository.html_url"),
	FIELD(subject, "workflow_run", NAME "/runs/{workflow_run.id}/"
	    "{workflow_run.run_attempt}"),
	FIELD(subject, "workflow_job", NAME "/jobs/{workflow_job.id}"),
	FIELD(subject, "check_run", NAME "/checks/{check_run.id}"),
	FIELD(subject, "check_suite", NAME "/suites/{check_suite.id}"),
	FIELD(subject, "deployment_status", NAME "/deployments/"
	    "{deployment.id}"),
	FIELD(subject, "deployment", NAME "/deployments/{deployment.id}"),
	FIELD(subject, "status", NAME "@{sha} {context}"),
	/* they share their numbers */
	FIELD(subject, NULL, NAME "#{pull_request.number}|"
	    NAME "#{issue.number}|" NAME "#{discussion.number}"),
	FIELD(subject, NULL, NAME "/releases/{release.id}"),
	FIELDS_END
};

static const struct reading github_reading = {
	.event = "header:x-github-event",
	.marks = github_marks,
	.action = "body:action",
	.identity = "mac",
	.fields = github_fields,
};

/* A run, job or check has a conclusion in the end, and a status all along.
 * Other events may have one of these in their body as well. */
static enum status
github_read_status(struct event *e, struct arena *a, struct reason *why)
{
	static const struct {
		const char *event, *place;
	} rows[] = {
		{ "workflow_run",
		    "body:workflow_run.conclusion|workflow_run.status" },
		{ "workflow_job",
		    "body:workflow_job.conclusion|workflow_job.status" },
		{ "check_run", "body:check_run.conclusion|check_run.status" },
		{ "check_suite",
		    "body:check_suite.conclusion|check_suite.status" },
		{ "deployment_status", "body:deployment_status.state" },
		{ "status", "body:state" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (bytes_is(e->event, rows[i].event))
			return reading_word(&e->doc, rows[i].place, a,
			    &e->status, why);
	return ST_OK;
}

/* A run of a stranger's pull request has the branch of the stranger's
 * repository, which may have the same name as one of this repository. */
static bool
github_is_foreign(const struct event *e, struct arena *a)
{
	struct bytes head = field_text(&e->doc,
	    "workflow_run.head_repository.full_name", a);

	return json_path(&e->doc, BYTES("workflow_run")) != NULL &&
	    (head.data == NULL || !bytes_equal(head, field_text(&e->doc,
	    "repository.full_name", a)));
}

static enum status
github_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st = recipe_decode(s, m, proof, a, e, why);

	if (st == ST_OK)
		st = github_read_status(e, a, why);
	/* a status belongs to a commit, which may be in several branches */
	if (st == ST_OK && (json_path(&e->doc, BYTES("branches.1")) != NULL ||
	    github_is_foreign(e, a)))
		e->branch = BYTES_NONE;
	return st;
}

static const char *const github_sent[] = {
	"X-GitHub-Delivery: <id>", "X-GitHub-Event: <event>",
	"X-GitHub-Hook-ID: 292430182",
	"X-GitHub-Hook-Installation-Target-ID: 4217",
	"X-GitHub-Hook-Installation-Target-Type: repository", NULL
};

static const char *const github_api_headers[] = {
	"Authorization: Bearer <token>", "Accept: application/vnd.github+json",
	"X-GitHub-Api-Version: 2022-11-28", NULL
};

/* REST API, "Create a repository webhook" */
static const struct webhook_api github_api = {
	.base = "https://api.github.com",
	.project = "OWNER/REPOSITORY",
	.right = "admin:repo_hook, or for a fine-grained token Webhooks: write",
	.headers = github_api_headers,
	.path = "/repos/<project>/hooks",
	.body = "{'name':'web','active':true,'events':['*'],'config':{"
	    "'url':'<url>','content_type':'json','secret':'<secret>',"
	    "'insecure_ssl':'0'}}",
};

static const struct recipe github_recipe = {
	.api = &github_api,
	.schemes = github_schemes,
	.reading = &github_reading,
	.sent = github_sent,
	.agent = "GitHub-Hookshot/044aadd",
	.any_certificate = "\"SSL verification\" is disabled in the "
	    "webhook's form",
	.secret_place = "Settings, Webhooks, Secret",
};

/* --- what GitHub's own jobs have in their environment -------------------- */

/* docs.github.com, "Variables reference". Those of a pull request's ref are
 * left out: a payload does not tell which one a job would get. */
static struct bytes
github_ref(const struct event *e, const char *name, struct arena *a)
{
	bool tag = e->tag.data != NULL;
	struct bytes parts[] = { tag ? BYTES("refs/tags/") :
	    BYTES("refs/heads/"), tag ? e->tag : e->branch };

	if (parts[1].data == NULL ||
	    json_path(&e->doc, BYTES("pull_request")) != NULL)
		return BYTES_NONE;
	if (strcmp(name, "GITHUB_REF_TYPE") == 0)
		return tag ? BYTES("tag") : BYTES("branch");
	return strcmp(name, "GITHUB_REF") == 0 ? field_join(a, parts, 2) :
	    parts[1];
}

static struct bytes
github_word(const struct event *e, const char *name, struct arena *a)
{
	(void)a;
	return strcmp(name, "GITHUB_SHA") == 0 ? e->commit : e->event;
}

static const struct env_rule github_env[] = {
	{ "GITHUB_ACTOR", "sender.login", NULL },
	{ "GITHUB_BASE_REF", "pull_request.base.ref", NULL },
	{ "GITHUB_EVENT_NAME", NULL, github_word },
	{ "GITHUB_HEAD_REF", "pull_request.head.ref", NULL },
	{ "GITHUB_REF", NULL, github_ref },
	{ "GITHUB_REF_NAME", NULL, github_ref },
	{ "GITHUB_REF_TYPE", NULL, github_ref },
	{ "GITHUB_REPOSITORY", "repository.full_name", NULL },
	{ "GITHUB_REPOSITORY_ID", "repository.id", NULL },
	{ "GITHUB_REPOSITORY_OWNER", "repository.owner.login", NULL },
	{ "GITHUB_RUN_ATTEMPT", "workflow_run.run_attempt|"
	    "workflow_job.run_attempt", NULL },
	{ "GITHUB_RUN_ID", "workflow_run.id|workflow_job.run_id", NULL },
	{ "GITHUB_RUN_NUMBER", "workflow_run.run_number", NULL },
	{ "GITHUB_SHA", NULL, github_word },
	{ "GITHUB_WORKFLOW", "workflow.name|workflow_run.name|"
	    "workflow_job.workflow_name", NULL },
	{ NULL, NULL, NULL }
};

/* --- the table ----------------------------------------------------------- */

/* A conclusion: docs.github.com, "REST API endpoints for check runs". */
#define ENDED \
	{ "success", RESULT_SUCCESS, true, "completed" }, \
	{ "failure", RESULT_FAILURE, true, "completed" }, \
	{ "timed_out", RESULT_FAILURE, true, "completed" }, \
	{ "startup_failure", RESULT_FAILURE, true, "completed" }, \
	{ "cancelled", RESULT_CANCELED, true, "completed" }, \
	{ "neutral", RESULT_OTHER, true, "completed" }, \
	{ "skipped", RESULT_OTHER, true, "completed" }, \
	{ "stale", RESULT_OTHER, true, "completed" }, \
	{ "action_required", RESULT_OTHER, true, "completed" }

static const struct status_rule run_statuses[] = {
	ENDED,
	{ "requested", RESULT_PENDING, false, "requested" },
	{ "queued", RESULT_PENDING, false, "requested" },
	{ "waiting", RESULT_PENDING, false, "requested" },
	{ "pending", RESULT_PENDING, false, "requested" },
	{ "in_progress", RESULT_RUNNING, false, "in_progress" },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule job_statuses[] = {
	ENDED,
	{ "queued", RESULT_PENDING, false, "queued" },
	{ "waiting", RESULT_PENDING, false, "waiting" },
	{ "in_progress", RESULT_RUNNING, false, "in_progress" },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule suite_statuses[] = {
	ENDED,
	{ "requested", RESULT_PENDING, false, "requested" },
	{ "queued", RESULT_PENDING, false, "requested" },
	{ "in_progress", RESULT_RUNNING, false, "requested" },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule check_statuses[] = {
	ENDED,
	{ "queued", RESULT_PENDING, false, "created" },
	{ "waiting", RESULT_PENDING, false, "created" },
	{ "pending", RESULT_PENDING, false, "created" },
	{ "in_progress", RESULT_RUNNING, false, "created" },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule commit_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failure", RESULT_FAILURE, true, NULL },
	{ "error", RESULT_FAILURE, true, NULL },
	{ "pending", RESULT_PENDING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule deployment_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failure", RESULT_FAILURE, true, NULL },
	{ "error", RESULT_FAILURE, true, NULL },
	{ "inactive", RESULT_OTHER, true, NULL },
	{ "pending", RESULT_PENDING, false, NULL },
	{ "queued", RESULT_PENDING, false, NULL },
	{ "waiting", RESULT_PENDING, false, NULL },
	{ "in_progress", RESULT_RUNNING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

ACTIONS(pull_actions, "opened", "closed", "reopened", "synchronize", "edited",
    "ready_for_review", "converted_to_draft", "labeled", "unlabeled",
    "assigned", "unassigned", "review_requested", "review_request_removed",
    "milestoned", "demilestoned", "auto_merge_enabled", "auto_merge_disabled",
    "enqueued", "dequeued", "locked", "unlocked");
ACTIONS(review_actions, "submitted", "edited", "dismissed");
ACTIONS(issue_actions, "opened", "closed", "reopened", "edited", "deleted",
    "labeled", "unlabeled", "assigned", "unassigned", "milestoned",
    "demilestoned", "pinned", "unpinned", "transferred", "locked", "unlocked");
ACTIONS(comment_actions, "created", "edited", "deleted");
ACTIONS(release_actions, "published", "released", "prereleased", "created",
    "edited", "deleted", "unpublished");
ACTIONS(ended_actions, "completed");
ACTIONS(run_actions, "requested", "in_progress");
ACTIONS(job_actions, "queued", "in_progress", "waiting");
ACTIONS(suite_actions, "requested", "rerequested");
ACTIONS(check_actions, "created", "rerequested", "requested_action");
ACTIONS(created_actions, "created");

static const struct event_rule github_events[] = {
	EVENT("push", false, NULL, NULL, GITHUB_SAMPLE_PUSH),
	EVENT("pull_request", false, pull_actions, NULL, GITHUB_SAMPLE_PULL),
	EVENT("workflow_run", false, ended_actions, run_statuses,
	    GITHUB_SAMPLE_RUN_ENDED),
	EVENT("workflow_run", false, run_actions, run_statuses,
	    GITHUB_SAMPLE_RUN),
	EVENT("workflow_job", false, ended_actions, job_statuses,
	    GITHUB_SAMPLE_JOB_ENDED),
	EVENT("workflow_job", false, job_actions, job_statuses,
	    GITHUB_SAMPLE_JOB),
	EVENT("check_suite", false, ended_actions, suite_statuses,
	    GITHUB_SAMPLE_SUITE_ENDED),
	EVENT("check_suite", false, suite_actions, suite_statuses,
	    GITHUB_SAMPLE_SUITE),
	EVENT("check_run", false, ended_actions, check_statuses,
	    GITHUB_SAMPLE_CHECK_ENDED),
	EVENT("check_run", false, check_actions, check_statuses,
	    GITHUB_SAMPLE_CHECK),
	EVENT("status", false, NULL, commit_statuses, GITHUB_SAMPLE_STATUS),
	EVENT("deployment", false, created_actions, NULL,
	    GITHUB_SAMPLE_DEPLOYMENT),
	EVENT("deployment_status", false, created_actions,
	    deployment_statuses, GITHUB_SAMPLE_DEPLOYED),
	EVENT("release", false, release_actions, NULL, GITHUB_SAMPLE_RELEASE),
	EVENT("create", false, NULL, NULL, GITHUB_SAMPLE_CREATE),
	EVENT("delete", false, NULL, NULL, GITHUB_SAMPLE_DELETE),
	EVENT("pull_request_review", false, review_actions, NULL,
	    GITHUB_SAMPLE_REVIEW),
	EVENT("issues", false, issue_actions, NULL, GITHUB_SAMPLE_ISSUES),
	EVENT("issue_comment", false, comment_actions, NULL,
	    GITHUB_SAMPLE_COMMENT),
	EVENT("fork", false, NULL, NULL, GITHUB_SAMPLE_FORK),
	EVENT("ping", false, NULL, NULL, GITHUB_SAMPLE_PING),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule github_headers[] = {
	{ "x-hub-signature-256", HEADER_SIGNATURE, false },
	{ "x-github-delivery", HEADER_TEXT, true },
	{ "x-github-event", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_github = PROVIDER_BY_RECIPE("github", "GitHub",
    TRAIT_FORM, github_headers, github_events, github_recipe, github_decode,
    github_env);
