#include "provider.h"

#include <string.h>

#include "crypto.h"
#include "event.h"
#include "field.h"
#include "gitlab_env.h"
#include "gitlab_sample.h"
#include "outgoing.h"
#include "reading.h"
#include "recipe.h"
#include "webhook_api.h"

/* GitLab's webhooks: docs.gitlab.com, "Webhooks" and "Webhook events", and
 * app/services/web_hook_service.rb and lib/gitlab/data_builder in its source.
 * A secret token is sent as it is. With a signing token the request is signed
 * as Standard Webhooks has it; webhook-id and webhook-timestamp come with every
 * request, signed or not. */

static const struct scheme gitlab_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "webhook-signature", .element = "v1,%b64",
	    .separator = ' ', .encoding = SECRET_BASE64,
	    .secret_prefix = "whsec_",
	    .signed_text = "{header:webhook-id}.{time}.{body}",
	    .time = "header:webhook-timestamp" },
	{ .name = "token", .algorithm = SCHEME_TOKEN,
	    .header = "x-gitlab-token", .element = "%token" },
	SCHEME_END
};

/* --- which event it is --------------------------------------------------- */

#define EVENT_HEADER "x-gitlab-event"

/* What the header calls an event; "send" sends the first. A System Hook may
 * be any event; other hooks (Member Hook, …) have events that are not here. */
static const struct {
	const char *hook, *event;
} gitlab_hooks[] = {
	{ "Push Hook", "push" },
	{ "Tag Push Hook", "tag_push" },
	{ "Pipeline Hook", "pipeline" },
	{ "Job Hook", "build" },
	{ "Build Hook", "build" },
	{ "Merge Request Hook", "merge_request" },
	{ "Issue Hook", "issue" },
	{ "Issue Hook", "work_item" },
	{ "Work Item Hook", "work_item" },
	{ "Confidential Issue Hook", "issue" },
	{ "Confidential Issue Hook", "work_item" },
	{ "Note Hook", "note" },
	{ "Confidential Note Hook", "note" },
	{ "Deployment Hook", "deployment" },
	{ "Release Hook", "release" },
	{ "Milestone Hook", "milestone" },
	{ "Wiki Page Hook", "wiki_page" },
	{ "Feature Flag Hook", "feature_flag" },
	{ "Emoji Hook", "emoji" },
	{ "Resource Access Token Hook", "access_token" },
	{ "Vulnerability Hook", "vulnerability" },
};

enum { HOOK_COUNT = sizeof(gitlab_hooks) / sizeof(gitlab_hooks[0]) };

/* The body names its event, so the header decides nothing; but a header that
 * names another event shows that somebody changed something. */
static enum status
gitlab_check_header(const struct message *m, const struct event *e,
    struct reason *why)
{
	bool known = false, fits;
	struct bytes header;
	enum status st = message_only_header(m, EVENT_HEADER, &header, why);

	if (st != ST_OK || header.len == 0)
		return st;
	fits = bytes_is(header, "System Hook");
	for (size_t i = 0; i < HOOK_COUNT; i++) {
		bool hook = bytes_is(header, gitlab_hooks[i].hook);
		bool event = bytes_is(e->event, gitlab_hooks[i].event);

		known |= hook || event;
		fits |= hook && event;
	}
	return !known || fits ? ST_OK : fail(why, ST_MALFORMED, "the %s "
	    "header contradicts the body", EVENT_HEADER);
}

/* --- what it says -------------------------------------------------------- */

#define NAME "{project.path_with_namespace}"

/* The branch of a merge request is the one that it will be merged into:
 * strangers choose the name of the other one. A job's ref may be
 * refs/merge-requests/7/head, which is not a branch. A deployment's may be a
 * tag. The "after" of an annotated tag is not a commit. */
