#include "recipe.h"

#include <string.h>

#include "source.h"
#include "trace.h"

enum { ELEMENTS_MAX = 16 };

/* What the signature header has. */
struct elements {
	struct bytes texts[ELEMENTS_MAX];	/* as they came */
	size_t count;
	struct mac macs[ELEMENTS_MAX];		/* of those that count */
	size_t mac_count;
};

/* What is signed. */
static struct bytes
signed_text(const struct message *m)
{
	return m->body;
}

static const char *
form_words(enum mac_form form)
{
	return form == MAC_BASE64 ? "the base64 of 32 bytes" :
	    "64 lower-case hexadecimal digits";
}

static enum status
read_header(const struct recipe *r, const struct message *m, struct arena *a,
    struct bytes *out, struct reason *why)
{
	enum status st = ST_OK;

	if (r->separator == '\0')
		st = message_only_header(m, r->header, out, why);
	else
		*out = message_header_list(m, r->header, a);
	if (st == ST_OK && out->data == NULL)
		st = fail(why, ST_DENIED, "there is no %s header: does the "
		    "sender know a secret?", r->header);
	return st;
}

static void
read_element(const struct recipe *r, struct bytes element, bool blind,
    struct elements *e)
{
	e->texts[e->count++] = element;
	if (bytes_has_prefix(element, r->prefix) &&
	    mac_read_as(bytes_from(element, strlen(r->prefix)), blind, r->form,
	    &e->macs[e->mac_count]))
		e->mac_count++;
}

static enum status
read_elements(const struct recipe *r, const struct message *m,
    struct arena *a, struct elements *e, struct reason *why)
{
	struct bytes rest, element;
	enum status st = read_header(r, m, a, &rest, why);

	e->count = e->mac_count = 0;
	if (st != ST_OK)
		return st;
	while (rest.data != NULL) {
		element = rest;
		if (r->separator == '\0')
			rest = BYTES_NONE;
		else
			bytes_cut(&rest, r->separator, &element);
		element = bytes_trim(element);
		if (element.len == 0)	/* RFC 9110 5.6.1.2 */
			continue;
		if (e->count == ELEMENTS_MAX)
			return fail(why, ST_DENIED, "%s has more than %d "
			    "elements", r->header, ELEMENTS_MAX);
		read_element(r, element, m->blind, e);
	}
	return ST_OK;
}

static enum status
recipe_find(const struct recipe *r, const struct message *m, struct arena *a,
    struct elements *e, struct reason *why)
{
	enum status st = read_elements(r, m, a, e, why);

	if (st == ST_OK && e->mac_count == 0)
		st = fail(why, ST_DENIED, "%s %s %s%s%s", r->header,
		    r->separator == '\0' ? "is not" : "has no", r->prefix,
		    r->prefix[0] == '\0' ? "" : " followed by ",
		    form_words(r->form));
	return st;
}

static void
recipe_trace_elements(const struct recipe *r, const struct elements *e,
    struct trace *t)
{
	trace_step(t, STEP_OK, "header", "%s with %zu element%s, of which "
	    "%zu %s %s%s%s", r->header, e->count, e->count == 1 ? "" : "s",
	    e->mac_count, e->mac_count == 1 ? "is" : "are", r->prefix,
	    r->prefix[0] == '\0' ? "" : " followed by ",
	    form_words(r->form));
}

static void
recipe_trace_command(const struct recipe *r, struct trace *t)
{
	if (t == NULL)
		return;
	t->command = arena_printf(t->arena, "openssl dgst -sha256 -hmac "
	    "\"$SECRET\" %s%s%s%s", r->form == MAC_HEX ? "-r BODY" :
	    "-binary BODY | base64", r->prefix[0] == '\0' ? "" : "   # and ",
	    r->prefix, r->prefix[0] == '\0' ? "" : " in front");
}

enum status
recipe_verify(const struct source *s, const struct message *m,
    struct arena *a, struct trace *t, struct proof *out, struct reason *why)
{
	const struct recipe *r = s->provider->recipe;
	struct proof proof = { 0, BYTES_NONE, NEAR_GENUINE };
	unsigned char mac[SHA256_LEN];
	struct elements e;
	enum status st;

	out->near = NEAR_NOT;
	if (s->unsigned_allowed) {
		trace_step(t, STEP_OK, "signature", "secret = none: anybody "
		    "may send, and nothing is verified");
		*out = proof;
		return ST_OK;
	}
	recipe_trace_command(r, t);
	st = recipe_find(r, m, a, &e, why);
	if (st != ST_OK) {
		trace_step(t, STEP_BAD, "header", "%s",
		    why == NULL ? "" : why->text);
		return st;
	}
	recipe_trace_elements(r, &e, t);
	out->near = NEAR_SHAPE;
	st = source_find_secret(s, signed_text(m), e.macs, e.mac_count, t,
	    &proof.secret_index, mac, why);
	source_trace_right(s, signed_text(m), r->form, t);
	if (st != ST_OK)
		return st;
	proof.identity = arena_copy(a, (struct bytes){ (const char *)mac,
	    sizeof(mac) });
	*out = proof;
	return ST_OK;
}
