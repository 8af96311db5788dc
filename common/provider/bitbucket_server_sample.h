#ifndef CGIHOOK_BITBUCKET_SERVER_SAMPLE_H
#define CGIHOOK_BITBUCKET_SERVER_SAMPLE_H

/* Bodies for sample.h, modelled on the documented payloads of Bitbucket Data
 * Center. */

#define DATA_CENTER_HOST "https://bitbucket.example.com"
#define DATA_CENTER_REPO DATA_CENTER_HOST "/projects/ACME/repos/widget"

#define DATA_CENTER_USER "{'name':'mia','emailAddress':'mia@example.com'," \
	"'active':true,'displayName':'Mia Moor','id':7,'slug':'mia'," \
	"'type':'NORMAL'}"

#define DATA_CENTER_REPOSITORY "{'slug':'widget','id':42," \
	"'name':'widget','scmId':'git','state':'AVAILABLE'," \
	"'project':{'key':'ACME','id':3,'name':'Acme','type':'NORMAL'}," \
	"'public':false,'links':{'self':[{" \
	"'href':'" DATA_CENTER_REPO "/browse'}]}}"

/* What begins every body but that of a test. */
#define DATA_CENTER_HEAD(key) "{'eventKey':'" key "'," \
	"'date':'<time>','actor':" DATA_CENTER_USER ","

#define DATA_CENTER_COMMIT "{'id':'<commit>','displayId':'<short>'," \
	"'author':{'name':'Mia Moor','emailAddress':'mia@example.com'}," \
	"'message':'Fill the tank'}"

#define DATA_CENTER_SAMPLE_PUSH DATA_CENTER_HEAD("repo:refs_changed") \
	"'repository':" DATA_CENTER_REPOSITORY ",'changes':[{'ref':{" \
	"'id':'refs/heads/main','displayId':'main','type':'BRANCH'}," \
	"'refId':'refs/heads/main'," \
	"'fromHash':'6f4ca1cf2e17ba2a36e7a2f1a4c0dd6f0a8f5b31'," \
	"'toHash':'<commit>','type':'UPDATE'}]," \
	"'commits':[" DATA_CENTER_COMMIT "]," \
	"'toCommit':" DATA_CENTER_COMMIT "}"

#define DATA_CENTER_PULL(key, state, more) DATA_CENTER_HEAD(key) \
	"'pullRequest':{'id':<number>,'version':1,'title':'Fill the tank'," \
	"'state':'" state "','fromRef':{'id':'refs/heads/tank'," \
	"'displayId':'tank','latestCommit':'<commit>'," \
	"'repository':" DATA_CENTER_REPOSITORY "},'toRef':{" \
	"'id':'refs/heads/main','displayId':'main'," \
	"'latestCommit':'6f4ca1cf2e17ba2a36e7a2f1a4c0dd6f0a8f5b31'," \
	"'repository':" DATA_CENTER_REPOSITORY "},'author':{" \
	"'user':{'name':'joe','displayName':'Joe Moss'},'role':'AUTHOR'}," \
	"'updatedDate':<now>000,'links':{'self':[{'href':'" \
	DATA_CENTER_REPO "/pull-requests/<number>'}]}}" more "}"

#define DATA_CENTER_REVIEW(key, status) DATA_CENTER_PULL(key, "OPEN", \
	",'participant':{'user':" DATA_CENTER_USER "," \
	"'role':'REVIEWER','status':'" status "'}")

#define DATA_CENTER_COMMENT ",'comment':{'id':<build>,'version':0," \
	"'text':'It leaks.','author':" DATA_CENTER_USER "}"

#define DATA_CENTER_SAMPLE_COMMENT DATA_CENTER_HEAD("repo:comment:added") \
	"'repository':" DATA_CENTER_REPOSITORY DATA_CENTER_COMMENT "," \
	"'commit':'<commit>'}"

#define DATA_CENTER_SAMPLE_FORK DATA_CENTER_HEAD("repo:forked") \
	"'repository':{'slug':'widget','id':<build>,'project':{" \
	"'key':'~JOE'},'origin':" DATA_CENTER_REPOSITORY "}}"

#define DATA_CENTER_SAMPLE_MODIFIED DATA_CENTER_HEAD("repo:modified") \
	"'old':" DATA_CENTER_REPOSITORY ",'new':" DATA_CENTER_REPOSITORY "}"

#define DATA_CENTER_SAMPLE_PING "{'test':true}"

#endif
