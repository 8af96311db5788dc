#include "reading.h"

#include <fnmatch.h>
#include <string.h>

#include "field.h"
#include "reading_place.h"
#include "recipe.h"

/* --- which event it is --------------------------------------------------- */

static enum status
reading_holds_one(const struct json_doc *d, struct bytes value,
    struct arena *a, bool *out, struct reason *why)
{
	const struct json_node *n;
	struct bytes path;
	bool absent = bytes_has_prefix(value, "!"), equal;

	value = bytes_from(value, absent ? 1 : 0);
	equal = bytes_cut(&value, '=', &path);
	if (json_path_repeated(d, path))
		return fail(why, ST_MALFORMED, "a member on the way to %.*s "
		    "appears twice", (int)path.len, path.data);
	n = json_path(d, path);
	*out = (n != NULL && n->type != JSON_NULL && (!equal ||
	    bytes_equal(json_text(d, n, a), value))) != absent;
	return ST_OK;
}

enum status
reading_holds(const struct json_doc *d, const char *conditions,
    struct arena *a, bool *out, struct reason *why)
{
	struct bytes rest = bytes_of(conditions), one;
	enum status st = ST_OK;

	*out = true;
	while (st == ST_OK && *out && reading_cut(&rest, &one))
		st = reading_holds_one(d, one, a, out, why);
	return st;
}

/* By its marks; absent where it has none. */
static enum status
reading_find_mark(const struct reading *r, const struct json_doc *d,
    struct arena *a, struct bytes *out, struct reason *why)
{
	const struct mark *k = r->marks;
	bool holds = false;

	for (; k != NULL && k->body != NULL; k++) {
		enum status st = reading_holds(d, k->body, a, &holds, why);

		if (st != ST_OK)
			return st;
		if (!holds)
			continue;
		*out = bytes_of(k->event);
		return k->event != NULL ? ST_OK : fail(why, ST_MALFORMED,
		    "the body has %s, but is not one of the events that "
		    "have it",
		    k->body);
	}
	return ST_OK;
}

/* As the sender spells it; absent where the body does not say. */
static enum status
reading_find_said(const struct reading *r, const struct json_doc *d,
    struct arena *a, struct bytes *out, struct reason *why)
{
	struct bytes rest = bytes_of(r->event), place;
	enum status st = ST_OK;

	*out = BYTES_NONE;
	while (st == ST_OK && out->data == NULL && reading_cut(&rest, &place)) {
		struct bytes paths = reading_place(place, "body:");

		if (paths.data != NULL)
			st = field_decide(d, paths, a, out, why);
	}
	if (st == ST_OK && out->data == NULL)
		st = reading_find_mark(r, d, a, out, why);
	return st;
}

/* The place of this kind in r->event; absent where there is none. */
static struct bytes
reading_event_place(const struct reading *r, const char *kind)
{
	struct bytes rest = bytes_of(r->event), place;

	while (reading_cut(&rest, &place)) {
		place = reading_place(place, kind);
		if (place.data != NULL)
			return place;
	}
	return BYTES_NONE;
}

static bool
reading_is_pattern(const char *event)
{
	return event != NULL && strchr(event, '*') != NULL;
}

static bool
reading_mark_has(const char *event, struct bytes name, struct arena *a)
{
	return reading_is_pattern(event) ?
	    fnmatch(event, arena_cstr(a, name), 0) == 0 :
	    bytes_equal(event_name(bytes_of(event), a), name);
}

/* Whether the bodies of such an event have a mark. */
static bool
reading_is_marked(const struct reading *r, struct bytes name, struct arena *a)
{
	const struct mark *k = r->marks;

	while (k != NULL && k->body != NULL &&
	    !reading_mark_has(k->event, name, a))
		k++;
	return k != NULL && k->body != NULL;
}

/* Whether an event fits a pattern, and none above that. */
static bool
reading_fits(const struct reading *r, const char *pattern, struct bytes name,
    struct arena *a)
{
	for (const struct mark *k = r->marks; k->event != pattern; k++)
		if (reading_is_pattern(k->event) &&
		    reading_mark_has(k->event, name, a))
			return false;
	return reading_mark_has(pattern, name, a);
}

