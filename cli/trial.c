#include "trial.h"

#include <string.h>

#include "clock.h"
#include "event.h"
#include "file.h"
#include "handler_env.h"
#include "made_up.h"
#include "message.h"
#include "outgoing.h"

/* The request that the sender would make, as the responder would read it. */
static enum status
trial_make_event(struct cli *c, const struct source *s,
    const struct sample_words *words, struct message *m, struct event *e,
    struct reason *why)
{
	struct outgoing o = { .now_ms = clock_wall_ms(),
		.event = words->event };
	struct http_header *headers;
	enum status st = made_up_body(s, words, o.now_ms, &c->arena, &o.body,
	    why);

	if (st == ST_OK)
		st = outgoing_sign(s, &c->arena, &o, why);
	if (st != ST_OK)
		return st;
	headers = arena_array(&c->arena, o.header_count, sizeof(*headers));
	for (size_t i = 0; headers != NULL && i < o.header_count; i++)
		headers[i] = (struct http_header){ message_header_name(
		    o.headers[i].name, &c->arena), o.headers[i].value };
	*m = (struct message){ .method = BYTES("POST"), .headers = headers,
		.header_count = headers == NULL ? 0 : o.header_count,
		.body = o.body, .received_ms = o.now_ms };
	st = event_decode(s, m, NULL, &c->arena, e, why);
	return arena_verdict(&c->arena, st, why);
}

static enum status
trial_environment(struct cli *c, const struct message *m,
    const struct event *e, const char *path, char ***out, struct reason *why)
{
	struct arena *a = &c->arena;
	struct stored_event stored = { .received_ms = m->received_ms,
		.source = e->source, .provider = e->provider,
		.event = arena_cstr(a, e->event),
		.action = arena_cstr(a, e->action),
		.status = arena_cstr(a, e->status), .result = e->result,
		.subject = arena_cstr(a, e->subject), .remote_addr = "" };
	struct env_user user;
	struct event_env *prepared;
	enum status st = env_user_read(a, &user, why);

	if (st == ST_OK)
		st = env_prepare(&user, &stored, e, a, &prepared, why);
	return st != ST_OK ? st : env_build(prepared, strchr(path, '/') + 1, 1,
	    config_handler(c->config, path), a, out, why);
}

enum status
trial_start(const char *file, struct child_request *r, struct arena *a,
    struct child_result *out, struct reason *why)
{
	const char *argv[] = { "/bin/sh", "-c",
		"cd -- \"${1%/*}\" && exec \"$1\"", "-", file, NULL };

	r->argv = argv;
	return child_run(r, a, out, why);
}

enum status
trial_run(struct cli *c, const struct source *s, struct sample_words *words,
    const char *path, struct child_result *out, struct reason *why)
{
	const char *file = path_join(&c->arena,
	    bytes_of(c->config->handlers_dir), bytes_of(path)).data;
	struct child_request r = {
		.timeout_ms = config_handler(c->config, path)->timeout_ms };
	struct message m;
	struct event e;
	char **env;
	enum status st = trial_make_event(c, s, words, &m, &e, why);

	if (st == ST_OK)
		st = trial_environment(c, &m, &e, path, &env, why);
	if (st != ST_OK)
		return st;
	r.env = (const char *const *)env;
	r.input = m.body;
	return trial_start(file, &r, &c->arena, out, why);
}
