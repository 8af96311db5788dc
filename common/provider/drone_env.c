#include "drone.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "event.h"
#include "field.h"
#include "version.h"

/* Over what an environment takes: there it is left out and said so. */
enum { NAMES_MAX_BYTES = 1024 * 1024 };

static struct bytes
drone_derive_build_link(const struct event *e, const char *name,
    struct arena *a)
{
	(void)name;
	(void)a;
	return e->name.data != NULL ? e->url : BYTES_NONE;
}

/* Go leaves out a field that has its zero value; Drone's runners set its
 * variable all the same. */
static struct bytes
drone_build_field(const struct event *e, const char *path, const char *zero,
    struct arena *a)
{
	const struct json_node *build = json_path(&e->doc, BYTES("build"));
	struct bytes text = field_text(&e->doc, path, a);

	if (text.data != NULL || build == NULL || build->type != JSON_OBJECT)
		return text;
	return bytes_of(zero);
}

static struct bytes
drone_derive_debug(const struct event *e, const char *name, struct arena *a)
{
	(void)name;
	return drone_build_field(e, "build.debug", "false", a);
}

static struct bytes
drone_derive_parent(const struct event *e, const char *name, struct arena *a)
{
	(void)name;
	return drone_build_field(e, "build.parent", "0", a);
}

static struct bytes
drone_derive_deploy_id(const struct event *e, const char *name, struct arena *a)
{
	(void)name;
	return drone_build_field(e, "build.deploy_id", "0", a);
}

static struct bytes
drone_derive_semver(const struct event *e, const char *name, struct arena *a)
{
	if (e->tag.data == NULL)
		return BYTES_NONE;
	return version_semver(e->tag, name + strlen("DRONE_SEMVER"), a);
}

static struct bytes
drone_derive_calver(const struct event *e, const char *name, struct arena *a)
{
	if (e->tag.data == NULL)
		return BYTES_NONE;
	return version_calver(e->tag, name + strlen("DRONE_CALVER"), a);
}

static bool
drone_is_pull_request(const struct event *e, struct arena *a)
{
	return bytes_is(field_text(&e->doc, "build.event", a), "pull_request");
}

/* The first digits of its ref: refs/pull/42/head */
static struct bytes
drone_derive_pull_request(const struct event *e, const char *name,
    struct arena *a)
{
	struct bytes ref = field_text(&e->doc, "build.ref", a);
	size_t start = 0, end;

	(void)name;
	if (!drone_is_pull_request(e, a))
		return BYTES_NONE;
	while (start < ref.len &&
	    (ref.data[start] < '0' || ref.data[start] > '9'))
		start++;
	for (end = start; end < ref.len && ref.data[end] >= '0' &&
	    ref.data[end] <= '9'; end++)
		;
	if (end == start)
		return BYTES_NONE;
	return (struct bytes){ ref.data + start, end - start };
}

static struct bytes
drone_derive_pull_request_title(const struct event *e, const char *name,
    struct arena *a)
{
	(void)name;
	if (!drone_is_pull_request(e, a))
		return BYTES_NONE;
	return field_text(&e->doc, "build.title", a);
}

/* A stage or a step that failed; a step may be told not to count. */
static bool
drone_has_failed(const struct json_doc *d, const struct json_node *part,
    bool is_step, struct arena *a)
{
	struct bytes status = json_text(d, json_member(d, part, "status"), a);
	const struct json_node *ignore = json_member(d, part, "errignore");

	if (is_step && ignore != NULL && ignore->type == JSON_TRUE &&
	    bytes_is(status, "failure"))
		return false;
	return bytes_is(status, "failure") || bytes_is(status, "error") ||
	    bytes_is(status, "killed");
}

static void
drone_add_failed(const struct json_doc *d, const struct json_node *parts,
    bool is_step, struct arena *a, struct buf *names)
{
	const struct json_node *part;

	if (parts == NULL || parts->type != JSON_ARRAY)
		return;
	for (part = json_first(parts); part != NULL;
	    part = json_next(d, parts, part)) {
		struct bytes name = json_text(d, json_member(d, part, "name"),
		    a);

		if (name.len == 0 || !drone_has_failed(d, part, is_step, a))
			continue;
		if (names->len > 0)
			buf_add_char(names, ',');
		buf_add(names, name);
	}
}

