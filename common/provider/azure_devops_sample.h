#ifndef CGIHOOK_AZURE_DEVOPS_SAMPLE_H
#define CGIHOOK_AZURE_DEVOPS_SAMPLE_H

/* Bodies for sample.h, modelled on the documented payloads. */

#define AZURE_HOST "https://dev.azure.example/acme/"
#define AZURE_WEB AZURE_HOST "widget/_build/results?buildId=<build>"
#define AZURE_MIA "{'displayName':'Mia Moor','id':" \
	"'7a1c3f0e-2b4d-4e6f-8a9b-0c1d2e3f4a5b'," \
	"'uniqueName':'mia@example.com'}"

#define AZURE_PROJECT "{'id':'9d2b6f1c-4a3e-4d5f-9b8a-7c6d5e4f3a2b'," \
	"'name':'Widget','url':'" AZURE_HOST "_apis/projects/widget'," \
	"'state':'wellFormed'}"

#define AZURE_BODY(type, publisher, text, resource) "{" \
	"'subscriptionId':'2c9e4b7a-1d3f-4a5b-8c6d-9e0f1a2b3c4d'," \
	"'notificationId':<number>,'id':'<id>','eventType':'" type "'," \
	"'publisherId':'" publisher "','message':{'text':'" text "'," \
	"'html':'" text "','markdown':'" text "'},'detailedMessage':{" \
	"'text':'" text "','html':'" text "','markdown':'" text "'}," \
	"'resource':{" resource "},'resourceVersion':'2.0'," \
	"'resourceContainers':{'collection':{'id':" \
	"'5e8d1c2b-3a4f-4b6c-9d7e-8f9a0b1c2d3e'},'account':{'id':" \
	"'6f9e2d3c-4b5a-4c7d-8e8f-9a0b1c2d3e4f'},'project':{'id':" \
	"'9d2b6f1c-4a3e-4d5f-9b8a-7c6d5e4f3a2b'}},'createdDate':'<time>'}"

#define AZURE_BUILD AZURE_BODY("build.complete", "tfs", \
	"Build <number> <status>", "'_links':{'web':{'href':'" AZURE_WEB \
	"'}},'id':<build>,'buildNumber':'<number>','status':'completed'," \
	"'result':'<status>','queueTime':'<earlier>','startTime':" \
	"'<earlier>','finishTime':'<time>','url':'" AZURE_HOST \
	"_apis/build/Builds/<build>','definition':{'id':4,'name':'ci'," \
	"'project':" AZURE_PROJECT "},'project':" AZURE_PROJECT "," \
	"'uri':'vstfs:///Build/Build/<build>','sourceBranch':" \
	"'refs/heads/main','sourceVersion':'<commit>','reason':" \
	"'individualCI','requestedFor':" AZURE_MIA ",'repository':{" \
	"'id':'<id2>','type':'TfsGit','name':'widget','url':'" AZURE_HOST \
	"widget/_git/widget'}")

#define AZURE_PIPELINE "'pipeline':{'url':'" AZURE_HOST \
	"widget/_apis/pipelines/4?revision=2','id':4,'revision':2," \
	"'name':'ci','folder':'\\\\'}"
#define AZURE_LINKS "'_links':{'web':{'href':'" AZURE_WEB "'}}"
#define AZURE_RUN(state) "'run':{" AZURE_LINKS "," AZURE_PIPELINE "," \
	state ",'createdDate':'<earlier>','id':<build>,'name':'<number>'}"
#define AZURE_STAGE(state) "'stage':{" AZURE_LINKS ",'id':'<id3>'," \
	"'name':'Test','displayName':'Test'," state "}"
#define AZURE_JOB(state) "'job':{" AZURE_LINKS ",'id':'<id4>'," \
	"'name':'Unit'," state "}"

/* What has a result is completed; else it has a state alone. */
#define AZURE_ENDED "'state':'completed','result':'<status>'"
#define AZURE_OPEN "'state':'<status>'"

#define AZURE_RUN_BODY(state) AZURE_BODY( \
	"ms.vss-pipelines.run-state-changed-event", "pipelines", \
	"Run <number> <status>.", AZURE_RUN(state) "," AZURE_PIPELINE)
