#ifndef CGIHOOK_CIRCLECI_SAMPLE_H
#define CGIHOOK_CIRCLECI_SAMPLE_H

/* Bodies for sample.h, modelled on CircleCI's documented payloads. */

#define CIRCLECI_HEAD \
	"{'type':'<event>','id':'<id>','happened_at':'<time>'," \
	"'webhook':{'id':'bc65ab76-5735-4520-a084-21ca59afc5cc'," \
	"'name':'example hook'}"

#define CIRCLECI_WORKFLOW \
	"'workflow':{'id':'<id2>','name':'build-and-deploy'," \
	"'created_at':'<earlier>','stopped_at':'<time>'," \
	"'url':'https://app.circleci.com/pipelines/github/acme/widget/" \
	"<number>/workflows/<id2>'"

#define CIRCLECI_REST \
	"'pipeline':{'id':'<id3>','number':<number>," \
	"'created_at':'<earlier>','trigger':{'type':'webhook'}," \
	"'vcs':{'provider_name':'github'," \
	"'origin_repository_url':'https://github.com/acme/widget'," \
	"'target_repository_url':'https://github.com/acme/widget'," \
	"'revision':'<commit>','commit':{'subject':'Fix the frobnicator'," \
	"'body':'Longer text.\\n\\nSecond paragraph.','author':{" \
	"'name':'Ada Example','email':'ada@example.com'}," \
	"'authored_at':'<earlier>','committer':{'name':'Ada Example'," \
	"'email':'ada@example.com'},'committed_at':'<earlier>'}," \
	"'branch':'main'}}," \
	"'project':{'id':'e238af48-a63f-4461-b4e5-bbcaefc79a3a'," \
	"'name':'widget','slug':'github/acme/widget'}," \
	"'organization':{'id':'39a970c9-e4e2-4883-a2d3-09bc6ccf08a8'," \
	"'name':'acme'}}"

#define CIRCLECI_SAMPLE_PING \
	CIRCLECI_HEAD "}"

#define CIRCLECI_SAMPLE_WORKFLOW \
	CIRCLECI_HEAD "," CIRCLECI_WORKFLOW ",'status':'<status>'}," \
	CIRCLECI_REST

#define CIRCLECI_SAMPLE_JOB \
	CIRCLECI_HEAD "," CIRCLECI_WORKFLOW "},'job':{'id':'<id4>'," \
	"'name':'test','started_at':'<earlier>','stopped_at':'<time>'," \
	"'status':'<status>','number':<build>}," CIRCLECI_REST

#endif
