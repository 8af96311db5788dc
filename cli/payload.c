#include "payload.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "codec.h"
#include "date.h"
#include "near.h"

enum { WORDS_MAX = 12, BODY_MAX = 64 * 1024 };

/* --- texts: JSON with ' for ", and <name> for what changes -------------- */

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

#define DRONE_BUILD \
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
	"'created':<created>,'updated':<now>,'version':3<stages>}"

#define DRONE_SYSTEM \
	"'system':{'proto':'https','host':'drone.company.com'," \
	"'link':'https://drone.company.com','version':'2.28.1'}"

static const char drone_stages[] =
	",'stages':[{'id':102,'repo_id':42,'build_id':<build>,'number':1,"
	"'name':'default','kind':'pipeline','type':'docker',"
	"'status':'<status>','errignore':false,'exit_code':<exit>,"
	"'machine':'15e89c0f84f1','os':'linux','arch':'amd64',"
	"'started':<started>,'stopped':<finished>,'created':<created>,"
	"'updated':<now>,'version':3,'on_success':true,'on_failure':false,"
	"'steps':[{'id':103,'step_id':102,'number':1,'name':'clone',"
	"'status':'success','exit_code':0,'started':<started>,"
	"'stopped':<started>,'version':4,'image':'golang:1.19'},"
	"{'id':104,'step_id':102,'number':2,'name':'test',"
	"'status':'<status>','exit_code':<exit>,'started':<started>,"
	"'stopped':<finished>,'version':4,'image':'golang:1.19'}]}]";

static const char drone_build_created[] =
	"{'event':'build','action':'<action>'," DRONE_USER "," DRONE_REPO ","
	DRONE_BUILD "," DRONE_SYSTEM "}";

static const char drone_build_updated[] =
	"{'event':'build','action':'<action>'," DRONE_REPO "," DRONE_BUILD ","
	DRONE_SYSTEM "}";

static const char drone_repo[] =
	"{'event':'repo','action':'<action>'," DRONE_USER "," DRONE_REPO ","
	DRONE_SYSTEM "}";

static const char drone_user[] =
	"{'event':'user','action':'<action>','user':{'id':<build>,"
	"'login':'spaceghost','email':'spaceghost@example.com',"
	"'machine':false,'admin':false,'active':true,'avatar':'',"
	"'syncing':false,'synced':0,'created':<now>,'updated':<now>,"
	"'last_login':0}," DRONE_SYSTEM "}";

#define CIRCLECI_HEAD \
	"{'type':'<event>','id':'<id>','happened_at':'<time>'," \
	"'webhook':{'id':'bc65ab76-5735-4520-a084-21ca59afc5cc'," \
	"'name':'example hook'}"

#define CIRCLECI_WORKFLOW \
	"'workflow':{'id':'<workflow>','name':'build-and-deploy'," \
	"'created_at':'<earlier>','stopped_at':'<time>'," \
	"'url':'https://app.circleci.com/pipelines/github/acme/widget/" \
	"<number>/workflows/<workflow>'"

#define CIRCLECI_REST \
	"'pipeline':{'id':'<pipeline>','number':<number>," \
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

static const char circleci_ping[] = CIRCLECI_HEAD "}";

static const char circleci_workflow[] =
	CIRCLECI_HEAD "," CIRCLECI_WORKFLOW ",'status':'<status>'},"
	CIRCLECI_REST;

static const char circleci_job[] =
	CIRCLECI_HEAD "," CIRCLECI_WORKFLOW "},'job':{'id':'<job>',"
	"'name':'test','started_at':'<earlier>','stopped_at':'<time>',"
	"'status':'<status>','number':<build>}," CIRCLECI_REST;

static const char custom_received[] = "{'branch':'main'}";

/* --- which words go together -------------------------------------------- */

/* An event of a sender; the first of each list is what is taken when nothing
 * is said. */
struct kind {
	const char *provider, *event;
	const char *actions[WORDS_MAX];
	const char *statuses[WORDS_MAX];
	const char *text;
};