static const struct field_rule gitlab_fields[] = {
	FIELD(project, NULL, "project.path_with_namespace|path_with_namespace|"
	    "project_name|group.full_path|full_path|group_path"),
	FIELD(branch, "push", "ref"),
	FIELD_WHEN(branch, "pipeline", "object_attributes.tag=false",
	    "object_attributes.ref"),
	FIELD_WHEN(branch, "build", "tag=false", "ref"),
	FIELD(branch, "merge_request", "object_attributes.target_branch"),
	FIELD(branch, "note", "merge_request.target_branch"),
	FIELD(tag, "tag_push", "ref"),
	FIELD_WHEN(tag, "pipeline", "object_attributes.tag=true",
	    "object_attributes.ref"),
	FIELD_WHEN(tag, "build", "tag=true", "ref"),
	FIELD(tag, "release", "tag"),
	FIELD(commit, "push", "checkout_sha"),
	FIELD(commit, "tag_push", "checkout_sha"),
	FIELD(commit, "pipeline", "object_attributes.sha"),
	FIELD(commit, "build", "sha"),
	FIELD(commit, "merge_request", "object_attributes.last_commit.id"),
	FIELD(commit, "note", "merge_request.last_commit.id|commit.id"),
	FIELD(commit, "release", "commit.id"),
	FIELD(commit, "deployment", "short_sha"),
	FIELD(title, "pipeline", "commit.message"),
	FIELD(title, "build", "commit.message"),
	FIELD(title, "deployment", "commit_title"),
	FIELD(title, "release", "name"),
	FIELD(title, NULL, "object_attributes.title|merge_request.title|"
	    "issue.title|commit.message"),
	FIELD(author, "pipeline", "commit.author.name"),
	FIELD(author, "build", "commit.author_name"),
	FIELD(author, NULL, "user.name|user_name|commit.author.name"),
	FIELD(name, "pipeline", "object_attributes.name"),
	FIELD(name, "build", "build_name"),
	FIELD(name, "deployment", "environment"),
	FIELD(name, "feature_flag", "object_attributes.name"),
	FIELD(number, "pipeline", "object_attributes.id"),
	FIELD(number, "build", "build_id"),
	FIELD(number, NULL, "object_attributes.iid|merge_request.iid|"
	    "issue.iid"),
	FIELD(url, "build", "{project.web_url}/-/jobs/{build_id}|"
	    "{repository.homepage}/-/jobs/{build_id}"),
	FIELD(url, "deployment", "deployable_url"),
	FIELD(url, NULL, "object_attributes.url|url|project.web_url"),
	FIELD(subject, "pipeline", NAME "/pipelines/{object_attributes.id}"),
	FIELD(subject, "build", NAME "/jobs/{build_id}|"
	    "{project_name}/jobs/{build_id}"),
	FIELD(subject, "deployment", NAME "/deployments/{deployment_id}"),
	FIELD(subject, "merge_request", NAME "!{object_attributes.iid}"),
	FIELD(subject, "issue", NAME "#{object_attributes.iid}"),
	FIELD(subject, "work_item", NAME "#{object_attributes.iid}"),
	FIELD(subject, "note", NAME "!{merge_request.iid}|"
	    NAME "#{issue.iid}"),
	FIELD(subject, "release", NAME "/releases/{tag}"),
	FIELD(subject, "milestone", NAME "%{object_attributes.iid}"),
	FIELDS_END
};

static const struct reading gitlab_reading = {
	.event = "body:object_kind|event_name",
	.action = "body:object_attributes.action|action",
	.identity = "header:webhook-id header:idempotency-key",
	.fields = gitlab_fields,
};

static enum status
gitlab_read_status(struct event *e, struct arena *a, struct reason *why)
{
	const char *place = bytes_is(e->event, "pipeline") ?
	    "body:object_attributes.status" : bytes_is(e->event, "build") ?
	    "body:build_status" : bytes_is(e->event, "deployment") ?
	    "body:status" : NULL;

	return place == NULL ? ST_OK : reading_word(&e->doc, place, a,
	    &e->status, why);
}

