/* send: a genuine request, as the source's own sender would make it. */
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "crypto.h"
#include "follow.h"
#include "input.h"
#include "json.h"
#include "jsonout.h"
#include "out.h"
#include "payload.h"
#include "post.h"
#include "sign.h"
#include "view.h"

const struct option send_options[] = {
	{ "event", required_argument, NULL, 'e' },
	{ "action", required_argument, NULL, 'a' },
	{ "status", required_argument, NULL, 's' },
	{ "file", required_argument, NULL, 'f' },
	{ "url", required_argument, NULL, 'u' },
	{ "print", no_argument, NULL, 'p' },
	CLI_OPTIONS
};

enum { FILE_MAX = 64 * 1024 * 1024 };

struct sending {
	const struct source *source;
	struct payload_words words;
	const char *file, *url;
	bool print;
	struct outgoing request;
};

static int
read_options(struct cli *c, int argc, char **argv, struct sending *s)
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
		return cli_misuse(c, "to which source?");
	if (optind + 1 < argc)
		return cli_misuse(c, "one source, not several");
	if (s->file != NULL && (s->words.action != NULL ||
	    s->words.status != NULL))
		return cli_misuse(c, "with --file the body has its own action "
		    "and status");
	return CLI_DONE;
}

/* The event's name in a body that was given, for the header that repeats it. */
static const char *
event_of_body(const struct source *s, struct bytes body, struct arena *a)
{
	struct json_doc doc;
	struct bytes event;

	if (s->provider == &provider_custom)
		return "received";
	if (json_parse(body, a, &doc, NULL) != ST_OK)
		return NULL;
	event = json_text(&doc, json_member(&doc, &doc.nodes[0],
	    s->provider == &provider_circleci ? "type" : "event"), a);
	return event.len == 0 ? NULL : arena_cstr(a, event);
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
prepare(struct cli *c, struct sending *s, struct reason *why)
{
	unsigned char random[64];
	int64_t now_ms = clock_wall_ms();
	struct bytes body;
	enum status st;

	if (s->file != NULL) {
		st = read_body(c, s, &body, why);
	} else {
		st = crypto_random(random, sizeof(random));
		if (st != ST_OK)
			return fail(why, st, "no random numbers");
		st = payload_make(s->source->provider->name, &s->words, now_ms,
		    random, &c->arena, &body, why);
	}
	if (st != ST_OK)
		return st;
	return sign_request(s->source, s->words.event, body, now_ms, &c->arena,
	    &s->request, why);
}

static void
show_reply(struct cli *c, const struct sending *s, const struct reply *r)
{
	char took[32], size[32];
	bool good = r->status >= 200 && r->status < 300;
	const struct payload_words *w = &s->words;

	printf("sent      %s%s%s%s%s to %s%s%s, %s, %s\n",
	    w->event == NULL ? "a body" : w->event,
	    w->action == NULL ? "" : " ", w->action == NULL ? "" : w->action,
	    w->status == NULL ? "" : " ", w->status == NULL ? "" : w->status,
	    s->url == NULL ? "" : s->url, s->url == NULL ? "" : "/",
	    s->source->name,
	    out_bytes_count((int64_t)s->request.body.len, size, sizeof(size)),
	    s->request.query_is_secret ? "with its secret" : "signed");
	fputs("answered  ", stdout);
	out_style(c, good ? OUT_GOOD : OUT_BAD, "%d %s", r->status,
	    message_reason(r->status));
	printf(" after %s\n", out_duration(r->took_ms, took, sizeof(took)));
	out_block(c, "          ", r->text);
	fflush(stdout);
}

/* Whether this machine's store has the event that was sent; the reply's number
 * may be another machine's, and wait mode's reply has none. */
static int64_t
find_event(struct cli *c, const struct sending *s, int64_t id,
    struct reason *why)
{
	struct store_filter filter = { .source = s->source->name, .limit = 5 };
	struct stored_event *list, e;
	size_t count = 0;

	if (id > 0) {
		if (store_get(c->store, id, true, &c->arena, &e, why) !=
		    ST_OK || !bytes_equal(e.body, s->request.body))
			return 0;
		return id;
	}
	if (store_list(c->store, &filter, &c->arena, &list, &count, why) !=
	    ST_OK)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (store_get(c->store, list[i].id, true, &c->arena, &e, why)
		    == ST_OK && bytes_equal(e.body, s->request.body))
			return list[i].id;
	return 0;
}

static int
reply_json(struct cli *c, const struct reply *r, int64_t id)
{
	struct stored_event e;
	struct reason why;
	cJSON *o = cJSON_CreateObject(), *event = NULL;

	jsonout_int(o, "http_status", r->status);
	jsonout_bytes(o, "reply", r->text, &c->arena);
	jsonout_int(o, "ms", r->took_ms);
	if (id > 0 && store_get(c->store, id, false, &c->arena, &e, &why) ==
	    ST_OK)
		event = view_event_json(c, &e, true, &why);
	if (event != NULL)
		cJSON_AddItemToObject(o, "event", event);
	return jsonout_print(c, o);
}

/* What is pasted at a sender ends in the source, --url does not. */
static bool
names_source(const struct sending *s)
{
	struct bytes url = bytes_of(s->url == NULL ? "" : s->url);
	struct bytes end = bytes_of(s->source->name);

	while (url.len > 0 && url.data[url.len - 1] == '/')
		url.len--;
	return url.len > end.len && url.data[url.len - end.len - 1] == '/' &&
	    memcmp(url.data + url.len - end.len, end.data, end.len) == 0;
}

/* After the reply: what the handlers did, where their store is here. */
static int
follow(struct cli *c, const struct sending *s, const struct reply *r)
{
	bool good = r->status >= 200 && r->status < 300;
	struct reason why;
	int64_t id;
	int code = CLI_DONE;

	(void)post_is_ours(r->text, &id);
	if (!c->json)
		show_reply(c, s, r);
	if (s->url != NULL && access(c->config->state_dir, R_OK | X_OK) != 0)
		id = 0;
	else if (good || id > 0)
		code = cli_open_store(c, true);
	if (c->store != NULL)
		id = find_event(c, s, id, &why);
	if (code == CLI_DONE && c->store != NULL && id > 0)
		code = follow_event(c, id);
	if (c->json && reply_json(c, r, c->store == NULL ? 0 : id) != CLI_DONE)
		code = CLI_FAILED;
	if (r->status == 404 && names_source(s))
		return cli_error(c, "--url is the address without /%s at its "
		    "end", s->source->name);
	if (!good && c->terminal && s->url == NULL)
		printf("the reason is in the log: %s\n", c->config->log);
	return good ? code : CLI_FAILED;
}

int
cmd_send(struct cli *c, int argc, char **argv)
{
	struct sending s = { 0 };
	struct reply r = { 0 };
	struct reason why;
	enum status st;
	int code = read_options(c, argc, argv, &s);

	if (code == CLI_DONE)
		code = cli_load(c);
	if (code != CLI_DONE)
		return code;
	s.source = cli_source(c, argv[optind]);
	if (s.source == NULL)
		return CLI_FAILED;
	if (s.file == NULL && payload_complete(s.source->provider->name,
	    &s.words, &why) != ST_OK)
		return cli_misuse(c, "%s", why.text);
	if (prepare(c, &s, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (s.print) {
		post_print(c, s.url == NULL ?
		    "https://YOUR.HOST/cgi-bin/cgihook.cgi" : s.url,
		    s.source->name, &s.request);
		return CLI_DONE;
	}
	if (s.url == NULL && cli_may_write(c) != CLI_DONE)
		return CLI_FAILED;
	st = s.url == NULL ?
	    post_cgi(c, s.source->name, &s.request, &r, &why) :
	    post_http(c, s.url, s.source->name, &s.request, &r, &why);
	if (st != ST_OK)
		return cli_error(c, "%s", why.text);
	return follow(c, &s, &r);
}
