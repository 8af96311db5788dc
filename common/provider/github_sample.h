#ifndef CGIHOOK_GITHUB_SAMPLE_H
#define CGIHOOK_GITHUB_SAMPLE_H

/* Bodies for sample.h, modelled on GitHub's documented payloads. */

#define GITHUB_WEB "https://github.com/acme/widget"
#define GITHUB_API "https://api.github.com/repos/acme/widget"
#define GITHUB_BEFORE "6f4ca1cf2e17ba2a36e7a2f1a4c0dd6f0a8f5b31"

#define GITHUB_USER(login, id) "{'login':'" login "','id':" id "," \
	"'html_url':'https://github.com/" login "','type':'User'," \
	"'site_admin':false}"

#define GITHUB_REPOSITORY "{'id':4217,'name':'widget'," \
	"'full_name':'acme/widget','private':false," \
	"'owner':" GITHUB_USER("acme", "41") ",'html_url':'" GITHUB_WEB "'," \
	"'fork':false,'url':'" GITHUB_API "','default_branch':'main'," \
	"'clone_url':'" GITHUB_WEB ".git'," \
	"'ssh_url':'git@github.com:acme/widget.git'}"

/* What ends every body. */
#define GITHUB_END "'repository':" GITHUB_REPOSITORY "," \
	"'sender':" GITHUB_USER("mia", "7") "}"

#define GITHUB_PERSON "{'name':'Mia Moor','email':'mia@example.com'}"

#define GITHUB_COMMIT "{'id':'<commit>','distinct':true," \
	"'message':'Fill the tank\\n\\nIt was empty.'," \
	"'timestamp':'<earlier>','url':'" GITHUB_WEB "/commit/<commit>'," \
	"'author':" GITHUB_PERSON ",'committer':" GITHUB_PERSON "," \
	"'added':[],'removed':[],'modified':['tank.c']}"

#define GITHUB_SAMPLE_PUSH "{'ref':'refs/heads/main'," \
	"'before':'" GITHUB_BEFORE "','after':'<commit>'," \
	"'pusher':{'name':'mia','email':'mia@example.com'}," \
	"'created':false,'deleted':false,'forced':false,'base_ref':null," \
	"'compare':'" GITHUB_WEB "/compare/6f4ca1cf2e17...<short>'," \
	"'commits':[" GITHUB_COMMIT "],'head_commit':" GITHUB_COMMIT "," \
	GITHUB_END

#define GITHUB_PULL "'pull_request':{'id':<build>,'number':<number>," \
	"'html_url':'" GITHUB_WEB "/pull/<number>','state':'open'," \
	"'title':'Fill the tank','user':" GITHUB_USER("joe", "8") "," \
	"'draft':false,'merged':false,'merge_commit_sha':null," \
	"'head':{'label':'joe:tank','ref':'tank','sha':'<commit>'}," \
	"'base':{'label':'acme:main','ref':'main'," \
	"'sha':'" GITHUB_BEFORE "'}}"

#define GITHUB_SAMPLE_PULL "{'action':'<action>','number':<number>," \
	GITHUB_PULL "," GITHUB_END

#define GITHUB_SAMPLE_REVIEW "{'action':'<action>','review':{'id':<build>," \
	"'user':" GITHUB_USER("mia", "7") ",'body':'I tried it.'," \
	"'commit_id':'<commit>','state':'approved','html_url':'" \
	GITHUB_WEB "/pull/<number>#pullrequestreview-<build>'}," \
	GITHUB_PULL "," GITHUB_END

#define GITHUB_RUN(status, conclusion) "{'action':'<action>'," \
	"'workflow_run':{'id':<build>,'name':'ci','head_branch':'main'," \
	"'head_sha':'<commit>','path':'.github/workflows/ci.yml'," \
	"'display_title':'Fill the tank','run_number':<number>," \
	"'event':'push','status':'" status "','conclusion':" conclusion "," \
	"'workflow_id':33,'html_url':'" GITHUB_WEB "/actions/runs/<build>'," \
	"'pull_requests':[],'created_at':'<earlier>','updated_at':'<time>'," \
	"'actor':" GITHUB_USER("mia", "7") ",'run_attempt':1," \
	"'head_commit':{'id':'<commit>','message':'Fill the tank'," \
	"'timestamp':'<earlier>','author':" GITHUB_PERSON "}," \
	"'repository':" GITHUB_REPOSITORY "," \
	"'head_repository':" GITHUB_REPOSITORY "},'workflow':{'id':33," \
	"'name':'ci','path':'.github/workflows/ci.yml','state':'active'}," \
	GITHUB_END

#define GITHUB_SAMPLE_RUN GITHUB_RUN("<status>", "null")
#define GITHUB_SAMPLE_RUN_ENDED GITHUB_RUN("completed", "'<status>'")

#define GITHUB_JOB(status, conclusion) "{'action':'<action>'," \
	"'workflow_job':{'id':<build>,'run_id':<number>," \
	"'workflow_name':'ci','head_branch':'main','run_attempt':1," \
	"'head_sha':'<commit>','html_url':'" GITHUB_WEB \
	"/actions/runs/<number>/job/<build>','status':'" status "'," \
	"'conclusion':" conclusion ",'started_at':'<earlier>'," \
	"'completed_at':null,'name':'test','steps':[]," \
	"'labels':['ubuntu-latest']}," GITHUB_END

