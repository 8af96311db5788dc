#include "provider.h"

#include "azure_devops_sample.h"
#include "event.h"
#include "field.h"
#include "reading.h"
#include "recipe.h"

/* Azure DevOps: learn.microsoft.com/azure/devops/service-hooks, its pages
 * "Webhooks" and "Service hook events". The latest version of a build's
 * resource is 2.0, which has what the Build API has; that page still shows
 * 1.0. */

/* Nothing is signed: the form asks for a user name and a password. */
static const struct scheme azure_schemes[] = {
	{
		.name = "basic",
		.algorithm = SCHEME_TOKEN,
		.header = "authorization",
		.element = "Basic %token",
	},
	SCHEME_END
};

#define RUN "ms-vss-pipelines-run-state-changed-event"
#define STAGE "ms-vss-pipelines-stage-state-changed-event"
#define JOB "ms-vss-pipelines-job-state-changed-event"
#define HERE "{resourceContainers.project.id}"
#define ITEM HERE "/items/{resource.id}"

static const struct field_rule azure_fields[] = {
	FIELD(project, NULL, "resource.project.name|"
	    "resource.repository.project.name|"
	    "resource.definition.project.name"),
	FIELD(branch, NULL, "resource.sourceBranch|resource.targetRefName|"
	    "resource.refUpdates.0.name"),
	FIELD(tag, NULL, "resource.sourceBranch|resource.refUpdates.0.name"),
	FIELD(commit, NULL, "resource.sourceVersion|"
	    "resource.lastMergeSourceCommit.commitId|"
	    "resource.refUpdates.0.newObjectId"),
	FIELD(title, NULL, "resource.title|resource.commits.0.comment|"
	    "resource.comment|message.text"),
	FIELD(author, NULL, "resource.requestedFor.displayName|"
	    "resource.requests.0.requestedFor.displayName|"
	    "resource.pushedBy.displayName|resource.createdBy.displayName|"
	    "resource.author.displayName|"
	    "resource.release.createdBy.displayName"),
	FIELD(name, NULL, "resource.job.name|resource.stage.name|"
	    "resource.pipeline.name|resource.definition.name|"
	    "resource.environment.name|resource.release.name|"
	    "resource.repository.name"),
	FIELD(number, NULL, "resource.buildNumber|resource.run.name|"
	    "resource.pullRequestId|resource.workItemId|"
	    "resource.changesetId|resource.release.id"),
	FIELD(url, NULL, "resource._links.web.href|"
	    "resource.job._links.web.href|resource.stage._links.web.href|"
	    "resource.run._links.web.href|resource._links.html.href|"
	    "resource.repository.remoteUrl|resource.url"),
	FIELD(subject, "build-complete", HERE "/runs/{resource.id}"),
	FIELD(subject, RUN, HERE "/runs/{resource.run.id}"),
	FIELD(subject, STAGE, HERE "/runs/{resource.run.id}/"
	    "{resource.stage.name}"),
	FIELD(subject, JOB, HERE "/runs/{resource.run.id}/"
	    "{resource.stage.name}/{resource.job.name}"),
	FIELD(subject, "workitem-updated", HERE
	    "/items/{resource.workItemId}"),
	FIELD(subject, "workitem-created", ITEM),
	FIELD(subject, "workitem-commented", ITEM),
	FIELD(subject, "workitem-deleted", ITEM),
	FIELD(subject, "workitem-restored", ITEM),
	FIELD(subject, NULL, "{resource.repository.id}/pulls/"
	    "{resource.pullRequestId}|resource.approval.id|" HERE
	    "/releases/{resource.release.id}"),
	FIELDS_END
};

/* The result, once there is one; of a build in version 1.0, its status. */
#define STATE(what) "resource." what ".result|resource." what ".state|"

static const struct reading azure_reading = {
	.event = "body:eventType",
	.status = "body:" STATE("job") STATE("stage") STATE("run")
	    "resource.environment.status|resource.approval.status|"
	    "resource.release.status|resource.result|resource.status",
	.identity = "body:id body",
	.fields = azure_fields,
};

static const struct recipe azure_recipe = {
	.schemes = azure_schemes,
	.reading = &azure_reading,
	.secret_place = "Project settings, Service hooks, Web Hooks: Basic "
	    "authentication password",
};

/* "LG:refs/heads/main:600c52d2…", of a build in version 1.0 */
static void
azure_read_source(struct event *e, struct arena *a)
{
	struct bytes rest = field_text(&e->doc, "resource.sourceGetVersion",
	    a), kind, ref;

	if (rest.data == NULL || e->commit.data != NULL ||
	    !bytes_cut(&rest, ':', &kind) || !bytes_cut(&rest, ':', &ref))
		return;
	e->branch = field_behind(ref, "refs/heads/");
	e->tag = field_behind(ref, "refs/tags/");
	e->commit = rest.len > 0 ? rest : BYTES_NONE;
}

