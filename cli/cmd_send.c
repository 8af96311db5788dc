/* send: a genuine request, as the source's own sender would make it. */
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "cli.h"
#include "clock.h"
#include "event.h"
#include "follow.h"
#include "input.h"
#include "json_out.h"
#include "made_up.h"
#include "out.h"
#include "post.h"
#include "recipe.h"
#include "store_config.h"
#include "unit.h"
#include "view_event.h"
#include "view_text.h"

static const struct command_option send_options[] = {
	{ "event", 'e', "E",
	    "an event of the source's sender (default: the most common\none); "
	    "a wrong one lists them all" },
	{ "action", 'a', "A", "an action of the event, in the same way" },
	{ "status", 's', "S", "a status of the event, in the same way" },
	{ "file", 'f', "F",
	    "the body, instead of one made up; - is standard input" },
	{ "url", 'u', "U",
	    "send it through a web server, by curl: the script's address\n"
	    "without the source" },
	{ "print", 'p', NULL,
	    "send nothing: print the curl command that would" },
	{ 0 }
};

enum { FILE_MAX = 64 * 1024 * 1024, BUSY_MS = 2000 };

struct sending {
	const struct source *source;
	struct sample_words words;
	const char *file, *url;
	bool print;
	struct outgoing request;
	int64_t newest;		/* event of this store before it was sent */
	struct post_reply reply;
	struct answer answer;
};

static int
send_read_options(struct cli *c, int argc, char **argv, struct sending *s)
{
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		switch (option) {
		case 'e': s->words.event = optarg; break;
		case 'a': s->words.action = optarg; break;
		case 's': s->words.status = optarg; break;
		case 'f': s->file = optarg; break;
		case 'u': s->url = optarg; break;
		case 'p': s->print = true; break;
		default: return CLI_USAGE;
		}
	}
	if (optind == argc)
		return cli_misuse(c, "name the source to send to");
	if (optind + 1 < argc)
		return cli_misuse(c, "name one source, not several");
	if (s->file != NULL && (s->words.action != NULL ||
	    s->words.status != NULL))
		return cli_misuse(c, "--action and --status cannot be used "
		    "with --file");
	return CLI_DONE;
}

/* The name of the event in a given body, for the header that repeats it; NULL
 * if the body does not say it. */
static const char *
event_of_body(const struct source *s, struct bytes body, struct arena *a)
{
	const struct message m = { .body = body };
	struct event e;

	return event_decode(s, &m, NULL, a, &e, NULL) == ST_OK ?
	    arena_cstr(a, e.event) : NULL;
}

static enum status
read_body(struct cli *c, struct sending *s, struct bytes *body,
    struct reason *why)
{
	enum status st = input_whole(s->file, FILE_MAX, &c->arena, body, why);

	if (st == ST_OK && s->words.event == NULL)
		s->words.event = event_of_body(s->source, *body, &c->arena);
	return st;
}

static enum status
send_prepare(struct cli *c, struct sending *s, struct reason *why)
{
	struct outgoing *o = &s->request;
	enum status st;

	o->now_ms = clock_wall_ms();
	st = s->file != NULL ? read_body(c, s, &o->body, why) :
	    made_up_body(s->source, &s->words, o->now_ms, &c->arena, &o->body,
	    why);
	o->event = s->words.event;
	o->target = post_target(s->url, s->source->name, &c->arena);
	return st != ST_OK ? st :
	    outgoing_sign(s->source, &c->arena, o, why);
}

static bool
is_good(const struct sending *s)
{
	return s->reply.status >= 200 && s->reply.status < 300;
}

static void
show_reply(struct cli *c, const struct sending *s)
{
	const struct sample_words *w = &s->words;
	const struct post_reply *r = &s->reply;
	char took[32], size[32];

	printf("sent      %s%s%s%s%s to %s%s%s, %s, %s\n",
	    w->event == NULL ? "a body" : w->event,
	    w->action == NULL ? "" : " ", w->action == NULL ? "" : w->action,
	    w->status == NULL ? "" : " ", w->status == NULL ? "" : w->status,
	    s->url == NULL ? "" : out_safe(c, bytes_of(s->url)),
	    s->url == NULL ? "" : "/",
	    s->source->name,
	    view_size((int64_t)s->request.body.len, size, sizeof(size)),
	    s->request.holds_secret ? "with its secret" : "signed");
	fputs("answered  ", stdout);
	out_style(c, is_good(s) ? OUT_GOOD : OUT_BAD, "%d %s", r->status,
	    message_reason(r->status));
	printf(" after %s\n", unit_show_duration(r->took_ms, took));
	out_block(c, "          ", r->text);
	fflush(stdout);
}

