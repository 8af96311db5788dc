#include "listen.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "curl.h"
#include "dispatch.h"
#include "handler_env.h"
#include "json_out.h"
#include "listen_sign.h"
#include "out.h"
#include "trial.h"
#include "unit.h"
#include "view_event.h"
#include "view_text.h"

enum { HANDLER_MS = 10 * 60 * 1000, FORWARD_S = 60, AGAIN_MS = 1000 };

/* What became of the event in one place: a handler, an address. */
struct act_end {
	const char *where;		/* "build.failure"; or the address */
	const char *result;		/* "done", "exit 1", "202", … */
	bool good;
	int64_t took_ms;
	struct bytes output, errors;
};

struct acting {
	struct listen *listen;
	const struct listen_event *event;
	struct arena *arena;
	struct act_end *ends;
	size_t count;
	const char *note;		/* why there are none; or NULL */
	bool stopped;
};

bool
listen_pause(const struct listen *l, int64_t ms)
{
	struct pollfd fd = { l->stop_fd, POLLIN, 0 };

	return poll(&fd, 1, (int)ms) <= 0;
}

/* --- handlers ------------------------------------------------------------- */

static void
act_judge(const struct child_result *r, struct arena *a, struct act_end *end)
{
	end->good = !r->timed_out && r->exit_code == 0;
	end->result = r->timed_out ? "took too long" : end->good ? "done" :
	    arena_cstr(a, r->exit_code >= 0 ?
	    arena_printf(a, "exit %d", r->exit_code) :
	    arena_printf(a, "signal %d", r->term_signal));
	end->output = r->output;
	end->errors = r->errors;
}

static void
act_run(struct acting *t, const char *name, struct event_env *env,
    struct act_end *end)
{
	static const char *const no_lines[] = { NULL };
	static const struct handler_config defaults = { .env = no_lines };
	const struct listen *l = t->listen;
	struct child_request r = { .input = t->event->body,
		.timeout_ms = HANDLER_MS, .stop_fd = l->stop_fd };
	const int64_t start_ms = clock_steady_ms();
	struct child_result result;
	struct reason why = { "" };
	const char *path;
	char **vars;
	enum status st = dispatch_check(l->handlers, NULL,
	    t->event->stored.source, name, geteuid(), t->arena, &why);

	*end = (struct act_end){ .where = name };
	if (st == ST_OK)
		st = dispatch_path(l->handlers, t->event->stored.source, name,
		    t->arena, &path, &why);
	if (st == ST_OK)
		st = env_build(env, name, 1, &defaults, t->arena, &vars, &why);
	if (st == ST_OK) {
		r.env = (const char *const *)vars;
		st = trial_start(path, &r, t->arena, &result, &why);
	}
	end->took_ms = clock_steady_ms() - start_ms;
	t->stopped = st == ST_OK && result.stopped;
	if (st == ST_OK)
		act_judge(&result, t->arena, end);
	else
		end->result = arena_cstr(t->arena, bytes_of(why.text));
}

static void
act_handlers(struct acting *t)
{
	const struct stored_event *e = &t->event->stored;
	struct env_user user;
	struct event_env *env;
	struct reason why = { "" };
	const char **names;
	size_t count = 0;
	enum status st = dispatch_find(t->listen->handlers, e,
	    event_completes(provider_find(e->provider), bytes_of(e->event),
	    bytes_of(e->status)), t->arena, &names, &count, &why);

	if (st == ST_OK)
		st = env_user_read(t->arena, &user, &why);
	if (st == ST_OK)
		st = env_receive(&user, e, t->event->environment,
		    &t->event->doc, t->arena, &env, &why);
	t->ends = arena_array(t->arena, count + 1, sizeof(*t->ends));
	if (st != ST_OK || t->ends == NULL) {
		t->note = st == ST_OK ? "no memory" :
		    arena_cstr(t->arena, bytes_of(why.text));
		return;
	}
	if (count == 0)
		t->note = "no handler";
	for (size_t i = 0; i < count && !t->stopped; i++)
		act_run(t, names[i], env, &t->ends[t->count++]);
}

/* --- forwarding ----------------------------------------------------------- */

/* Until something listens there: who restarts a server loses no event. */
static enum status
act_post(struct acting *t, const struct curl_call *call, struct curl_reply *r,
    struct reason *why)
{
	bool said = false;
	enum status st;

