#include "config_recipe.h"

#include <string.h>

#include "config_reading.h"
#include "config_scheme.h"
#include "recipe.h"

enum {
	HEADERS_MAX = 40,
	/* no clock is wrong by more, and it cannot be switched off */
	MAX_AGE_MS = 3600 * 1000
};

static const char *const recipe_keys[] = { "header", "element", "separator",
	"algorithm", "secret_encoding", "signed", "time", "id", "event",
	"action", "status", "fields", "handshake", "answer", "covers" };

/* --- a provider that has its own ----------------------------------------- */

static bool
scheme_is_choice(const struct recipe *r)
{
	return r != NULL && r->schemes[0].name != NULL &&
	    r->schemes[1].name != NULL;
}

static enum status
config_recipe_choose(const struct draft *d)
{
	const struct provider *p = d->source->provider;
	const char *text = draft_text(d, "scheme", NULL);
	struct bytes names = BYTES("");
	const struct scheme *s;

	if (text == NULL)
		return ST_OK;
	if (!scheme_is_choice(p->recipe))
		return draft_refuse(d, "scheme", "provider %s has only "
		    "one scheme; leave the line out", p->name);
	for (s = p->recipe->schemes; s->name != NULL; s++) {
		if (strcmp(s->name, text) == 0) {
			d->source->scheme = s->name;
			return ST_OK;
		}
		names = arena_printf(&d->job->x.config->arena, "%.*s%s%s",
		    (int)names.len, names.len > 0 ? names.data : "",
		    names.len > 0 ? " or " : "", s->name);
	}
	return draft_refuse(d, "scheme", "write %.*s, or leave the line out",
	    (int)names.len, names.len > 0 ? names.data : "");
}

/* Only with a signed time is there an age. */
static enum status
config_recipe_check_age(const struct draft *d, const struct recipe *r)
{
	bool timed = false;

	for (const struct scheme *s = r->schemes; s->name != NULL; s++)
		timed |= s->time != NULL;
	if (!timed && d->source->recipe != NULL && draft_has(d, "max_age"))
		return draft_refuse(d, "max_age", "no time is signed, so "
		    "nothing has an age; add time, or leave the line out");
	if (timed && d->source->max_age_ms > MAX_AGE_MS)
		return draft_refuse(d, "max_age", "it must be at most 1h, "
		    "since a captured request passes for that long");
	return ST_OK;
}

static enum status
config_recipe_of_provider(const struct draft *d)
{
	const struct provider *p = d->source->provider;
	enum status st;

	for (size_t i = 0; i < sizeof(recipe_keys) / sizeof(recipe_keys[0]);
	    i++)
		if (draft_has(d, recipe_keys[i]))
			return draft_refuse(d, recipe_keys[i], "provider %s "
			    "has its own recipe; leave %s out", p->name,
			    recipe_keys[i]);
	st = config_recipe_choose(d);
	if (st == ST_OK && p->recipe != NULL)
		st = config_recipe_check_age(d, p->recipe);
	return st;
}

/* --- one of the section -------------------------------------------------- */

struct header_list {
	struct header_rule *rules;
	size_t count;
	struct arena *arena;
};

/* What comes first says what the header is. */
static void
header_list_add(struct header_list *l, struct bytes name,
    enum header_kind kind, bool identifies)
{
	if (l->rules == NULL || l->count == HEADERS_MAX ||
	    header_rule(l->rules, name) != NULL)
		return;
	l->rules[l->count++] = (struct header_rule){
		arena_cstr(l->arena, name), kind, identifies };
}

/* Those in a list of places, and in a template. */
static void
header_list_add_all(struct header_list *l, const char *text,
    enum header_kind kind)
{
	if (text == NULL)
		return;
	while ((text = strstr(text, "header:")) != NULL) {
		text += strlen("header:");
		header_list_add(l, (struct bytes){ text, strcspn(text, " }") },
		    kind, false);
	}
}

/* What an HTTP message signature covers, and what describes it. */
static void
header_list_add_covered(struct header_list *l, const char *covers)
{
	struct bytes rest = bytes_of(covers), one;

	if (covers == NULL)
		return;
	header_list_add(l, BYTES("signature-input"), HEADER_EXACT, false);
	while (rest.data != NULL) {
		bytes_cut(&rest, ' ', &one);
		if (!bytes_has_prefix(one, "@"))
			header_list_add(l, one, HEADER_EXACT, false);
	}
}