/* --- the event of this very request --------------------------------------- */

/* Remembers the newest event before the request. A store that cannot be read is
 * reported after the reply. */
static void
note_newest(struct cli *c, struct sending *s)
{
	struct store_filter newest = { .limit = 1 };
	struct stored_event *list;
	struct reason why;
	size_t count;

	if (store_open_config(c->config, STORE_READ, BUSY_MS, &c->store,
	    &why) == ST_OK && store_list(c->store, &newest, &c->arena, &list,
	    &count, &why) == ST_OK && count > 0)
		s->newest = list[0].id;
}

/* Opens the store, if it is on this machine and this user may read it. */
static int
look_into_store(struct cli *c, const struct sending *s)
{
	if (c->store != NULL || (s->url != NULL &&
	    access(c->config->state_dir, R_OK | X_OK) != 0))
		return CLI_DONE;
	return cli_open_store(c, true);
}

static bool
has_this_body(struct cli *c, const struct sending *s, int64_t id)
{
	const bool retried = s->answer.kind == ANSWER_RETRIED;
	struct stored_event e;
	struct reason why;

	return (id > s->newest || retried) &&
	    store_get(c->store, id, STORE_BODY, &c->arena, &e, &why) == ST_OK &&
	    bytes_equal(e.body, s->request.body);
}

static bool
names_its_event(const struct sending *s)
{
	return s->answer.kind == ANSWER_QUEUED ||
	    s->answer.kind == ANSWER_RETRIED;
}

/* The event that this request has become; 0 if it is not in this store. The
 * number in the reply may be another machine's, and a handler's reply has none.
 * */
static int64_t
find_event(struct cli *c, const struct sending *s)
{
	struct store_filter latest = { .source = s->source->name, .limit = 5 };
	struct stored_event *list;
	struct reason why;
	size_t count = 0;

	if (names_its_event(s))
		return has_this_body(c, s, s->answer.id) ? s->answer.id : 0;
	if (s->answer.kind != ANSWER_OTHER || store_list(c->store, &latest,
	    &c->arena, &list, &count, &why) != ST_OK)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (has_this_body(c, s, list[i].id))
			return list[i].id;
	return 0;
}

static int
reply_json(struct cli *c, const struct sending *s, int64_t id)
{
	const struct post_reply *r = &s->reply;
	struct stored_event e;
	struct reason why;
	const struct view v = cli_view(c);
	struct cJSON *o = json_out_object(), *event = NULL;

	json_out_int(o, "http_status", r->status);
	json_out_bytes(o, "reply", r->text, &c->arena);
	json_out_int(o, "ms", r->took_ms);
	if (s->answer.kind == ANSWER_DUPLICATE)
		json_out_int(o, "duplicate_of", s->answer.id);
	if (id > 0 && store_get(c->store, id, STORE_DELIVERIES |
	    STORE_ATTEMPTS | STORE_RETRIES, &c->arena, &e, &why) == ST_OK)
		event = view_event_json(&v, &e, VIEW_ATTEMPTS);
	if (event != NULL)
		json_out_attach(o, "event", event);
	return out_json(c, o);
}

/* --- after the reply ------------------------------------------------------ */

/* Shows what the handlers did, if their store is here. */
static int
follow(struct cli *c, const struct sending *s)
{
	int64_t id = 0;
	int code = CLI_DONE;

	if (!c->json)
		show_reply(c, s);
	if (is_good(s) && s->answer.kind != ANSWER_DUPLICATE)
		code = look_into_store(c, s);
	if (is_good(s) && code == CLI_DONE && c->store != NULL)
		id = find_event(c, s);
	if (id > 0)
		code = follow_event(c, id);
	else if (code == CLI_DONE && names_its_event(s) && !c->json)
		printf("event %lld is not in %s, so its handlers are not "
		    "shown\n", (long long)s->answer.id, c->config->state_dir);
	if (c->json && reply_json(c, s, id) != CLI_DONE)
		code = CLI_FAILED;
	return code;
}

