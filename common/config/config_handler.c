#include "config_handler.h"

#include <string.h>

#include "bytes.h"
#include "handler_name.h"

static const char *const no_env[] = { NULL };

static enum status
handler_check_title(const struct section_job *job,
    const struct config_section *from, struct reason *why)
{
	const struct config *c = job->x.config;
	struct bytes name = bytes_of(from->title), source;

	if (!bytes_cut(&name, '/', &source))
		return config_fail(c->path, from->line, why, "handler %.60s:"
		    " write its path below handlers_dir, like"
		    " drone/build.failure", from->title);
	if (config_source(c, source) == NULL)
		return config_fail(c->path, from->line, why, "handler %.60s:"
		    " there is no source '%.*s'; add it, or correct the name",
		    from->title, (int)(source.len < 60 ? source.len : 60),
		    source.data);
	if (!handler_name_valid(name))
		return config_fail(c->path, from->line, why, "handler %.60s:"
		    " no event looks for such a name; write SOURCE/ and EVENT,"
		    " EVENT.WORD, EVENT.d/NAME or all", from->title);
	return ST_OK;
}

/* The sender of its source decides which variables there are. */
static enum status
handler_check_when(const struct section_job *job,
    const struct config_section *from, const struct handler_config *h,
    struct reason *why)
{
	const struct config *c = job->x.config;
	const struct config_entry *e = section_entry(from, "when");
	struct bytes rest = bytes_of(from->title), name;
	const struct source *source;
	size_t i;

	bytes_cut(&rest, '/', &name);
	source = config_source(c, name);
	for (i = 0; h->when != NULL && h->when[i].text != NULL; i++) {
		struct reason what;
		enum status st = condition_check_name(&h->when[i],
		    source->provider, &what);

		if (st != ST_OK)
			return config_fail(c->path, e->texts[i].line, why,
			    "when: %.60s: %s", h->when[i].text, what.text);
	}
	return ST_OK;
}

static enum status
handler_read(const struct section_job *job, const struct config_section *from,
    struct handler_config *h, struct reason *why)
{
	struct config *c = job->x.config;
	enum status st = handler_check_title(job, from, why);

	if (st != ST_OK)
		return st;
	h->env = no_env;
	h->path = arena_cstr(&c->arena, bytes_of(from->title));
	st = section_keys(job, from, false, h, why);
	if (st == ST_OK && h->mode == MODE_WAIT)
		st = section_keys(job, from, true, h, why);
	return st == ST_OK ? handler_check_when(job, from, h, why) : st;
}

/* The length of a path up to the end of its event: drone/build in
 * drone/build.d/x. */
static size_t
handler_event_part(const char *path)
{
	return strcspn(path, ".");
}

/* Whether an event can start both, by its name alone. */
static bool
handler_share_events(const char *a, const char *b)
{
	size_t a_len = handler_event_part(a), b_len = handler_event_part(b);
	size_t source = strcspn(a, "/") + 1;

	if (strncmp(a, b, source) != 0)
		return false;
	if (strcmp(a + source, "all") == 0 || strcmp(b + source, "all") == 0)
		return true;
	if (a_len != b_len || memcmp(a, b, a_len) != 0)
		return false;
	/* an event can start only one of build.created and build.updated */
	return a[a_len] == '\0' || b[b_len] == '\0' ||
	    strncmp(a + a_len, ".d/", 3) == 0 ||
	    strncmp(b + b_len, ".d/", 3) == 0;
}

/* Only one handler can reply to an event. */
static enum status
handler_check_waits(const struct section_job *job,
    const struct config_section *from, const struct handler_config *h,
    struct reason *why)
{
	const struct config *c = job->x.config;
	const struct handler_config *other;

	if (h->mode != MODE_WAIT)
		return ST_OK;
	for (other = c->handlers; other < h; other++) {
		if (other->mode == MODE_WAIT &&
		    handler_share_events(other->path, h->path))
			return config_fail(c->path, section_line(from, "mode"),
			    why, "mode = wait: %.60s waits already, and an"
			    " event has one reply; make one of them queue",
			    other->path);
	}
	return ST_OK;
}

enum status
config_handlers(const struct section_job *job, struct reason *why)
{
	static const struct config_section nothing = {
		.scope = SCOPE_HANDLER, .title = ""
	};
	struct config *c = job->x.config;
	enum status st;
	size_t i;

	c->defaults.env = no_env;
	st = section_keys(job, &nothing, false, &c->defaults, why);
	for (i = 0; st == ST_OK && i < job->tree->section_count; i++) {
		const struct config_section *s = &job->tree->sections[i];
		struct handler_config *h = &c->handlers[c->handler_count];

		if (s->scope != SCOPE_HANDLER)
			continue;
		st = handler_read(job, s, h, why);
		if (st == ST_OK)
			st = handler_check_waits(job, s, h, why);
		c->handler_count++;
	}
	return st;
}