static enum status
azure_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st = recipe_decode(s, m, proof, a, e, why);

	if (st == ST_OK)
		azure_read_source(e, a);
	return st;
}

/* --- what Azure's own jobs have in their environment --------------------- */

/* A work item has resource.id as well. */
static struct bytes
azure_build_id(const struct event *e, const char *name, struct arena *a)
{
	(void)name;
	return field_text(&e->doc, bytes_is(e->event, "build-complete") ?
	    "resource.id" : "resource.run.id", a);
}

static struct bytes
azure_branch_name(const struct event *e, const char *name, struct arena *a)
{
	struct bytes ref = field_text(&e->doc, "resource.sourceBranch", a);
	size_t at = ref.len;

	(void)name;
	while (at > 0 && ref.data[at - 1] != '/')
		at--;
	return ref.len > at ? bytes_from(ref, at) : BYTES_NONE;
}

static struct bytes
azure_commit(const struct event *e, const char *name, struct arena *a)
{
	(void)name;
	(void)a;
	return e->commit;
}

/* learn.microsoft.com/azure/devops/pipelines/build/variables */
static const struct env_rule azure_env[] = {
	{ "TF_BUILD", "=True", NULL },
	{ "BUILD_BUILDID", NULL, azure_build_id },
	{ "BUILD_BUILDNUMBER", "resource.buildNumber|resource.run.name",
	    NULL },
	{ "BUILD_BUILDURI", "resource.uri", NULL },
	{ "BUILD_DEFINITIONNAME", "resource.definition.name|"
	    "resource.pipeline.name", NULL },
	{ "BUILD_REASON", "resource.reason", NULL },
	{ "BUILD_REPOSITORY_ID", "resource.repository.id", NULL },
	{ "BUILD_REPOSITORY_NAME", "resource.repository.name", NULL },
	{ "BUILD_REPOSITORY_PROVIDER", "resource.repository.type", NULL },
	{ "BUILD_REPOSITORY_URI", "resource.repository.remoteUrl|"
	    "resource.repository.url|resource.repositories.0.url", NULL },
	{ "BUILD_REQUESTEDFOR", "resource.requestedFor.displayName|"
	    "resource.requests.0.requestedFor.displayName", NULL },
	{ "BUILD_SOURCEBRANCH", "resource.sourceBranch|"
	    "resource.refUpdates.0.name", NULL },
	{ "BUILD_SOURCEBRANCHNAME", NULL, azure_branch_name },
	{ "BUILD_SOURCEVERSION", NULL, azure_commit },
	{ "SYSTEM_DEFINITIONID", "resource.definition.id|"
	    "resource.pipeline.id", NULL },
	{ "SYSTEM_JOBNAME", "resource.job.name", NULL },
	{ "SYSTEM_PULLREQUEST_PULLREQUESTID", "resource.pullRequestId", NULL },
	{ "SYSTEM_PULLREQUEST_SOURCEBRANCH", "resource.sourceRefName", NULL },
	{ "SYSTEM_PULLREQUEST_TARGETBRANCH", "resource.targetRefName", NULL },
	{ "SYSTEM_STAGENAME", "resource.stage.name", NULL },
	{ "SYSTEM_TEAMPROJECT", "resource.project.name|"
	    "resource.repository.project.name|"
	    "resource.definition.project.name", NULL },
	{ "SYSTEM_TEAMPROJECTID", "resourceContainers.project.id", NULL },
	{ NULL, NULL, NULL }
};

/* --- the table ----------------------------------------------------------- */

#define ENDS \
	{ "succeeded", RESULT_SUCCESS, true, NULL }, \
	{ "failed", RESULT_FAILURE, true, NULL }, \
	{ "rejected", RESULT_FAILURE, true, NULL }, \
	{ "partiallysucceeded", RESULT_OTHER, true, NULL }, \
	{ "skipped", RESULT_OTHER, true, NULL }, \
	{ "canceled", RESULT_CANCELED, true, NULL }, \
	{ "stopped", RESULT_CANCELED, true, NULL }
#define STATES \
	{ "inprogress", RESULT_RUNNING, false, NULL }, \
	{ "running", RESULT_RUNNING, false, NULL }, \
	{ "canceling", RESULT_RUNNING, false, NULL }, \
	{ "waiting", RESULT_PENDING, false, NULL }, \
	{ "notstarted", RESULT_PENDING, false, NULL }