/* Not a text of the body that has a '*' in it. */
static bool
reading_is_family(const struct reading *r, const char *said)
{
	const struct mark *k = r->marks;

	while (k != NULL && k->body != NULL && k->event != said)
		k++;
	return k != NULL && k->body != NULL && reading_is_pattern(said);
}

static enum status
reading_contradicts(const char *header, struct reason *why)
{
	return fail(why, ST_MALFORMED, "the %s header contradicts the body",
	    header);
}

static enum status
reading_name_event(struct event *e, struct bytes said, const char *by,
    struct arena *a, struct reason *why)
{
	e->type = said;
	e->named_by = by;
	e->event = event_name(said, a);
	return e->event.data != NULL ? ST_OK : fail(why, ST_MALFORMED, "no "
	    "name of an event can be made of what %s%s says",
	    strcmp(by, "body") == 0 ? "the " : "", by);
}

/* The body does not say, and a header of the list does, or nothing. */
static enum status
reading_event_by_header(const struct reading *r, const char *name,
    struct bytes header, struct arena *a, struct event *e, struct reason *why)
{
	struct bytes text = reading_event_place(r, "=");
	enum status st;

	if (header.len > 0) {
		st = reading_name_event(e, arena_copy(a, header), name, a, why);
		if (st == ST_OK && reading_is_marked(r, e->event, a))
			st = reading_contradicts(name, why);
		return st;
	}
	if (text.data != NULL)
		return reading_name_event(e, text, "body", a, why);
	if (name == NULL)
		return fail(why, ST_MALFORMED, "the body does not say which "
		    "event it is: %s", r->event);
	return fail(why, ST_MALFORMED, "neither the body nor %s says which "
	    "event it is", name);
}

/* The body says which events it may be of, and the header, which of these. */
static enum status
reading_event_of_family(const struct reading *r, const char *pattern,
    const char *name, struct bytes header, struct arena *a, struct event *e,
    struct reason *why)
{
	enum status st;

	if (header.len == 0)
		return fail(why, ST_MALFORMED, "the body may be of several "
		    "events, and no %s header says which it is", name);
	st = reading_name_event(e, arena_copy(a, header), name, a, why);
	if (st == ST_OK && !reading_fits(r, pattern, e->event, a))
		st = reading_contradicts(name, why);
	return st;
}

/* Nobody signed the header. So it names the event only if the body does not,
 * and then none whose body would. */
enum status
reading_event(const struct reading *r, const char *also,
    const struct message *m, struct arena *a, struct event *e,
    struct reason *why)
{
	struct bytes listed = reading_event_place(r, "header:");
	const char *name = listed.data == NULL ? NULL : arena_cstr(a, listed);
	struct bytes said, header = BYTES_NONE;
	enum status st = reading_find_said(r, &e->doc, a, &said, why);

	if (st == ST_OK && name != NULL)
		st = message_only_header(m, name, &header, why);
	if (st == ST_OK && said.data == NULL)
		return reading_event_by_header(r, name, header, a, e, why);
	if (st == ST_OK && reading_is_family(r, said.data))
		return reading_event_of_family(r, said.data, name, header, a,
		    e, why);
	if (st == ST_OK && header.len > 0 && !bytes_equal(header, said))
		return reading_contradicts(name, why);
	if (st == ST_OK && name == NULL && also != NULL)
		st = event_check_header(m, also, said, &header, why);
	return st == ST_OK ? reading_name_event(e, said, "body", a, why) : st;
}

enum status
reading_word(const struct json_doc *d, const char *place, struct arena *a,
    struct bytes *out, struct reason *why)
{
	struct bytes paths = reading_place(bytes_of(place), "body:"), text;
	enum status st;

	*out = BYTES_NONE;
	if (paths.data == NULL)
		return ST_OK;
	st = field_decide(d, paths, a, &text, why);
	if (st != ST_OK || text.data == NULL)
		return st;
	*out = event_name(text, a);
	return out->data != NULL ? ST_OK : fail(why, ST_MALFORMED, "no name "
	    "can be made of the member %.*s", (int)paths.len, paths.data);
}

/* --- the neutral fields -------------------------------------------------- */

/* A branch or tag's own name: "refs/heads/" is kind. */
static struct bytes
reading_ref(struct bytes text, const char *kind)
{
	return bytes_has_prefix(text, "refs/") ? field_behind(text, kind) :
	    text;
}

