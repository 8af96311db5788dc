#include "handler_env.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "date.h"
#include "env_lines.h"
#include "env_payload.h"
#include "field.h"

/* What env_build adds to the prepared half needs room in it. */
#define ATTEMPT_COUNT 4
#define PREPARED_COUNT (ENV_COUNT_MAX - ATTEMPT_COUNT)
#define PREPARED_LEN (ENV_TOTAL_MAX - ENV_OMITTED_MAX - 1024)

/* PATH to TMPDIR, HOOK_ID to HOOK_TITLE: more than there are. */
#define OWN_COUNT 32

/* What execve(2) wants besides the environment: the path, twice where it is a
 * script, its first line, HOOK_RUN; and a pointer for each string. */
#define EXEC_OTHERS (3 * 4096)
#define EXEC_POINTERS ((ENV_COUNT_MAX + 16) * sizeof(char *))

struct event_env {
	struct env_set set;
	const struct json_doc *doc;
	int64_t id;
};

enum status
env_user_read(struct arena *a, struct env_user *out, struct reason *why)
{
	char text[4096], number[24];
	struct passwd entry, *found = NULL;
	uid_t uid = geteuid();

	snprintf(number, sizeof(number), "%lu", (unsigned long)uid);
	if (getpwuid_r(uid, &entry, text, sizeof(text), &found) != 0 ||
	    found == NULL)
		entry = (struct passwd){ .pw_name = number, .pw_dir = "/" };
	if (entry.pw_shell == NULL || entry.pw_shell[0] == '\0')
		entry.pw_shell = "/bin/sh";	/* passwd(5) */
	out->name = arena_cstr(a, bytes_of(entry.pw_name));
	out->home = arena_cstr(a, bytes_of(entry.pw_dir));
	out->shell = arena_cstr(a, bytes_of(entry.pw_shell));
	out->url = NULL;
	return arena_verdict(a, ST_OK, why);
}

/* The kernel takes a quarter of the stack's limit for all of it, at least 128
 * KiB: "ulimit -s" decides. */
static size_t
handler_total_max(void)
{
	const size_t others = EXEC_OTHERS + EXEC_POINTERS;
	long system = sysconf(_SC_ARG_MAX);

	if (system < 0 || (size_t)system >= ENV_TOTAL_MAX + others)
		return ENV_TOTAL_MAX;
	return (size_t)system > 2 * others ? (size_t)system - others : others;
}

/* How much of that the variables may have that are no attempt's own. */
static size_t
handler_prepared_max(void)
{
	return handler_total_max() - ENV_OMITTED_MAX - 1024;
}

struct row {
	struct bytes name, value;
};

/* Those that have a value that is not empty. */
static void
handler_add_rows(struct env_set *s, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].value.len > 0)
			env_set_add(s, rows[i].name, rows[i].value);
}

void
env_add_user(struct env_set *s, const struct env_user *user)
{
	const struct row rows[] = {
		{ BYTES("PATH"), BYTES("/usr/local/bin:/usr/bin:/bin") },
		{ BYTES("HOME"), bytes_of(user->home) },
		{ BYTES("USER"), bytes_of(user->name) },
		{ BYTES("LOGNAME"), bytes_of(user->name) },
		{ BYTES("SHELL"), bytes_of(user->shell) },
		{ BYTES("LANG"), BYTES("C.UTF-8") },
		{ BYTES("TMPDIR"), BYTES("/tmp") },
	};

	handler_add_rows(s, rows, sizeof(rows) / sizeof(rows[0]));
}

static void
handler_add_hook(struct env_set *s, const struct stored_event *e,
    const struct event *d)
{
	char id[24], received_at[25];
	const struct row rows[] = {
		{ BYTES("HOOK_ID"), { id, (size_t)snprintf(id, sizeof(id),
		    "%lld", (long long)e->id) } },
		{ BYTES("HOOK_SOURCE"), bytes_of(e->source) },
		{ BYTES("HOOK_PROVIDER"), bytes_of(e->provider) },
		{ BYTES("HOOK_EVENT"), bytes_of(e->event) },
		{ BYTES("HOOK_TYPE"), d->type },
		{ BYTES("HOOK_ACTION"), bytes_of(e->action) },
		{ BYTES("HOOK_STATUS"), bytes_of(e->status) },
		{ BYTES("HOOK_RESULT"), bytes_of(result_name(e->result)) },
		{ BYTES("HOOK_PREVIOUS_RESULT"),
		    bytes_of(result_name(e->previous)) },
		{ BYTES("HOOK_RECEIVED_AT"), { received_at, 24 } },
		{ BYTES("HOOK_REMOTE_ADDR"), bytes_of(e->remote_addr) },
		{ BYTES("HOOK_SUBJECT"), d->subject },
		{ BYTES("HOOK_PROJECT"), d->project },
		{ BYTES("HOOK_BRANCH"), d->branch },
		{ BYTES("HOOK_TAG"), d->tag },
		{ BYTES("HOOK_COMMIT"), d->commit },
		{ BYTES("HOOK_NAME"), d->name },
		{ BYTES("HOOK_NUMBER"), d->number },
		{ BYTES("HOOK_URL"), d->url },
		{ BYTES("HOOK_AUTHOR"), d->author },
		{ BYTES("HOOK_TITLE"), d->title },
	};

	date_format_rfc3339(e->received_ms, received_at);
	handler_add_rows(s, rows, sizeof(rows) / sizeof(rows[0]));
}

