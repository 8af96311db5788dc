#include "config_reading.h"

#include <stdio.h>
#include <string.h>

/* The neutral fields, without HOOK_ and in lower case. */
static const struct {
	const char *name;
	size_t at;
} field_names[] = {
	{ "project", offsetof(struct event, project) },
	{ "branch", offsetof(struct event, branch) },
	{ "tag", offsetof(struct event, tag) },
	{ "commit", offsetof(struct event, commit) },
	{ "title", offsetof(struct event, title) },
	{ "author", offsetof(struct event, author) },
	{ "name", offsetof(struct event, name) },
	{ "number", offsetof(struct event, number) },
	{ "url", offsetof(struct event, url) },
	{ "subject", offsetof(struct event, subject) },
};

enum { FIELD_NAMES = sizeof(field_names) / sizeof(field_names[0]) };

static enum status
fields_refuse(const struct draft *d, const struct config_text *t,
    const char *what)
{
	return config_fail(d->job->x.config->path, t->line, d->why,
	    "fields: %.60s: %s", t->text, what);
}

static enum status
fields_refuse_name(const struct draft *d, const struct config_text *t)
{
	char what[200] = "there is no such field; the fields are";

	for (size_t i = 0; i < FIELD_NAMES; i++) {
		size_t n = strlen(what);

		(void)snprintf(what + n, sizeof(what) - n, "%s %s",
		    i == 0 ? "" : ",", field_names[i].name);
	}
	return fields_refuse(d, t, what);
}

/* "a.b|c.d", or "{a.b}#{c}" */
static const char *
fields_fault(struct bytes paths)
{
	if (paths.len == 0)
		return "a path is missing after '='";
	if (bytes_has_prefix(paths, "body:"))
		return "a field is always in the body; leave body: out";
	if (memchr(paths.data, '{', paths.len) != NULL)
		return NULL;
	return draft_paths_valid(paths) ? NULL : "a path is names and numbers "
	    "with '.' between them, like project = repository.full_name";
}

static enum status
fields_read_one(const struct draft *d, const struct config_text *t,
    struct field_rule *out)
{
	struct bytes paths = bytes_of(t->text), name;
	const char *fault;
	size_t i = 0;

	if (!bytes_cut(&paths, '=', &name))
		return fields_refuse(d, t, "write \"FIELD = PATH\", like "
		    "\"project = repository.full_name\"");
	name = bytes_trim(name);
	paths = bytes_trim(paths);
	while (i < FIELD_NAMES && !bytes_is(name, field_names[i].name))
		i++;
	if (i == FIELD_NAMES)
		return fields_refuse_name(d, t);
	fault = fields_fault(paths);
	if (fault != NULL)
		return fields_refuse(d, t, fault);
	*out = (struct field_rule){ .at = field_names[i].at,
		.paths = arena_cstr(&d->job->x.config->arena, paths) };
	return ST_OK;
}

static enum status
fields_read(const struct draft *d, const struct field_rule **out)
{
	const struct config_entry *e = section_entry(d->from, "fields");
	struct field_rule *rules = arena_array(&d->job->x.config->arena,
	    e->count + 1, sizeof(*rules));
	enum status st = ST_OK;

	*out = rules;
	if (rules == NULL)
		return ST_BUSY;
	for (size_t i = 0; i < e->count && st == ST_OK; i++)
		st = fields_read_one(d, &e->texts[i], &rules[i]);
	return st;
}

/* "type = url_verification", as mark.body has it */
static enum status
handshake_read_body(const struct draft *d, const char **out)
{
	struct bytes text = bytes_of(draft_text(d, "handshake", "")), path;

	if (!bytes_cut(&text, '=', &path))
		return draft_refuse(d, "handshake", "write \"PATH = TEXT\", "
		    "like \"type = url_verification\"");
	path = bytes_trim(path);
	text = bytes_trim(text);
	if (memchr(path.data, '|', path.len) != NULL ||
	    !draft_paths_valid(path))
		return draft_refuse(d, "handshake", "a path is names and "
		    "numbers with '.' between them, like \"type = "
		    "url_verification\"");
	if (text.len == 0)
		return draft_refuse(d, "handshake", "a text is missing after "
		    "'='");
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] <= ' ')
			return draft_refuse(d, "handshake", "the text must "
			    "not have a blank in it");
	*out = arena_cstr(&d->job->x.config->arena, arena_printf(
	    &d->job->x.config->arena, "%.*s=%.*s", (int)path.len, path.data,
	    (int)text.len, text.data));
	return ST_OK;
}

static enum status
handshake_read(const struct draft *d, const struct handshake **out)
{
	struct handshake *h;
	enum status st;

	if (!draft_has(d, "handshake") && !draft_has(d, "answer"))
		return ST_OK;
	if (!draft_has(d, "handshake"))
		return draft_refuse(d, "answer", "handshake is missing; add "
		    "it, like handshake = \"type = url_verification\"");
	if (!draft_has(d, "answer"))
		return draft_refuse(d, "handshake", "answer is missing; add "
		    "it, like answer = body:challenge");
	/* and the end of the table */
	h = arena_array(&d->job->x.config->arena, 2, sizeof(*h));
	if (h == NULL)
		return ST_BUSY;
	st = handshake_read_body(d, &h->body);
	if (st == ST_OK)
		st = draft_places(d, "answer", PLACE_BODY_PATH | PLACE_TEXT,
		    &h->answer);
	if (st != ST_OK)
		return st;
	h->content_type = bytes_has_prefix(bytes_of(h->answer), "={") ?
	    "application/json" : "text/plain";
	*out = h;
	return ST_OK;
}

enum status
config_reading(const struct draft *d, bool token, struct reading *out)
{
	struct reading r = { .event = "=received" };
	enum status st = draft_places(d, "id", PLACE_BODY_PATH | PLACE_HEADER |
	    PLACE_BODY | (token ? 0 : PLACE_MAC), &r.identity);

	if (st == ST_OK)
		st = draft_places(d, "event", PLACE_BODY_PATH | PLACE_HEADER |
		    PLACE_TEXT, &r.event);
	if (st == ST_OK)
		st = draft_places(d, "action", PLACE_BODY_PATH, &r.action);
	if (st == ST_OK)
		st = draft_places(d, "status", PLACE_BODY_PATH, &r.status);
	if (st == ST_OK)
		st = fields_read(d, &r.fields);
	if (st == ST_OK)
		st = handshake_read(d, &r.handshakes);
	if (st == ST_OK)
		*out = r;
	return st;
}
