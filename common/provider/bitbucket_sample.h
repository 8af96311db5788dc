#ifndef CGIHOOK_BITBUCKET_SAMPLE_H
#define CGIHOOK_BITBUCKET_SAMPLE_H

/* Bodies for sample.h, modelled on the documented payloads of Bitbucket. */

#define BITBUCKET_WEB "https://bitbucket.org/acme/widget"
#define BITBUCKET_BEFORE "6f4ca1cf2e17ba2a36e7a2f1a4c0dd6f0a8f5b31"

#define BITBUCKET_USER "{'type':'user','display_name':'Mia Moor'," \
	"'nickname':'mia','uuid':'{7f0a8f5b-36e7-4a2f-9a4c-0dd6f0a8f5b3}'}"

#define BITBUCKET_REPOSITORY "{'type':'repository','name':'widget'," \
	"'full_name':'acme/widget','is_private':true,'scm':'git'," \
	"'uuid':'{6f4ca1cf-2e17-4a2a-86e7-a2f1a4c0dd6f}'," \
	"'workspace':{'type':'workspace','slug':'acme','name':'Acme'}," \
	"'project':{'type':'project','key':'WID','name':'Widgets'}," \
	"'links':{'html':{'href':'" BITBUCKET_WEB "'}}}"

/* What ends every body. */
#define BITBUCKET_END "'actor':" BITBUCKET_USER "," \
	"'repository':" BITBUCKET_REPOSITORY "}"

#define BITBUCKET_AUTHOR "'author':{'type':'author'," \
	"'raw':'Mia Moor','user':" BITBUCKET_USER "}"

#define BITBUCKET_REF(hash) "{'type':'branch','name':'main','target':{" \
	"'type':'commit','hash':'" hash "','date':'<earlier>'," \
	"'message':'Fill the tank\\n'," BITBUCKET_AUTHOR "}," \
	"'links':{'html':{'href':'" BITBUCKET_WEB "/branch/main'}}}"

#define BITBUCKET_SAMPLE_PUSH "{'push':{'changes':[{" \
	"'old':" BITBUCKET_REF(BITBUCKET_BEFORE) "," \
	"'new':" BITBUCKET_REF("<commit>") ",'created':false," \
	"'closed':false,'forced':false,'truncated':false,'commits':[]," \
	"'links':{'html':{'href':'" BITBUCKET_WEB \
	"/branches/compare/<commit>..6f4ca1cf2e17'}}}]}," BITBUCKET_END

#define BITBUCKET_SAMPLE_STATUS "{'commit_status':{'key':'ci'," \
	"'type':'build','state':'<status>','name':'Tests'," \
	"'refname':'main','description':''," \
	"'url':'https://ci.example.com/<number>'," \
	"'commit':{'type':'commit','hash':'<commit>'," \
	"'message':'Fill the tank\\n'," BITBUCKET_AUTHOR "}," \
	"'created_on':'<earlier>','updated_on':'<time>'}," BITBUCKET_END

#define BITBUCKET_PULL(state) "'pullrequest':{'type':'pullrequest'," \
	"'id':<number>,'title':'Fill the tank','state':'" state "'," \
	"'draft':false,'author':{'display_name':'Joe Moss'}," \
	"'source':{'branch':{'name':'tank'}," \
	"'commit':{'hash':'<short>'}},'destination':{" \
	"'branch':{'name':'main'},'commit':{'hash':'6f4ca1cf2e17'}}," \
	"'merge_commit':null,'updated_on':'<time>','links':{'html':{" \
	"'href':'" BITBUCKET_WEB "/pull-requests/<number>'}}}," BITBUCKET_END

#define BITBUCKET_SAMPLE_PULL "{" BITBUCKET_PULL("OPEN")
#define BITBUCKET_SAMPLE_MERGED "{" BITBUCKET_PULL("MERGED")
#define BITBUCKET_SAMPLE_DECLINED "{" BITBUCKET_PULL("DECLINED")
#define BITBUCKET_SAMPLE_APPROVED "{'approval':{'date':'<time>'," \
	"'user':" BITBUCKET_USER "}," BITBUCKET_PULL("OPEN")
#define BITBUCKET_SAMPLE_CHANGES "{'changes_request':{'date':'<time>'," \
	"'user':" BITBUCKET_USER "}," BITBUCKET_PULL("OPEN")

#define BITBUCKET_COMMENT(page) "{'comment':{'id':<build>," \
	"'content':{'raw':'It leaks.'},'user':" BITBUCKET_USER "," \
	"'links':{'html':{'href':'" BITBUCKET_WEB page \
	"#comment-<build>'}}},"

#define BITBUCKET_SAMPLE_PULL_COMMENT \
	BITBUCKET_COMMENT("/pull-requests/<number>") BITBUCKET_PULL("OPEN")
#define BITBUCKET_SAMPLE_COMMIT_COMMENT \
	BITBUCKET_COMMENT("/commits/<commit>") \
	"'commit':{'type':'commit','hash':'<commit>'}," BITBUCKET_END

#define BITBUCKET_ISSUE "'issue':{'id':<number>," \
	"'title':'The tank is empty','state':'new','links':{'html':{" \
	"'href':'" BITBUCKET_WEB "/issues/<number>'}}}," BITBUCKET_END

#define BITBUCKET_SAMPLE_ISSUE "{" BITBUCKET_ISSUE
#define BITBUCKET_SAMPLE_ISSUE_COMMENT \
	BITBUCKET_COMMENT("/issues/<number>") BITBUCKET_ISSUE

#define BITBUCKET_SAMPLE_FORK "{'fork':{'type':'repository'," \
	"'full_name':'joe/widget','uuid':'{<id>}','links':{'html':{" \
	"'href':'https://bitbucket.org/joe/widget'}}}," BITBUCKET_END

#define BITBUCKET_SAMPLE_UPDATED "{'changes':{'description':{" \
	"'old':'','new':'<id>'}}," BITBUCKET_END

#endif