static struct bytes
drone_names_taken(struct buf *names, struct arena *a)
{
	struct bytes out = buf_take(names, a);

	return out.len > 0 ? out : BYTES_NONE;
}

static struct bytes
drone_derive_failed_stages(const struct event *e, const char *name,
    struct arena *a)
{
	struct buf names = BUF(NAMES_MAX_BYTES);

	(void)name;
	drone_add_failed(&e->doc, json_path(&e->doc, BYTES("build.stages")),
	    false, a, &names);
	return drone_names_taken(&names, a);
}

static struct bytes
drone_derive_failed_steps(const struct event *e, const char *name,
    struct arena *a)
{
	const struct json_doc *d = &e->doc;
	const struct json_node *stages = json_path(d, BYTES("build.stages"));
	const struct json_node *stage;
	struct buf names = BUF(NAMES_MAX_BYTES);

	(void)name;
	if (stages == NULL || stages->type != JSON_ARRAY)
		return BYTES_NONE;
	for (stage = json_first(stages); stage != NULL;
	    stage = json_next(d, stages, stage))
		drone_add_failed(d, json_member(d, stage, "steps"), true, a,
		    &names);
	return drone_names_taken(&names, a);
}

/* The names of Drone's runners, drone/runner-go environ, and where its server
 * says the same. DRONE_BUILD_STATUS is the status as sent, where a runner has
 * only success and failure. A build has many stages and steps:
 * DRONE_STAGE_* and DRONE_STEP_* of one of them would be of no use. */
