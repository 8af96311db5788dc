#include "explain_steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "codec.h"
#include "crypto.h"
#include "dispatch.h"
#include "event.h"
#include "sign.h"

enum { TEXT_MAX = 8192 };

static void __attribute__((format(printf, 4, 0)))
add(struct steps *s, enum step_kind kind, const char *name,
    const char *format, va_list ap)
{
	char text[TEXT_MAX];
	const char *copy;

	vsnprintf(text, sizeof(text), format, ap);
	copy = arena_cstr(s->arena, bytes_of(text));
	if (s->count < STEPS_MAX && !arena_failed(s->arena))
		s->items[s->count++] = (struct step){ kind, name, copy };
}

void
steps_add(struct steps *s, enum step_kind kind, const char *name,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(s, kind, name, format, ap);
	va_end(ap);
}

void
steps_note(struct steps *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add(s, STEP_NOTE, "", format, ap);
	va_end(ap);
}

/* --- before the signature ----------------------------------------------- */

static bool
explain_request(struct steps *s, const struct config *c,
    const struct source *source, const struct message *m)
{
	struct bytes type = BYTES_NONE, encoding;
	bool ok = bytes_is(m->method, "POST"), json;

	steps_add(s, ok ? STEP_OK : STEP_BAD, "method", "%.*s%s",
	    (int)m->method.len, m->method.data, ok ? "" :
	    ", but has to be POST (405)");
	if (message_headers(m, "content-type", &type) == 1) {
		json = source->provider->any_content_type || type.len == 0 ||
		    message_type_is_json(type);
		steps_add(s, json ? STEP_OK : STEP_BAD, "content type",
		    "%.*s%s", (int)type.len, type.data, json ? "" :
		    ", but has to be application/json (415)");
		ok &= json;
	}
	if (message_headers(m, "content-encoding", &encoding) == 1 &&
	    encoding.len > 0 && !bytes_is_nocase(encoding, "identity")) {
		steps_add(s, STEP_BAD, "encoding", "Content-Encoding %.*s is "
		    "not understood (415)", (int)encoding.len, encoding.data);
		ok = false;
	}
	if ((int64_t)m->body.len > c->body_limit_bytes) {
		steps_add(s, STEP_BAD, "body", "%zu bytes, more than "
		    "body_limit allows (413)", m->body.len);
		return false;
	}
	steps_add(s, STEP_OK, "body", "%zu bytes", m->body.len);
	return ok;
}

/* --- signatures --------------------------------------------------------- */

void
steps_reveal(struct steps *s, const struct source *source, struct bytes text,
    bool base64)
{
	unsigned char mac[SHA256_LEN];
	char shown[2 * SHA256_LEN + 1];

	if (hmac_sha256(sign_secret(source), text, mac) != ST_OK)
		return;
	if (base64)
		base64_encode(mac, sizeof(mac), shown);
	else
		hex_encode(mac, sizeof(mac), shown);
	steps_add(s, STEP_NOTE, "right one", "%s", shown);
}

void
steps_mac(struct steps *s, const struct source *source, struct bytes text,
    const struct mac *macs, size_t count)
{
	unsigned char made[SHA256_LEN];
	size_t index;

	if (source_find_secret(source, text, macs, count, &index, made,
	    NULL) == ST_OK)
		steps_add(s, STEP_OK, "signature", "made with %s of %s",
		    source->secret_count == 1 ? "the secret" :
		    index == 0 ? "the first secret" : "an older secret",
		    source->name);
	else
		steps_add(s, STEP_BAD, "signature", "not made with %s of %s",
		    source->secret_count == 1 ? "the secret" :
		    "any of the secrets", source->name);
}

/* --- circleci, custom --------------------------------------------------- */

static void
explain_circleci(struct steps *s, const struct source *source,
    const struct message *m, bool reveal)
{
	struct mac macs[16];
	struct bytes list, element, version;
	size_t count = 0, all = 0;

	if (source->unsigned_allowed) {
		steps_add(s, STEP_OK, "signature", "secret = none: anybody "
		    "may send, and nothing is verified");
		return;
	}
	s->command = arena_printf(s->arena, "openssl dgst -sha256 -hmac "
	    "\"$SECRET\" -r BODY   # and v1= in front");
	list = message_header_list(m, "circleci-signature", s->arena);
	if (list.data == NULL) {
		steps_add(s, STEP_BAD, "header", "there is no "
		    "circleci-signature");
		return;
	}
	while (list.data != NULL && all < 16) {
		bytes_cut(&list, ',', &element);
		element = bytes_trim(element);
		all += element.len > 0;
		bytes_cut(&element, '=', &version);
		if (bytes_is(version, "v1") && element.data != NULL &&
		    mac_read_as(element, m->blind, MAC_HEX, &macs[count]))
			count++;
	}
	steps_add(s, count > 0 ? STEP_OK : STEP_BAD, "header",
	    "circleci-signature with %zu element%s, of which %zu %s a v1 of "
	    "64 lower-case hexadecimal digits", all, all == 1 ? "" : "s",
	    count, count == 1 ? "is" : "are");
	if (count > 0)
		steps_mac(s, source, m->body, macs, count);
	if (reveal)
		steps_reveal(s, source, m->body, false);
}

