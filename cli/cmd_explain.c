/* explain: why a request is genuine, or why it is not. */
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "date.h"
#include "explain_steps.h"
#include "http_text.h"
#include "input.h"
#include "json_out.h"
#include "out.h"
#include "refused.h"
#include "view_text.h"

static const struct command_option explain_options[] = {
	{ "source", 's', "S",
	    "as if it had been sent to this source (default: the one\n"
	    "at the end of the request's path)" },
	{ "at", 'a', "TIME",
	    "as if it had arrived at this time (RFC 3339 or an HTTP\n"
	    "date); otherwise now, when an old Date is stale" },
	{ "reveal", 'r', NULL,
	    "show the signature that would have been right" },
	{ 0 }
};

enum { REQUEST_MAX = 64 * 1024 * 1024 };

struct explaining {
	const char *source_name;	/* --source, or NULL */
	int64_t at_ms;			/* 0: now */
	bool reveal;
	struct http_text request;
	struct explanation x;
	struct guesses guesses;
};

/* --- where the request comes from --------------------------------------- */

static enum status
read_refused(struct cli *c, int64_t number, struct explaining *e,
    struct reason *why)
{
	struct refused r;
	enum status st = refused_read(c->config->state_dir, number, &c->arena,
	    &r, why);

	if (st == ST_UNKNOWN)
		return fail(why, st, "no refused request r%lld is kept; "
		    "cgihook log --state refused lists those that are",
		    (long long)number);
	if (st != ST_OK)
		return st;
	e->request.message = r.message;
	if (e->source_name == NULL)
		e->source_name = r.source;
	trace_note(&e->x.trace, "r%lld was refused then: %s", (long long)number,
	    r.why);
	if (r.hidden)
		trace_note(&e->x.trace, "its body was not kept, since it held "
		    "a secret or a signature, or could not be searched for "
		    "them; what depends on the body cannot be checked");
	if (r.cut)
		trace_note(&e->x.trace, "its body was not kept, since it was "
		    "too large; what depends on the body cannot be checked");
	return ST_OK;
}

static enum status
read_file(struct cli *c, const char *operand, struct explaining *e,
    struct reason *why)
{
	struct bytes text;
	enum status st;

	if ((operand == NULL || strcmp(operand, "-") == 0) &&
	    isatty(STDIN_FILENO) == 1)
		fputs("paste the request, then Ctrl-D\n", stderr);
	st = input_whole(operand, REQUEST_MAX, &c->arena, &text, why);
	if (st == ST_OK)
		st = http_text_read(text, &c->arena, &e->request, why);
	if (st != ST_OK)
		return st;
	e->request.message.received_ms = e->at_ms != 0 ? e->at_ms :
	    clock_wall_ms();
	if (e->request.newline_cut)
		trace_note(&e->x.trace, "the file has a newline after the "
		    "body, which Content-Length does not count; it is ignored");
	else if (e->request.missing_bytes > 0)
		trace_note(&e->x.trace, "the body is %lld bytes shorter than "
		    "Content-Length: the recording is not complete",
		    e->request.missing_bytes);
	else if (e->request.missing_bytes < 0)
		trace_note(&e->x.trace, "the body is %lld bytes longer than "
		    "Content-Length: it was changed since, or is not raw",
		    -e->request.missing_bytes);
	return ST_OK;
}

/* The one given; the one at the end of the path; the only one. */
static const struct source *
find_source(struct cli *c, const struct explaining *e)
{
	struct bytes rest = e->request.path, part = BYTES_NONE;
	const struct source *s;

	if (e->source_name != NULL)
		return cli_source(c, e->source_name);
	while (rest.len > 0) {
		struct bytes next;

		bytes_cut(&rest, '/', &next);
		part = next.len > 0 ? next : part;
	}
	s = part.len == 0 ? NULL : config_source(c->config, part);
	if (s == NULL && c->config->source_count == 1)
		s = &c->config->sources[0];
	if (s == NULL)
		cli_misuse(c, "name the source that the request was sent to: "
		    "--source NAME");
	return s;
}

/* --- the answer --------------------------------------------------------- */

static void
print_steps(struct cli *c, const struct explaining *e)
{
	for (size_t i = 0; i < e->x.trace.count; i++) {
		const struct step *s = &e->x.trace.steps[i];
		enum out_style style = s->kind == STEP_NOTE ? OUT_FAINT :
		    out_state(explain_kind_name(s->kind));
		struct bytes rest = bytes_of(s->text), line;

		out_style(c, style, "%-4s", explain_kind_name(s->kind));
		printf("  %-15s", s->name);
		for (bool first = true; rest.data != NULL; first = false) {
			bytes_cut(&rest, '\n', &line);
			printf("%*s%s\n", first ? 0 : 21, "",
			    out_safe(c, line));
		}
	}
}