#define GITHUB_SAMPLE_JOB GITHUB_JOB("<status>", "null")
#define GITHUB_SAMPLE_JOB_ENDED GITHUB_JOB("completed", "'<status>'")

#define GITHUB_SUITE(status, conclusion) "{'id':<build>," \
	"'head_branch':'main','head_sha':'<commit>','status':'" status "'," \
	"'conclusion':" conclusion ",'before':'" GITHUB_BEFORE "'," \
	"'after':'<commit>','pull_requests':[]," \
	"'app':{'id':15368,'slug':'github-actions','name':'GitHub Actions'}," \
	"'created_at':'<earlier>','updated_at':'<time>'," \
	"'head_commit':{'id':'<commit>','message':'Fill the tank'," \
	"'timestamp':'<earlier>','author':" GITHUB_PERSON "}}"

#define GITHUB_SAMPLE_SUITE "{'action':'<action>','check_suite':" \
	GITHUB_SUITE("<status>", "null") "," GITHUB_END
#define GITHUB_SAMPLE_SUITE_ENDED "{'action':'<action>','check_suite':" \
	GITHUB_SUITE("completed", "'<status>'") "," GITHUB_END

#define GITHUB_CHECK(status, conclusion) "{'action':'<action>'," \
	"'check_run':{'id':<number>,'name':'lint','head_sha':'<commit>'," \
	"'html_url':'" GITHUB_WEB "/runs/<number>','status':'" status "'," \
	"'conclusion':" conclusion ",'started_at':'<earlier>'," \
	"'completed_at':null,'check_suite':" \
	GITHUB_SUITE("in_progress", "null") "}," GITHUB_END

#define GITHUB_SAMPLE_CHECK GITHUB_CHECK("<status>", "null")
#define GITHUB_SAMPLE_CHECK_ENDED GITHUB_CHECK("completed", "'<status>'")

#define GITHUB_SAMPLE_STATUS "{'id':<build>,'sha':'<commit>'," \
	"'name':'acme/widget','target_url':'https://ci.example.com/<number>'," \
	"'context':'ci/test','description':null,'state':'<status>'," \
	"'commit':{'sha':'<commit>','commit':{'author':" GITHUB_PERSON "," \
	"'message':'Fill the tank'},'html_url':'" GITHUB_WEB \
	"/commit/<commit>'},'branches':[{'name':'main'," \
	"'commit':{'sha':'<commit>'},'protected':true}]," \
	"'created_at':'<time>','updated_at':'<time>'," GITHUB_END

#define GITHUB_DEPLOYMENT "'deployment':{'id':<number>,'sha':'<commit>'," \
	"'ref':'main','task':'deploy','environment':'production'," \
	"'description':null,'creator':" GITHUB_USER("mia", "7") "," \
	"'created_at':'<earlier>'}"

#define GITHUB_SAMPLE_DEPLOYMENT "{'action':'<action>'," \
	GITHUB_DEPLOYMENT "," GITHUB_END

#define GITHUB_SAMPLE_DEPLOYED "{'action':'<action>'," \
	"'deployment_status':{'id':<build>,'state':'<status>'," \
	"'environment':'production','target_url':'" GITHUB_WEB \
	"/actions/runs/<build>','log_url':'" GITHUB_WEB \
	"/actions/runs/<build>','created_at':'<time>'}," \
	GITHUB_DEPLOYMENT "," GITHUB_END

#define GITHUB_SAMPLE_RELEASE "{'action':'<action>','release':{" \
	"'id':<build>,'html_url':'" GITHUB_WEB "/releases/tag/v1.<number>'," \
	"'tag_name':'v1.<number>','target_commitish':'main'," \
	"'name':'The one with the tank','draft':false,'prerelease':false," \
	"'author':" GITHUB_USER("mia", "7") ",'assets':[]," \
	"'published_at':'<time>'}," GITHUB_END

#define GITHUB_SAMPLE_CREATE "{'ref':'v1.<number>','ref_type':'tag'," \
	"'master_branch':'main','description':null,'pusher_type':'user'," \
	GITHUB_END

#define GITHUB_SAMPLE_DELETE "{'ref':'tank','ref_type':'branch'," \
	"'pusher_type':'user'," GITHUB_END

#define GITHUB_ISSUE "'issue':{'id':<build>,'number':<number>," \
	"'html_url':'" GITHUB_WEB "/issues/<number>'," \
	"'title':'The tank is empty','user':" GITHUB_USER("joe", "8") "," \
	"'labels':[],'state':'open'}"

#define GITHUB_SAMPLE_ISSUES "{'action':'<action>'," GITHUB_ISSUE "," \
	GITHUB_END

#define GITHUB_SAMPLE_COMMENT "{'action':'<action>'," GITHUB_ISSUE "," \
	"'comment':{'id':<build>,'html_url':'" GITHUB_WEB \
	"/issues/<number>#issuecomment-<build>'," \
	"'user':" GITHUB_USER("mia", "7") ",'body':'It leaks.'}," GITHUB_END

#define GITHUB_SAMPLE_FORK "{'forkee':{'id':<build>," \
	"'full_name':'joe/widget'," \
	"'html_url':'https://github.com/joe/widget'}," GITHUB_END

#define GITHUB_SAMPLE_PING "{'zen':'Design for failure.'," \
	"'hook_id':<build>,'hook':{'type':'Repository','id':<build>," \
	"'active':true,'events':['*'],'config':{'content_type':'json'," \
	"'insecure_ssl':'0'}}," GITHUB_END

#endif