/* The commit of a push that is now the tip of its branch. */
static void
gitlab_read_tip(struct event *e, struct arena *a)
{
	const struct json_doc *d = &e->doc;
	const struct json_node *list = json_path(d, BYTES("commits")), *n;

	for (n = json_first(list); n != NULL; n = json_next(d, list, n)) {
		if (e->commit.data == NULL || !bytes_equal(e->commit,
		    field_in(d, n, "id", a)))
			continue;
		e->title = field_first_line(field_in(d, n, "message", a));
		e->author = field_in(d, n, "author.name", a);
		e->url = field_in(d, n, "url", a);
	}
}

/* A pipeline of a stranger's merge request has the branch of the stranger's
 * project, which may have the same name as one of this project. */
static bool
gitlab_is_foreign(const struct event *e, struct arena *a)
{
	return bytes_is(e->event, "pipeline") && !bytes_equal(
	    field_text(&e->doc, "merge_request.source_project_id", a),
	    field_text(&e->doc, "merge_request.target_project_id", a));
}

/* GitLab before 17.4 sends no Idempotency-Key. Its X-Gitlab-Event-UUID is
 * the same in all events of one request to GitLab, so alone it would lose
 * some. Nothing is signed then. */
static enum status
gitlab_identify_old(const struct message *m, struct arena *a, struct event *e,
    struct reason *why)
{
	unsigned char hash[SHA256_LEN];
	struct bytes parts[2] = { BYTES_NONE, { (const char *)hash,
	    sizeof(hash) } };
	enum status st = message_only_header(m, "x-gitlab-event-uuid",
	    &parts[0], why);

	if (st != ST_OK)
		return st;
	if (sha256(m->body, hash) != ST_OK)
		return fail(why, ST_SYSTEM, "libcrypto cannot make a SHA-256");
	return event_identify(e, 'u', arena_join(a, parts, 2), a, why);
}

static enum status
gitlab_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st = recipe_decode(s, m, proof, a, e, why);

	if (st == ST_OK)
		st = gitlab_check_header(m, e, why);
	if (st == ST_OK)
		st = gitlab_read_status(e, a, why);
	if (st != ST_OK)
		return st;
	gitlab_read_tip(e, a);
	if (gitlab_is_foreign(e, a))
		e->branch = BYTES_NONE;
	return proof == NULL || e->has_dedupe ? ST_OK :
	    gitlab_identify_old(m, a, e, why);
}

/* webhook-id and webhook-timestamp are made together with the signature. */
static const char *const gitlab_sent[] = {
	"Idempotency-Key: <id>", "X-Gitlab-Webhook-UUID: <id2>",
	"X-Gitlab-Event-UUID: <id3>",
	"X-Gitlab-Instance: https://gitlab.example.com", NULL
};

static const char *const gitlab_api_headers[] = {
	"PRIVATE-TOKEN: <token>", NULL
};

/* REST API, "Project webhooks: add a webhook to a project" */
static const struct webhook_api gitlab_api = {
	.base = "https://gitlab.com",
	.project = "GROUP/PROJECT",
	.one_segment = true,
	.right = "the scope api, and the role Maintainer",
	.headers = gitlab_api_headers,
	.path = "/api/v4/projects/<project>/hooks",
	.body = "{'url':'<url>','token':'<secret>','push_events':true,"
	    "'tag_push_events':true,'merge_requests_events':true,"
	    "'pipeline_events':true,'job_events':true,"
	    "'deployment_events':true,'releases_events':true,"
	    "'issues_events':true,'note_events':true,"
	    "'enable_ssl_verification':true}",
};

static const struct recipe gitlab_recipe = {
	.api = &gitlab_api,
	.schemes = gitlab_schemes,
	.reading = &gitlab_reading,
	.sent = gitlab_sent,
	.agent = "GitLab/19.1.0",
	.any_certificate = "\"Enable SSL verification\" is off in the "
	    "webhook's form",
	.secret_place = "Settings, Webhooks, Secret token or Signing token",
};

