#ifndef CGIHOOK_GITLAB_SAMPLE_H
#define CGIHOOK_GITLAB_SAMPLE_H

/* Bodies for sample.h, modelled on GitLab's documented payloads. */

#define GITLAB_WEB "https://gitlab.example.com/acme/widget"
#define GITLAB_BEFORE "6f4ca1cf2e17ba2a36e7a2f1a4c0dd6f0a8f5b31"
#define GITLAB_ZERO "0000000000000000000000000000000000000000"

/* What ends every body. */
#define GITLAB_END "'project':{'id':42,'name':'Widget'," \
	"'web_url':'" GITLAB_WEB "','namespace':'Acme'," \
	"'git_ssh_url':'git@gitlab.example.com:acme/widget.git'," \
	"'git_http_url':'" GITLAB_WEB ".git'," \
	"'path_with_namespace':'acme/widget','default_branch':'main'}," \
	"'repository':{'name':'Widget','homepage':'" GITLAB_WEB "'}}"

#define GITLAB_USER "'user':{'id':7,'name':'Mia Moor','username':'mia'," \
	"'email':'[REDACTED]'}"

#define GITLAB_COMMIT "{'id':'<commit>','message':'Fill the tank\\n'," \
	"'title':'Fill the tank','timestamp':'<earlier>'," \
	"'url':'" GITLAB_WEB "/-/commit/<commit>'," \
	"'author':{'name':'Mia Moor','email':'mia@example.com'}}"

#define GITLAB_PUSHED(before, ref) "{'object_kind':'<event>'," \
	"'event_name':'<event>','before':'" before "','after':'<commit>'," \
	"'ref':'" ref "','ref_protected':true,'checkout_sha':'<commit>'," \
	"'user_id':7,'user_name':'Mia Moor','user_username':'mia'," \
	"'project_id':42,'commits':[" GITLAB_COMMIT "]," \
	"'total_commits_count':1," GITLAB_END

#define GITLAB_SAMPLE_PUSH GITLAB_PUSHED(GITLAB_BEFORE, "refs/heads/main")
#define GITLAB_SAMPLE_TAG GITLAB_PUSHED(GITLAB_ZERO, "refs/tags/v1.<number>")

#define GITLAB_SAMPLE_PIPELINE "{'object_kind':'pipeline'," \
	"'object_attributes':{'id':<build>,'iid':<number>,'name':null," \
	"'ref':'main','tag':false,'sha':'<commit>'," \
	"'before_sha':'" GITLAB_BEFORE "','source':'push'," \
	"'status':'<status>','stages':['test'],'duration':93," \
	"'url':'" GITLAB_WEB "/-/pipelines/<build>'}," \
	"'merge_request':null," GITLAB_USER ",'commit':" GITLAB_COMMIT "," \
	"'builds':[]," GITLAB_END

#define GITLAB_SAMPLE_BUILD "{'object_kind':'build','ref':'main'," \
	"'tag':false,'before_sha':'" GITLAB_BEFORE "','sha':'<commit>'," \
	"'build_id':<build>,'build_name':'test','build_stage':'test'," \
	"'build_status':'<status>','build_allow_failure':false," \
	"'retries_count':0,'pipeline_id':<number>,'project_id':42," \
	"'project_name':'Acme / Widget'," GITLAB_USER "," \
	"'commit':{'id':<number>,'sha':'<commit>'," \
	"'message':'Fill the tank\\n','author_name':'Mia Moor'}," GITLAB_END

#define GITLAB_MERGE_REQUEST "'id':<build>,'iid':<number>," \
	"'title':'Fill the tank','state':'opened','source_branch':'tank'," \
	"'source_project_id':43,'target_branch':'main'," \
	"'target_project_id':42,'draft':false," \
	"'last_commit':" GITLAB_COMMIT "," \
	"'url':'" GITLAB_WEB "/-/merge_requests/<number>'"

#define GITLAB_SAMPLE_MERGE_REQUEST "{'object_kind':'merge_request'," \
	"'event_type':'merge_request'," GITLAB_USER "," \
	"'object_attributes':{" GITLAB_MERGE_REQUEST "," \
	"'action':'<action>'},'labels':[],'changes':{}," GITLAB_END

#define GITLAB_SAMPLE_ISSUE "{'object_kind':'issue'," \
	"'event_type':'issue'," GITLAB_USER ",'object_attributes':{" \
	"'id':<build>,'iid':<number>,'title':'The tank is empty'," \
	"'state':'opened','type':'Issue','action':'<action>'," \
	"'url':'" GITLAB_WEB "/-/issues/<number>'}," GITLAB_END

#define GITLAB_SAMPLE_NOTE "{'object_kind':'note','event_type':'note'," \
	GITLAB_USER ",'object_attributes':{'id':<build>," \
	"'note':'It leaks.','noteable_type':'MergeRequest'," \
	"'action':'<action>','url':'" GITLAB_WEB \
	"/-/merge_requests/<number>#note_<build>'}," \
	"'merge_request':{" GITLAB_MERGE_REQUEST "}," GITLAB_END

#define GITLAB_SAMPLE_DEPLOYMENT "{'object_kind':'deployment'," \
	"'status':'<status>','status_changed_at':'<time>'," \
	"'deployment_id':<number>,'deployable_id':<build>," \
	"'deployable_url':'" GITLAB_WEB "/-/jobs/<build>'," \
	"'environment':'production','short_sha':'<short>'," GITLAB_USER "," \
	"'commit_url':'" GITLAB_WEB "/-/commit/<commit>'," \
	"'commit_title':'Fill the tank','ref':'main'," GITLAB_END

#define GITLAB_SAMPLE_RELEASE "{'object_kind':'release','id':<build>," \
	"'name':'The one with the tank','tag':'v1.<number>'," \
	"'released_at':'<time>','action':'<action>'," \
	"'url':'" GITLAB_WEB "/-/releases/v1.<number>'," \
	"'commit':" GITLAB_COMMIT "," GITLAB_END

#define GITLAB_SAMPLE_MILESTONE "{'object_kind':'milestone'," \
	"'event_type':'milestone','object_attributes':{'id':<build>," \
	"'iid':<number>,'title':'v2','state':'active'}," \
	"'action':'<action>'," GITLAB_END

#define GITLAB_SAMPLE_WIKI "{'object_kind':'wiki_page'," GITLAB_USER "," \
	"'object_attributes':{'title':'Home','slug':'home'," \
	"'message':'Say where the tank is','action':'<action>'," \
	"'url':'" GITLAB_WEB "/-/wikis/home'}," GITLAB_END

#define GITLAB_SAMPLE_FLAG "{'object_kind':'feature_flag'," GITLAB_USER "," \
	"'object_attributes':{'id':<build>,'name':'tank','active':true}," \
	GITLAB_END

#endif