/* The first row is the one that "send" sends. */
#define ACTIVE { "active", RESULT_PENDING, false, NULL }
#define COMPLETED { "completed", RESULT_SUCCESS, true, NULL }
#define ABANDONED { "abandoned", RESULT_CANCELED, true, NULL }

STATUSES(build_statuses, ENDS);
STATUSES(run_statuses, ENDS, STATES);
STATUSES(pull_statuses, ACTIVE, COMPLETED, ABANDONED);
STATUSES(merged_statuses, COMPLETED, ACTIVE, ABANDONED);
STATUSES(release_statuses, ACTIVE);
STATUSES(abandoned_statuses, ABANDONED);
STATUSES(approval_statuses,
    { "pending", RESULT_PENDING, false, NULL });
STATUSES(approved_statuses,
    { "approved", RESULT_SUCCESS, true, NULL },
    { "rejected", RESULT_FAILURE, true, NULL },
    { "canceled", RESULT_CANCELED, true, NULL });

static const struct event_rule azure_events[] = {
	EVENT("build-complete", false, NULL, build_statuses, AZURE_BUILD),
	EVENT("ms-vss-pipelines-run-state-changed-event", false, NULL,
	    run_statuses, AZURE_RUN_BODY(AZURE_OPEN)),
	EVENT("ms-vss-pipelines-stage-state-changed-event", false, NULL,
	    run_statuses, AZURE_STAGE_BODY(AZURE_ENDED)),
	EVENT("ms-vss-pipelines-job-state-changed-event", false, NULL,
	    run_statuses, AZURE_JOB_BODY(AZURE_ENDED)),
	EVENT("ms-vss-pipelinechecks-events-approval-pending", false, NULL,
	    approval_statuses, AZURE_APPROVAL(
	    "ms.vss-pipelinechecks-events.approval-pending",
	    "Approval pending.")),
	EVENT("ms-vss-pipelinechecks-events-approval-completed", false, NULL,
	    approved_statuses, AZURE_APPROVAL(
	    "ms.vss-pipelinechecks-events.approval-completed",
	    "Approval completed.")),
	EVENT("git-push", false, NULL, NULL, AZURE_PUSH),
	EVENT("git-pullrequest-created", false, NULL, pull_statuses,
	    AZURE_PULL("git.pullrequest.created", "Mia Moor created it")),
	EVENT("git-pullrequest-updated", false, NULL, pull_statuses,
	    AZURE_PULL("git.pullrequest.updated", "Mia Moor changed it")),
	EVENT("git-pullrequest-merged", false, NULL, merged_statuses,
	    AZURE_PULL("git.pullrequest.merged", "Mia Moor merged it")),
	EVENT("workitem-created", false, NULL, NULL, AZURE_ITEM(
	    "workitem.created", "Bug #<build> created by Mia Moor.",
	    "'id':<build>")),
	EVENT("workitem-updated", false, NULL, NULL, AZURE_ITEM(
	    "workitem.updated", "Bug #<build> updated by Mia Moor.",
	    "'id':2,'workItemId':<build>")),
	EVENT("workitem-commented", false, NULL, NULL, AZURE_ITEM(
	    "workitem.commented", "Bug #<build> commented on by Mia Moor.",
	    "'id':<build>")),
	EVENT("workitem-deleted", false, NULL, NULL, AZURE_ITEM(
	    "workitem.deleted", "Bug #<build> deleted by Mia Moor.",
	    "'id':<build>")),
	EVENT("ms-vss-release-release-created-event", false, NULL,
	    release_statuses, AZURE_RELEASE(
	    "ms.vss-release.release-created-event",
	    "Release-<number> created.")),
	EVENT("ms-vss-release-release-abandoned-event", false, NULL,
	    abandoned_statuses, AZURE_RELEASE(
	    "ms.vss-release.release-abandoned-event",
	    "Release-<number> abandoned.")),
	EVENT("ms-vss-release-deployment-started-event", false, NULL,
	    run_statuses, AZURE_DEPLOYMENT(
	    "ms.vss-release.deployment-started-event",
	    "Deployment of Release-<number> to production started.")),
	EVENT("ms-vss-release-deployment-completed-event", false, NULL,
	    build_statuses, AZURE_DEPLOYMENT(
	    "ms.vss-release.deployment-completed-event",
	    "Deployment of Release-<number> to production <status>.")),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule azure_headers[] = {
	{ "authorization", HEADER_SECRET, false },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_azure_devops = PROVIDER_BY_RECIPE(
    "azure-devops", "Azure DevOps", TRAIT_OPEN_EVENTS,
    azure_headers, azure_events, azure_recipe, azure_decode, azure_env);