static void
print_guesses(struct cli *c, const struct guesses *g)
{
	if (g->count == 0)
		return;
	out_heading(c, g->count == 1 ? "The mistake" : "What is wrong");
	for (size_t i = 0; i < g->count; i++)
		printf("  * %s\n", out_safe(c, bytes_of(g->text[i])));
}

static int
answer_json(struct cli *c, const struct explaining *e)
{
	struct cJSON *o = json_out_object(), *list;

	json_out_bool(o, "genuine", e->x.genuine);
	list = json_out_in_list(o, "steps");
	for (size_t i = 0; i < e->x.trace.count; i++) {
		struct cJSON *s = json_out_add_object(list);

		json_out_str(s, "step", e->x.trace.steps[i].name, &c->arena);
		json_out_str(s, "verdict", explain_kind_name(
		    e->x.trace.steps[i].kind), &c->arena);
		json_out_str(s, "text", e->x.trace.steps[i].text, &c->arena);
	}
	list = json_out_in_list(o, "mistakes");
	for (size_t i = 0; i < e->guesses.count; i++)
		json_out_add_str(list, e->guesses.text[i], &c->arena);
	if (e->x.trace.command.data != NULL)
		json_out_bytes(o, "command", e->x.trace.command, &c->arena);
	return out_json(c, o);
}

static int
answer(struct cli *c, const struct explaining *e)
{
	int code = e->x.genuine ? CLI_DONE : CLI_FAILED;
	struct bytes safe;

	if (c->json)
		return answer_json(c, e) == CLI_DONE ? code : CLI_FAILED;
	print_steps(c, e);
	putchar('\n');
	if (e->x.genuine)
		out_style(c, OUT_GOOD, "genuine");
	else
		out_style(c, OUT_BAD, "refused");
	printf(": %s\n", out_safe(c, bytes_of(e->x.verdict)));
	print_guesses(c, &e->guesses);
	safe = e->x.trace.command.data == NULL ? BYTES_NONE :
	    view_escape(e->x.trace.command, true, &c->arena);
	if (safe.data != NULL) {
		out_heading(c, "The right one is made by");
		printf("  %s\n", safe.data);
	}
	return code;
}

static int
read_at(const struct cli *c, const char *text, int64_t *out)
{
	if (!date_parse_rfc3339(bytes_of(text), out) &&
	    !date_parse_http(bytes_of(text), clock_wall_ms(), out))
		return cli_misuse(c, "--at must be a time, such as "
		    "2026-01-31T12:00:00Z, or an HTTP date, not \"%s\"",
		    text);
	return CLI_DONE;
}

static int
explain_read_options(struct cli *c, int argc, char **argv, struct explaining *e)
{
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		if (option == 's')
			e->source_name = optarg;
		else if (option == 'r')
			e->reveal = true;
		else if (read_at(c, optarg, &e->at_ms) != CLI_DONE)
			return CLI_USAGE;
	}
	if (optind + 1 < argc)
		return cli_misuse(c, "name one request, not several");
	return CLI_DONE;
}

static int
cmd_explain(struct cli *c, int argc, char **argv)
{
	struct explaining e = { .x = EXPLANATION(&c->arena) };
	const struct source *s;
	struct reason why;
	int64_t number;
	enum status st;
	int code = explain_read_options(c, argc, argv, &e);

	if (code == CLI_DONE)
		code = cli_load(c);
	if (code != CLI_DONE)
		return code;
	/* a file may be called r17, too */
	if (optind < argc && refused_number(argv[optind], &number) &&
	    access(argv[optind], F_OK) != 0)
		st = read_refused(c, number, &e, &why);
	else
		st = read_file(c, optind < argc ? argv[optind] : NULL, &e,
		    &why);
	if (st != ST_OK)
		return cli_error(c, "%s", why.text);
	s = find_source(c, &e);
	if (s == NULL)
		return e.source_name == NULL ? CLI_USAGE : CLI_FAILED;
	e.x.trace.reveal = e.reveal;
	explain_steps(&e.x, c->config, s, &e.request.message);
	explain_mistakes(&e.x, c->config, s, &e.request.message, &e.guesses);
	if (arena_failed(&c->arena))	/* what it says may be wrong */
		return cli_error(c, "no memory");
	return answer(c, &e);
}

const struct command command_explain = {
	.name = "explain",
	.summary = "say step by step why a request is genuine, or not",
	.operands = "[FILE | ID]",
	.options = explain_options,
	.help =
"Reads a raw HTTP request, as a recorder or a log shows it, from FILE or\n"
"standard input, or a refused request by its id (r17), and verifies it\n"
"step by step, in words. If it is not genuine, tries the usual mistakes\n"
"and names the one that was made. The exit status is 0 only if the request\n"
"is genuine.\n",
	.examples =
"cgihook explain --source drone request.txt\n"
"cgihook log --state refused; cgihook explain r17\n"
"cgihook explain --source circleci --reveal <request.txt\n",
	.run = cmd_explain,
};
