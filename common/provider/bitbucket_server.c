#include "provider.h"

#include "bitbucket_server_sample.h"
#include "event.h"
#include "field.h"
#include "reading.h"
#include "recipe.h"
#include "ref_changes.h"

/* The webhooks of Bitbucket Data Center and Server: confluence.atlassian.com/
 * bitbucketserver, "Event payload" and "Manage webhooks". */

static const struct scheme bitbucket_server_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "x-hub-signature", .element = "sha256=%hex",
	    .signed_text = "{body}" },
	SCHEME_END
};

/* Only the request of "Test connection" does not name its event. */
static const struct mark bitbucket_server_marks[] = {
	{ "test", "diagnostics:ping" },
	{ NULL, NULL }
};

#define INTO "pullRequest.toRef."
#define REPOSITORY "{repository.project.key}/{repository.slug}"
#define TARGET "{" INTO "repository.project.key}/{" INTO "repository.slug}"

/* The branch of a pull request is the one that it will be merged into:
 * strangers choose the name of the other one. */
static const struct field_rule bitbucket_server_fields[] = {
	FIELD(project, NULL, REPOSITORY "|" TARGET
	    "|{new.project.key}/{new.slug}|new.key"),
	FIELD(branch, NULL, INTO "id"),
	FIELD(commit, NULL, "pullRequest.fromRef.latestCommit|commit"),
	FIELD(title, NULL, "pullRequest.title"),
	FIELD(author, NULL, "comment.author.displayName|"
	    "pullRequest.author.user.displayName|actor.displayName|"
	    "actor.name"),
	FIELD(number, NULL, "pullRequest.id"),
	FIELD(url, NULL, "pullRequest.links.self.0.href|"
	    "repository.links.self.0.href|new.links.self.0.href"),
	FIELD(subject, NULL, TARGET "#{pullRequest.id}"),
	FIELDS_END
};

static const struct reading bitbucket_server_reading = {
	.event = "body:eventKey header:x-event-key",
	.marks = bitbucket_server_marks,
	.identity = "mac",
	.fields = bitbucket_server_fields,
};

static struct ref_change
bitbucket_server_read_change(const struct json_doc *d,
    const struct json_node *change, struct arena *a)
{
	return (struct ref_change){
		bytes_is(field_in(d, change, "ref.type", a), "TAG"),
		field_commit(field_in(d, change, "toHash", a)).data == NULL
	};
}

static void
bitbucket_server_read_push(struct event *e, struct arena *a)
{
	const struct json_doc *d = &e->doc;
	struct ref_changes c = ref_changes_pick(d, "changes",
	    bitbucket_server_read_change, a);

	e->branch = field_in(d, c.branch, "ref.displayId", a);
	e->tag = field_in(d, c.tag, "ref.displayId", a);
	if (c.lead == NULL || c.lead_deleted)
		return;
	e->commit = field_in(d, c.lead, "toHash", a);
	/* newer versions tell more of one commit */
	if (e->commit.data == NULL ||
	    !bytes_equal(e->commit, field_text(d, "toCommit.id", a)))
		return;
	e->title = field_first_line(field_text(d, "toCommit.message", a));
	e->author = field_text(d, "toCommit.author.displayName|"
	    "toCommit.author.name", a);
}

static enum status
bitbucket_server_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st = recipe_decode(s, m, proof, a, e, why);

	if (st == ST_OK && bytes_is(e->event, "repo-refs_changed"))
		bitbucket_server_read_push(e, a);
	return st;
}

static const char *const bitbucket_server_sent[] = {
	"X-Request-Id: <id>", "X-Event-Key: <event>", NULL
};

static const struct recipe bitbucket_server_recipe = {
	.schemes = bitbucket_server_schemes,
	.reading = &bitbucket_server_reading,
	.sent = bitbucket_server_sent,
	.event_mark = ':',
	.agent = "Atlassian HttpClient 4.2.0 / Bitbucket-9.5.2 (9005002) / "
	    "Default",
	.secret_place = "Repository settings, Webhooks, Secret",
};

/* --- the table ----------------------------------------------------------- */

#define PLAIN(name, sample) EVENT(name, false, NULL, NULL, sample)
#define PULL(name, key) PLAIN(name, DATA_CENTER_PULL(key, "OPEN", ""))
#define COMMENTED(name, key) \
	PLAIN(name, DATA_CENTER_PULL(key, "OPEN", DATA_CENTER_COMMENT))

/* Bitbucket knows no other events: it refuses pr:to_ref_updated and
 * pr:reviewer:changes_requested, which its documentation lists. */
static const struct event_rule bitbucket_server_events[] = {
	PLAIN("repo-refs_changed", DATA_CENTER_SAMPLE_PUSH),
	PULL("pr-opened", "pr:opened"),
	PULL("pr-from_ref_updated", "pr:from_ref_updated"),
	PULL("pr-modified", "pr:modified"),
	PLAIN("pr-merged", DATA_CENTER_PULL("pr:merged", "MERGED", "")),
	PLAIN("pr-declined", DATA_CENTER_PULL("pr:declined", "DECLINED", "")),
	PULL("pr-deleted", "pr:deleted"),
	PULL("pr-reviewer-updated", "pr:reviewer:updated"),
	PLAIN("pr-reviewer-approved",
	    DATA_CENTER_REVIEW("pr:reviewer:approved", "APPROVED")),
	PLAIN("pr-reviewer-unapproved",
	    DATA_CENTER_REVIEW("pr:reviewer:unapproved", "UNAPPROVED")),
	PLAIN("pr-reviewer-needs_work",
	    DATA_CENTER_REVIEW("pr:reviewer:needs_work", "NEEDS_WORK")),
	COMMENTED("pr-comment-added", "pr:comment:added"),
	COMMENTED("pr-comment-edited", "pr:comment:edited"),
	COMMENTED("pr-comment-deleted", "pr:comment:deleted"),
	PLAIN("repo-comment-added", DATA_CENTER_SAMPLE_COMMENT),
	PLAIN("repo-forked", DATA_CENTER_SAMPLE_FORK),
	PLAIN("repo-modified", DATA_CENTER_SAMPLE_MODIFIED),
	PLAIN("diagnostics-ping", DATA_CENTER_SAMPLE_PING),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule bitbucket_server_headers[] = {
	{ "x-hub-signature", HEADER_SIGNATURE, false },
	{ "x-request-id", HEADER_TEXT, false },
	{ "x-event-key", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

/* Bamboo or Jenkins runs its jobs; no payload has their variables. */
const struct provider provider_bitbucket_server = PROVIDER_BY_RECIPE(
    "bitbucket-server", "Bitbucket Data Center", 0, bitbucket_server_headers,
    bitbucket_server_events, bitbucket_server_recipe, bitbucket_server_decode,
    recipe_no_env);
