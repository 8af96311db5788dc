#ifndef CGIHOOK_DRONE_SAMPLE_H
#define CGIHOOK_DRONE_SAMPLE_H

/* Bodies for sample.h, modelled on captured requests of Drone 2.28. */

#define DRONE_USER \
	"'user':{'id':1,'login':'octocat','email':'octocat@github.com'," \
	"'machine':false,'admin':true,'active':true," \
	"'avatar':'https://avatars.githubusercontent.com/u/583231?v=4'," \
	"'syncing':false,'synced':1564096971,'created':1564096971," \
	"'updated':1564096971,'last_login':1564096971}"

#define DRONE_REPO \
	"'repo':{'id':42,'uid':'16607898','user_id':1," \
	"'namespace':'octocat','name':'hello-world'," \
	"'slug':'octocat/hello-world','scm':'git'," \
	"'git_http_url':'https://github.com/octocat/hello-world.git'," \
	"'git_ssh_url':'git@github.com:octocat/hello-world.git'," \
	"'link':'https://github.com/octocat/hello-world'," \
	"'default_branch':'master','private':false," \
	"'visibility':'public','active':true,'config_path':'.drone.yml'," \
	"'trusted':false,'protected':false,'ignore_forks':false," \
	"'ignore_pull_requests':false,'auto_cancel_pull_requests':false," \
	"'auto_cancel_pushes':false,'auto_cancel_running':false," \
	"'timeout':60,'counter':<number>,'synced':1542160374," \
	"'created':1542160374,'updated':<now>,'version':188," \
	"'archived':false}"

#define DRONE_BUILD(stages) \
	"'build':{'id':<build>,'repo_id':42,'trigger':'@hook'," \
	"'number':<number>,'status':'<status>','event':'push','action':''," \
	"'link':'https://github.com/octocat/hello-world/compare/" \
	"e3320539a4c0...<short>','timestamp':0," \
	"'message':'updated README'," \
	"'before':'e3320539a4c03ccfda992641646deb67d8bf98f3'," \
	"'after':'<commit>','ref':'refs/heads/master','source_repo':''," \
	"'source':'master','target':'master','author_login':'octocat'," \
	"'author_name':'The Octocat','author_email':'octocat@github.com'," \
	"'author_avatar':'https://avatars.githubusercontent.com/u/583231'," \
	"'sender':'octocat','started':<started>,'finished':<finished>," \
	"'created':<created>,'updated':<now>,'version':3" stages "}"

#define DRONE_SYSTEM \
	"'system':{'proto':'https','host':'drone.company.com'," \
	"'link':'https://drone.company.com','version':'2.28.1'}"

#define DRONE_STAGES \
	",'stages':[{'id':102,'repo_id':42,'build_id':<build>,'number':1," \
	"'name':'default','kind':'pipeline','type':'docker'," \
	"'status':'<status>','errignore':false,'exit_code':<exit>," \
	"'machine':'15e89c0f84f1','os':'linux','arch':'amd64'," \
	"'started':<started>,'stopped':<finished>,'created':<created>," \
	"'updated':<now>,'version':3,'on_success':true,'on_failure':false," \
	"'steps':[{'id':103,'step_id':102,'number':1,'name':'clone'," \
	"'status':'success','exit_code':0,'started':<started>," \
	"'stopped':<started>,'version':4,'image':'golang:1.19'}," \
	"{'id':104,'step_id':102,'number':2,'name':'test'," \
	"'status':'<status>','exit_code':<exit>,'started':<started>," \
	"'stopped':<finished>,'version':4,'image':'golang:1.19'}]}]"

#define DRONE_SAMPLE_BUILD_CREATED \
	"{'event':'build','action':'<action>'," DRONE_USER "," DRONE_REPO "," \
	DRONE_BUILD("") "," DRONE_SYSTEM "}"

#define DRONE_SAMPLE_BUILD_UPDATED \
	"{'event':'build','action':'<action>'," DRONE_REPO "," \
	DRONE_BUILD(DRONE_STAGES) "," DRONE_SYSTEM "}"

#define DRONE_SAMPLE_REPO \
	"{'event':'repo','action':'<action>'," DRONE_USER "," DRONE_REPO "," \
	DRONE_SYSTEM "}"

#define DRONE_SAMPLE_USER \
	"{'event':'user','action':'<action>','user':{'id':<build>," \
	"'login':'spaceghost','email':'spaceghost@example.com'," \
	"'machine':false,'admin':false,'active':true,'avatar':''," \
	"'syncing':false,'synced':0,'created':<now>,'updated':<now>," \
	"'last_login':0}," DRONE_SYSTEM "}"

#endif