const struct env_rule drone_env[] = {
	{ "CI", "=true", NULL },
	{ "CI_BUILD_CREATED", "build.created", NULL },
	{ "CI_BUILD_EVENT", "build.event", NULL },
	{ "CI_BUILD_FINISHED", "build.finished", NULL },
	{ "CI_BUILD_LINK", "build.link", NULL },
	{ "CI_BUILD_NUMBER", "build.number", NULL },
	{ "CI_BUILD_STARTED", "build.started", NULL },
	{ "CI_BUILD_STATUS", "build.status", NULL },
	{ "CI_BUILD_TARGET", "build.deploy_to", NULL },
	{ "CI_COMMIT_AUTHOR", "build.author_login", NULL },
	{ "CI_COMMIT_AUTHOR_AVATAR", "build.author_avatar", NULL },
	{ "CI_COMMIT_AUTHOR_EMAIL", "build.author_email", NULL },
	{ "CI_COMMIT_AUTHOR_NAME", "build.author_name", NULL },
	{ "CI_COMMIT_BRANCH", "build.target", NULL },
	{ "CI_COMMIT_MESSAGE", "build.message", NULL },
	{ "CI_COMMIT_REF", "build.ref", NULL },
	{ "CI_COMMIT_SHA", "build.after", NULL },
	{ "CI_PARENT_BUILD_NUMBER", NULL, drone_derive_parent },
	{ "CI_REMOTE_URL", "repo.git_http_url", NULL },
	{ "CI_REPO", "repo.slug", NULL },
	{ "CI_REPO_LINK", "repo.link", NULL },
	{ "CI_REPO_NAME", "repo.slug", NULL },
	{ "CI_REPO_PRIVATE", "repo.private", NULL },
	{ "CI_REPO_REMOTE", "repo.git_http_url", NULL },
	{ "DRONE", "=true", NULL },
	{ "DRONE_BRANCH", "build.target", NULL },
	{ "DRONE_BUILD_ACTION", "build.action", NULL },
	{ "DRONE_BUILD_CREATED", "build.created", NULL },
	{ "DRONE_BUILD_DEBUG", NULL, drone_derive_debug },
	{ "DRONE_BUILD_EVENT", "build.event", NULL },
	{ "DRONE_BUILD_FINISHED", "build.finished", NULL },
	{ "DRONE_BUILD_LINK", NULL, drone_derive_build_link },
	{ "DRONE_BUILD_NUMBER", "build.number", NULL },
	{ "DRONE_BUILD_PARENT", NULL, drone_derive_parent },
	{ "DRONE_BUILD_STARTED", "build.started", NULL },
	{ "DRONE_BUILD_STATUS", "build.status", NULL },
	{ "DRONE_BUILD_TRIGGER", "build.trigger", NULL },
	{ "DRONE_CALVER", NULL, drone_derive_calver },
	{ "DRONE_CALVER_MAJOR", NULL, drone_derive_calver },
	{ "DRONE_CALVER_MAJOR_MINOR", NULL, drone_derive_calver },
	{ "DRONE_CALVER_MICRO", NULL, drone_derive_calver },
	{ "DRONE_CALVER_MINOR", NULL, drone_derive_calver },
	{ "DRONE_CALVER_MODIFIER", NULL, drone_derive_calver },
	{ "DRONE_CALVER_SHORT", NULL, drone_derive_calver },
	{ "DRONE_COMMIT", "build.after", NULL },
	{ "DRONE_COMMIT_AFTER", "build.after", NULL },
	{ "DRONE_COMMIT_AUTHOR", "build.author_login", NULL },
	{ "DRONE_COMMIT_AUTHOR_AVATAR", "build.author_avatar", NULL },
	{ "DRONE_COMMIT_AUTHOR_EMAIL", "build.author_email", NULL },
	{ "DRONE_COMMIT_AUTHOR_NAME", "build.author_name", NULL },
	{ "DRONE_COMMIT_BEFORE", "build.before", NULL },
	{ "DRONE_COMMIT_BRANCH", "build.target", NULL },
	{ "DRONE_COMMIT_LINK", "build.link", NULL },
	{ "DRONE_COMMIT_MESSAGE", "build.message", NULL },
	{ "DRONE_COMMIT_REF", "build.ref", NULL },
	{ "DRONE_COMMIT_SHA", "build.after", NULL },
	{ "DRONE_DEPLOY_ID", NULL, drone_derive_deploy_id },
	{ "DRONE_DEPLOY_TO", "build.deploy_to", NULL },
	{ "DRONE_FAILED_STAGES", NULL, drone_derive_failed_stages },
	{ "DRONE_FAILED_STEPS", NULL, drone_derive_failed_steps },
	{ "DRONE_GIT_HTTP_URL", "repo.git_http_url", NULL },
	{ "DRONE_GIT_SSH_URL", "repo.git_ssh_url", NULL },
	{ "DRONE_PULL_REQUEST", NULL, drone_derive_pull_request },
	{ "DRONE_PULL_REQUEST_TITLE", NULL, drone_derive_pull_request_title },
	{ "DRONE_REMOTE_URL", "repo.git_http_url", NULL },
	{ "DRONE_REPO", "repo.slug", NULL },
	{ "DRONE_REPO_BRANCH", "repo.default_branch", NULL },
	{ "DRONE_REPO_LINK", "repo.link", NULL },
	{ "DRONE_REPO_NAME", "repo.name", NULL },
	{ "DRONE_REPO_NAMESPACE", "repo.namespace", NULL },
	{ "DRONE_REPO_OWNER", "repo.namespace", NULL },
	{ "DRONE_REPO_PRIVATE", "repo.private", NULL },
	{ "DRONE_REPO_SCM", "repo.scm", NULL },
	{ "DRONE_REPO_VISIBILITY", "repo.visibility", NULL },
	{ "DRONE_SEMVER", NULL, drone_derive_semver },
	{ "DRONE_SEMVER_BUILD", NULL, drone_derive_semver },
	{ "DRONE_SEMVER_ERROR", NULL, drone_derive_semver },
	{ "DRONE_SEMVER_MAJOR", NULL, drone_derive_semver },
	{ "DRONE_SEMVER_MINOR", NULL, drone_derive_semver },
	{ "DRONE_SEMVER_PATCH", NULL, drone_derive_semver },
	{ "DRONE_SEMVER_PRERELEASE", NULL, drone_derive_semver },
	{ "DRONE_SEMVER_SHORT", NULL, drone_derive_semver },
	{ "DRONE_SOURCE_BRANCH", "build.source", NULL },
	{ "DRONE_SYSTEM_HOST", "system.host", NULL },
	{ "DRONE_SYSTEM_HOSTNAME", "system.host", NULL },
	{ "DRONE_SYSTEM_PROTO", "system.proto", NULL },
	{ "DRONE_SYSTEM_VERSION", "system.version", NULL },
	{ "DRONE_TAG", NULL, field_tag },
	{ "DRONE_TARGET_BRANCH", "build.target", NULL },
	{ NULL, NULL, NULL }
};
