#include "provider.h"

#include <string.h>

#include "circleci_sample.h"
#include "crypto.h"
#include "date.h"
#include "event.h"
#include "field.h"
#include "recipe.h"

/* CircleCI's outbound webhooks: circleci.com/docs/outbound-webhooks. */

static const struct scheme circleci_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "circleci-signature", .element = "v1=%hex",
	    .separator = ',', .signed_text = "{body}" },
	SCHEME_END
};

static const struct recipe circleci_recipe = {
	.schemes = circleci_schemes,
	.event_header = "circleci-event-type",
	.agent = "CircleCI-Webhook/1.0",
	.secret_place = "Project Settings, Webhooks, Edit: Secret token",
};

/* --- decoding ------------------------------------------------------------ */

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

static enum status
circleci_read_words(const struct message *m, struct arena *a, struct event *e,
    const struct json_node **job, const struct json_node **workflow,
    struct reason *why)
{
	const struct json_doc *d = &e->doc;
	struct bytes header;
	enum status st;

	st = field_word(d, &d->nodes[0], "type", a, &e->event, why);
	if (st == ST_OK && e->event.data == NULL)
		st = fail(why, ST_MALFORMED, "the body has no type");
	if (st == ST_OK)
		st = event_check_header(m, circleci_recipe.event_header,
		    e->event, &header, why);
	if (st == ST_OK)
		st = field_object(d, "job", job, why);
	if (st == ST_OK)
		st = field_object(d, "workflow", workflow, why);
	if (st == ST_OK)	/* a job's workflow has no status of its own */
		st = field_word(d, *job != NULL ? *job : *workflow, "status",
		    a, &e->status, why);
	return st;
}

static struct bytes
circleci_read_tag(const struct json_doc *d, struct arena *a)
{
	struct bytes tag = field_text(d, TAG, a);

	return tag.data != NULL ? tag :
	    field_behind(field_text(d, REF, a), "refs/tags/");
}

/* Not in the payload, but where CircleCI shows a job. */
static struct bytes
circleci_job_page(const struct json_doc *d, struct arena *a)
{
	struct bytes parts[] = { field_text(d, "workflow.url", a),
	    BYTES("/jobs/"), field_text(d, "job.number", a) };

	return field_join(a, parts, 3);
}

static void
circleci_read_fields(const struct json_node *job, struct arena *a,
    struct event *e)
{
	const struct json_doc *d = &e->doc;
	struct bytes project[] = { field_text(d, "organization.name", a),
	    BYTES("/"), field_text(d, "project.name", a) };

	e->project = field_join(a, project, 3);
	if (e->project.data == NULL)
		e->project = field_text(d, "project.slug|project.name", a);
	e->branch = field_text(d, BRANCH, a);
	e->tag = circleci_read_tag(d, a);
	e->commit = field_text(d, COMMIT, a);
	e->title = field_first_line(field_text(d, MESSAGE, a));
	e->author = field_text(d, AUTHOR, a);
	e->number = field_text(d, "pipeline.number", a);
	if (job != NULL) {
		e->name = field_text(d, "job.name", a);
		e->subject = field_text(d, "job.id", a);
		e->url = circleci_job_page(d, a);
	} else {
		e->name = field_text(d, "workflow.name", a);
		e->subject = field_text(d, "workflow.id|webhook.id", a);
	}
	if (e->url.data == NULL)
		e->url = field_text(d, "workflow.url", a);
}

/* A signature stays good for ever. So an event older than the time for which
 * events are known, of which nobody can say whether it came before, is
 * refused. */
static enum status
circleci_check_age(const struct source *s, const struct message *m,
    struct arena *a, const struct event *e, struct reason *why)
{
	struct bytes text;
	int64_t ms;
	enum status st = field_string(&e->doc, &e->doc.nodes[0], "happened_at",
	    a, &text, why);

	if (st != ST_OK || text.data == NULL)
		return st;
	if (!date_parse_rfc3339(text, &ms))
		return fail(why, ST_MALFORMED, "happened_at is no RFC 3339 "
		    "time");
	if (!s->any_age && m->received_ms - ms > s->keep_ms)
		return fail(why, ST_DENIED, "it happened %lld s ago, longer "
		    "than events are kept", (long long)((m->received_ms - ms) /
		    1000));
	return ST_OK;
}

/* Half a surrogate pair is U+FFFD, and so is another half: such ids do not tell
 * one event from the next. */
static bool
circleci_is_identity(struct bytes id)
{
	return id.data != NULL && memmem(id.data, id.len, "\xef\xbf\xbd",
	    3) == NULL;
}

static enum status
circleci_identify(const struct message *m, struct arena *a, struct event *e,
    struct reason *why)
{
	unsigned char hash[SHA256_LEN];
	struct bytes id;
	enum status st = field_string(&e->doc, &e->doc.nodes[0], "id", a, &id,
	    why);

	if (st != ST_OK)
		return st;
	if (circleci_is_identity(id))
		return event_identify(e, 'i', id, a, why);
	st = sha256(m->body, hash);
	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	id = (struct bytes){ (const char *)hash, sizeof(hash) };
	return event_identify(e, 'b', id, a, why);
}

static enum status
circleci_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	const struct json_node *job, *workflow;
	enum status st = circleci_read_words(m, a, e, &job, &workflow, why);

	if (st != ST_OK)
		return st;
	circleci_read_fields(job, a, e);
	if (proof == NULL)
		return ST_OK;
	st = circleci_check_age(s, m, a, e, why);
	if (st == ST_OK)
		st = circleci_identify(m, a, e, why);
	return st;
}

/* --- what CircleCI's own jobs have in their environment ------------------ */

static struct bytes
derive_build_url(const struct event *e, const char *name, struct arena *a)
{
	(void)name;
	return circleci_job_page(&e->doc, a);
}

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
	{ "CIRCLE_BUILD_URL", NULL, derive_build_url },
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
    circleci_recipe, circleci_decode, circleci_env);
