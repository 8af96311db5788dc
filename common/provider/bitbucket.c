#include "provider.h"

#include <string.h>

#include "bitbucket_sample.h"
#include "event.h"
#include "field.h"
#include "reading.h"
#include "recipe.h"
#include "ref_changes.h"

/* Bitbucket Cloud's webhooks: support.atlassian.com/bitbucket-cloud, "Event
 * payloads" and "Manage webhooks". */

static const struct scheme bitbucket_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "x-hub-signature", .element = "sha256=%hex",
	    .signed_text = "{body}" },
	SCHEME_END
};

/* --- which event it is --------------------------------------------------- */

/* The body tells which events it may be; where there are several, the header
 * says which. */
static const struct mark bitbucket_marks[] = {
	{ "push", "repo:push" },
	{ "commit_status", "repo-commit_status_*" },
	{ "fork", "repo:fork" },
	{ "comment pullrequest", "pullrequest-comment_*" },
	{ "approval", "pullrequest-*approved" },
	{ "changes_request", "pullrequest-changes_request_*" },
	{ "pullrequest.state=MERGED", "pullrequest:fulfilled" },
	{ "pullrequest.state=DECLINED", "pullrequest:rejected" },
	{ "pullrequest.state=OPEN", "pullrequest-[!fr]*" },
	{ "pullrequest", "pullrequest-*" },
	{ "comment issue", "issue-comment_*" },
	{ "issue", "issue-*" },
	{ "comment commit", "repo-commit_comment_*" },
	{ NULL, NULL }
};

/* --- what it says -------------------------------------------------------- */

#define NAME "{repository.full_name}"

/* The branch of a pull request is the one that it will be merged into:
 * strangers choose the name of the other one. */
static const struct field_rule bitbucket_fields[] = {
	FIELD(project, NULL, "repository.full_name"),
	FIELD(branch, NULL, "pullrequest.destination.branch.name|"
	    "commit_status.refname"),
	FIELD(commit, NULL, "pullrequest.source.commit.hash|"
	    "commit_status.commit.hash|commit.hash"),
	FIELD(title, NULL, "pullrequest.title|issue.title|"
	    "commit_status.commit.message"),
	FIELD(author, NULL, "comment.user.display_name|"
	    "pullrequest.author.display_name|"
	    "commit_status.commit.author.user.display_name|"
	    "actor.display_name"),
	FIELD(name, NULL, "commit_status.name|commit_status.key"),
	FIELD(number, NULL, "pullrequest.id|issue.id"),
	FIELD(url, NULL, "commit_status.url|comment.links.html.href|"
	    "pullrequest.links.html.href|issue.links.html.href|"
	    "fork.links.html.href|repository.links.html.href"),
	FIELD(subject, NULL, NAME "#{pullrequest.id}|"
	    NAME "/issues/{issue.id}"),
	FIELDS_END
};

static const struct reading bitbucket_reading = {
	.event = "header:x-event-key",
	.marks = bitbucket_marks,
	.status = "body:commit_status.state",
	.identity = "mac",
	.fields = bitbucket_fields,
};

/* "new" is null where it was deleted, and "old" where it is new. */
static const struct json_node *
bitbucket_ref(const struct json_doc *d, const struct json_node *change)
{
	const struct json_node *n = json_member(d, change, "new");

	return n != NULL && n->type == JSON_OBJECT ? n :
	    json_member(d, change, "old");
}

static struct ref_change
bitbucket_read_change(const struct json_doc *d,
    const struct json_node *change, struct arena *a)
{
	const struct json_node *n = json_member(d, change, "new");

	return (struct ref_change){ bytes_is(field_in(d, bitbucket_ref(d,
	    change), "type", a), "tag"), n == NULL ||
	    n->type != JSON_OBJECT };
}

static void
bitbucket_read_push(struct event *e, struct arena *a)
{
	const struct json_doc *d = &e->doc;
	struct ref_changes c = ref_changes_pick(d, "push.changes",
	    bitbucket_read_change, a);
	const struct json_node *target;
	struct bytes url = field_in(d, c.lead, "links.html.href", a);

	e->branch = field_in(d, bitbucket_ref(d, c.branch), "name", a);
	e->tag = field_in(d, bitbucket_ref(d, c.tag), "name", a);
	if (url.len > 0)
		e->url = url;
	if (c.lead_deleted)
		return;
	target = json_member(d, bitbucket_ref(d, c.lead), "target");
	e->commit = field_in(d, target, "hash", a);
	e->title = field_first_line(field_in(d, target, "message", a));
	e->author = field_in(d, target, "author.user.display_name|"
	    "author.display_name|author.raw", a);
}

/* Older payloads have the commit only in a link:
 * …/commit/9fec847784abb10b2fa567ee63b85bd238955d0e */
static void
bitbucket_read_status(struct event *e, struct arena *a)
{
	struct bytes link = field_text(&e->doc,
	    "commit_status.links.commit.href", a), parts[] = { e->project,
	    BYTES("@"), BYTES_NONE, BYTES(" "),
	    field_text(&e->doc, "commit_status.key", a) };

	while (e->commit.data == NULL && link.len > 0 &&
	    memchr(link.data, '/', link.len) != NULL)
		link = bytes_from(link, (size_t)((const char *)memchr(
		    link.data, '/', link.len) - link.data) + 1);
	if (e->commit.data == NULL && link.len > 0)
		e->commit = link;
	parts[2] = e->commit;
	e->subject = field_join(a, parts, 5);
}

static enum status
bitbucket_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st = recipe_decode(s, m, proof, a, e, why);

	if (st == ST_OK && bytes_is(e->event, "repo-push"))
		bitbucket_read_push(e, a);
	if (st == ST_OK && e->status.data != NULL)
		bitbucket_read_status(e, a);
	return st;
}

