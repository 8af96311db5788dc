#include "dispatch.h"
#include "event.h"
#include "file.h"
#include "handler_env.h"
#include "testing.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../temporary.h"

/*
 * The ready handlers, each run with the environment that an event as captured
 * from a real sender gives it. Programs that reach other machines are stood in
 * for by bin/, which writes down how they were called.
 */
struct place {
	char root[TEMPORARY_MAX];
	char top[PATH_MAX];	/* the handlers that are tested */
	struct arena arena;
	char output[8192];	/* of the last run, both */
};

static const char *
path_in(struct place *p, const char *name)
{
	return arena_printf(&p->arena, "%s/%s", p->root, name).data;
}

static void
make_program(struct place *p, const char *name)
{
	const char *path = arena_printf(&p->arena, "%s/bin/%s", p->root,
	    name).data;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n{ echo \"$#\"; for a; do echo \"<$a>\"; done; "
	    "cat; } >%s/called.%s\n", p->root, name);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	umask(022);
	if (make_temporary(p->root, "handlers") != 0 ||
	    realpath("handlers", p->top) == NULL)
		return -1;
	p->arena = ARENA(0);
	mkdir(path_in(p, "bin"), 0755);
	make_program(p, "mail");
	make_program(p, "curl");
	make_program(p, "logger");
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	int failed = remove_temporary(p->root);

	arena_free(&p->arena);
	free(p);
	return failed;
}

static struct bytes
read_whole(struct place *p, const char *path)
{
	struct reason why = { "" };
	struct bytes text;

	if (file_read(path, 1 << 20, &p->arena, &text, NULL, &why) != ST_OK)
		fail_msg("%s: %s", path, why.text);
	return text;
}

/* The body of tests/vectors/NAME, an HTTP request or a body alone. */
static struct bytes
vector(struct place *p, const char *name)
{
	struct bytes text = read_whole(p, arena_printf(&p->arena,
	    "tests/vectors/%s", name).data);
	const char *body = strstr(text.data, "\r\n\r\n");

	return body == NULL ? text :
	    bytes_from(text, (size_t)(body - text.data) + 4);
}

static const char *
called(struct place *p, const char *program)
{
	const char *path = arena_printf(&p->arena, "%s/called.%s", p->root,
	    program).data;

	return access(path, F_OK) == 0 ? read_whole(p, path).data : NULL;
}

static char **
environment(struct place *p, const char *provider, const char *source,
    const char *handler, struct bytes body, const char *const *lines)
{
	struct source s = { .name = source,
	    .provider = provider_find(provider) };
	struct message m = { .method = BYTES("POST"), .body = body };
	struct stored_event e = { .id = 1042, .source = source,
	    .provider = provider, .subject = "", .remote_addr = "192.0.2.7",
	    .received_ms = 1767323345317 };
	struct handler_config h = { .env = lines };
	struct event *decoded = arena_alloc(&p->arena, sizeof(*decoded));
	struct event_env *prepared;
	struct reason why = { "" };
	struct env_user user;
	char **env = NULL;

	if (event_decode(&s, &m, NULL, &p->arena, decoded, &why) != ST_OK)
		fail_msg("%s", why.text);
	e.event = arena_cstr(&p->arena, decoded->event);
	e.action = arena_cstr(&p->arena, decoded->action);
	e.status = arena_cstr(&p->arena, decoded->status);
	e.result = decoded->result;
	if (env_user_read(&p->arena, &user, &why) != ST_OK ||
	    env_prepare(&user, &e, decoded, &p->arena, &prepared, &why)
	    != ST_OK || env_build(prepared, handler, 1, &h, &p->arena, &env,
	    &why) != ST_OK)
		fail_msg("%s", why.text);
	return env;
}

static void
be_handler(struct place *p, const char *path, char **env, int output)
{
	const char *dir = arena_cstr(&p->arena, path_dir(bytes_of(path)));
	int input = open(path_in(p, "body"), O_RDONLY);

	if (dir == NULL || chdir(dir) != 0 || dup2(input, 0) < 0 ||
	    dup2(output, 1) < 0 || dup2(output, 2) < 0)
		_exit(126);
	execle(path, path, (char *)NULL, env);
	_exit(127);
}

