/* listen: do here what another machine's responder accepts. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "config_input.h"
#include "crypto.h"
#include "json.h"
#include "listen.h"
#include "unit.h"

static const struct command_option listen_options[] = {
	{ "source", 's', "S", "only events of this source" },
	{ "handlers", 'd', "DIR",
	    "run the handlers in this folder: DIR/SOURCE/EVENT, ..." },
	{ "forward", 'f', "URL",
	    "send each event to this address, as it came" },
	{ "secret", 'k', "FILE",
	    "with --forward: sign it with the secret in this file, as the\n"
	    "event's sender would" },
	{ "print", 'p', NULL, "only print a line for each (the default)" },
	{ "token", 't', "FILE",
	    "the token; otherwise standard input is read" },
	{ "since", 'i', "T",
	    "begin with the events of this time: 30m, 8h, 7d; now: with\n"
	    "the next one, whatever came meanwhile" },
	{ "replay", 'r', "ID", "do this event again, and end" },
	{ 0 }
};

enum {
	SECRET_MAX = 64 * 1024, BATCH = 50,
	WAIT_S = 25, ANSWER_S = 60,
	/* a responder that does not wait is asked again after so long */
	SHORT_MS = 1000, EMPTY_PAUSE_MS = 2000,
	BACKOFF_MS = 1000, BACKOFF_MAX_MS = 60 * 1000
};

struct listening {
	struct listen *listen;
	struct listen_state state;
	struct arena arena;		/* of one answer */
	bool connected, ever;
	int64_t backoff_ms;
};

/* --- the options ---------------------------------------------------------- */

static int
listen_read_purpose(struct cli *c, struct listen *l, const char *secret,
    bool print)
{
	struct reason why;
	struct stat sb;
	char *real;

	if ((l->handlers != NULL) + (l->forward != NULL) + print > 1)
		return cli_misuse(c, "choose one of --handlers, --forward and "
		    "--print");
	if (secret != NULL && l->forward == NULL)
		return cli_misuse(c, "--secret is for --forward");
	if (l->replay > 0 && l->since != NULL)
		return cli_misuse(c, "--replay does one event: leave --since "
		    "out");
	if (l->handlers != NULL) {
		real = realpath(l->handlers, NULL);
		if (real == NULL)
			return cli_error(c, "--handlers: %s", strerror(errno));
		l->handlers = arena_copy(&c->arena, bytes_of(real)).data;
		free(real);
		if (l->handlers == NULL)
			return cli_error(c, "out of memory");
	}
	if (l->forward != NULL && strncmp(l->forward, "http://", 7) != 0 &&
	    strncmp(l->forward, "https://", 8) != 0)
		return cli_misuse(c, "--forward needs an address, such as "
		    "http://localhost:8080/hook");
	if (secret == NULL)
		return CLI_DONE;
	if (input_read(secret, SECRET_MAX, &l->secret.data, &l->secret.len,
	    &sb, &why) != ST_OK)
		return cli_error(c, "%s: %s", secret, why.text);
	while (l->secret.len > 0 && l->secret.data[l->secret.len - 1] == '\n')
		l->secret.len--;
	return CLI_DONE;
}

static int
listen_read_id(struct cli *c, const char *given, int64_t *out)
{
	unsigned long long id;

	if (!bytes_to_u64(bytes_of(given), &id) || id == 0 || id > INT64_MAX)
		return cli_misuse(c, "--replay needs an event's number, not "
		    "\"%s\"", given);
	*out = (int64_t)id;
	return CLI_DONE;
}

static int
listen_read_since(struct cli *c, const char *given, struct listen *l)
{
	int64_t ms;

	if (strcmp(given, "now") != 0 &&
	    !unit_parse_duration(bytes_of(given), &ms))
		return cli_misuse(c, "--since needs an age, such as 8h, or "
		    "now, not \"%s\"", given);
	l->since = given;
	return CLI_DONE;
}

static int
listen_read_url(struct cli *c, const char *given, struct listen *l)
{
	const char *fault = page_url_read(bytes_of(given), &c->arena, &l->url);

	if (fault != NULL)
		return cli_misuse(c, "%s: %s", given, fault);
	if (bytes_has_suffix(bytes_of(l->url.text), "/-"))
		return cli_misuse(c, "name the script's address, without /-/");
	return CLI_DONE;
}

