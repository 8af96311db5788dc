#include "explain_steps.h"

#include <string.h>

#include "buf.h"
#include "coding.h"
#include "dispatch.h"
#include "event.h"
#include "guess_mistakes.h"
#include "handler_when.h"
#include "recipe.h"
#include "recipe_words.h"
#include "view_words.h"

enum { TEXT_MAX = 8192 };

/* --- before the signature ----------------------------------------------- */

static bool
explain_request(struct trace *t, const struct config *c,
    const struct source *source, const struct message *m)
{
	const struct provider *p = source->provider;
	struct bytes type = BYTES_NONE;
	bool ok = bytes_is(m->method, "POST"), takes;
	struct reason why;

	trace_step(t, ok ? STEP_OK : STEP_BAD, "method", "%.*s%s",
	    (int)m->method.len, m->method.data, ok ? "" :
	    ", and must be POST (405)");
	if (message_headers(m, "content-type", &type) == 1) {
		takes = event_takes_type(p, type);
		trace_step(t, takes ? STEP_OK : STEP_BAD, "content type",
		    "%.*s%s", (int)type.len, type.data, takes ? "" :
		    (p->traits & TRAIT_FORM) != 0 ? ", and must be "
		    "application/json or a form (415)" :
		    ", and must be application/json (415)");
		ok &= takes;
	}
	if (coding_check(m, &why) != ST_OK) {
		trace_step(t, STEP_BAD, "encoding", "%s (415)", why.text);
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
explain_handshake(struct trace *t, const struct event *e)
{
	struct bytes answer = e->answer.len > 0 ? e->answer :
	    BYTES("204, without a body");

	trace_step(t, STEP_OK, "handshake", "it is a question, and not an "
	    "event; the answer is %.*s", (int)answer.len, answer.data);
}

/* The sender's spelling, where the name is another one. */
static void
explain_type(struct trace *t, const struct event *e)
{
	if (!bytes_equal(e->type, e->event))
		trace_step(t, STEP_NOTE, "type", "the sender calls it %.*s; "
		    "HOOK_TYPE has that", (int)e->type.len, e->type.data);
}

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

/* The body as decode reads it: the event of it, or an answer. */
static enum status
explain_decode(struct trace *t, const struct config *c,
    const struct source *source, const struct message *m,
    const struct proof *proof, struct event *e, struct reason *why)
{
	struct message plain;
	enum status st = coding_undo(m, c->body_limit_bytes, t->arena, &plain,
	    why);

	if (st == ST_OK && plain.body.data != m->body.data)
		trace_step(t, STEP_OK, "gzip", "it unpacks to %zu bytes",
		    plain.body.len);
	if (st == ST_OK)
		st = event_decode(source, &plain, proof, t->arena, e, why);
	if (st != ST_OK)
		trace_step(t, STEP_BAD, "event", "%s", why->text);
	return st;
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
	if (explain_decode(t, c, source, m, &proof, &e, &why) != ST_OK) {
		x->verdict = verdict(x, &why);
		return;
	}
	x->genuine = passed;
	x->verdict = !passed ? "it is authentic, but the responder would "
	    "refuse it" : e.answer.data != NULL ? "the responder would answer "
	    "it, and store nothing" : "the responder would accept it";
	if (e.answer.data != NULL) {
		explain_handshake(t, &e);
		return;
	}
	explain_event(t, &e);
	explain_type(t, &e);
	explain_handlers(t, c, &e, m);
}

/* If no usual mistake fits a well-formed signature, the usual reason. */
static void
explain_other_secret(const struct explanation *x, const struct config *c,
    const struct source *source, struct guesses *out)
{
	bool signs_body = source_recipe(source) != NULL &&
	    !source_bears_secret(source);

	if (out->count == 0 && x->near == NEAR_SHAPE)
		guess_add(out, x->trace.arena, "most likely the sender has "
		    "another secret: give it the one that the source %s names "
		    "in %s%s", source->name, c->path, signs_body ?
		    "; or something on the way changed the body" : "");
}

void
explain_mistakes(const struct explanation *x, const struct config *c,
    const struct source *source, const struct message *m,
    struct guesses *out)
{
	const struct guess_case refused = { source, c->sources,
		c->source_count, m, x->trace.arena };

	if (x->authentic)
		return;
	guess_mistakes(&refused, out);
	explain_other_secret(x, c, source, out);
}

const char *
explain_kind_name(enum step_kind kind)
{
	return kind == STEP_OK ? "ok" : kind == STEP_BAD ? "bad" : "note";
}