/* The handler's exit status; its words are in p->output. */
static int
run(struct place *p, const char *provider, const char *source,
    const char *handler, struct bytes body, const char *const *more)
{
	const char *lines[8] = { arena_printf(&p->arena,
	    "PATH=%s/bin:/usr/local/bin:/usr/bin:/bin", p->root).data };
	const char *path = arena_printf(&p->arena, "%s/%s/%s", p->top, source,
	    handler).data;
	int status, fd = open(path_in(p, "body"), O_CREAT | O_TRUNC | O_WRONLY,
	    0600);
	size_t n = 1;
	char **env;
	pid_t pid;

	while (more != NULL && *more != NULL)
		lines[n++] = *more++;
	lines[n] = NULL;
	env = environment(p, provider, source, handler, body, lines);
	assert_int_equal(file_write_all(fd, body, NULL), ST_OK);
	close(fd);
	fd = open(path_in(p, "output"), O_CREAT | O_TRUNC | O_RDWR, 0600);
	assert_true(fd >= 0);
	pid = fork();
	if (pid == 0)
		be_handler(p, path, env, fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = (size_t)pread(fd, p->output, sizeof(p->output) - 1, 0);
	p->output[n] = '\0';
	close(fd);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
assert_says(struct place *p, const char *words)
{
	if (strstr(p->output, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", p->output, words);
}

static void
assert_has(const char *text, const char *words)
{
	if (text == NULL || strstr(text, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", text != NULL ? text : "(none)",
		    words);
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* A build event whose every text is as bad as can be. */
static struct bytes
hostile_build(struct place *p, const char *status)
{
	return arena_printf(&p->arena, "{\"event\":\"build\",\"action\":"
	    "\"updated\",\"repo\":{\"slug\":\"-o/$(touch %s/pwned)\"},"
	    "\"build\":{\"number\":185,\"status\":\"%s\",\"event\":\"push\","
	    "\"target\":\"-f;`touch %s/pwned`\\n'\\\"\\r\\nBcc: x@y\","
	    "\"message\":\"$(touch %s/pwned)\\n~!touch %s/pwned\\n.\\n\","
	    "\"author_name\":\"\\u001b[31m\\n-a\",\"stages\":[{\"name\":\"x\","
	    "\"status\":\"failure\",\"steps\":[{\"name\":\"*\\n;\","
	    "\"status\":\"failure\"}]}]}}", p->root, status, p->root, p->root,
	    p->root);
}

static void
assert_not_fooled(struct place *p)
{
	if (access(path_in(p, "pwned"), F_OK) == 0)
		fail_msg("a command in a payload was run");
}

/* --- the folder as it is -------------------------------------------------- */

static void
can_be_used_as_a_handlers_dir(void **state)
{
	static const struct { const char *source, *handler; } all[] = {
		{ "drone", "build.failure" }, { "drone", "build.killed" },
		{ "drone", "user" }, { "drone", "repo" },
		{ "circleci", "workflow-completed" },
		{ "circleci", "job-completed.failed" },
		{ "deploy", "received" }, { "deploy-jq", "received" },
	};
	struct place *p = *state;
	const char *copy = path_in(p, "copy");
	struct reason why = { "" };

	/* the tree may have been checked out under any umask */
	assert_int_equal(system(arena_printf(&p->arena, "cp -R '%s' '%s' && "
	    "chmod -R go-w '%s'", p->top, copy, copy).data), 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (dispatch_check(copy, NULL, all[i].source, all[i].handler,
		    geteuid(), &p->arena, &why) != ST_OK)
			fail_msg("%s/%s: %s", all[i].source, all[i].handler,
			    why.text);
}

/* --- drone ---------------------------------------------------------------- */

static void
says_which_build_was_cancelled_and_removes_its_preview(void **state)
{
	struct place *p = *state;
	struct bytes body = vector(p, "drone/build-updated-killed.http");
	const char *lines[] = { arena_printf(&p->arena, "PREVIEWS=%s/previews",
	    p->root).data, NULL };

	assert_int_equal(run(p, "drone", "drone", "build.killed", body, NULL),
	    0);
	assert_string_equal(p->output, "build 185 was cancelled\n");
	mkdir(path_in(p, "previews"), 0755);
	mkdir(path_in(p, "previews/185"), 0755);
	mkdir(path_in(p, "previews/186"), 0755);
	assert_int_equal(run(p, "drone", "drone", "build.killed", body, lines),
	    0);
	assert_int_not_equal(access(path_in(p, "previews/185"), F_OK), 0);
	assert_int_equal(access(path_in(p, "previews/186"), F_OK), 0);
	assert_int_equal(run(p, "drone", "drone", "build.killed", body, lines),
	    0);
	assert_string_equal(p->output, "build 185 was cancelled\n");
}

static void
removes_nothing_for_what_is_no_number(void **state)
{
	static const char *const numbers[] = { "\"../..\"", "\"\"", "null",
	    "-1", "1.5", "1e3", "\" 185\"", "\"185\\n/\"", "\"*\"" };
	struct place *p = *state;
	const char *lines[] = { arena_printf(&p->arena, "PREVIEWS=%s/previews",
	    p->root).data, NULL };

	mkdir(path_in(p, "previews"), 0755);
	mkdir(path_in(p, "previews/185"), 0755);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct bytes body = arena_printf(&p->arena, "{\"event\":"
		    "\"build\",\"build\":{\"status\":\"killed\",\"number\":"
		    "%s}}", numbers[i]);

		assert_int_equal(run(p, "drone", "drone", "build.killed", body,
		    lines), 100);
		assert_int_equal(access(path_in(p, "previews/185"), F_OK), 0);
	}
}

static void
says_which_build_failed(void **state)
{
	struct place *p = *state;

	assert_int_equal(run(p, "drone", "drone", "build.failure",
	    vector(p, "drone/build-updated-killed.http"), NULL), 0);
	assert_string_equal(p->output,
	    "build 185 of octocat/hello-world failed on master\n");
	assert_null(called(p, "mail"));
}

static void
mails_a_failed_build_to_whoever_is_configured(void **state)
{
	static const char *const lines[] = { "MAILTO=dev@example.org", NULL };
	struct place *p = *state;

	assert_int_equal(run(p, "drone", "drone", "build.failure",
	    vector(p, "drone/build-updated-killed.http"), lines), 0);
	assert_has(called(p, "mail"), "3\n<-s>\n<build 185 of "
	    "octocat/hello-world failed on master>\n<dev@example.org>\n"
	    "commit 9fc1ad6ebf12462f3f9773003e26b4c6f54a772e of The Octocat: "
	    "updated README\nfailed steps: test\nhttps://");
}

static void
mails_hostile_text_as_text(void **state)
{
	static const char *const lines[] = { "MAILTO=dev@example.org", NULL };
	struct place *p = *state;

	assert_int_equal(run(p, "drone", "drone", "build.failure",
	    hostile_build(p, "failure"), lines), 0);
	assert_int_equal(count_lines(p->output), 1);
	assert_int_equal(count_lines(called(p, "mail")), 4 + 3);
	assert_has(called(p, "mail"), "Bcc: x@y>\n<dev@example.org>\n");
	assert_null(strchr(called(p, "mail"), '\033'));
	assert_not_fooled(p);
}

static void
fails_so_that_it_is_tried_again_when_mail_fails(void **state)
{
	static const char *const lines[] = { "MAILTO=dev@example.org", NULL };
	struct place *p = *state;

	assert_int_equal(unlink(path_in(p, "bin/mail")), 0);
	assert_int_equal(symlink("/bin/false", path_in(p, "bin/mail")), 0);
	assert_int_equal(run(p, "drone", "drone", "build.failure",
	    hostile_build(p, "failure"), lines), 1);
}

static void
records_a_user_once_for_each_delivery(void **state)
{
	struct place *p = *state;
	struct bytes body = vector(p, "drone/user-created.http");
	const char *lines[] = { arena_printf(&p->arena, "RECORD=%s/users",
	    p->root).data, NULL };

	assert_int_equal(run(p, "drone", "drone", "user", body, lines), 0);
	assert_string_equal(p->output, "2026-01-02T03:09:05.317Z user "
	    "spaceghost created delivery=1042/user\n");
	assert_int_equal(run(p, "drone", "drone", "user", body, lines), 0);
	assert_string_equal(read_whole(p, path_in(p, "users")).data,
	    p->output);
	assert_int_equal(run(p, "drone", "drone", "user", BYTES(
	    "{\"event\":\"user\",\"action\":\"deleted\",\"user\":{\"login\":"
	    "\"x delivery=1042/user\\n delivery=1042/user\"}}"), NULL), 0);
	assert_int_equal(count_lines(p->output), 1);
}

static void
is_not_kept_from_recording_by_a_login(void **state)
{
	struct place *p = *state;
	const char *lines[] = { arena_printf(&p->arena, "RECORD=%s/users",
	    p->root).data, NULL };
	FILE *f = fopen(path_in(p, "users"), "w");

	fputs("x user y delivery=1042/user created delivery=7/user\n", f);
	fclose(f);
	assert_int_equal(run(p, "drone", "drone", "user",
	    vector(p, "drone/user-deleted.http"), lines), 0);
	assert_int_equal(count_lines(read_whole(p, path_in(p, "users")).data),
	    2);
}

/* A repository with a commit in each of two branches. */
static void
make_repository(struct place *p, const char *name)
{
	const char *script = arena_printf(&p->arena, "cd %s && export HOME=%s "
	    "GIT_CONFIG_NOSYSTEM=1 && git init -q -b main '%s' && cd '%s' && "
	    "git config user.name t && git config user.email t@t && "
	    "echo one >f && git add f && git commit -qm one && "
	    "git checkout -q -b 'topic/$(id)' && echo two >f && "
	    "git commit -qam two && git checkout -q main", p->root, p->root,
	    name, name).data;

	assert_int_equal(system(script), 0);
}

static void
mirrors_a_repository_that_was_enabled(void **state)
{
	struct place *p = *state;
	struct bytes body = vector(p, "drone/repo-enabled.http");
	const char *lines[] = {
		arena_printf(&p->arena, "MIRRORS=%s/mirrors", p->root).data,
		arena_printf(&p->arena, "GIT_CONFIG_KEY_0=url.%s/.insteadOf",
		    p->root).data,
		"GIT_CONFIG_VALUE_0=https://github.com/octocat/",
		"GIT_CONFIG_COUNT=1", NULL
	};

	assert_int_equal(run(p, "drone", "drone", "repo", body, NULL), 0);
	assert_string_equal(p->output, "octocat/hello-world was enabled\n");
	make_repository(p, "hello-world.git");
	assert_int_equal(run(p, "drone", "drone", "repo", body, lines), 0);
	assert_says(p, "mirrored in ");
	assert_int_equal(access(path_in(p,
	    "mirrors/octocat/hello-world.git/HEAD"), F_OK), 0);
	assert_int_equal(run(p, "drone", "drone", "repo", body, lines), 0);
	assert_says(p, "mirrored in ");
	assert_int_equal(run(p, "drone", "drone", "repo",
	    vector(p, "drone/repo-deleted.http"), lines), 0);
	assert_null(strstr(p->output, "mirrored"));
}

static void
mirrors_nothing_under_a_name_that_leads_elsewhere(void **state)
{
	static const char *const slugs[] = { "", "x", "/x", "x/", "../x",
	    "x/..", "x/../y", "./x", "a/b/c", "-x/y", "a/$(id)", "a/b c",
	    "a/b\\n", "a/.git", "\\u00e9/x" };
	struct place *p = *state;
	const char *lines[] = { arena_printf(&p->arena, "MIRRORS=%s/mirrors",
	    p->root).data, NULL };

	for (size_t i = 0; i < sizeof(slugs) / sizeof(slugs[0]); i++)
		assert_int_equal(run(p, "drone", "drone", "repo",
		    arena_printf(&p->arena, "{\"event\":\"repo\",\"action\":"
		    "\"enabled\",\"repo\":{\"slug\":\"%s\",\"git_http_url\":"
		    "\"https://127.0.0.1:9/x\"}}", slugs[i]), lines), 100);
	assert_int_not_equal(access(path_in(p, "mirrors"), F_OK), 0);
}

static void
mirrors_nothing_from_an_address_that_is_a_command(void **state)
{
	static const char *const urls[] = { "ext::sh -c 'touch %s/pwned'",
	    "--upload-pack=touch %s/pwned", "file://%s/x", "-u%s", "" };
	struct place *p = *state;
	const char *lines[] = { arena_printf(&p->arena, "MIRRORS=%s/mirrors",
	    p->root).data, NULL };

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		char url[256];

		memset(url, 0, sizeof(url));
		snprintf(url, sizeof(url) - 1, "%.*s%s%s",
		    (int)strcspn(urls[i], "%"), urls[i],
		    strchr(urls[i], '%') != NULL ? p->root : "",
		    strchr(urls[i], '%') != NULL ? strchr(urls[i], '%') + 2 :
		    "");
		assert_int_equal(run(p, "drone", "drone", "repo",
		    arena_printf(&p->arena, "{\"event\":\"repo\",\"action\":"
		    "\"enabled\",\"repo\":{\"slug\":\"a/b\",\"git_http_url\":"
		    "\"%s\"}}", url), lines), 100);
	}
	assert_not_fooled(p);
}

/* --- circleci ------------------------------------------------------------ */

static void
says_how_each_workflow_ended(void **state)
{
	static const struct { const char *file, *words; } rows[] = {
		{ "workflow-completed.oauth-branch.json", " went well: https" },
		{ "workflow-completed.status-error.json", " failed: https" },
		{ "workflow-completed.status-unauthorized.json",
		    " failed: https" },
		{ "workflow-completed.status-canceled.json",
		    " was cancelled: https" },
		{ "workflow-completed.unknown-status-and-keys.json",
		    " ended as " },
		{ "workflow-completed.bitbucket-cloud.json", "/" },
		{ "workflow-completed.github-app-tag.json", "/" },
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(run(p, "circleci", "circleci",
		    "workflow-completed", vector(p, arena_printf(&p->arena,
		    "circleci/payloads/%s", rows[i].file).data), NULL), 0);
		assert_says(p, rows[i].words);
		assert_int_equal(count_lines(p->output), 1);
	}
	assert_null(called(p, "curl"));
}

static void
tells_the_chat_without_showing_its_address(void **state)
{
	struct place *p = *state;
	const char *url = path_in(p, "chat.url");
	const char *lines[] = { arena_printf(&p->arena, "CHAT_URL=file:%s",
	    url).data, NULL };
	FILE *f = fopen(url, "w");

	fputs("https://chat.example.org/hooks/s3cret\n", f);
	fclose(f);
	assert_int_equal(run(p, "circleci", "circleci", "workflow-completed",
	    vector(p, "circleci/payloads/workflow-completed.hostile-strings"
	    ".json"), lines), 0);
	assert_has(called(p, "curl"),
	    "\nurl = \"https://chat.example.org/hooks/s3cret\"\n");
	assert_null(strstr(called(p, "curl"), "<https://chat"));
	assert_has(called(p, "curl"), "(x;$(touch /tmp/pwn)`id` '\\\")");
	assert_null(strstr(p->output, "s3cret"));
}

/* A stand-in that says some words and ends with a status. */
static void
make_liar(struct place *p, const char *name, const char *words, int status)
{
	FILE *f = fopen(arena_printf(&p->arena, "%s/bin/%s", p->root,
	    name).data, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\ncat <<'E'\n%s\nE\nexit %d\n", words, status);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(arena_printf(&p->arena, "%s/bin/%s", p->root,
	    name).data, 0755), 0);
}

static void
gives_up_on_a_chat_that_will_not_have_it(void **state)
{
	static const struct { const char *reply; int status, exit; } rows[] = {
		{ "200", 0, 0 }, { "204", 0, 0 }, { "301", 0, 100 },
		{ "400", 22, 100 }, { "403", 22, 100 }, { "404", 22, 100 },
		{ "410", 22, 100 }, { "413", 22, 100 }, { "408", 22, 1 },
		{ "429", 22, 1 }, { "500", 22, 1 }, { "503", 22, 1 },
		{ "000", 1, 100 }, { "000", 3, 100 }, { "000", 2, 1 },
		{ "000", 6, 1 }, { "000", 7, 1 }, { "000", 28, 1 },
		{ "", 127, 1 },
	};
	static const char *const lines[] = { "CHAT_URL=https://x.example",
	    NULL };
	struct place *p = *state;
	struct bytes body = vector(p,
	    "circleci/payloads/workflow-completed.oauth-branch.json");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_liar(p, "curl", rows[i].reply, rows[i].status);
		assert_int_equal(run(p, "circleci", "circleci",
		    "workflow-completed", body, lines), rows[i].exit);
	}
}

static void
gives_up_on_a_repository_that_is_not_there(void **state)
{
	static const struct { const char *words; int exit; } rows[] = {
		{ "fatal: repository 'https://x.example/a/b.git/' not found",
		    100 },
		{ "fatal: Authentication failed for 'https://x.example/'",
		    100 },
		{ "fatal: could not read Username for 'https://x.example': "
		    "terminal prompts disabled", 100 },
		{ "fatal: unable to access 'https://x.example/': Could not "
		    "resolve host: x.example", 1 },
		{ "fatal: unable to access 'https://x.example/': The "
		    "requested URL returned error: 503", 1 },
	};
	struct place *p = *state;
	const char *lines[] = { arena_printf(&p->arena, "MIRRORS=%s/mirrors",
	    p->root).data, NULL };
	struct bytes body = vector(p, "drone/repo-enabled.http");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_liar(p, "git", rows[i].words, 128);
		assert_int_equal(run(p, "drone", "drone", "repo", body,
		    lines), rows[i].exit);
		assert_says(p, rows[i].words);
	}
}

static void
says_which_job_failed(void **state)
{
	static const char *const lines[] = { "SYSLOG=user.warning", NULL };
	struct place *p = *state;
	struct bytes body = vector(p,
	    "circleci/payloads/job-completed.oauth-fork-pr.json");

	assert_int_equal(run(p, "circleci", "circleci", "job-completed.failed",
	    body, NULL), 0);
	assert_int_equal(count_lines(p->output), 1);
	assert_says(p, " failed at ");
	assert_null(called(p, "logger"));
	assert_int_equal(run(p, "circleci", "circleci", "job-completed.failed",
	    body, lines), 0);
	assert_has(called(p, "logger"),
	    "6\n<-t>\n<circleci>\n<-p>\n<user.warning>\n<-->\n<job ");
	assert_int_equal(run(p, "circleci", "circleci", "job-completed.failed",
	    vector(p, "circleci/payloads/job-completed.hostile-strings.json"),
	    lines), 0);
	assert_int_equal(count_lines(p->output), 1);
}

/* --- deploy -------------------------------------------------------------- */

static const char *const DEPLOYS[] = { "deploy", "deploy-jq" };

static const char *
head_of(struct place *p, const char *clone)
{
	return read_whole(p, arena_printf(&p->arena, "%s/%s/f", p->root,
	    clone).data).data;
}

static void
checks_out_the_branch_that_the_body_names(void **state)
{
	struct place *p = *state;

	make_repository(p, "origin");
	for (size_t i = 0; i < 2; i++) {
		const char *lines[] = {
			arena_printf(&p->arena, "CHECKOUT=%s/%s", p->root,
			    DEPLOYS[i]).data,
			i == 0 ? "WEBHOOK_BRANCH=payload:branch" : NULL, NULL
		};

		assert_int_equal(system(arena_printf(&p->arena, "git clone -q "
		    "'%s/origin' '%s/%s'", p->root, p->root, DEPLOYS[i]).data),
		    0);
		assert_int_equal(run(p, "custom", DEPLOYS[i], "received",
		    BYTES("{\"branch\":\"topic/$(id)\"}"), lines), 0);
		assert_string_equal(p->output, "checked out topic/$(id)\n");
		assert_string_equal(head_of(p, DEPLOYS[i]), "two\n");
		assert_int_equal(run(p, "custom", DEPLOYS[i], "received",
		    BYTES("{\"branch\":\"main\"}"), lines), 0);
		assert_string_equal(head_of(p, DEPLOYS[i]), "one\n");
	}
}

static const char *
clone_for(struct place *p, const char *source)
{
	assert_int_equal(system(arena_printf(&p->arena, "git clone -q "
	    "'%s/origin' '%s/%s'", p->root, p->root, source).data), 0);
	return arena_printf(&p->arena, "CHECKOUT=%s/%s", p->root, source).data;
}

/* Whatever it is called: it will not be there at the next attempt. */
static void
gives_up_on_a_branch_that_is_not_there(void **state)
{
	static const char *const bodies[] = { "{\"branch\":\"gone\"}",
	    "{\"branch\":\"-f\"}", "{\"branch\":\"--upload-pack=id\"}",
	    "{\"branch\":\"heads/main\"}", "{\"branch\":\"nested\"}",
	    "{\"branch\":\"mai\"}", "{\"branch\":\"main/x\"}" };
	struct place *p = *state;

	make_repository(p, "origin");
	assert_int_equal(system(arena_printf(&p->arena, "git -C '%s/origin' "
	    "update-ref refs/x/refs/heads/nested main", p->root).data), 0);
	for (size_t k = 0; k < 2; k++) {
		const char *lines[] = { clone_for(p, DEPLOYS[k]), NULL };

		for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
			assert_int_equal(run(p, "custom", DEPLOYS[k],
			    "received", bytes_of(bodies[i]), lines), 100);
			assert_says(p, "there is no such branch");
			assert_string_equal(head_of(p, DEPLOYS[k]), "one\n");
		}
	}
}

