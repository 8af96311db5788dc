#ifndef CGIHOOK_GITEA_H
#define CGIHOOK_GITEA_H

#include "provider.h"

/* What Gitea and its fork Forgejo both send: marks, fields and events with
 * samples, as rows of tables. */

/* The signed body does not name its event, but all events except repository
 * have a member that tells which it is. Of the two rows of a review, the
 * second is for old versions. */
#define GITEA_MARKS \
	{ "page", "wiki" }, \
	{ "review.type=pull_request_review_approved", \
	    "pull_request_approved" }, \
	{ "review.type=pull_request_approved", "pull_request_approved" }, \
	{ "review.type=pull_request_review_rejected", \
	    "pull_request_rejected" }, \
	{ "review.type=pull_request_rejected", "pull_request_rejected" }, \
	{ "review.type=pull_request_review_comment", "pull_request_comment" }, \
	{ "review.type=pull_request_comment", "pull_request_comment" }, \
	{ "review", NULL }, \
	{ "comment", "issue_comment" }, \
	{ "pull_request", "pull_request" }, \
	{ "issue", "issues" }, \
	{ "release", "release" }, \
	{ "forkee", "fork" }, \
	{ "package", "package" }, \
	{ "pusher_type", "delete" }, \
	{ "ref_type", "create" }, \
	{ "after", "push" }, \
	{ "context", "status" }

/* What other events can be about, too: a try of a run or job, a check of a
 * commit, an issue or a pull request, which share their numbers, a release. */
#define GITEA_NAME "{repository.full_name}"
#define GITEA_SUBJECT \
	GITEA_NAME "/jobs/{workflow_job.id}/{workflow_job.run_attempt}|" \
	GITEA_NAME "/runs/{workflow_run.id}/{workflow_run.run_attempt}|" \
	GITEA_NAME "@{sha} {context}|" GITEA_NAME "#{pull_request.number}|" \
	GITEA_NAME "#{issue.number}|" GITEA_NAME "/releases/{release.id}"

/* A push has a full reference, create and delete have the name alone. The
 * branch of a pull request is the one that it is to be merged into, as Drone
 * has it: the other one has a name that strangers choose. */
#define GITEA_FIELDS \
	FIELD(project, NULL, "repository.full_name"), \
	FIELD_WHEN(branch, NULL, "ref_type=branch", "ref"), \
	FIELD(branch, "push", "ref"), \
	FIELD(branch, NULL, "workflow_run.head_branch|" \
	    "workflow_job.head_branch|pull_request.base.ref"), \
	FIELD_WHEN(tag, NULL, "ref_type=tag", "ref"), \
	FIELD(tag, "push", "ref"), \
	FIELD(tag, NULL, "release.tag_name"), \
	FIELD(commit, NULL, "after|sha|workflow_run.head_sha|" \
	    "workflow_job.head_sha|pull_request.head.sha"), \
	FIELD(title, NULL, "head_commit.message|commit.message|" \
	    "workflow_run.display_title|pull_request.title|issue.title|" \
	    "release.name|comment"), \
	FIELD(author, NULL, "head_commit.author.name|commit.author.name|" \
	    "comment.user.login|sender.login"), \
	FIELD(name, NULL, "workflow_job.name|workflow.name|context|" \
	    "package.name|page"), \
	FIELD(number, NULL, "workflow_run.run_number|pull_request.number|" \
	    "issue.number"), \
	FIELD(url, NULL, "workflow_job.html_url|workflow_run.html_url|" \
	    "target_url|comment.html_url|pull_request.html_url|" \
	    "issue.html_url|release.html_url|package.html_url|compare_url|" \
	    "repository.html_url"), \
	FIELD(subject, NULL, GITEA_SUBJECT)

#define GITEA_HOST "https://gitea.example.com"
#define GITEA_PAGE GITEA_HOST "/acme/widget"

#define GITEA_USER(login) "{'id':7,'login':'" login "','full_name':''," \
	"'email':'" login "@example.com','username':'" login "'}"

#define GITEA_REPOSITORY "'repository':{'id':42," \
	"'owner':" GITEA_USER("acme") "," \
	"'name':'widget','full_name':'acme/widget','private':false," \
	"'fork':false,'size':<number>,'html_url':'" GITEA_PAGE "'," \
	"'ssh_url':'git@gitea.example.com:acme/widget.git'," \
	"'clone_url':'" GITEA_PAGE ".git','default_branch':'main'," \
	"'updated_at':'<time>'},'sender':" GITEA_USER("mia") "}"

#define GITEA_COMMIT "{'id':'<commit>','message':'Fill the tank\\n'," \
	"'url':'" GITEA_PAGE "/commit/<commit>'," \
	"'author':{'name':'Mia Moor','email':'mia@example.com'," \
	"'username':'mia'}," \
	"'timestamp':'<earlier>'}"