static const struct kind kinds[] = {
	{ "drone", "build", { "updated", "created" },
	    { "success", "failure", "pending", "running", "killed", "error",
	    "skipped", "blocked", "declined", "waiting_on_dependencies" },
	    drone_build_updated },
	{ "drone", "repo", { "enabled", "disabled", "created", "updated",
	    "deleted" }, { NULL }, drone_repo },
	{ "drone", "user", { "created", "updated", "deleted" }, { NULL },
	    drone_user },
	{ "circleci", "workflow-completed", { NULL }, { "success", "failed",
	    "error", "canceled", "unauthorized" }, circleci_workflow },
	{ "circleci", "job-completed", { NULL }, { "success", "failed",
	    "error", "canceled", "unauthorized" }, circleci_job },
	{ "circleci", "ping", { NULL }, { NULL }, circleci_ping },
	{ "custom", "received", { NULL }, { NULL }, custom_received },
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

static const struct kind *
find_kind(const char *provider, const char *event)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].provider, provider) == 0 &&
		    (event == NULL || strcmp(kinds[i].event, event) == 0))
			return &kinds[i];
	return NULL;
}

size_t
payload_events(const char *provider, const char **out, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < KIND_COUNT && count < max; i++)
		if (strcmp(kinds[i].provider, provider) == 0)
			out[count++] = kinds[i].event;
	return count;
}

size_t
payload_suffixes(const char *provider, const char *event, const char **out,
    size_t max)
{
	const struct kind *k = find_kind(provider, event);
	size_t count = 0;

	if (k == NULL || max < 2)
		return 0;
	out[count++] = "d";
	if (k->statuses[0] != NULL)
		out[count++] = "completed";
	for (size_t i = 0; i < WORDS_MAX && k->actions[i] != NULL; i++)
		if (count < max)
			out[count++] = k->actions[i];
	for (size_t i = 0; i < WORDS_MAX && k->statuses[i] != NULL; i++)
		if (count < max)
			out[count++] = k->statuses[i];
	return count;
}

static enum status
refuse_word(const char *what, const char *word, const char *const *words,
    size_t count, struct reason *why)
{
	const char *near = near_word(word, words, count);
	char list[200] = "";
	size_t n = 0;

	for (size_t i = 0; i < count && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
		    i == 0 ? "" : ", ", words[i]);
	if (near != NULL)
		return fail(why, ST_MALFORMED, "unknown %s \"%.40s\"; did you "
		    "mean %s?", what, word, near);
	return fail(why, ST_MALFORMED, "unknown %s \"%.40s\"; choose one of: "
	    "%s", what, word, list);
}

/* A word of the list: the given one, or the first where none is. */
static enum status
complete_word(const char *what, const char *event, const char *const *words,
    const char **word, struct reason *why)
{
	size_t count = 0;

	while (count < WORDS_MAX && words[count] != NULL)
		count++;
	if (count == 0 && *word != NULL)
		return fail(why, ST_MALFORMED, "the event %s has no %s", event,
		    what);
	if (*word == NULL) {
		*word = words[0];
		return ST_OK;
	}
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], *word) == 0)
			return ST_OK;
	return refuse_word(what, *word, words, count, why);
}

enum status
payload_complete(const char *provider, struct payload_words *words,
    struct reason *why)
{
	const struct kind *k = find_kind(provider, words->event);
	const char *events[KIND_COUNT];
	struct payload_words w = *words;
	enum status st;

	if (k == NULL)
		return refuse_word("event", words->event, events,
		    payload_events(provider, events, KIND_COUNT), why);
	w.event = k->event;
	/* Drone announces a build that waits, and updates it afterwards. */
	if (w.action == NULL && w.status != NULL && k->actions[0] != NULL &&
	    strcmp(w.status, "pending") == 0)
		w.action = "created";
	st = complete_word("action", k->event, k->actions, &w.action, why);
	if (st == ST_OK)
		st = complete_word("status", k->event, k->statuses, &w.status,
		    why);
	if (st == ST_OK)
		*words = w;
	return st;
}

/* --- filling in --------------------------------------------------------- */