/* Not for good: the network, a disk that is not mounted, a program that is
 * missing. */
static void
tries_again_where_the_trouble_may_pass(void **state)
{
	const struct bytes body = BYTES("{\"branch\":\"main\"}");
	struct place *p = *state;

	make_repository(p, "origin");
	for (size_t k = 0; k < 2; k++) {
		const char *lines[] = { clone_for(p, DEPLOYS[k]), NULL };
		const char *nowhere[] = { "CHECKOUT=/nowhere", NULL };

		assert_int_equal(system(arena_printf(&p->arena, "git -C "
		    "'%s/%s' remote set-url origin https://127.0.0.1:9/x",
		    p->root, DEPLOYS[k]).data), 0);
		if (run(p, "custom", DEPLOYS[k], "received", body, lines) ==
		    100)
			fail_msg("gave up: %s", p->output);
		assert_int_not_equal(run(p, "custom", DEPLOYS[k], "received",
		    body, nowhere), 0);
		assert_int_not_equal(run(p, "custom", DEPLOYS[k], "received",
		    body, nowhere), 100);
	}
	make_liar(p, "git", "", 127);
	make_liar(p, "jq", "", 127);
	for (size_t k = 0; k < 2; k++)
		assert_int_equal(run(p, "custom", DEPLOYS[k], "received", body,
		    NULL), 1);
}