/* The event's page. What is not in the store has none. */
static void
handler_add_page(struct env_set *s, const char *url, int64_t id)
{
	if (url != NULL && id > 0)
		env_set_add(s, BYTES("HOOK_PAGE"), arena_printf(s->arena,
		    "%s/-/event/%lld", url, (long long)id));
}

static void
handler_add_rules(struct env_set *s, const struct env_rule *r,
    const struct event *d)
{
	for (; r->name != NULL; r++) {
		struct bytes value = r->paths != NULL ?
		    field_text(&d->doc, r->paths, s->arena) :
		    r->derive(d, r->name, s->arena);

		if (value.len > 0)
			env_set_add(s, bytes_of(r->name), value);
	}
}

/* The number of variables there can be, up to the limit. */
static size_t
handler_variables_max(const struct event *d, const struct env_rule *r)
{
	size_t n = OWN_COUNT + d->doc.count;

	for (; r->name != NULL; r++)
		n++;
	return n < PREPARED_COUNT ? n : PREPARED_COUNT;
}

/* What the body has a second time, where it is a copy indeed. */
static const struct json_node *
handler_find_copy(const struct event *d, const struct provider *p)
{
	const struct json_node *copy, *original;

	if (p == NULL || p->copy_path == NULL)
		return NULL;
	copy = json_path(&d->doc, bytes_of(p->copy_path));
	original = json_path(&d->doc, bytes_of(p->copy_of));
	if (copy == NULL || original == NULL || copy->type != JSON_OBJECT ||
	    original->type != JSON_OBJECT ||
	    !json_same(&d->doc, copy, original))
		return NULL;
	return copy;
}

enum status
env_prepare(const struct env_user *user, const struct stored_event *e,
    const struct event *decoded, struct arena *a, struct event_env **out,
    struct reason *why)
{
	static const struct env_rule none = { NULL, NULL, NULL };
	const struct provider *provider = provider_find(decoded->provider);
	const struct env_rule *rules = provider != NULL ? provider->env : &none;
	struct event_env *p = arena_alloc(a, sizeof(*p));

	if (p == NULL)
		return arena_verdict(a, ST_BUSY, why);
	p->doc = &decoded->doc;
	p->id = e->id;
	env_set_init(&p->set, a, handler_variables_max(decoded, rules),
	    PREPARED_LEN);
	env_add_user(&p->set, user);
	handler_add_hook(&p->set, e, decoded);
	handler_add_page(&p->set, user->url, e->id);
	handler_add_rules(&p->set, rules, decoded);
	env_add_payload(&decoded->doc, handler_find_copy(decoded, provider),
	    &p->set);
	*out = p;
	return arena_verdict(a, ST_OK, why);
}

/* HOOK_BRANCH, PAYLOAD_REF, and the names of the provider's table. */
static bool
handler_may_receive(struct bytes name, const struct env_rule *rules)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] != '_' && (name.data[i] < 'A' ||
		    name.data[i] > 'Z') && (name.data[i] < '0' ||
		    name.data[i] > '9'))
			return false;
	if (bytes_has_prefix(name, "HOOK_") ||
	    bytes_has_prefix(name, "PAYLOAD_"))
		return true;
	for (; rules != NULL && rules->name != NULL; rules++)
		if (bytes_is(name, rules->name))
			return true;
	return false;
}

enum status
env_receive(const struct env_user *user, const struct stored_event *e,
    struct bytes text, const struct json_doc *doc, struct arena *a,
    struct event_env **out, struct reason *why)
{
	const struct provider *provider = provider_find(e->provider);
	const struct env_rule *rules = provider == NULL ? NULL : provider->env;
	struct event_env *p = arena_alloc(a, sizeof(*p));
	struct bytes pair, name;

	if (p == NULL)
		return arena_verdict(a, ST_BUSY, why);
	p->doc = doc;
	p->id = e->id;
	env_set_init(&p->set, a, PREPARED_COUNT, PREPARED_LEN);
	env_add_user(&p->set, user);
	while (text.len > 0) {
		bytes_cut(&text, '\0', &pair);
		if (bytes_cut(&pair, '=', &name) &&
		    handler_may_receive(name, rules))
			env_set_add(&p->set, name, pair);
	}
	*out = p;
	return arena_verdict(a, ST_OK, why);
}

