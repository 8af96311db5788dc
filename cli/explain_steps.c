#include "explain_steps.h"

#include <string.h>

#include "buf.h"
#include "dispatch.h"
#include "event.h"
#include "handler_when.h"
#include "recipe_words.h"
#include "view_event.h"

enum { TEXT_MAX = 8192 };

/* --- before the signature ----------------------------------------------- */

static bool
explain_request(struct trace *t, const struct config *c,
    const struct source *source, const struct message *m)
{
	bool any_type = (source->provider->traits & TRAIT_ANY_TYPE) != 0;
	struct bytes type = BYTES_NONE, encoding;
	bool ok = bytes_is(m->method, "POST"), json;

	trace_step(t, ok ? STEP_OK : STEP_BAD, "method", "%.*s%s",
	    (int)m->method.len, m->method.data, ok ? "" :
	    ", and must be POST (405)");
	if (message_headers(m, "content-type", &type) == 1) {
		json = any_type || type.len == 0 || message_type_is_json(type);
		trace_step(t, json ? STEP_OK : STEP_BAD, "content type",
		    "%.*s%s", (int)type.len, type.data, json ? "" :
		    ", and must be application/json (415)");
		ok &= json;
	}
	if (message_headers(m, "content-encoding", &encoding) == 1 &&
	    encoding.len > 0 && !bytes_is_nocase(encoding, "identity")) {
		trace_step(t, STEP_BAD, "encoding", "Content-Encoding %.*s is "
		    "not understood (415)", (int)encoding.len, encoding.data);
		ok = false;
	}
	if ((int64_t)m->body.len > c->body_limit_bytes) {
		trace_step(t, STEP_BAD, "body", "%zu bytes, more than "
		    "body_limit allows (413)", m->body.len);
		return false;
	}
	trace_step(t, STEP_OK, "body", "%zu bytes", m->body.len);
	return ok;
}

/* --- after it ------------------------------------------------------------ */

static void
explain_event(struct trace *t, const struct event *e)
{
	bool header = strcmp(e->named_by, "body") != 0;

	trace_step(t, STEP_OK, "event", "%.*s%s%.*s%s%.*s%s%.*s%s%s",
	    (int)e->event.len, e->event.data,
	    e->action.data == NULL ? "" : " ", (int)e->action.len,
	    e->action.data == NULL ? "" : e->action.data,
	    e->status.data == NULL ? "" : " ", (int)e->status.len,
	    e->status.data == NULL ? "" : e->status.data,
	    e->subject.data == NULL ? "" : " of ", (int)e->subject.len,
	    e->subject.data == NULL ? "" : e->subject.data,
	    header ? "; only a header says so, which is not signed: " : "",
	    header ? e->named_by : "");
}

static const char *
word(struct bytes b, struct arena *a)
{
	return arena_cstr(a, b);
}

/* ' (filtered: branch = main, but it is "dev")'; "" where it would run */
static const char *
explain_filter(struct trace *t, const struct handler_config *h,
    const struct event_env *env)
{
	const struct stored_filter *f = env == NULL ? NULL :
	    handler_when(h->when, env, t->arena);
	struct bytes text;

	if (f == NULL)
		return "";
	text = view_filter(f, FILTER_VALUE_MAX, t->arena);
	return arena_cstr(t->arena, arena_printf(t->arena, " (filtered: %s)",
	    text.data == NULL ? "" : text.data));
}

/* Which handlers it would run: none is worth knowing, too. */
static void
explain_handlers(struct trace *t, const struct config *c,
    const struct event *e, const struct message *m)
{
	struct stored_event stored = { .source = e->source,
		.provider = e->provider, .event = word(e->event, t->arena),
		.action = word(e->action, t->arena),
		.status = word(e->status, t->arena) };
	struct buf b = BUF(TEXT_MAX);
	struct reason why;
	struct event_env *env = NULL;
	const char **names, *path;
	size_t count;

	if (dispatch_find(c->handlers_dir, &stored, e->completed, t->arena,
	    &names, &count, &why) != ST_OK)
		return;
	(void)handler_when_env(e, m, t->arena, &env, NULL);
	for (size_t i = 0; i < count; i++) {
		path = word(arena_printf(t->arena, "%s/%s", e->source,
		    names[i]), t->arena);
		buf_printf(&b, "%s%s%s", i == 0 ? "" : ", ", names[i],
		    explain_filter(t, config_handler(c, path), env));
	}
	if (count == 0)
		trace_step(t, STEP_NOTE, "handlers", "there is none, so it "
		    "would be ignored");
	else
		trace_step(t, STEP_NOTE, "handlers", "%.*s", (int)b.len,
		    b.data == NULL ? "" : b.data);
	buf_free(&b);
}

static const char *
verdict(const struct explanation *x, const struct reason *why)
{
	return word(bytes_of(why->text), x->trace.arena);
}

void
explain_steps(struct explanation *x, const struct config *c,
    const struct source *source, const struct message *m)
{
	struct trace *t = &x->trace;
	struct reason why = { "" };
	struct proof proof;
	struct event e;
	bool passed;

	trace_step(t, STEP_OK, "source", "%s, provider %s", source->name,
	    source->provider->name);
	if (source->recipe != NULL)
		trace_step(t, STEP_NOTE, "recipe", "%s", recipe_words(source,
		    t->arena));
	passed = explain_request(t, c, source, m);
	if (event_verify(source, m, t->arena, t, &proof, &why) !=
	    ST_OK) {
		x->near = proof.near;
		x->verdict = verdict(x, &why);
		return;
	}
	x->near = NEAR_GENUINE;
	x->authentic = true;
	t->command = BYTES_NONE;
	if (event_decode(source, m, &proof, t->arena, &e, &why) != ST_OK) {
		trace_step(t, STEP_BAD, "event", "%s", why.text);
		x->verdict = verdict(x, &why);
		return;
	}
	explain_event(t, &e);
	explain_handlers(t, c, &e, m);
	x->genuine = passed;
	x->verdict = passed ? "the responder would accept it" :
	    "it is authentic, but the responder would refuse it";
}