static enum status
gitlab_sign(const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	for (size_t i = 0; i < HOOK_COUNT && o->event != NULL; i++)
		if (strcmp(o->event, gitlab_hooks[i].event) == 0) {
			outgoing_add(o, "X-Gitlab-Event",
			    bytes_of(gitlab_hooks[i].hook));
			break;
		}
	return recipe_sign(s, a, o, why);
}

/* --- the table ----------------------------------------------------------- */

/* app/models/concerns/ci/has_status.rb */
static const struct status_rule pipeline_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failed", RESULT_FAILURE, true, NULL },
	{ "canceled", RESULT_CANCELED, true, NULL },
	{ "skipped", RESULT_OTHER, true, NULL },
	{ "canceling", RESULT_RUNNING, false, NULL },
	{ "running", RESULT_RUNNING, false, NULL },
	{ "created", RESULT_PENDING, false, NULL },
	{ "pending", RESULT_PENDING, false, NULL },
	{ "preparing", RESULT_PENDING, false, NULL },
	{ "waiting_for_resource", RESULT_PENDING, false, NULL },
	{ "waiting_for_callback", RESULT_PENDING, false, NULL },
	{ "scheduled", RESULT_PENDING, false, NULL },
	{ "manual", RESULT_PENDING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct status_rule deployment_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failed", RESULT_FAILURE, true, NULL },
	{ "canceled", RESULT_CANCELED, true, NULL },
	{ "skipped", RESULT_OTHER, true, NULL },
	{ "running", RESULT_RUNNING, false, NULL },
	{ "created", RESULT_PENDING, false, NULL },
	{ "blocked", RESULT_PENDING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

ACTIONS(request_actions, "open", "merge", "close", "reopen", "update",
    "approved", "approval", "unapproved", "unapproval");
ACTIONS(issue_actions, "open", "close", "reopen", "update");
ACTIONS(note_actions, "create", "update");
ACTIONS(thing_actions, "create", "update", "delete");
ACTIONS(milestone_actions, "create", "close", "reopen", "delete");

static const struct event_rule gitlab_events[] = {
	EVENT("pipeline", false, NULL, pipeline_statuses,
	    GITLAB_SAMPLE_PIPELINE),
	EVENT("build", false, NULL, pipeline_statuses, GITLAB_SAMPLE_BUILD),
	EVENT("push", false, NULL, NULL, GITLAB_SAMPLE_PUSH),
	EVENT("tag_push", false, NULL, NULL, GITLAB_SAMPLE_TAG),
	EVENT("merge_request", false, request_actions, NULL,
	    GITLAB_SAMPLE_MERGE_REQUEST),
	EVENT("deployment", false, NULL, deployment_statuses,
	    GITLAB_SAMPLE_DEPLOYMENT),
	EVENT("release", false, thing_actions, NULL, GITLAB_SAMPLE_RELEASE),
	EVENT("issue", false, issue_actions, NULL, GITLAB_SAMPLE_ISSUE),
	EVENT("note", false, note_actions, NULL, GITLAB_SAMPLE_NOTE),
	EVENT("milestone", false, milestone_actions, NULL,
	    GITLAB_SAMPLE_MILESTONE),
	EVENT("wiki_page", false, thing_actions, NULL, GITLAB_SAMPLE_WIKI),
	EVENT("feature_flag", false, NULL, NULL, GITLAB_SAMPLE_FLAG),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule gitlab_headers[] = {
	{ "x-gitlab-token", HEADER_SECRET, true },
	{ "x-gitlab-event-uuid", HEADER_TEXT, true },
	{ "idempotency-key", HEADER_TEXT, false },
	{ "webhook-signature", HEADER_SIGNATURE, false },
	{ "webhook-id", HEADER_EXACT, false },
	{ "webhook-timestamp", HEADER_EXACT, false },
	{ "x-gitlab-event", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_gitlab = {
	PROVIDER_MEMBERS("gitlab", "GitLab", 0,
	    gitlab_headers, gitlab_events, recipe_verify, gitlab_decode,
	    gitlab_sign, recipe_guess, gitlab_env, NULL, NULL),
	.recipe = &gitlab_recipe
};