static struct bytes
reading_field(const struct field_rule *f, const struct json_doc *d,
    struct arena *a)
{
	struct bytes text = field_text(d, f->paths, a);

	if (f->at == offsetof(struct event, title))
		return field_first_line(text);
	if (f->at == offsetof(struct event, commit))
		return field_commit(text);
	if (f->at == offsetof(struct event, branch))
		return reading_ref(text, "refs/heads/");
	if (f->at == offsetof(struct event, tag))
		return reading_ref(text, "refs/tags/");
	return text.len > 0 ? text : BYTES_NONE;
}

static bool
reading_field_fits(const struct field_rule *f, const struct event *e,
    struct arena *a)
{
	bool holds = true;

	return (f->event == NULL || bytes_is(e->event, f->event)) &&
	    (f->when == NULL || reading_holds(&e->doc, f->when, a, &holds,
	    NULL) == ST_OK) && holds;
}

void
reading_fields(const struct reading *r, struct arena *a, struct event *e)
{
	const struct field_rule *f = r->fields;

	for (; f != NULL && f->paths != NULL; f++) {
		struct bytes *field =
		    (struct bytes *)(void *)((char *)e + f->at);

		if (field->data == NULL && reading_field_fits(f, e, a))
			*field = reading_field(f, &e->doc, a);
	}
}

/* --- all of it ----------------------------------------------------------- */

/* The row of the handshake that it is; NULL: it is none. */
static enum status
reading_find_handshake(const struct reading *r, const struct json_doc *d,
    struct arena *a, const struct handshake **out, struct reason *why)
{
	const struct handshake *h = r->handshakes;
	enum status st = ST_OK;
	bool holds = false;

	for (; h != NULL && h->body != NULL && !holds && st == ST_OK; h++) {
		st = reading_holds(d, h->body, a, &holds, why);
		*out = holds ? h : NULL;
	}
	return st;
}

static enum status
reading_answer(const struct handshake *h, struct arena *a, struct event *e,
    struct reason *why)
{
	struct bytes paths = BYTES_NONE;
	enum status st = ST_OK;

	e->event = e->type = BYTES("handshake");
	e->answer_type = h->content_type;
	e->answer = BYTES("");
	if (h->answer == NULL)
		return ST_OK;
	e->answer = reading_place(bytes_of(h->answer), "=");
	if (e->answer.data == NULL) {
		paths = reading_place(bytes_of(h->answer), "body:");
		st = field_decide(&e->doc, paths, a, &e->answer, why);
	}
	if (st == ST_OK && (e->answer.len == 0 || e->answer.len > ANSWER_MAX))
		st = fail(why, ST_MALFORMED, "the handshake's %.*s has %zu "
		    "bytes, and not 1 to %d", (int)paths.len,
		    paths.len > 0 ? paths.data : "", e->answer.len,
		    ANSWER_MAX);
	return st;
}

/* *found: it is a question, and e->answer is set. */
static enum status
reading_shake(const struct reading *r, struct arena *a, struct event *e,
    bool *found, struct reason *why)
{
	const struct handshake *h = NULL;
	enum status st = reading_find_handshake(r, &e->doc, a, &h, why);

	*found = st == ST_OK && h != NULL;
	return *found ? reading_answer(h, a, e, why) : st;
}

enum status
recipe_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	const struct recipe *recipe = source_recipe(s);
	const struct reading *r = recipe->reading;
	bool shaken = false;
	enum status st = ST_OK;

	if (proof != NULL)
		st = reading_shake(r, a, e, &shaken, why);
	if (st != ST_OK || shaken)
		return st;
	st = reading_event(r, recipe->event_header, m, a, e, why);
	if (st == ST_OK)
		st = reading_word(&e->doc, r->action, a, &e->action, why);
	if (st == ST_OK)
		st = reading_word(&e->doc, r->status, a, &e->status, why);
	if (st != ST_OK)
		return st;
	reading_fields(r, a, e);
	if (proof != NULL && r->quiet != NULL)
		st = reading_holds(&e->doc, r->quiet, a, &e->quiet, why);
	if (proof != NULL && st == ST_OK)
		st = reading_check_age(r, s, m, a, e, why);
	if (proof != NULL && st == ST_OK)
		st = reading_identify(r, m, proof, a, e, why);
	return st;
}
