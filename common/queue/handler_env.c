#include "handler_env.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "date.h"
#include "env_lines.h"
#include "env_payload.h"

/* What env_build adds to the prepared half needs room in it. */
#define ATTEMPT_COUNT 4
#define ATTEMPT_LEN (ENV_OMITTED_MAX + 1024)

struct event_env {
	struct env_set set;
	const struct json_doc *doc;
	int64_t id;
};

static enum status
out_of_memory(struct reason *why)
{
	return fail(why, ST_BUSY, "no memory for a handler's environment");
}

/* The variables that every program of the runner's user has. */
static enum status
add_user(struct env_set *s)
{
	char text[4096], number[24];
	struct passwd entry, *found = NULL;
	uid_t uid = geteuid();

	snprintf(number, sizeof(number), "%lu", (unsigned long)uid);
	if (getpwuid_r(uid, &entry, text, sizeof(text), &found) != 0
	    || found == NULL) {
		/* A user without an entry, as in some containers. */
		entry = (struct passwd){ .pw_name = number, .pw_dir = "/" };
	}
	if (entry.pw_shell == NULL || entry.pw_shell[0] == '\0')
		entry.pw_shell = "/bin/sh";
	const struct { struct bytes name; const char *value; } rows[] = {
		{ BYTES("PATH"), "/usr/local/bin:/usr/bin:/bin" },
		{ BYTES("HOME"), entry.pw_dir },
		{ BYTES("USER"), entry.pw_name },
		{ BYTES("LOGNAME"), entry.pw_name },
		{ BYTES("SHELL"), entry.pw_shell },
		{ BYTES("LANG"), "C.UTF-8" },
		{ BYTES("TMPDIR"), "/tmp" },
	};
	enum status st = ST_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (st == ST_OK)
			st = env_set_add(s, rows[i].name,
			    bytes_of(rows[i].value));
	return st;
}

static struct bytes
none_if_empty(struct bytes value)
{
	return value.len > 0 ? value : BYTES_NONE;
}