static int
listen_read(struct cli *c, int argc, char **argv, struct listen *l)
{
	const char *token = NULL, *secret = NULL;
	bool print = false;
	int option, code = CLI_DONE;

	while ((option = cli_option(c, argc, argv)) != -1) {
		switch (option) {
		case 's': l->source = optarg; break;
		case 'd': l->handlers = optarg; break;
		case 'f': l->forward = optarg; break;
		case 'k': secret = optarg; break;
		case 'p': print = true; break;
		case 't': token = optarg; break;
		case 'i': code = listen_read_since(c, optarg, l); break;
		case 'r': code = listen_read_id(c, optarg, &l->replay); break;
		default: code = CLI_USAGE;
		}
		if (code != CLI_DONE)
			return code;
	}
	if (optind + 1 != argc)
		return cli_misuse(c, "name one address: the script's");
	if (l->source != NULL && !event_word_valid(bytes_of(l->source)))
		return cli_misuse(c, "no source is called \"%s\"", l->source);
	code = listen_read_url(c, argv[optind], l);
	if (code == CLI_DONE)
		code = listen_read_purpose(c, l, secret, print);
	return code == CLI_DONE ? listen_token(l, token) : code;
}

/* --- the connection ------------------------------------------------------- */

static void
listen_say_connected(struct listening *f)
{
	const struct listen *l = f->listen;

	if (!f->connected)
		cli_error(l->cli, "connected%s to %s%s%s; end it with Ctrl-C",
		    f->ever ? " again" : "", l->url.text,
		    l->source == NULL ? "" : ", source ",
		    l->source == NULL ? "" : l->source);
	f->connected = f->ever = true;
	f->backoff_ms = BACKOFF_MS;
}

/* LISTEN_ANSWERED: it may be asked again now. */
static enum listen_answer
listen_refused(struct listening *f, enum listen_answer answer,
    const struct reason *why)
{
	const int64_t ms = f->backoff_ms;
	char shown[32];

	if (answer == LISTEN_NEVER)
		cli_error(f->listen->cli, "%s", why->text);
	if (answer != LISTEN_LATER)
		return answer;
	cli_error(f->listen->cli, "not connected: %s; trying again in %s",
	    why->text, unit_show_duration(ms, shown));
	f->connected = false;
	f->backoff_ms = 2 * ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : 2 * ms;
	return listen_pause(f->listen, ms) ? LISTEN_ANSWERED : LISTEN_STOPPED;
}

/* --- the events ----------------------------------------------------------- */

/* The cursor to begin with, unless one was kept: behind the newest event; or
 * before all, for --since. */
static enum listen_answer
listen_begin(struct listening *f)
{
	const struct listen *l = f->listen;
	struct json_doc d;
	struct reason why = { "" };
	enum listen_answer answer = listen_ask(l, arena_cstr(&f->arena,
	    arena_printf(&f->arena, "/-/api/events?limit=1%s%s",
	    l->source == NULL ? "" : "&source=",
	    l->source == NULL ? "" : l->source)), ANSWER_S, &f->arena, &d,
	    &why);

	if (answer != LISTEN_ANSWERED)
		return listen_refused(f, answer, &why);
	listen_say_connected(f);
	if (listen_state_keep(&f->state, arena_cstr(&f->arena, json_text(&d,
	    json_path(&d, BYTES("newer")), &f->arena)), &why) == ST_OK)
		return LISTEN_ANSWERED;
	cli_error(l->cli, "%s", why.text);
	return LISTEN_NEVER;
}

/* The first answer is wanted at once: until then it is not connected. */
static const char *
listen_question(struct listening *f)
{
	const struct listen *l = f->listen;
	const char *cursor = f->state.cursor;

	return arena_cstr(&f->arena, arena_printf(&f->arena,
	    "/-/api/events?after=%s&wait=%d&limit=%d%s%s%s%s%s",
	    *cursor == '\0' ? "n0" : cursor, f->connected ? WAIT_S : 0, BATCH,
	    *cursor != '\0' ? "" : "&since=",
	    *cursor != '\0' ? "" : l->since,
	    l->source == NULL ? "" : "&source=",
	    l->source == NULL ? "" : l->source,
	    l->handlers == NULL && l->forward == NULL ? "" : "&raw=yes"));
}

/* One after the other; each counts as done once its cursor is kept. */
static enum listen_answer
listen_do(struct listening *f, const struct json_doc *d,
    const struct json_node *list)
{
	struct listen *l = f->listen;
	struct arena a = ARENA(0);
	enum listen_answer answer = LISTEN_ANSWERED;
	struct listen_event e;
	struct reason why;
	bool good;

	for (const struct json_node *n = json_first(list); n != NULL &&
	    answer == LISTEN_ANSWERED; n = json_next(d, list, n)) {
		if (!listen_event_read(l, d, n, &a, &e) || *e.cursor == '\0') {
			cli_error(l->cli, "the answer cannot be read: is the "
			    "responder of another version?");
			answer = LISTEN_NEVER;
		} else if (!listen_pause(l, 0) ||
		    !listen_act(l, &e, &a, &good)) {
			answer = LISTEN_STOPPED;
		} else if (listen_state_keep(&f->state, e.cursor, &why) !=
		    ST_OK) {
			cli_error(l->cli, "%s", why.text);
			answer = LISTEN_NEVER;
		}
		arena_reset(&a);
	}
	arena_free(&a);
	return answer;
}