#define GITEA_PULL "'pull_request':{'id':<build>,'number':<number>," \
	"'user':" GITEA_USER("joe") ",'title':'Fill the tank','state':'open'," \
	"'html_url':'" GITEA_PAGE "/pulls/<number>','merged':false," \
	"'base':{'label':'main','ref':'main','repo_id':42}," \
	"'head':{'label':'tank','ref':'tank','sha':'<commit>'," \
	"'repo_id':43}}"

#define GITEA_ISSUE "'issue':{'id':<build>,'number':<number>," \
	"'user':" GITEA_USER("joe") ",'title':'The tank is empty'," \
	"'state':'open','html_url':'" GITEA_PAGE "/issues/<number>'}"

#define GITEA_REVIEW(how) "{'action':'<action>','number':<number>," \
	GITEA_PULL "," \
	"'review':{'type':'pull_request_review_" how "'," \
	"'content':'I tried it.'}," GITEA_REPOSITORY

ACTIONS(gitea_pull_actions, "opened", "closed", "reopened", "edited",
    "synchronized", "assigned", "unassigned", "label_updated", "label_cleared",
    "milestoned", "demilestoned", "review_requested",
    "review_request_removed");
ACTIONS(gitea_issue_actions, "opened", "closed", "reopened", "edited",
    "assigned", "unassigned", "label_updated", "label_cleared", "milestoned",
    "demilestoned");
ACTIONS(gitea_text_actions, "created", "edited", "deleted");
ACTIONS(gitea_thing_actions, "created", "deleted");
ACTIONS(gitea_release_actions, "published", "updated", "deleted");
ACTIONS(gitea_review_actions, "reviewed");

#define GITEA_EVENTS \
	EVENT("push", false, NULL, NULL, "{'ref':'refs/heads/main'," \
	    "'before':'6f4ca1cf2e17ba2a36e7a2f1a4c0dd6f0a8f5b31'," \
	    "'after':'<commit>','compare_url':'" GITEA_PAGE "/compare/" \
	    "6f4ca1cf2e17...<short>','commits':[" GITEA_COMMIT "]," \
	    "'total_commits':1,'head_commit':" GITEA_COMMIT ",'pusher':" \
	    GITEA_USER("mia") "," GITEA_REPOSITORY), \
	EVENT("pull_request", false, gitea_pull_actions, NULL, \
	    "{'action':'<action>'," \
	    "'number':<number>," GITEA_PULL ",'review':null," \
	    GITEA_REPOSITORY), \
	EVENT("create", false, NULL, NULL, "{'sha':'<commit>'," \
	    "'ref':'v1.<number>','ref_type':'tag'," GITEA_REPOSITORY), \
	EVENT("delete", false, NULL, NULL, "{'ref':'tank'," \
	    "'ref_type':'branch','pusher_type':'user'," GITEA_REPOSITORY), \
	EVENT("release", false, gitea_release_actions, NULL, \
	    "{'action':'<action>'," \
	    "'release':{'id':<build>,'tag_name':'v1.<number>'," \
	    "'target_commitish':'main','name':'The one with the tank'," \
	    "'html_url':'" GITEA_PAGE "/releases/tag/v1.<number>'," \
	    "'draft':false,'prerelease':false}," GITEA_REPOSITORY), \
	EVENT("issues", false, gitea_issue_actions, NULL, \
	    "{'action':'<action>'," \
	    "'number':<number>," GITEA_ISSUE "," GITEA_REPOSITORY), \
	EVENT("issue_comment", false, gitea_text_actions, NULL, "{" \
	    "'action':'<action>'," GITEA_ISSUE ",'comment':{'id':<build>," \
	    "'html_url':'" GITEA_PAGE \
	    "/issues/<number>#issuecomment-<build>'," \
	    "'user':" GITEA_USER("mia") ",'body':'It leaks.'}," \
	    "'is_pull':false," GITEA_REPOSITORY), \
	EVENT("pull_request_approved", false, gitea_review_actions, NULL, \
	    GITEA_REVIEW("approved")), \
	EVENT("pull_request_rejected", false, gitea_review_actions, NULL, \
	    GITEA_REVIEW("rejected")), \
	EVENT("pull_request_comment", false, gitea_review_actions, NULL, \
	    GITEA_REVIEW("comment")), \
	EVENT("fork", false, NULL, NULL, "{'forkee':{'id':41," \
	    "'full_name':'joe/widget'}," GITEA_REPOSITORY), \
	EVENT("repository", false, gitea_thing_actions, NULL, \
	    "{'action':'<action>'," \
	    "'organization':null," GITEA_REPOSITORY), \
	EVENT("wiki", false, gitea_text_actions, NULL, \
	    "{'action':'<action>'," \
	    "'page':'Home','comment':'Say where the tank is'," \
	    GITEA_REPOSITORY), \
	EVENT("package", false, gitea_thing_actions, NULL, \
	    "{'action':'<action>'," \
	    "'package':{'id':<build>,'type':'generic','name':'widget'," \
	    "'version':'1.<number>','html_url':'" GITEA_HOST \
	    "/acme/-/packages/generic/widget/1.<number>'}," GITEA_REPOSITORY)

#endif
