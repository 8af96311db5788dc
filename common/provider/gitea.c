#include "provider.h"

#include "event.h"
#include "field.h"
#include "recipe.h"

/* Gitea, and Forgejo, which sends the same: docs.gitea.com, Webhooks, and
 * services/webhook in its source. Each request has the headers of Gogs and
 * GitHub as well. */

static const struct scheme gitea_schemes[] = {
	{ .name = "signature", .algorithm = SCHEME_SHA256,
	    .header = "x-gitea-signature", .element = "%hex",
	    .signed_text = "{body}" },
	SCHEME_END
};

static const struct recipe gitea_recipe = {
	.schemes = gitea_schemes,
	.event_header = "x-gitea-event",
	.agent = "Go-http-client/1.1",
	.secret_place = "Settings, Webhooks, Secret",
};

/* --- which event it is --------------------------------------------------- */

/* The signed body does not name its event, but all events except repository
 * have a member that tells. Of several members the first of this list does. */
static const struct {
	const char *member, *event;
} marks[] = {
	{ "page", "wiki" },
	{ "workflow_job", "workflow_job" },
	{ "workflow_run", "workflow_run" },
	{ "review", NULL },		/* review.type has the name */
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
};

enum { MARK_COUNT = sizeof(marks) / sizeof(marks[0]) };

/* "pull_request_review_approved", in old versions "pull_request_approved",
 * of the event pull_request_approved */
static enum status
gitea_read_review(struct event *e, struct arena *a, struct reason *why)
{
	const struct json_node *review;
	struct bytes type, parts[2] = { BYTES("pull_request_"), BYTES_NONE };
	enum status st = field_object(&e->doc, "review", &review, why);

	if (st == ST_OK)
		st = field_word(&e->doc, review, "type", a, &type, why);
	if (st != ST_OK)
		return st;
	parts[1] = field_behind(type, "pull_request_review_");
	if (parts[1].data == NULL)
		parts[1] = field_behind(type, "pull_request_");
	e->event = field_join(a, parts, 2);
	return e->event.data != NULL ? ST_OK : fail(why, ST_MALFORMED,
	    "review.type is not pull_request_review_…");
}

/* By the body; absent where that has no mark. */
static enum status
gitea_read_marks(struct event *e, struct arena *a, struct reason *why)
{
	const struct json_node *root = &e->doc.nodes[0], *n;

	for (size_t i = 0; i < MARK_COUNT; i++) {
		const char *member = marks[i].member;

		n = json_member(&e->doc, root, member);
		if (n == NULL)
			continue;
		if (json_member_repeated(&e->doc, root, member))
			return fail(why, ST_MALFORMED, "the member %s appears "
			    "twice", member);
		if (n->type == JSON_NULL)
			continue;
		if (marks[i].event == NULL)
			return gitea_read_review(e, a, why);
		e->event = bytes_of(marks[i].event);
		return ST_OK;
	}
	return ST_OK;
}

/* Nobody signed the header. So it names the event only if the body has no mark,
 * and then none whose body would have one. */
static enum status
gitea_read_event(const struct provider *p, const struct message *m,
    struct arena *a, struct event *e, struct reason *why)
{
	const char *name = gitea_recipe.event_header;
	bool marked, fits;
	struct bytes header;
	enum status st = message_only_header(m, name, &header, why);

	if (st == ST_OK)
		st = gitea_read_marks(e, a, why);
	if (st != ST_OK)
		return st;
	marked = e->event.data != NULL;
	if (header.len == 0)	/* so old versions send a package */
		return marked ? ST_OK : fail(why, ST_MALFORMED, "neither the "
		    "body nor %s says which event it is", name);
	fits = marked ? bytes_equal(header, e->event) :
	    event_rule(p, header) == NULL || bytes_is(header, "repository");
	if (!fits)
		return fail(why, ST_MALFORMED, "the %s header contradicts the "
		    "body", name);
	if (!event_word_valid(header))
		return fail(why, ST_MALFORMED, "%s cannot be used as a name: "
		    "it must match [a-z0-9][a-z0-9_-]{0,62}", name);
	e->event = arena_copy(a, header);
	e->named_by = marked ? e->named_by : name;
	return ST_OK;
}

/* --- what it says -------------------------------------------------------- */

