#include "gitlab_env.h"

#include <string.h>

#include "event.h"
#include "field.h"

/* docs.gitlab.com, "Predefined CI/CD variables reference" */
static struct bytes
gitlab_commit(const struct event *e, const char *name, struct arena *a)
{
	bool request = bytes_is(e->event, "merge_request") ||
	    bytes_is(e->event, "note");
	struct bytes branch = request ? BYTES_NONE : e->branch;

	if (strcmp(name, "CI_COMMIT_SHA") == 0)	/* the whole of it */
		return bytes_is(e->event, "deployment") ? BYTES_NONE :
		    e->commit;
	if (strcmp(name, "CI_COMMIT_TAG") == 0)
		return e->tag;
	if (strcmp(name, "CI_COMMIT_BRANCH") == 0)
		return field_text(&e->doc, "merge_request.iid", a).data !=
		    NULL ? BYTES_NONE : branch;
	return e->tag.data != NULL ? e->tag : branch;
}

/* What object_attributes is, in an event about a pipeline or merge request. */
static struct bytes
gitlab_attribute(const struct event *e, const char *name, struct arena *a)
{
	static const struct {
		const char *name, *event, *own, *other;
	} rows[] = {
		{ "CI_PIPELINE_ID", "pipeline", "id", "pipeline_id" },
		{ "CI_PIPELINE_IID", "pipeline", "iid", "" },
		{ "CI_PIPELINE_NAME", "pipeline", "name", "" },
		{ "CI_PIPELINE_SOURCE", "pipeline", "source", "" },
		{ "CI_PIPELINE_URL", "pipeline", "url", "" },
		{ "CI_MERGE_REQUEST_IID", "merge_request", "iid",
		    "merge_request.iid" },
		{ "CI_MERGE_REQUEST_TITLE", "merge_request", "title",
		    "merge_request.title" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes own;

		if (strcmp(rows[i].name, name) != 0)
			continue;
		own = arena_printf(a, "object_attributes.%s", rows[i].own);
		return field_text(&e->doc, bytes_is(e->event, rows[i].event) ?
		    arena_cstr(a, own) : rows[i].other, a);
	}
	return BYTES_NONE;
}

static struct bytes
gitlab_job_url(const struct event *e, const char *name, struct arena *a)
{
	(void)name;
	(void)a;
	return bytes_is(e->event, "build") ? e->url : BYTES_NONE;
}

const struct env_rule gitlab_env[] = {
	{ "CI_COMMIT_BEFORE_SHA", "before|before_sha|"
	    "object_attributes.before_sha", NULL },
	{ "CI_COMMIT_BRANCH", NULL, gitlab_commit },
	{ "CI_COMMIT_REF_NAME", NULL, gitlab_commit },
	{ "CI_COMMIT_SHA", NULL, gitlab_commit },
	{ "CI_COMMIT_TAG", NULL, gitlab_commit },
	{ "CI_DEFAULT_BRANCH", "project.default_branch", NULL },
	{ "CI_ENVIRONMENT_NAME", "environment|environment.name", NULL },
	{ "CI_JOB_ID", "build_id", NULL },
	{ "CI_JOB_NAME", "build_name", NULL },
	{ "CI_JOB_STAGE", "build_stage", NULL },
	{ "CI_JOB_STATUS", "build_status", NULL },
	{ "CI_JOB_URL", NULL, gitlab_job_url },
	{ "CI_MERGE_REQUEST_IID", NULL, gitlab_attribute },
	{ "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "merge_request.source_branch|"
	    "object_attributes.source_branch", NULL },
	{ "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "merge_request.target_branch|"
	    "object_attributes.target_branch", NULL },
	{ "CI_MERGE_REQUEST_TITLE", NULL, gitlab_attribute },
	{ "CI_PIPELINE_ID", NULL, gitlab_attribute },
	{ "CI_PIPELINE_IID", NULL, gitlab_attribute },
	{ "CI_PIPELINE_NAME", NULL, gitlab_attribute },
	{ "CI_PIPELINE_SOURCE", NULL, gitlab_attribute },
	{ "CI_PIPELINE_URL", NULL, gitlab_attribute },
	{ "CI_PROJECT_ID", "project.id|project_id", NULL },
	{ "CI_PROJECT_PATH", "project.path_with_namespace|"
	    "path_with_namespace", NULL },
	{ "CI_PROJECT_TITLE", "project.name", NULL },
	{ "CI_PROJECT_URL", "project.web_url", NULL },
	{ "GITLAB_USER_EMAIL", "user.email|user_email", NULL },
	{ "GITLAB_USER_ID", "user.id|user_id", NULL },
	{ "GITLAB_USER_LOGIN", "user.username|user_username", NULL },
	{ "GITLAB_USER_NAME", "user.name|user_name", NULL },
	{ NULL, NULL, NULL }
};