static void
explain_custom(struct steps *s, const struct source *source,
    const struct message *m, bool reveal)
{
	struct reason why;
	struct proof proof;

	(void)reveal;
	if (event_verify(source, m, s->arena, &proof, &why) ==
	    ST_OK)
		steps_add(s, STEP_OK, "secret", "it is that of %s",
		    source->name);
	else
		steps_add(s, STEP_BAD, "secret", "%s", why.text);
}

/* --- behind it ---------------------------------------------------------- */

static void
explain_event(struct steps *s, const struct event *e)
{
	steps_add(s, STEP_OK, "event", "%.*s%s%.*s%s%.*s%s%.*s",
	    (int)e->event.len, e->event.data,
	    e->action.data == NULL ? "" : " ", (int)e->action.len,
	    e->action.data == NULL ? "" : e->action.data,
	    e->status.data == NULL ? "" : " ", (int)e->status.len,
	    e->status.data == NULL ? "" : e->status.data,
	    e->subject.data == NULL ? "" : " of ", (int)e->subject.len,
	    e->subject.data == NULL ? "" : e->subject.data);
}

static const char *
word(struct bytes b, struct arena *a)
{
	return arena_cstr(a, b);
}

/* Which handlers it would run: none is worth knowing, too. */
static void
explain_handlers(struct steps *s, const struct config *c,
    const struct event *e)
{
	struct stored_event stored = { .source = e->source,
		.provider = e->provider, .event = word(e->event, s->arena),
		.action = word(e->action, s->arena),
		.status = word(e->status, s->arena) };
	struct buf b = BUF(TEXT_MAX);
	struct reason why;
	const char **names;
	size_t count;

	if (dispatch_find(c->handlers_dir, &stored, e->completed, s->arena,
	    &names, &count, &why) != ST_OK)
		return;
	for (size_t i = 0; i < count; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : ", ", names[i]);
	steps_add(s, STEP_NOTE, "handlers", "%.*s", (int)b.len,
	    count == 0 ? "" : b.data);
	if (count == 0)
		s->items[s->count - 1].text = "there is none for it: it would "
		    "be ignored";
	buf_free(&b);
}

static const struct {
	const struct provider *provider;
	void (*explain)(struct steps *s, const struct source *source,
	    const struct message *m, bool reveal);
} explainers[] = {
	{ &provider_drone, steps_drone },
	{ &provider_circleci, explain_circleci },
	{ &provider_custom, explain_custom },
};

static const char *
verdict(struct steps *s, const struct reason *why)
{
	return arena_cstr(s->arena, bytes_of(why->text));
}

void
steps_explain(struct steps *s, const struct config *c,
    const struct source *source, const struct message *m, bool reveal)
{
	struct reason why;
	struct proof proof;
	struct event e;
	bool passed;

	steps_add(s, STEP_OK, "source", "%s, provider %s", source->name,
	    source->provider->name);
	passed = explain_request(s, c, source, m);
	for (size_t i = 0; i < sizeof(explainers) / sizeof(explainers[0]); i++)
		if (explainers[i].provider == source->provider)
			explainers[i].explain(s, source, m, reveal);
	if (event_verify(source, m, s->arena, &proof, &why) !=
	    ST_OK) {
		s->verdict = verdict(s, &why);
		return;
	}
	s->authentic = true;
	s->command = BYTES_NONE;
	if (event_decode(source, m, &proof, s->arena, &e, &why) != ST_OK) {
		steps_add(s, STEP_BAD, "event", "%s", why.text);
		s->verdict = verdict(s, &why);
		return;
	}
	explain_event(s, &e);
	explain_handlers(s, c, &e);
	s->genuine = passed;
	s->verdict = passed ? "the responder would accept it" :
	    "it is authentic, but the responder would refuse it";
}