#define AZURE_STAGE_BODY(state) AZURE_BODY( \
	"ms.vss-pipelines.stage-state-changed-event", "pipelines", \
	"Run <number> stage Test <status>.", AZURE_STAGE(state) "," \
	AZURE_RUN("'state':'inProgress'") "," AZURE_PIPELINE)
#define AZURE_JOB_BODY(state) AZURE_BODY( \
	"ms.vss-pipelines.job-state-changed-event", "pipelines", \
	"Run <number> stage Test job Unit <status>.", AZURE_JOB(state) "," \
	AZURE_STAGE("'state':'running'") "," \
	AZURE_RUN("'state':'inProgress'") "," AZURE_PIPELINE)

#define AZURE_APPROVAL(type, text) AZURE_BODY(type, "pipelines", text, \
	"'approval':{'id':'<id2>','steps':[],'status':'<status>'," \
	"'createdOn':'<earlier>','instructions':'Look at the tank'," \
	"'minRequiredApprovers':1},'pipeline':null,'stage':null,'run':null")

#define AZURE_REPOSITORY "'repository':{'id':" \
	"'8b7a6c5d-4e3f-4a2b-9c1d-0e9f8a7b6c5d','name':'widget','url':'" \
	AZURE_HOST "_apis/git/repositories/widget','project':" \
	AZURE_PROJECT ",'defaultBranch':'refs/heads/main','remoteUrl':'" \
	AZURE_HOST "widget/_git/widget'}"

#define AZURE_PUSH AZURE_BODY("git.push", "tfs", \
	"Mia Moor pushed updates to branch main of widget.", \
	"'commits':[{'commitId':'<commit>','author':{'name':'Mia Moor'," \
	"'email':'mia@example.com','date':'<earlier>'},'comment':" \
	"'Fill the tank'}],'refUpdates':[{'name':'refs/heads/main'," \
	"'oldObjectId':'6f4ca1cf2e17ba2a36e7a2f1a4c0dd6f0a8f5b31'," \
	"'newObjectId':'<commit>'}]," AZURE_REPOSITORY ",'pushedBy':" \
	AZURE_MIA ",'pushId':<number>,'date':'<time>'")

#define AZURE_PULL(type, text) AZURE_BODY(type, "tfs", text, \
	AZURE_REPOSITORY ",'pullRequestId':<number>,'status':'<status>'," \
	"'createdBy':" AZURE_MIA ",'creationDate':'<earlier>','title':" \
	"'Fill the tank','description':'','sourceRefName':" \
	"'refs/heads/tank','targetRefName':'refs/heads/main'," \
	"'mergeStatus':'succeeded','lastMergeSourceCommit':{'commitId':" \
	"'<commit>'},'url':'" AZURE_HOST "widget/pulls/<number>'")

#define AZURE_ITEM(type, text, ids) AZURE_BODY(type, "tfs", text, ids \
	",'rev':1,'fields':{'System.TeamProject':'Widget'," \
	"'System.WorkItemType':'Bug','System.State':'New'," \
	"'System.Title':'The tank is empty'},'_links':{'html':{'href':'" \
	AZURE_HOST "web/wi.aspx?id=<build>'}},'url':'" AZURE_HOST \
	"_apis/wit/workItems/<build>'")

#define AZURE_RELEASE(type, text) AZURE_BODY(type, "rm", text, \
	"'release':{'id':<build>,'name':'Release-<number>','status':" \
	"'<status>','createdOn':'<earlier>','createdBy':" AZURE_MIA "," \
	"'releaseDefinition':{'id':1,'name':'Widget.CD'}},'project':" \
	AZURE_PROJECT)

#define AZURE_DEPLOYMENT(type, text) AZURE_BODY(type, "rm", text, \
	"'environment':{'id':5,'releaseId':<build>,'name':'production'," \
	"'status':'<status>','release':{'id':<build>,'name':" \
	"'Release-<number>'}},'project':" AZURE_PROJECT)

#endif