static enum listen_answer
listen_step(struct listening *f)
{
	const int64_t start_ms = clock_steady_ms();
	const bool waited = f->connected;
	const struct json_node *list;
	struct json_doc d;
	struct reason why = { "" };
	enum listen_answer answer = listen_ask(f->listen, listen_question(f),
	    ANSWER_S, &f->arena, &d, &why);

	if (answer != LISTEN_ANSWERED)
		return listen_refused(f, answer, &why);
	listen_say_connected(f);
	list = json_path(&d, BYTES("events"));
	if (json_first(list) != NULL)
		return listen_do(f, &d, list);
	if (waited && clock_steady_ms() - start_ms < SHORT_MS &&
	    !listen_pause(f->listen, EMPTY_PAUSE_MS))
		return LISTEN_STOPPED;
	return LISTEN_ANSWERED;
}

static int
listen_follow(struct listen *l)
{
	struct listening f = { .listen = l, .arena = ARENA(0),
		.backoff_ms = BACKOFF_MS };
	const bool past = l->since != NULL && strcmp(l->since, "now") != 0;
	enum listen_answer answer;

	if (listen_state_open(l, &f.state) != CLI_DONE)
		return CLI_FAILED;
	if (l->since != NULL)
		f.state.cursor[0] = '\0';
	do {
		answer = f.state.cursor[0] != '\0' || past ?
		    listen_step(&f) : listen_begin(&f);
		arena_reset(&f.arena);
	} while (answer == LISTEN_ANSWERED);
	listen_state_close(&f.state);
	arena_free(&f.arena);
	return answer == LISTEN_STOPPED ? CLI_DONE : CLI_FAILED;
}

/* --- one event again ------------------------------------------------------ */

static int
listen_replay(struct listen *l)
{
	struct arena *a = &l->cli->arena;
	struct listen_event e;
	struct json_doc d;
	struct reason why = { "" };
	bool good = false;
	enum listen_answer answer = listen_ask(l, arena_cstr(a, arena_printf(a,
	    "/-/api/events/%lld%s", (long long)l->replay,
	    l->handlers == NULL && l->forward == NULL ? "" : "?raw=yes")),
	    ANSWER_S, a, &d, &why);

	if (answer == LISTEN_STOPPED)
		return CLI_FAILED;
	if (answer != LISTEN_ANSWERED)
		return cli_error(l->cli, "event %lld: %s", (long long)l->replay,
		    why.text);
	if (!listen_event_read(l, &d, d.nodes, a, &e))
		return cli_error(l->cli, "the answer cannot be read: is the "
		    "responder of another version?");
	return listen_act(l, &e, a, &good) && good ? CLI_DONE : CLI_FAILED;
}

/* --- the command ---------------------------------------------------------- */

/* Signals end what is under way, and then this program, in order. */
static int
listen_catch_signals(struct cli *c, int *fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd > 0 ? CLI_DONE :
	    cli_error(c, "signalfd: %s", strerror(errno));
}

static void
listen_wipe(struct secret *s)
{
	if (s->data != NULL)
		crypto_wipe(s->data, s->len);
	free(s->data);
}

static int
cmd_listen(struct cli *c, int argc, char **argv)
{
	struct listen l = { .cli = c };
	int code = listen_read(c, argc, argv, &l);

	if (code == CLI_DONE)
		code = listen_catch_signals(c, &l.stop_fd);
	if (code == CLI_DONE)
		code = l.replay > 0 ? listen_replay(&l) : listen_follow(&l);
	listen_wipe(&l.token);
	listen_wipe(&l.secret);
	return code;
}

const struct command command_listen = {
	.name = "listen",
	.summary = "run handlers here for what another machine accepts",
	.operands = "URL",
	.options = listen_options,
	.help =
"Follows the events of the responder whose script has the address URL, and\n"
"runs local handlers for each, or forwards it to a server of this machine.\n"
"Each event is done once and in order; what came meanwhile is done later.\n",
	.examples =
"cgihook listen https://you.example/cgi-bin/cgihook.cgi --token me.token\n"
"cgihook listen https://you.example/cgi-bin/cgihook.cgi --source ci \\\n"
"    --forward http://localhost:8080/hook --secret local.secret\n",
	.run = cmd_listen,
};
