#include "handler_when.h"

#include <fnmatch.h>
#include <string.h>

#include "dispatch.h"

/* Why c does not hold, with the beginning of the value if there is one. */
static const struct stored_filter *
when_filter(const struct condition *c, enum filter_met met,
    struct bytes value, struct arena *a)
{
	struct stored_filter *f = arena_alloc(a, sizeof(*f));
	struct bytes begin = value;

	if (f == NULL)
		return NULL;
	if (begin.len > FILTER_VALUE_MAX)
		begin.len = FILTER_VALUE_MAX;
	*f = (struct stored_filter){ .condition = c->text, .met = met,
	    .value_total_bytes = (int64_t)value.len };
	if (met == FILTER_VALUE)
		f->value = arena_copy(a, begin);
	return f;
}

/* No flags, so that '*' also matches slashes, and a dot at the beginning. The
 * locale is "C", so each byte is one character. */
static bool
when_holds(const struct condition *c, enum filter_met met, const char *value)
{
	switch (met) {
	case FILTER_VALUE:
		return (fnmatch(c->pattern, value, 0) == 0) != c->differs;
	case FILTER_UNSET:
		return c->differs;
	case FILTER_LEFT_OUT:
		return false;		/* nobody can tell */
	}
	return false;
}

const struct stored_filter *
handler_when(const struct condition *when, const struct event_env *env,
    struct arena *a)
{
	static const enum filter_met meets[] = { [ENV_SET] = FILTER_VALUE,
	    [ENV_UNSET] = FILTER_UNSET, [ENV_LEFT_OUT] = FILTER_LEFT_OUT };
	const struct condition *c;
	struct bytes value;
	enum filter_met met;

	for (c = when; c != NULL && c->text != NULL; c++) {
		value = BYTES("");
		met = meets[env_find(env, bytes_of(c->name), &value)];
		if (!when_holds(c, met, value.data))
			return when_filter(c, met, value, a);
	}
	return NULL;
}

enum status
handler_when_env(const struct event *e, const struct message *m,
    struct arena *a, struct event_env **out, struct reason *why)
{
	static const struct env_user nobody = { "", "", "", NULL };
	struct stored_event *stored = arena_alloc(a, sizeof(*stored));

	if (stored == NULL)
		return arena_verdict(a, ST_BUSY, why);
	*stored = (struct stored_event){ .source = e->source,
		.provider = e->provider, .received_ms = m->received_ms,
		.event = arena_cstr(a, e->event),
		.action = arena_cstr(a, e->action),
		.status = arena_cstr(a, e->status), .result = e->result,
		.remote_addr = arena_cstr(a, m->remote_addr) };
	return env_prepare(&nobody, stored, e, a, out, why);
}

/* --- mode = wait ---------------------------------------------------------- */

/* The environment is made for the first that has conditions. */
struct when_waiting {
	const struct event *event;
	const struct message *message;
	struct arena arena;
	struct event_env *env;
};

/* Only the runner knows: it rings if that does not hold. */
static bool
when_is_about_before(const struct condition *c)
{
	while (c->text != NULL && strcmp(c->name, "HOOK_PREVIOUS_RESULT") != 0)
		c++;
	return c->text != NULL;
}

static bool
when_passes(void *ctx, const struct handler_config *h)
{
	struct when_waiting *w = ctx;

	if (h->when == NULL || when_is_about_before(h->when))
		return true;
	if (w->env == NULL && handler_when_env(w->event, w->message,
	    &w->arena, &w->env, NULL) != ST_OK)
		return true;
	return handler_when(h->when, w->env, &w->arena) == NULL;
}

const char *
handler_when_waits(const struct config *c, const struct event *e,
    const struct message *m)
{
	struct when_waiting w = { .event = e, .message = m };
	const char *path = dispatch_wait_handler(c, e->source, e->event,
	    e->action, e->status, e->completed, when_passes, &w);

	arena_free(&w.arena);
	return path;
}