struct bytes
payload_expand(const char *text, const char *const *names,
    const char *const *values, size_t count, struct arena *a)
{
	struct buf b = BUF(BODY_MAX);

	for (const char *p = text; *p != '\0'; p++) {
		size_t len = *p == '<' ? strcspn(p + 1, ">") : 0, i;

		if (*p != '<') {
			buf_add_char(&b, *p == '\'' ? '"' : *p);
			continue;
		}
		for (i = 0; i < count; i++)
			if (strlen(names[i]) == len &&
			    memcmp(names[i], p + 1, len) == 0)
				break;
		if (i == count)
			b.failed = true;
		else
			buf_add_str(&b, values[i]);
		p += p[len + 1] == '>' ? len + 1 : len;
	}
	return buf_take(&b, a);
}

/* A version 4 UUID (RFC 9562 5.4) from 16 random bytes. */
static void
format_uuid(const unsigned char random[16], char out[37])
{
	char hex[33];

	hex_encode(random, 16, hex);
	snprintf(out, 37, "%.8s-%.4s-4%.3s-%c%.3s-%.12s", hex, hex + 8,
	    hex + 13, "89ab"[random[8] & 3], hex + 17, hex + 20);
}

/* What changes from one body to the next. */
struct fresh {
	char number[8], build[8], now[24], started[24], finished[24],
	    created[24];
	char id[37], workflow[37], pipeline[37], job[37];
	char commit[41], short_commit[13];
	char time[25], earlier[25];
	const char *exit_code;
};

static void
make_fresh(const char *status, int64_t now_ms, const unsigned char *random,
    struct fresh *f)
{
	long long now_s = now_ms / 1000;
	bool begun = status != NULL && strcmp(status, "pending") != 0;
	bool ended = begun && strcmp(status, "running") != 0;
	bool well = !ended || strcmp(status, "success") == 0;

	snprintf(f->number, sizeof(f->number), "%d",
	    100 + (random[0] << 8 | random[1]) % 9900);
	snprintf(f->build, sizeof(f->build), "%d",
	    1000 + (random[2] << 8 | random[3]));
	snprintf(f->now, sizeof(f->now), "%lld", now_s);
	snprintf(f->created, sizeof(f->created), "%lld", now_s - 95);
	snprintf(f->started, sizeof(f->started), "%lld",
	    begun ? now_s - 93 : 0);
	snprintf(f->finished, sizeof(f->finished), "%lld", ended ? now_s : 0);
	format_uuid(random, f->id);
	format_uuid(random + 16, f->workflow);
	format_uuid(random + 32, f->pipeline);
	format_uuid(random + 48, f->job);
	hex_encode(random + 20, 20, f->commit);
	snprintf(f->short_commit, sizeof(f->short_commit), "%.12s", f->commit);
	date_format_rfc3339(now_ms, f->time);
	date_format_rfc3339(now_ms - 95 * 1000, f->earlier);
	f->exit_code = well ? "0" :
	    strcmp(status, "killed") == 0 ? "130" : "1";
}

enum status
payload_make(const char *provider, const struct payload_words *words,
    int64_t now_ms, const unsigned char random[64], struct arena *a,
    struct bytes *out, struct reason *why)
{
	static const char *const names[] = { "event", "action", "status",
		"number", "build", "now", "started", "finished", "created",
		"id", "workflow", "pipeline", "job", "commit", "short", "time",
		"earlier", "exit", "stages" };
	enum { COUNT = sizeof(names) / sizeof(names[0]) };
	const struct kind *k = find_kind(provider, words->event);
	struct bytes stages = BYTES(""), body;
	struct fresh f;
	const char *text = k->text;

	make_fresh(words->status, now_ms, random, &f);
	const char *values[COUNT] = { words->event, words->action,
		words->status, f.number, f.build, f.now, f.started, f.finished,
		f.created, f.id, f.workflow, f.pipeline, f.job, f.commit,
		f.short_commit, f.time, f.earlier, f.exit_code, "" };

	if (words->action != NULL && text == drone_build_updated) {
		if (strcmp(words->action, "created") == 0)
			text = drone_build_created;
		else
			stages = payload_expand(drone_stages, names, values,
			    COUNT, a);
	}
	values[COUNT - 1] = stages.data;
	body = stages.data == NULL ? BYTES_NONE :
	    payload_expand(text, names, values, COUNT, a);
	if (body.data == NULL)
		return fail(why, ST_BUSY, "no memory for the body");
	*out = body;
	return ST_OK;
}