enum env_found
env_find(const struct event_env *prepared, struct bytes name,
    struct bytes *value)
{
	const struct env_var *v = env_set_find(&prepared->set, name);

	if (v == NULL)
		return env_omits(&prepared->set.omitted, name) ?
		    ENV_LEFT_OUT : ENV_UNSET;
	*value = (struct bytes){ v->text + v->name_len + 1,
	    v->len - v->name_len - 2 };
	return ENV_SET;
}

bool
env_at(const struct event_env *prepared, size_t i, struct bytes *name,
    struct bytes *value)
{
	const struct env_var *v = &prepared->set.vars[i];

	if (i >= prepared->set.count)
		return false;
	*name = (struct bytes){ v->text, v->name_len };
	*value = (struct bytes){ v->text + v->name_len + 1,
	    v->len - v->name_len - 2 };
	return true;
}

uint64_t
env_left_out(const struct event_env *prepared)
{
	return prepared->set.omitted.count;
}

/* Those of the prepared variables that the lines do not replace, as far as the
 * lines leave room; they are cut from the end. */
static void
handler_admit_prepared(const struct env_set *set, const struct env_lines *own,
    struct env_omitted *omitted, struct arena *a, char **out, size_t *count)
{
	size_t room = handler_prepared_max() - own->len;
	size_t count_max = PREPARED_COUNT - own->set_count;
	size_t n = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct env_var *v = &set->vars[i];
		struct bytes name = { v->text, v->name_len };

		if (own->count > 0 && env_lines_find(own, name) != NULL)
			continue;
		if (n == count_max || v->len > room) {
			env_omit(omitted, a, name);
			continue;
		}
		out[n++] = v->text;
		room -= v->len;
	}
	*count += n;
}

/* HOOK_DELIVERY and the others that are an attempt's own. */
static void
handler_add_attempt(const struct event_env *p, const char *handler, int attempt,
    const struct env_omitted *omitted, struct arena *a, char **out,
    size_t *count)
{
	struct bytes made[ATTEMPT_COUNT];
	size_t n = 2;

	made[0] = arena_printf(a, "HOOK_DELIVERY=%lld/%s", (long long)p->id,
	    handler);
	made[1] = arena_printf(a, "HOOK_ATTEMPT=%d", attempt);
	if (omitted->count > 0)
		made[n++] = arena_printf(a, "HOOK_OMITTED_COUNT=%llu",
		    (unsigned long long)omitted->count);
	if (omitted->len > 0)
		made[n++] = arena_printf(a, "HOOK_OMITTED=%.*s",
		    (int)omitted->len, omitted->names);
	for (size_t i = 0; i < n; i++)
		/* The arena's, made just now: not const behind the view. */
		out[(*count)++] = (char *)made[i].data;
}

/* The prepared half's omissions, in memory that may grow. */
static void
handler_copy_omitted(const struct env_omitted *from, struct arena *a,
    struct env_omitted *to)
{
	*to = *from;
	if (from->names == NULL)
		return;
	to->names = arena_alloc(a, ENV_OMITTED_MAX);
	if (to->names != NULL)
		memcpy(to->names, from->names, from->len);
}

enum status
env_build(const struct event_env *prepared, const char *handler, int attempt,
    const struct handler_config *h, struct arena *a, char ***out,
    struct reason *why)
{
	const struct env_set *set = &prepared->set;
	struct env_omitted omitted;
	struct env_lines own;
	size_t count = 0;
	char **vars;
	enum status st;

	handler_copy_omitted(&set->omitted, a, &omitted);
	st = env_lines_read(h->env, prepared->doc, a, &own, &omitted, why);
	if (st != ST_OK)
		return arena_verdict(a, st, why);
	if (own.set_count > PREPARED_COUNT || own.len > handler_prepared_max())
		return fail(why, ST_SYSTEM, "the env lines of %s alone are "
		    "over %d variables or %zu KiB", handler, ENV_COUNT_MAX,
		    handler_total_max() / 1024);
	vars = arena_array(a, set->count + own.set_count + ATTEMPT_COUNT + 2,
	    sizeof(*vars));
	if (vars == NULL)
		return arena_verdict(a, ST_BUSY, why);
	handler_admit_prepared(set, &own, &omitted, a, vars, &count);
	for (size_t i = 0; i < own.count; i++)
		if (own.lines[i].text != NULL)
			vars[count++] = own.lines[i].text;
	handler_add_attempt(prepared, handler, attempt, &omitted, a, vars,
	    &count);
	*out = vars;
	return arena_verdict(a, ST_OK, why);
}

enum status
env_add_fence(char **env, int64_t fence, struct arena *a, struct reason *why)
{
	struct bytes made;

	if (fence == 0)
		return ST_OK;
	made = arena_printf(a, "HOOK_FENCE=%lld", (long long)fence);
	while (*env != NULL)
		env++;
	env[0] = (char *)made.data;
	env[1] = NULL;
	return arena_verdict(a, ST_OK, why);
}