/* A clone must not keep in mind what has gone. */
static void
checks_out_a_branch_below_one_that_is_gone(void **state)
{
	struct place *p = *state;

	make_repository(p, "origin");
	for (size_t k = 0; k < 2; k++) {
		const char *lines[2] = { NULL, NULL };

		assert_int_equal(system(arena_printf(&p->arena, "cd '%s/origin'"
		    " && git branch -q wip main", p->root).data), 0);
		lines[0] = clone_for(p, DEPLOYS[k]);
		assert_int_equal(run(p, "custom", DEPLOYS[k], "received",
		    BYTES("{\"branch\":\"wip\"}"), lines), 0);
		assert_int_equal(system(arena_printf(&p->arena, "cd '%s/origin'"
		    " && git branch -qD wip && git branch -q wip/2 "
		    "'topic/$(id)'", p->root).data), 0);
		assert_int_equal(run(p, "custom", DEPLOYS[k], "received",
		    BYTES("{\"branch\":\"wip/2\"}"), lines), 0);
		assert_string_equal(head_of(p, DEPLOYS[k]), "two\n");
		assert_int_equal(system(arena_printf(&p->arena, "cd '%s/origin'"
		    " && git branch -qD wip/2", p->root).data), 0);
	}
}

static void
says_what_it_would_check_out_when_it_is_not_told_where(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(run(p, "custom", DEPLOYS[i], "received",
		    BYTES("{\"branch\":\"-f$(id)\"}"), NULL), 0);
		assert_string_equal(p->output,
		    "would check out -f$(id)\n");
	}
}

