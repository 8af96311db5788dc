#include "event.h"

#include <string.h>

#include "crypto.h"
#include "form.h"
#include "scheme.h"

static bool
event_keeps(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
	    c == '-';
}

bool
event_word_valid(struct bytes word)
{
	if (word.len < 1 || word.len > 63 || word.data[0] == '-' ||
	    word.data[0] == '_')
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!event_keeps(word.data[i]))
			return false;
	return true;
}

/* No word has one, and a header with a line break in it is not kept. */
static bool
event_has_control(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
			return true;
	return false;
}

struct bytes
event_name(struct bytes text, struct arena *a)
{
	struct bytes name;
	char *out;
	size_t n = 0;

	if (event_word_valid(text))
		return text;
	if (text.len == 0 || text.len > EVENT_TEXT_MAX ||
	    event_has_control(text) ||
	    memmem(text.data, text.len, "..", 2) != NULL)
		return BYTES_NONE;
	out = arena_alloc(a, text.len + 1);
	for (size_t i = 0; out != NULL && i < text.len; i++) {
		char c = ascii_lower(text.data[i]);
		bool run = i > 0 && !event_keeps(ascii_lower(text.data[i - 1]));

		if (event_keeps(c))
			out[n++] = c;
		else if (!run)
			out[n++] = '-';
		if (n == 1 && (out[0] == '-' || out[0] == '_'))
			n = 0;
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	name = (struct bytes){ out, n };
	return event_word_valid(name) ? name : BYTES_NONE;
}

const char *
result_name(enum result r)
{
	switch (r) {
	case RESULT_NONE: return NULL;
	case RESULT_SUCCESS: return "success";
	case RESULT_FAILURE: return "failure";
	case RESULT_CANCELED: return "canceled";
	case RESULT_RUNNING: return "running";
	case RESULT_PENDING: return "pending";
	case RESULT_OTHER: return "other";
	}
	return NULL;
}

/* A key is the hash of the source's name, a NUL, which no name has, the kind
 * and the identity: no two of these lists are the same run of bytes. */
enum status
event_identify(struct event *e, char kind, struct bytes identity,
    struct arena *a, struct reason *why)
{
	const struct bytes parts[] = { { e->source, strlen(e->source) + 1 },
		{ &kind, 1 }, identity };
	unsigned char hash[SHA256_LEN];
	enum status st = sha256(arena_join(a, parts, 3), hash);

	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	memcpy(e->dedupe, hash, sizeof(e->dedupe));
	e->has_dedupe = true;
	return ST_OK;
}

enum status
event_check_header(const struct message *m, const char *header,
    struct bytes event, struct bytes *out, struct reason *why)
{
	enum status st = message_only_header(m, header, out, why);

	if (st != ST_OK)
		return st;
	if (event.data != NULL && out->data != NULL &&
	    !bytes_equal(event, *out))
		return fail(why, ST_MALFORMED, "the %s header contradicts the "
		    "body", header);
	return ST_OK;
}

static const struct status_rule *
event_find_status(const struct status_rule *r, struct bytes status)
{
	while (r != NULL && r->status != NULL && !bytes_is(status, r->status))
		r++;
	return r != NULL && r->status != NULL ? r : NULL;
}

const struct event_rule *
event_rule(const struct provider *p, struct bytes event)
{
	const struct event_rule *r = p->events;

	while (r->name != NULL && !bytes_is(event, r->name))
		r++;
	return r->name != NULL ? r : NULL;
}

const struct status_rule *
event_status(const struct provider *p, struct bytes event,
    struct bytes status)
{
	const struct event_rule *own = event_rule(p, event);
	const struct status_rule *found;

	if (own != NULL && own->statuses != NULL)
		return event_find_status(own->statuses, status);
	for (const struct event_rule *r = p->events; r->name != NULL; r++) {
		found = event_find_status(r->statuses, status);
		if (found != NULL)
			return found;
	}
	return NULL;
}

bool
event_completes(const struct provider *p, struct bytes event,
    struct bytes status)
{
	const struct event_rule *r;
	const struct status_rule *known;

	if (p == NULL || status.len == 0)
		return false;
	r = event_rule(p, event);
	known = event_status(p, event, status);
	return (r != NULL && r->ends) || (known != NULL && known->ended);
}

static enum result
event_result_of(const struct event *e, const struct provider *p)
{
	const struct status_rule *known;

	if (e->status.len == 0)
		return RESULT_NONE;
	known = event_status(p, e->event, e->status);
	return known != NULL ? known->result : RESULT_OTHER;
}

/* Whoever has a copy of a signed request could send it again as soon as it is
 * no longer known. One that holds the secret gives away more than a copy. */
static bool
event_never_ages(const struct event *e, const struct source *s,
    const struct proof *proof)
{
	const bool is_signed = proof->scheme == NULL ||
	    proof->scheme->algorithm != SCHEME_TOKEN;

	return is_signed && !s->unsigned_allowed && !proof->has_time &&
	    !e->dated;
}

enum status
event_verify(const struct source *s, const struct message *m, struct arena *a,
    struct trace *t, struct proof *out, struct reason *why)
{
	return arena_verdict(a, s->provider->verify(s, m, a, t, out, why), why);
}

bool
event_takes_type(const struct provider *p, struct bytes type)
{
	return type.len == 0 || (p->traits & TRAIT_ANY_TYPE) != 0 ||
	    message_type_is_json(type) ||
	    ((p->traits & TRAIT_FORM) != 0 && message_type_is_form(type));
}

static bool
event_says_form(const struct provider *p, const struct message *m)
{
	struct bytes type;

	return (p->traits & TRAIT_FORM) != 0 &&
	    message_headers(m, "content-type", &type) == 1 &&
	    message_type_is_form(type);
}

/* As a form never begins: there, these characters are percent-encoded. */
static bool
event_begins_json(struct bytes text)
{
	while (text.len > 0 && memchr(" \t\r\n", text.data[0], 4) != NULL)
		text = bytes_from(text, 1);
	return text.len > 0 && memchr("{[\"", text.data[0], 3) != NULL;
}

/* Nobody signed Content-Type. Were JSON read as a form where it says so, a
 * captured request would become another event: a text in it that has "&a=b"
 * would make fields. But curl calls whatever it sends a form. */
static enum status
event_form_or_json(const struct provider *p, const struct message *m,
    bool *form, struct reason *why)
{
	const bool json = event_begins_json(m->body);

	*form = event_says_form(p, m) && !json;
	if (*form || !event_says_form(p, m) ||
	    (p->traits & TRAIT_ANY_TYPE) != 0)
		return ST_OK;
	return fail(why, ST_MALFORMED, "Content-Type says that the body is a "
	    "form, but it begins as JSON");
}

/* The body as JSON: a form says the same in another way. */
static enum status
event_parse(const struct provider *p, const struct message *m,
    struct arena *a, struct json_doc *out, struct reason *why)
{
	struct bytes text = m->body;
	bool form;
	enum status st = event_form_or_json(p, m, &form, why);

	if (st == ST_OK && form)
		st = form_to_json(m->body, a, &text, why);
	else if (text.len == 0 && (p->traits & TRAIT_EMPTY_BODY) != 0)
		text = BYTES("{}");
	if (st == ST_OK)
		st = json_parse(text, a, out, why);
	if (st == ST_OK && out->nodes[0].type != JSON_OBJECT)
		st = fail(why, ST_MALFORMED, "the body is JSON, but not an "
		    "object");
	return st;
}

enum status
event_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *out,
    struct reason *why)
{
	struct event e;
	enum status st;

	memset(&e, 0, sizeof(e));
	e.source = s->name;
	e.provider = s->provider->name;
	e.named_by = "body";
	st = event_parse(s->provider, m, a, &e.doc, why);
	if (st != ST_OK)
		return st;
	/* without memory, a field is absent as if it were not in the body */
	st = arena_verdict(a, s->provider->decode(s, m, proof, a, &e, why),
	    why);
	if (e.type.data == NULL)
		e.type = e.event;
	e.result = event_result_of(&e, s->provider);
	e.completed = event_completes(s->provider, e.event, e.status);
	e.lasting = e.has_dedupe && proof != NULL &&
	    event_never_ages(&e, s, proof);
	if (st == ST_OK)
		*out = e;
	return st;
}