/* A run or job has a conclusion in the end, and a status all along. */
static enum status
gitea_read_status(struct event *e, struct arena *a, struct reason *why)
{
	const struct json_doc *d = &e->doc;
	const struct json_node *run;
	enum status st;

	if (bytes_is(e->event, "status"))
		return field_word(d, &d->nodes[0], "state", a, &e->status,
		    why);
	if (!bytes_is(e->event, "workflow_run") &&
	    !bytes_is(e->event, "workflow_job"))
		return ST_OK;
	st = field_object(d, bytes_is(e->event, "workflow_run") ?
	    "workflow_run" : "workflow_job", &run, why);
	if (st == ST_OK)
		st = field_word(d, run, "conclusion", a, &e->status, why);
	if (st == ST_OK && e->status.data == NULL)
		st = field_word(d, run, "status", a, &e->status, why);
	return st;
}

/* A push has a full reference, create and delete have the name alone. */
static void
gitea_read_ref(struct event *e, struct arena *a)
{
	struct bytes ref = field_text(&e->doc, "ref", a);
	struct bytes type = field_text(&e->doc, "ref_type", a);

	e->branch = bytes_is(type, "branch") ? ref :
	    field_behind(ref, "refs/heads/");
	e->tag = bytes_is(type, "tag") ? ref : field_behind(ref, "refs/tags/");
}

/* What other events can be about, too: a try of a run or job, a check of a
 * commit, an issue or a pull request, which share their numbers, a release. */
static struct bytes
gitea_subject(const struct event *e, struct arena *a)
{
	static const struct {
		const char *name, *id, *then, *part;
	} ways[] = {
		{ "/jobs/", "workflow_job.id", "/",
		    "workflow_job.run_attempt" },
		{ "/runs/", "workflow_run.id", "/",
		    "workflow_run.run_attempt" },
		{ "@", "sha", " ", "context" },
		{ "#", "pull_request.number|issue.number", NULL, NULL },
		{ "/releases/", "release.id", NULL, NULL },
	};
	struct bytes subject = BYTES_NONE;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) &&
	    subject.data == NULL; i++) {
		struct bytes parts[] = { e->project, bytes_of(ways[i].name),
		    field_text(&e->doc, ways[i].id, a), bytes_of(ways[i].then),
		    field_text(&e->doc, ways[i].part, a) };

		subject = field_join(a, parts, ways[i].then == NULL ? 3 : 5);
	}
	return subject;
}

/* The branch of a pull request is the one that it is to be merged into, as
 * Drone has it: the other one has a name that strangers choose. */
static void
gitea_read_fields(struct event *e, struct arena *a)
{
	const struct json_doc *d = &e->doc;

	e->project = field_text(d, "repository.full_name", a);
	gitea_read_ref(e, a);
	if (e->branch.data == NULL)
		e->branch = field_text(d, "workflow_run.head_branch|"
		    "workflow_job.head_branch|pull_request.base.ref", a);
	if (e->tag.data == NULL)
		e->tag = field_text(d, "release.tag_name", a);
	e->commit = field_text(d, "after|sha|workflow_run.head_sha|"
	    "workflow_job.head_sha|pull_request.head.sha", a);
	e->title = field_first_line(field_text(d, "head_commit.message|"
	    "commit.message|workflow_run.display_title|pull_request.title|"
	    "issue.title|release.name|comment", a));
	e->author = field_text(d, "head_commit.author.name|commit.author.name|"
	    "comment.user.login|sender.login", a);
	e->name = field_text(d, "workflow_job.name|workflow.name|context|"
	    "package.name|page", a);
	e->number = field_text(d, "workflow_run.run_number|"
	    "pull_request.number|issue.number", a);
	e->url = field_text(d, "workflow_job.html_url|workflow_run.html_url|"
	    "target_url|comment.html_url|pull_request.html_url|issue.html_url|"
	    "release.html_url|package.html_url|compare_url|"
	    "repository.html_url", a);
	e->subject = gitea_subject(e, a);
}

static enum status
gitea_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st = gitea_read_event(s->provider, m, a, e, why);

	if (st == ST_OK)
		st = field_word(&e->doc, &e->doc.nodes[0], "action", a,
		    &e->action, why);
	if (st == ST_OK)
		st = gitea_read_status(e, a, why);
	if (st != ST_OK)
		return st;
	gitea_read_fields(e, a);
	return proof == NULL ? ST_OK :
	    event_identify(e, 'm', proof->identity, a, why);
}

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
    gitea_headers, gitea_events, gitea_recipe, gitea_decode, gitea_env);