/* The exit status, and what to do if it is not 0. */
static int
send_judge(struct cli *c, const struct sending *s, int code)
{
	long long id = (long long)s->answer.id;

	if (bytes_is(s->answer.state, "pruned"))
		return cli_error(c, "it was accepted before, as event %lld, "
		    "which has been pruned; nothing has run again", id);
	if (s->answer.kind == ANSWER_DUPLICATE)
		return cli_error(c, "it was accepted before, as event %lld, "
		    "and nothing has run again: cgihook show %lld; to run a "
		    "handler again: cgihook retry %lld --handler NAME", id, id,
		    id);
	if (s->reply.status == 404 && s->url != NULL &&
	    post_names_source(s->url, s->source->name))
		return cli_error(c, "--url must not end in /%s, which is added "
		    "to it", s->source->name);
	if (is_good(s) && s->answer.kind == ANSWER_OTHER &&
	    !bytes_has_prefix(s->reply.type, "text/plain"))
		return cli_error(c, "this is not the responder's reply: the "
		    "web server shows another page, or the program's text");
	if (s->reply.status == 400 && s->words.event == NULL)
		return cli_error(c, "the body does not say which event it is; "
		    "if it is what the sender sends, name it with --event");
	if (!is_good(s) && c->terminal && s->url == NULL)
		printf("the reason is in the log: %s\n", c->config->log);
	return is_good(s) ? code : CLI_FAILED;
}

static int
send_and_follow(struct cli *c, struct sending *s)
{
	struct reason why;
	enum status st;

	if (s->url == NULL && cli_may_write(c) != CLI_DONE)
		return CLI_FAILED;
	note_newest(c, s);
	st = s->url == NULL ?
	    post_cgi(c, s->source->name, &s->request, &s->reply, &why) :
	    post_http(c, s->url, s->source->name, &s->request, &s->reply, &why);
	if (st != ST_OK)
		return cli_error(c, "%s", why.text);
	s->answer = answer_read(s->reply.type, s->reply.text, &c->arena);
	return send_judge(c, s, follow(c, s));
}

static int
cmd_send(struct cli *c, int argc, char **argv)
{
	struct sending s = { 0 };
	struct reason why;
	int code = send_read_options(c, argc, argv, &s);

	if (code == CLI_DONE)
		code = cli_load(c);
	if (code != CLI_DONE)
		return code;
	s.source = cli_source(c, argv[optind]);
	if (s.source == NULL)
		return CLI_FAILED;
	if (!source_signs(s.source))
		return cli_error(c, "%s", source_trial(s.source, &c->arena));
	if (s.file == NULL && made_up_words(s.source, &s.words, &why) != ST_OK)
		return cli_misuse(c, "%s", why.text);
	if (send_prepare(c, &s, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (s.print) {
		post_print(c, s.url == NULL ?
		    "https://YOUR.HOST/cgi-bin/cgihook.cgi" : s.url,
		    s.source->name, &s.request);
		return CLI_DONE;
	}
	return send_and_follow(c, &s);
}

const struct command command_send = {
	.name = "send",
	.summary = "send a genuine, signed event and show what handlers did",
	.operands = "SOURCE",
	.options = send_options,
	.help =
"Makes a request as the source's own sender would, signs it with the\n"
"source's first secret, and gives it to the responder as a web server\n"
"would, but without a server or a port. Then waits for the handlers and\n"
"shows their output. The exit status is 1 when a handler fails, and when\n"
"the request repeats an earlier one, so that nothing runs.\n",
	.examples =
"cgihook send drone --status failure\n"
"cgihook send circleci --url https://you.example/cgi-bin/cgihook.cgi\n"
"echo '{\"branch\":\"main\"}' | cgihook send deploy --file -\n",
	.run = cmd_send,
};