static const char *const bitbucket_sent[] = {
	"X-Event-Key: <event>",
	"X-Hook-UUID: 3f6a5bb0-7c1d-4a7e-9d51-2f4c8e0b9a13",
	"X-Request-UUID: <id>", "X-Attempt-Number: 1", NULL
};

static const struct recipe bitbucket_recipe = {
	.schemes = bitbucket_schemes,
	.reading = &bitbucket_reading,
	.sent = bitbucket_sent,
	.event_mark = ':',
	.agent = "Bitbucket-Webhooks/2.0",
	.any_certificate = "\"Skip certificate verification\" is on "
	    "in the webhook's form",
	.secret_place = "Repository settings, Webhooks, Secret",
};

/* --- what Bitbucket's own pipelines have in their environment ------------ */

/* support.atlassian.com/bitbucket-cloud, "Variables and secrets". A build of a
 * pull request has its source branch, which strangers choose, as
 * BITBUCKET_BRANCH; that is left out. */
static struct bytes
bitbucket_word(const struct event *e, const char *name, struct arena *a)
{
	if (strcmp(name, "BITBUCKET_COMMIT") == 0)
		return e->commit;
	return field_text(&e->doc, "pullrequest.id", a).data != NULL ?
	    BYTES_NONE : e->branch;
}

static const struct env_rule bitbucket_env[] = {
	{ "BITBUCKET_BRANCH", NULL, bitbucket_word },
	{ "BITBUCKET_COMMIT", NULL, bitbucket_word },
	{ "BITBUCKET_GIT_HTTP_ORIGIN", "repository.links.html.href", NULL },
	{ "BITBUCKET_PROJECT_KEY", "repository.project.key", NULL },
	{ "BITBUCKET_PR_DESTINATION_BRANCH",
	    "pullrequest.destination.branch.name", NULL },
	{ "BITBUCKET_PR_ID", "pullrequest.id", NULL },
	{ "BITBUCKET_REPO_FULL_NAME", "repository.full_name", NULL },
	{ "BITBUCKET_REPO_UUID", "repository.uuid", NULL },
	{ "BITBUCKET_TAG", NULL, field_tag },
	{ "BITBUCKET_WORKSPACE", "repository.workspace.slug", NULL },
	{ NULL, NULL, NULL }
};

/* --- the table ----------------------------------------------------------- */

static const struct status_rule build_statuses[] = {
	{ "successful", RESULT_SUCCESS, true, NULL },
	{ "failed", RESULT_FAILURE, true, NULL },
	{ "stopped", RESULT_CANCELED, true, NULL },
	{ "inprogress", RESULT_RUNNING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

#define PLAIN(name, sample) EVENT(name, false, NULL, NULL, sample)

static const struct event_rule bitbucket_events[] = {
	PLAIN("repo-push", BITBUCKET_SAMPLE_PUSH),
	EVENT("repo-commit_status_updated", false, NULL, build_statuses,
	    BITBUCKET_SAMPLE_STATUS),
	EVENT("repo-commit_status_created", false, NULL, build_statuses,
	    BITBUCKET_SAMPLE_STATUS),
	PLAIN("pullrequest-created", BITBUCKET_SAMPLE_PULL),
	PLAIN("pullrequest-updated", BITBUCKET_SAMPLE_PULL),
	PLAIN("pullrequest-fulfilled", BITBUCKET_SAMPLE_MERGED),
	PLAIN("pullrequest-rejected", BITBUCKET_SAMPLE_DECLINED),
	PLAIN("pullrequest-approved", BITBUCKET_SAMPLE_APPROVED),
	PLAIN("pullrequest-unapproved", BITBUCKET_SAMPLE_APPROVED),
	PLAIN("pullrequest-changes_request_created",
	    BITBUCKET_SAMPLE_CHANGES),
	PLAIN("pullrequest-changes_request_removed",
	    BITBUCKET_SAMPLE_CHANGES),
	PLAIN("pullrequest-comment_created", BITBUCKET_SAMPLE_PULL_COMMENT),
	PLAIN("pullrequest-comment_updated", BITBUCKET_SAMPLE_PULL_COMMENT),
	PLAIN("pullrequest-comment_deleted", BITBUCKET_SAMPLE_PULL_COMMENT),
	PLAIN("issue-created", BITBUCKET_SAMPLE_ISSUE),
	PLAIN("issue-updated", BITBUCKET_SAMPLE_ISSUE),
	PLAIN("issue-comment_created", BITBUCKET_SAMPLE_ISSUE_COMMENT),
	PLAIN("repo-commit_comment_created", BITBUCKET_SAMPLE_COMMIT_COMMENT),
	PLAIN("repo-fork", BITBUCKET_SAMPLE_FORK),
	PLAIN("repo-updated", BITBUCKET_SAMPLE_UPDATED),
	{ NULL, false, NULL, NULL, NULL }
};

/* Bitbucket Data Center sends some of these as well. */
static const struct header_rule bitbucket_headers[] = {
	{ "x-hub-signature", HEADER_SIGNATURE, false },
	{ "x-hook-uuid", HEADER_TEXT, true },
	{ "x-request-uuid", HEADER_TEXT, true },
	{ "x-attempt-number", HEADER_TEXT, false },
	{ "x-event-key", HEADER_TEXT, false },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_bitbucket = PROVIDER_BY_RECIPE("bitbucket",
    "Bitbucket", 0, bitbucket_headers, bitbucket_events, bitbucket_recipe,
    bitbucket_decode, bitbucket_env);