	for (;;) {
		st = curl_run(call, t->arena, r, why);
		t->stopped = st == ST_OK && r->stopped;
		if (st != ST_UNKNOWN || t->listen->replay > 0)
			return st;
		if (!said)
			cli_error(t->listen->cli, "nothing listens at %s: "
			    "event %lld waits for it", t->listen->forward,
			    (long long)t->event->stored.id);
		said = true;
		t->stopped = !listen_pause(t->listen, AGAIN_MS);
		if (t->stopped)
			return st;
	}
}

static void
act_forward(struct acting *t)
{
	struct curl_call call = { .body = t->event->body, .max_s = FORWARD_S,
		.stop_fd = t->listen->stop_fd };
	struct act_end *end = arena_alloc(t->arena, sizeof(*end));
	struct curl_reply r;
	struct reason why = { "" };
	enum status st;

	if (end == NULL)
		return;
	st = listen_sign(t->listen, t->event, t->arena, &call, &why);
	if (st == ST_OK)
		st = act_post(t, &call, &r, &why);
	*end = (struct act_end){ .where = t->listen->forward,
		.result = why.text };
	if (st == ST_OK) {
		end->good = r.status >= 200 && r.status < 300;
		end->result = arena_cstr(t->arena, arena_printf(t->arena,
		    "%d", r.status));
		end->took_ms = r.took_ms;
		end->output = end->good ? BYTES_NONE : r.text;
	} else {
		end->result = arena_cstr(t->arena, bytes_of(why.text));
	}
	t->ends = end;
	t->count = 1;
}

/* --- the line ------------------------------------------------------------- */

static void
act_print(struct acting *t)
{
	struct cli *c = t->listen->cli;
	const struct stored_event *e = &t->event->stored;
	char received[25], took[32];

	view_time(e->received_ms, received);
	printf("%s  #%lld  %s %s", received, (long long)e->id, e->source,
	    arena_cstr(t->arena, view_event_name(e, t->arena)));
	if (*e->status != '\0')
		printf(" %s", e->status);
	if (*e->subject != '\0')
		printf("  %s", out_safe(c, bytes_of(e->subject)));
	if (t->note != NULL)
		printf("  %s", out_safe(c, bytes_of(t->note)));
	for (size_t i = 0; i < t->count; i++) {
		const struct act_end *end = &t->ends[i];

		printf("  %s ", out_safe(c, bytes_of(end->where)));
		out_style(c, end->good ? OUT_GOOD : OUT_BAD, "%s",
		    out_safe(c, bytes_of(end->result)));
		printf(" %s", unit_show_duration(end->took_ms, took));
	}
	printf("  %s\n", t->event->page);
	for (size_t i = 0; i < t->count; i++) {
		out_block(c, "    ", t->ends[i].output);
		out_block(c, "    ", t->ends[i].errors);
	}
}

static void
act_print_json(struct acting *t)
{
	const struct stored_event *e = &t->event->stored;
	struct arena *a = t->arena;
	struct cJSON *o = json_out_object(), *list, *end;

	json_out_int(o, "id", e->id);
	json_out_str(o, "source", e->source, a);
	json_out_str(o, "event", e->event, a);
	json_out_str(o, "action", e->action, a);
	json_out_str(o, "status", e->status, a);
	json_out_str(o, "result", result_name(e->result), a);
	json_out_str(o, "subject", e->subject, a);
	json_out_time(o, "received_at", e->received_ms);
	json_out_str(o, "page", t->event->page, a);
	json_out_str(o, "note", t->note, a);
	list = json_out_in_list(o, "ends");
	for (size_t i = 0; i < t->count; i++) {
		end = json_out_add_object(list);
		json_out_str(end, "where", t->ends[i].where, a);
		json_out_str(end, "result", t->ends[i].result, a);
		json_out_bool(end, "good", t->ends[i].good);
		json_out_int(end, "ms", t->ends[i].took_ms);
		json_out_bytes(end, "output", t->ends[i].output, a);
		json_out_bytes(end, "errors", t->ends[i].errors, a);
	}
	(void)out_json(t->listen->cli, o);
}

bool
listen_act(struct listen *l, const struct listen_event *e, struct arena *a,
    bool *good)
{
	struct acting t = { .listen = l, .event = e, .arena = a };

	if (l->handlers != NULL)
		act_handlers(&t);
	else if (l->forward != NULL)
		act_forward(&t);
	if (t.stopped)
		return false;
	if (l->cli->json)
		act_print_json(&t);
	else
		act_print(&t);
	fflush(stdout);
	*good = true;
	for (size_t i = 0; i < t.count; i++)
		*good = *good && t.ends[i].good;
	return true;
}
