#include "provider.h"

#include <string.h>

#include "circleci_sample.h"
#include "event.h"
#include "field.h"
#include "reading.h"
#include "recipe.h"
#include "webhook_api.h"

/* CircleCI's outbound webhooks: circleci.com/docs/outbound-webhooks. */

/* --- what its bodies say -------------------------------------------------- */

/* Where a pipeline's source control fields are: "vcs" over OAuth and for
 * Bitbucket, "trigger_parameters" for the GitHub App and GitLab, where git has
 * most, and which may lack any. */
#define TRIGGER "pipeline.trigger_parameters."
#define BRANCH "pipeline.vcs.branch|" TRIGGER "git.branch|" \
	TRIGGER "github_app.branch|" TRIGGER "gitlab.branch"
#define TAG "pipeline.vcs.tag|" TRIGGER "git.tag|" TRIGGER "gitlab.tag"
#define REF TRIGGER "git.ref|" TRIGGER "github_app.full_ref|" \
	TRIGGER "gitlab.ref"
#define COMMIT "pipeline.vcs.revision|" TRIGGER "git.checkout_sha|" \
	TRIGGER "github_app.commit_sha|" TRIGGER "gitlab.checkout_sha"
#define MESSAGE "pipeline.vcs.commit.subject|" TRIGGER "git.commit_message|" \
	TRIGGER "github_app.commit_title|" TRIGGER "gitlab.commit_message|" \
	TRIGGER "gitlab.commit_title"
#define AUTHOR "pipeline.vcs.commit.author.name|" \
	TRIGGER "git.commit_author_name|" \
	TRIGGER "github_app.commit_author_name|" \
	TRIGGER "gitlab.commit_author_name"
#define REPOSITORY "pipeline.vcs.target_repository_url|" \
	TRIGGER "git.checkout_url|" TRIGGER "github_app.repo_url|" \
	TRIGGER "gitlab.repo_url"
#define USERNAME TRIGGER "github_app.user_username|" \
	TRIGGER "gitlab.user_username|" TRIGGER "git.author_login"

#define JOB_PAGE "{workflow.url}/jobs/{job.number}"

/* A job's page is not in the payload, but that is where CircleCI shows it. */
static const struct field_rule circleci_fields[] = {
	FIELD(project, NULL, "{organization.name}/{project.name}|"
	    "project.slug|project.name"),
	FIELD(branch, NULL, BRANCH),
	FIELD(tag, NULL, TAG "|" REF),
	FIELD(commit, NULL, COMMIT),
	FIELD(title, NULL, MESSAGE),
	FIELD(author, NULL, AUTHOR),
	FIELD(number, NULL, "pipeline.number"),
	FIELD(name, NULL, "job.name|workflow.name"),
	FIELD(subject, NULL, "job.id|workflow.id|webhook.id"),
	FIELD(url, NULL, JOB_PAGE "|workflow.url"),
	FIELDS_END
};

/* A job's workflow has no status of its own. */
static const struct reading circleci_reading = {
	.event = "body:type",
	.status = "body:job.status|workflow.status",
	.identity = "body:id body",
	.fields = circleci_fields,
	.happened = "happened_at",
};

static const struct scheme circleci_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "circleci-signature", .element = "v1=%hex",
	    .separator = ',', .signed_text = "{body}" },
	SCHEME_END
};

static const char *const circleci_api_headers[] = {
	"Circle-Token: <token>", NULL
};

/* API v2, "Create an outbound webhook": its scope is a project's id */
static const struct webhook_api circleci_api = {
	.base = "https://circleci.com",
	.project = "gh/OWNER/REPOSITORY",
	.right = "a personal one",
	.headers = circleci_api_headers,
	.lookup = "/api/v2/project/<project>",
	.path = "/api/v2/webhook",
	.body = "{'name':'cgihook','events':['workflow-completed',"
	    "'job-completed'],'url':'<url>','verify-tls':true,"
	    "'signing-secret':'<secret>','scope':{'id':'<id>',"
	    "'type':'project'}}",
};

static const struct recipe circleci_recipe = {
	.api = &circleci_api,
	.schemes = circleci_schemes,
	.reading = &circleci_reading,
	.event_header = "circleci-event-type",
	.agent = "CircleCI-Webhook/1.0",
	.any_certificate = "\"Certificate verification\" is off in "
	    "the webhook's form",
	.secret_place = "Project Settings, Webhooks, Edit: Secret token",
};

/* --- what CircleCI's own jobs have in their environment ------------------ */

