/*
 * Whatever a body has in it, a handler's environment has only names that are
 * ours, each once, within what execve takes; every value is the body's, a
 * number as it was written; and what is not there is counted.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "handler_env.h"

enum { PATH_BYTES = 8192 };

/* What the environment is compared with: the body walked another way, deep
 * first, each path made anew. */
struct walk {
	const struct json_doc *doc;
	struct arena *arena;
	char **env;
	size_t expected;	/* in a variable, or counted as left out */
	size_t same;		/* in a variable: several may share one */
};

static size_t
add_part(char *path, size_t len, struct bytes part)
{
	if (len + 1 + part.len >= PATH_BYTES)
		return PATH_BYTES;
	path[len++] = '_';
	for (size_t i = 0; i < part.len; i++) {
		unsigned char c = (unsigned char)part.data[i];

		if (c >= 'a' && c <= 'z')
			c = (unsigned char)(c - 'a' + 'A');
		else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			c = '_';
		path[len++] = (char)c;
	}
	path[len] = '\0';
	return len;
}

static const char *
value_of(char **env, const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

/* Whether the variable of this name is this scalar. */
static void
compare(struct walk *w, const struct json_node *n, const char *path)
{
	const char *value = value_of(w->env, path);
	struct bytes text = n->type == JSON_NUMBER ? json_raw(w->doc, n) :
	    json_text(w->doc, n, w->arena);

	if (value != NULL && bytes_is(text, value))
		w->same++;
}

static void
visit(struct walk *w, const struct json_node *n, char *path, size_t len,
    bool repeated)
{
	const struct json_node *child = json_first(n);
	char digits[24];
	size_t place = 0;

	if (n->type == JSON_NULL && !repeated)
		return;
	if (n->type != JSON_ARRAY && n->type != JSON_OBJECT) {
		w->expected++;
		if (!repeated && len < PATH_BYTES)
			compare(w, n, path);
		return;
	}
	for (; child != NULL; child = json_next(w->doc, n, child), place++) {
		struct bytes part = json_key(w->doc, child, w->arena);
		size_t longer;

		if (n->type == JSON_ARRAY) {
			snprintf(digits, sizeof(digits), "%zu", place);
			part = bytes_of(digits);
		}
		longer = len < PATH_BYTES ? add_part(path, len, part) : len;
		visit(w, child, path, longer, repeated ||
		    (child->flags & JSON_REPEATED) != 0);
		if (len < PATH_BYTES)
			path[len] = '\0';
	}
}

static void
check_names(char **env)
{
	static const char *const known[] = { "PATH=", "HOME=", "USER=",
	    "LOGNAME=", "SHELL=", "LANG=", "TMPDIR=", "HOOK_", "PAYLOAD_",
	    "BRANCH=" };
	size_t total = 0, count = 0;

	for (; env[count] != NULL; count++) {
		const char *v = env[count];
		size_t name = strspn(v,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
		bool ours = false;

		must(v[name] == '=' && !(v[0] >= '0' && v[0] <= '9'),
		    "a name that is none");
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			ours = ours || strncmp(v, known[i], strlen(known[i]))
			    == 0;
		must(ours, "a name that is not ours");
		must(strlen(v) < 128 * 1024, "a string that execve refuses");
		must(strlen(v + name + 1) <= 64 * 1024, "a long value");
		total += strlen(v) + 1;
		for (size_t i = 0; i < count && count < 200; i++)
			must(strncmp(env[i], v, name + 1) != 0, "a name twice");
	}
	must(count <= 2000, "too many variables");
	must(total <= 512 * 1024, "too large");
}

static size_t
count_prefix(char **env, const char *prefix)
{
	size_t n = 0;

	for (; *env != NULL; env++)
		n += strncmp(*env, prefix, strlen(prefix)) == 0;
	return n;
}

static void
check_omitted(char **env, size_t set, size_t same, size_t expected)
{
	const char *names = value_of(env, "HOOK_OMITTED");
	const char *count = value_of(env, "HOOK_OMITTED_COUNT");
	size_t omitted = count != NULL ? strtoul(count, NULL, 10) : 0;
	size_t named = 0;

	must(same + omitted >= expected, "something was dropped silently");
	must(set + omitted <= expected, "more was left out than there was");
	must(count == NULL || omitted > 0, "a count of nothing");
	must(names == NULL || strlen(names) <= 4 * 1024, "a long list");
	for (const char *n = names; n != NULL && *n != '\0'; named++) {
		must(*n != ' ', "a name that is empty");
		n += strcspn(n, " ");
		n += *n == ' ';
	}
	must(named <= omitted, "more names than were left out");
}

static void
check(const struct event *e, struct arena *a)
{
	static const struct env_user user = { "u", "/", "/bin/sh", NULL };
	static const char *const lines[] = { "BRANCH=payload:branch", NULL };
	const struct stored_event stored = { .id = 1, .source = "s",
	    .provider = "custom", .event = "received" };
	const struct handler_config h = { .env = lines };
	struct walk w = { .doc = &e->doc, .arena = a };
	const struct json_node *branch = json_path(&e->doc,
	    BYTES("branch"));
	char path[PATH_BYTES] = "PAYLOAD";
	struct event_env *prepared;
	const char *value;
	size_t set;

	must(env_prepare(&user, &stored, e, a, &prepared, NULL) == ST_OK &&
	    env_build(prepared, "received", 1, &h, a, &w.env, NULL)
	    == ST_OK, "no environment");
	check_names(w.env);
	visit(&w, &e->doc.nodes[0], path, strlen(path), false);
	set = count_prefix(w.env, "PAYLOAD_");
	must(w.same >= set, "a value that is none of the body's");
	value = value_of(w.env, "BRANCH");
	if (value != NULL)
		must(bytes_is(json_text(&e->doc, branch, a), value),
		    "payload: is not the body's");
	else if (json_text(&e->doc, branch, a).data != NULL)
		w.expected++;		/* it cannot be set, and is named */
	check_omitted(w.env, set, w.same, w.expected);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena a = ARENA(0);
	struct event e = { .provider = "custom" };
	struct bytes body = { (const char *)data, size };

	if (json_parse(body, &a, &e.doc, NULL) == ST_OK &&
	    e.doc.nodes[0].type == JSON_OBJECT && e.doc.count < 5000)
		check(&e, &a);
	arena_free(&a);
	return 0;
}