static enum status
add_hook(struct env_set *s, const struct stored_event *e,
    const struct event *d)
{
	char id[24], received_at[25];
	const struct { struct bytes name, value; } rows[] = {
		{ BYTES("HOOK_ID"), { id, (size_t)snprintf(id, sizeof(id),
		    "%lld", (long long)e->id) } },
		{ BYTES("HOOK_SOURCE"), bytes_of(e->source) },
		{ BYTES("HOOK_PROVIDER"), bytes_of(e->provider) },
		{ BYTES("HOOK_EVENT"), bytes_of(e->event) },
		{ BYTES("HOOK_ACTION"), bytes_of(e->action) },
		{ BYTES("HOOK_STATUS"), bytes_of(e->status) },
		{ BYTES("HOOK_RESULT"), bytes_of(result_name(e->result)) },
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
	enum status st = ST_OK;

	date_format_rfc3339(e->received_ms, received_at);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (st == ST_OK)
			st = env_set_add(s, rows[i].name,
			    none_if_empty(rows[i].value));
	return st;
}

/* The first of "a.b|c.d" that is a scalar and not empty. */
static struct bytes
first_of_paths(const struct json_doc *doc, const char *paths, struct arena *a)
{
	struct bytes rest = bytes_of(paths), one, value = BYTES_NONE;
	char path[256];

	while (value.len == 0 && rest.data != NULL) {
		bytes_cut(&rest, '|', &one);
		if (one.len >= sizeof(path))
			continue;
		memcpy(path, one.data, one.len);
		path[one.len] = '\0';
		value = json_text(doc, json_path(doc, path), a);
	}
	return none_if_empty(value);
}

static enum status
add_provider(struct env_set *s, const struct event *d)
{
	const struct provider *p = provider_find(d->provider);
	enum status st = ST_OK;

	if (p == NULL || p->env == NULL)
		return ST_OK;
	for (const struct env_rule *r = p->env; r->name != NULL; r++) {
		struct bytes value;

		if (r->paths == NULL)
			value = none_if_empty(r->derive(d, r->name, s->arena));
		else if (r->paths[0] == '=')
			value = bytes_of(r->paths + 1);
		else
			value = first_of_paths(&d->doc, r->paths, s->arena);
		st = env_set_add(s, bytes_of(r->name), value);
		if (st != ST_OK)
			break;
	}
	return st;
}

enum status
env_prepare(const struct stored_event *e, const struct event *decoded,
    struct arena *a, struct event_env **out, struct reason *why)
{
	struct event_env *p = arena_alloc(a, sizeof(*p));
	enum status st;

	if (p == NULL)
		return out_of_memory(why);
	p->doc = &decoded->doc;
	p->id = e->id;
	st = env_set_init(&p->set, a, ENV_COUNT_MAX - ATTEMPT_COUNT,
	    ENV_TOTAL_MAX - ATTEMPT_LEN);
	if (st == ST_OK)
		st = add_user(&p->set);
	if (st == ST_OK)
		st = add_hook(&p->set, e, decoded);
	if (st == ST_OK)
		st = add_provider(&p->set, decoded);
	if (st == ST_OK)
		st = env_add_payload(&decoded->doc, &p->set);
	if (st != ST_OK)
		return out_of_memory(why);
	*out = p;
	return ST_OK;
}

/* Those of the prepared variables that the lines do not replace, as far as the
 * lines leave room; they are cut from the end. */
static enum status
admit_prepared(const struct env_set *set, const struct env_lines *own,
    struct env_omitted *omitted, struct arena *a, char **out, size_t *count)
{
	size_t room = set->len_max - own->len;
	size_t count_max = set->count_max - own->set_count;
	enum status st = ST_OK;
	size_t n = 0;

	for (size_t i = 0; i < set->count && st == ST_OK; i++) {
		const struct env_var *v = &set->vars[i];
		struct bytes name = { v->text, v->name_len };

		if (own->count > 0 && env_lines_find(own, name) != NULL)
			continue;
		if (n == count_max || v->len > room) {
			st = env_omit(omitted, a, name);
			continue;
		}
		out[n++] = v->text;
		room -= v->len;
	}
	*count += n;
	return st;
}

/* HOOK_DELIVERY and the others that are an attempt's own. */
static bool
add_attempt(const struct event_env *p, const char *handler, int attempt,
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
	for (size_t i = 0; i < n; i++) {
		if (made[i].data == NULL)
			return false;
		/* The arena's, made just now: not const behind the view. */
		out[(*count)++] = (char *)made[i].data;
	}
	return true;
}

/* The prepared half's omissions, in memory that may grow. */
static bool
copy_omitted(const struct env_omitted *from, struct arena *a,
    struct env_omitted *to)
{
	*to = *from;
	if (from->names == NULL)
		return true;
	to->names = arena_alloc(a, ENV_OMITTED_MAX);
	if (to->names != NULL)
		memcpy(to->names, from->names, from->len);
	return to->names != NULL;
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

	if (!copy_omitted(&set->omitted, a, &omitted))
		return out_of_memory(why);
	st = env_lines_read(h->env, prepared->doc, a, &own, &omitted, why);
	if (st != ST_OK)
		return st;
	if (own.set_count > set->count_max || own.len > set->len_max)
		return fail(why, ST_SYSTEM, "the env lines of %s alone are "
		    "over %d variables or %d KiB", handler, ENV_COUNT_MAX,
		    ENV_TOTAL_MAX / 1024);
	vars = arena_array(a, set->count + own.set_count + ATTEMPT_COUNT + 1,
	    sizeof(*vars));
	if (vars == NULL)
		return out_of_memory(why);
	st = admit_prepared(set, &own, &omitted, a, vars, &count);
	for (size_t i = 0; i < own.count; i++)
		if (own.lines[i].text != NULL)
			vars[count++] = own.lines[i].text;
	if (st != ST_OK
	    || !add_attempt(prepared, handler, attempt, &omitted, a, vars,
	    &count))
		return out_of_memory(why);
	*out = vars;
	return ST_OK;
}