static const struct header_rule *
config_recipe_headers(const struct recipe *r, struct arena *a)
{
	const struct scheme *s = r->schemes;
	struct header_list l = { arena_array(a, HEADERS_MAX + 1,
	    sizeof(*l.rules)), 0, a };

	if (s->header != NULL)
		header_list_add(&l, bytes_of(s->header),
		    s->algorithm == SCHEME_TOKEN ? HEADER_SECRET :
		    HEADER_SIGNATURE, true);
	header_list_add_covered(&l, s->covers);
	header_list_add_all(&l, s->signed_text, HEADER_EXACT);
	header_list_add_all(&l, s->time, HEADER_EXACT);
	header_list_add_all(&l, r->reading->identity, HEADER_EXACT);
	header_list_add_all(&l, r->reading->event, HEADER_TEXT);
	return l.rules;
}

/* "send" names the event in it. */
static const char *
config_recipe_event_header(const struct reading *r, struct arena *a)
{
	const char *at = strstr(r->event, "header:");

	if (at == NULL)
		return NULL;
	at += strlen("header:");
	return arena_cstr(a, (struct bytes){ at, strcspn(at, " ") });
}

/* The line of the key with which the reason begins. */
static enum status
config_recipe_check(const struct draft *d, const struct recipe *r)
{
	struct reason cause;
	int line = d->from->line;

	if (arena_failed(&d->job->x.config->arena))
		return ST_BUSY;
	if (recipe_check(r, &cause) == ST_OK)
		return ST_OK;
	for (size_t i = 0; i < sizeof(recipe_keys) / sizeof(recipe_keys[0]);
	    i++)
		if (strcspn(cause.text, " :") == strlen(recipe_keys[i]) &&
		    bytes_has_prefix(bytes_of(cause.text), recipe_keys[i]))
			line = section_line(d->from, recipe_keys[i]);
	return config_fail(d->job->x.config->path, line, d->why, "%s",
	    cause.text);
}

static enum status
config_recipe_make(const struct draft *d)
{
	const struct recipe *common = d->source->provider->recipe;
	struct arena *a = &d->job->x.config->arena;
	bool token = common->schemes[0].algorithm == SCHEME_TOKEN;
	struct scheme *schemes = arena_array(a, 2, sizeof(*schemes));
	struct reading *reading = arena_alloc(a, sizeof(*reading));
	struct recipe *r = arena_alloc(a, sizeof(*r));
	enum status st;

	if (arena_failed(a))
		return ST_BUSY;
	st = config_scheme(d, token, &schemes[0]);
	if (st == ST_OK)
		st = config_reading(d, token, reading);
	if (st != ST_OK)
		return st;
	*r = *common;
	r->schemes = schemes;
	r->reading = reading;
	r->event_header = config_recipe_event_header(reading, a);
	d->source->recipe = r;
	d->source->headers = config_recipe_headers(r, a);
	st = config_recipe_check(d, r);
	return st == ST_OK ? config_recipe_check_age(d, r) : st;
}

enum status
config_recipe(const struct section_job *job, const struct config_section *from,
    struct source *s, struct reason *why)
{
	const struct draft d = { job, from, s, why };

	if ((s->provider->traits & TRAIT_CONFIGURED) == 0)
		return config_recipe_of_provider(&d);
	if (draft_has(&d, "scheme"))
		return draft_refuse(&d, "scheme", "the section describes "
		    "its only scheme; leave the line out");
	return config_recipe_make(&d);
}

/* --- its secrets --------------------------------------------------------- */

enum status
config_recipe_secrets(const struct section_job *job,
    const struct config_section *from, const struct source *s,
    struct reason *why)
{
	const struct config_entry *e = section_entry(from, "secret");
	struct reason cause;

	for (size_t i = 0; i < s->secret_count; i++)
		if (recipe_check_secret(s, secret_bytes(&s->secrets[i]),
		    &cause) != ST_OK)
			return config_fail(job->x.config->path,
			    e->texts[i].line, why, "secret: %.150s: %s",
			    e->texts[i].text, cause.text);
	return ST_OK;
}