/* Over OAuth, the branch of a fork's build is pull/7. */
static struct bytes
derive_pr_number(const struct event *e, const char *name, struct arena *a)
{
	struct bytes number = field_behind(e->branch, "pull/");
	unsigned long long n;

	(void)name;
	(void)a;
	return bytes_to_u64(number, &n) ? number : BYTES_NONE;
}

/* The last or last but one part of the path of a fork's URL: of
 * https://host/owner/repo and of git@host:owner/repo.git */
static struct bytes
derive_pr_part(const struct event *e, const char *name, struct arena *a)
{
	struct bytes url = field_text(&e->doc,
	    "pipeline.vcs.origin_repository_url", a);
	struct bytes target = field_text(&e->doc,
	    "pipeline.vcs.target_repository_url", a);
	struct bytes repo, owner;
	size_t at;

	if (url.data == NULL || target.data == NULL || bytes_equal(url, target))
		return BYTES_NONE;
	if (bytes_has_suffix(url, ".git"))
		url.len -= strlen(".git");
	for (at = url.len; at > 0 && url.data[at - 1] != '/'; at--)
		;
	repo = bytes_from(url, at);
	owner = (struct bytes){ url.data, at > 0 ? at - 1 : 0 };
	for (at = owner.len; at > 0 && owner.data[at - 1] != '/' &&
	    owner.data[at - 1] != ':'; at--)
		;
	owner = bytes_from(owner, at);
	if (repo.len == 0 || owner.len == 0)
		return BYTES_NONE;
	return strcmp(name, "CIRCLE_PR_REPONAME") == 0 ? repo : owner;
}

/* What a payload cannot tell (CIRCLE_PULL_REQUEST, CIRCLE_NODE_INDEX, …) is
 * left out. */
static const struct env_rule circleci_env[] = {
	{ "CI", "=true", NULL },
	{ "CIRCLECI", "=true", NULL },
	{ "CIRCLE_BRANCH", BRANCH, NULL },
	{ "CIRCLE_BUILD_NUM", "job.number", NULL },
	{ "CIRCLE_BUILD_URL", JOB_PAGE, NULL },
	{ "CIRCLE_JOB", "job.name", NULL },
	{ "CIRCLE_ORGANIZATION_ID", "organization.id", NULL },
	{ "CIRCLE_PIPELINE_ID", "pipeline.id", NULL },
	{ "CIRCLE_PROJECT_ID", "project.id", NULL },
	{ "CIRCLE_PROJECT_REPONAME", "project.name", NULL },
	{ "CIRCLE_PROJECT_USERNAME", "organization.name", NULL },
	{ "CIRCLE_PR_NUMBER", NULL, derive_pr_number },
	{ "CIRCLE_PR_REPONAME", NULL, derive_pr_part },
	{ "CIRCLE_PR_USERNAME", NULL, derive_pr_part },
	{ "CIRCLE_REPOSITORY_URL", REPOSITORY, NULL },
	{ "CIRCLE_SHA1", COMMIT, NULL },
	{ "CIRCLE_TAG", NULL, field_tag },
	{ "CIRCLE_USERNAME", USERNAME, NULL },
	{ "CIRCLE_WORKFLOW_ID", "workflow.id", NULL },
	{ "CIRCLE_WORKFLOW_JOB_ID", "job.id", NULL },
	{ NULL, NULL, NULL }
};

/* --- the table ----------------------------------------------------------- */

static const struct header_rule circleci_headers[] = {
	{ "circleci-signature", HEADER_SIGNATURE, true },
	{ "circleci-event-type", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

static const struct status_rule circleci_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failed", RESULT_FAILURE, true, NULL },
	{ "error", RESULT_FAILURE, true, NULL },
	{ "canceled", RESULT_CANCELED, true, NULL },
	{ "unauthorized", RESULT_FAILURE, true, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

static const struct event_rule circleci_events[] = {
	EVENT("workflow-completed", true, NULL, circleci_statuses,
	    CIRCLECI_SAMPLE_WORKFLOW),
	EVENT("job-completed", true, NULL, circleci_statuses,
	    CIRCLECI_SAMPLE_JOB),
	EVENT("ping", false, NULL, NULL, CIRCLECI_SAMPLE_PING),
	{ NULL, false, NULL, NULL, NULL }
};

const struct provider provider_circleci = PROVIDER_BY_RECIPE("circleci",
    "CircleCI", TRAIT_UNSIGNED, circleci_headers, circleci_events,
    circleci_recipe, recipe_decode, circleci_env);