static void
checks_out_nothing_for_what_is_no_branch(void **state)
{
	static const char *const bodies[] = { "{}", "{\"branch\":\"\"}",
	    "{\"branch\":null}", "{\"branch\":[\"main\"]}",
	    "{\"branch\":{\"a\":\"main\"}}", "{\"branch\":\"main\\n\"}",
	    "{\"branch\":\"main\\u0000\"}", "{\"branch\":\"a b\"}",
	    "{\"branch\":\"a..b\"}", "{\"branch\":\"../../etc\"}",
	    "{\"branch\":\"@{-1}\"}", "{\"branch\":\"*\"}",
	    "{\"branch\":\"main:refs/heads/x\"}", "{\"branch\":\"a~1\"}",
	    "{\"branch\":\"/main\"}", "{\"branch\":\"main/\"}",
	    "{\"branch\":\"a\\u001b[31m\"}", "{\"branch\":\"x.lock\"}",
	    "{\"branch\":\"$(touch pwned)\"}" };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		for (size_t k = 0; k < 2; k++) {
			assert_int_equal(run(p, "custom", DEPLOYS[k],
			    "received", bytes_of(bodies[i]), NULL), 100);
			assert_says(p, "the body names no branch");
		}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(can_be_used_as_a_handlers_dir),
		TEST(says_which_build_was_cancelled_and_removes_its_preview),
		TEST(removes_nothing_for_what_is_no_number),
		TEST(says_which_build_failed),
		TEST(mails_a_failed_build_to_whoever_is_configured),
		TEST(mails_hostile_text_as_text),
		TEST(fails_so_that_it_is_tried_again_when_mail_fails),
		TEST(records_a_user_once_for_each_delivery),
		TEST(is_not_kept_from_recording_by_a_login),
		TEST(mirrors_a_repository_that_was_enabled),
		TEST(mirrors_nothing_under_a_name_that_leads_elsewhere),
		TEST(mirrors_nothing_from_an_address_that_is_a_command),
		TEST(says_how_each_workflow_ended),
		TEST(tells_the_chat_without_showing_its_address),
		TEST(gives_up_on_a_chat_that_will_not_have_it),
		TEST(gives_up_on_a_repository_that_is_not_there),
		TEST(says_which_job_failed),
		TEST(checks_out_the_branch_that_the_body_names),
		TEST(gives_up_on_a_branch_that_is_not_there),
		TEST(tries_again_where_the_trouble_may_pass),
		TEST(checks_out_a_branch_below_one_that_is_gone),
		TEST(says_what_it_would_check_out_when_it_is_not_told_where),
		TEST(checks_out_nothing_for_what_is_no_branch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
