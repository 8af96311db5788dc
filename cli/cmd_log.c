/* log: list events, newest first. */
#include <string.h>

#include "cli.h"
#include "clock.h"
#include "date.h"
#include "handler_waits.h"
#include "json_out.h"
#include "log_audit.h"
#include "log_csv.h"
#include "log_tail.h"
#include "near.h"
#include "out.h"
#include "pager.h"
#include "refused.h"
#include "table.h"
#include "view_event.h"
#include "view_refused.h"
#include "view_text.h"

static const struct command_option log_options[] = {
	{ "source", 's', "S",
	    "only events of this source" },
	{ "event", 'e', "E",
	    "only this event: build, workflow-completed, ..." },
	{ "status", 't', "S",
	    "only this status: failure, success, ..." },
	{ "state", 'a', "S",
	    "waiting, running, done, failed (exit 100), dead (all\n"
	    "attempts failed), filtered (by a condition), queued,\n"
	    "ignored (no handler), or refused (the latest requests, for\n"
	    "cgihook explain)" },
	{ "search", 'q', "TEXT",
	    "only events whose project, branch, title, author or commit\n"
	    "have words that begin like these" },
	{ "since", 'i', "T",
	    "no older than this: 30m, 8h, 7d, 2026-01-31, or\n"
	    "2026-01-31T12:00:00Z" },
	{ "limit", 'l', "N",
	    "at most this many (default: 20)" },
	{ "follow", 'f', NULL,
	    "wait for events, and print each as it comes and ends (or -f)" },
	{ "audit", 'u', NULL,
	    "not events, but who did what: logins, retries" },
	{ "csv", 'c', NULL,
	    "a table for spreadsheets: webhook, project, workflow, status,\n"
	    "time" },
	{ "sep", 'p', "C",
	    "with --csv, what separates cells: , or ; (default: ,)" },
	{ 0 }
};

/* PAGE events are read at a time; each page frees its memory. */
enum { LIMIT = 20, LIMIT_MAX = 1000000, PAGE = 500 };

/* So much of the value that a condition met; "show" has more. */
enum { VALUE_MAX = 40 };

static const char *const states[] = { "waiting", "running", "done", "failed",
	"dead", "filtered", "queued", "ignored", "refused" };

static int
cmd_log_read_state(const struct cli *c, const char *given,
    struct store_filter *f)
{
	enum { COUNT = sizeof(states) / sizeof(states[0]) };
	const char *near = near_word(given, states, COUNT);

	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(states[i], given) == 0) {
			f->state = given;
			return CLI_DONE;
		}
	}
	if (near != NULL)
		return cli_misuse(c, "unknown state \"%s\"; did you mean "
		    "%s?", given, near);
	return cli_misuse(c, "unknown state \"%s\"; choose one of: waiting, "
	    "running, done, failed, dead, filtered, queued, ignored, refused",
	    given);
}

static int
cmd_log_read_limit(const struct cli *c, const char *given,
    struct store_filter *f)
{
	unsigned long long n;

	if (!bytes_to_u64(bytes_of(given), &n) || n == 0 || n > LIMIT_MAX)
		return cli_misuse(c, "--limit must be a number from 1 to %d, "
		    "not \"%s\"", LIMIT_MAX, given);
	f->limit = (int)n;
	return CLI_DONE;
}

/* What is listed, and how, if not events as text. */
struct log_kind {
	bool audit, csv, follow;
	char separator;			/* '\0': not given */
};

static int
cmd_log_read_separator(const struct cli *c, const char *given,
    struct log_kind *k)
{
	if (strcmp(given, ",") != 0 && strcmp(given, ";") != 0)
		return cli_misuse(c, "--sep must be , or ; and not \"%s\"",
		    given);
	k->separator = given[0];
	return CLI_DONE;
}

static int
cmd_log_check_kind(const struct cli *c, const struct store_filter *f,
    const struct log_kind *k)
{
	if (k->audit && (k->csv || f->source != NULL || f->event != NULL ||
	    f->status != NULL || f->state != NULL || f->search != NULL))
		return cli_misuse(c, "--audit takes only --since and --limit");
	if (k->follow && (k->audit || k->csv || f->state != NULL ||
	    f->search != NULL || f->since_ms != 0))
		return cli_misuse(c, "--follow takes only --source, --event "
		    "and --status");
	if (k->separator != '\0' && !k->csv)
		return cli_misuse(c, "--sep is for --csv");
	if (k->csv && c->json)
		return cli_misuse(c, "--csv is a format of its own, and not "
		    "JSON");
	if (k->csv && f->state != NULL && strcmp(f->state, "refused") == 0)
		return cli_misuse(c, "--csv is for events, and not for "
		    "requests that were refused");
	if (f->search != NULL && f->state != NULL &&
	    strcmp(f->state, "refused") == 0)
		return cli_misuse(c, "--search is for events, and not for "
		    "requests that were refused");
	return CLI_DONE;
}

static int
cmd_log_read_options(struct cli *c, int argc, char **argv,
    struct store_filter *f, struct log_kind *k)
{
	int option, code = CLI_DONE;

	*k = (struct log_kind){ .csv = false };

	while ((option = cli_option(c, argc, argv)) != -1) {
		switch (option) {
		case 's': f->source = optarg; break;
		case 'e': f->event = optarg; break;
		case 't': f->status = optarg; break;
		case 'a': code = cmd_log_read_state(c, optarg, f); break;
		case 'q': f->search = optarg; break;
		case 'i': code = cli_since(c, optarg, &f->since_ms); break;
		case 'u': k->audit = true; break;
		case 'f': k->follow = true; break;
		case 'l': code = cmd_log_read_limit(c, optarg, f); break;
		case 'c': k->csv = true; break;
		case 'p': code = cmd_log_read_separator(c, optarg, k); break;
		default: code = CLI_USAGE;
		}
		if (code != CLI_DONE)
			return code;
	}
	code = cmd_log_check_kind(c, f, k);
	return code != CLI_DONE ? code : cli_no_operands(c, argc, argv);
}

static const char *
cmd_log_filter(struct cli *c, const struct stored_delivery *d)
{
	return arena_cstr(&c->arena, view_filter(&d->filter, VALUE_MAX,
	    &c->arena));
}

/* "build.failure dead (5 attempts), all done"; or why they wait, do not run */
static struct bytes
cmd_log_handlers_cell(struct cli *c, const struct stored_event *e)
{
	const struct stored_delivery *d = e->deliveries;
	struct bytes text = BYTES("");
	struct reason waits;

	if (handler_waits_event(c->config, e, &c->arena, &waits))
		return arena_copy(&c->arena, bytes_of(waits.text));

	for (size_t i = 0; i < e->delivery_count; i++) {
		char attempts[32] = "";

		if (d[i].attempts > 1)
			snprintf(attempts, sizeof(attempts), " (%d attempts)",
			    d[i].attempts);
		text = arena_printf(&c->arena, "%s%s%s %s%s",
		    text.data == NULL ? "" : text.data, i == 0 ? "" : ", ",
		    d[i].handler, delivery_state_name(d[i].state), attempts);
		if (d[i].state == DELIVERY_FILTERED)
			text = arena_printf(&c->arena, "%s: %s",
			    text.data == NULL ? "" : text.data,
			    cmd_log_filter(c, &d[i]));
		if (handler_waits_delivery(c->config, e, &d[i], &c->arena,
		    &waits))
			text = arena_printf(&c->arena, "%s: %s",
			    text.data == NULL ? "" : text.data, waits.text);
	}
	return text;
}

/* Where the screen is narrow, the year and the seconds are not needed. */
static const char *
log_received(const struct cli *c, int64_t ms, char text[25])
{
	enum { WIDE = 100, MINUTES = sizeof("2026-01-31T12:00") - 1,
		DAY = sizeof("2026-") - 1, HOUR = sizeof("2026-01-31T") - 1 };

	view_time(ms, text);
	if (c->screen_columns >= WIDE)
		return text;
	text[HOUR - 1] = ' ';
	text[MINUTES] = 'Z';
	text[MINUTES + 1] = '\0';
	return text + DAY;
}

static void
cmd_log_add_row(struct cli *c, struct table *t, const struct stored_event *e)
{
	char received[25];

	table_add(t, arena_printf(&c->arena, "%lld", (long long)e->id));
	table_add_str(t, log_received(c, e->received_ms, received));
	table_add_str(t, e->source);
	table_add(t, view_event_name(e, &c->arena));
	table_add_str(t, e->status);
	table_add_str(t, e->subject);
	table_add_str(t, view_event_state(e));
	table_add(t, cmd_log_handlers_cell(c, e));
}

/* One page, whose memory is freed before the next. */
static enum status
cmd_log_print_page(struct cli *c, struct store_filter *f, size_t *count,
    struct reason *why)
{
	static const struct column columns[] = { { "ID", 0 },
		{ "RECEIVED", 0 }, { "SOURCE", 6 }, { "EVENT", 7 },
		{ "STATUS", 7 }, { "SUBJECT", 9 }, { "STATE", 0 },
		{ "HANDLERS", 9 } };
	struct table t = TABLE(c, columns);
	const struct view v = cli_view(c);
	struct stored_event *e;
	enum status st = store_list(c->store, f, &c->arena, &e, count, why);

	for (size_t i = 0; i < *count && st == ST_OK; i++) {
		if (!c->json)
			cmd_log_add_row(c, &t, &e[i]);
		else if (out_json(c, view_event_json(&v, &e[i],
		    VIEW_DELIVERIES)) !=
		    CLI_DONE)
			st = ST_SYSTEM;
		f->before_id = e[i].id;
	}
	st = arena_verdict(&c->arena, st, why);
	if (st == ST_OK && !c->json && *count > 0)
		(void)table_print(&t, 6);
	st = arena_verdict(&c->arena, st, why);
	arena_reset(&c->arena);
	return st;
}

/* --- refused requests ----------------------------------------------------- */

static bool
log_refused_fits(const struct refused *r, const struct store_filter *f)
{
	return (f->source == NULL || strcmp(f->source, r->source) == 0) &&
	    r->message.received_ms >= f->since_ms;
}

static void
log_refused_add_row(struct cli *c, struct table *t, const struct refused *r)
{
	char received[25];

	table_add(t, arena_printf(&c->arena, "r%lld", (long long)r->number));
	table_add_str(t, log_received(c, r->message.received_ms, received));
	table_add_str(t, r->source);
	table_add(t, r->message.remote_addr);
	table_add_str(t, r->why);
}

/* They are no events: only source, since_ms and limit of f matter. */
static int
log_refused(struct cli *c, const struct store_filter *f)
{
	static const struct column columns[] = { { "ID", 0 },
		{ "RECEIVED", 0 }, { "SOURCE", 6 }, { "FROM", 9 },
		{ "WHY", 0 } };
	struct table t = TABLE(c, columns);
	struct refused *r;
	struct reason why;
	size_t count;
	int left = f->limit, code = CLI_DONE;

	if (refused_list(c->config->state_dir, &c->arena, &r, &count, &why) !=
	    ST_OK)
		return cli_error(c, "%s", why.text);
	for (size_t i = 0; i < count && left > 0 && code == CLI_DONE; i++) {
		if (!log_refused_fits(&r[i], f))
			continue;
		if (c->json)
			code = out_json(c, view_refused_json(&r[i], &c->arena));
		else
			log_refused_add_row(c, &t, &r[i]);
		left--;
	}
	if (c->json || code != CLI_DONE)
		return code;
	if (left < f->limit)
		code = table_print(&t, t.columns);
	if (c->terminal)
		puts(left == f->limit ? "no refused request is kept" :
		    "\ncgihook explain ID says why; cgihook retry ID accepts "
		    "it once the cause is corrected");
	return code;
}

/* A line below the events, if requests were refused within a day. */
static void
log_refused_hint(struct cli *c)
{
	static const int64_t day_ms = 86400000;
	struct store_filter day = { .since_ms = clock_wall_ms() - day_ms };
	struct refused *r;
	size_t count, fresh = 0;

	if (refused_list(c->config->state_dir, &c->arena, &r, &count, NULL) !=
	    ST_OK)
		return;
	for (size_t i = 0; i < count; i++)
		fresh += log_refused_fits(&r[i], &day);
	if (fresh > 0)
		out_style(c, OUT_FAINT, "\n%zu request%s refused within a day: "
		    "cgihook log --state refused\n", fresh,
		    fresh == 1 ? " was" : "s were");
}

/* --- the command ---------------------------------------------------------- */

/* There is no store. */
static int
cmd_log_nothing(struct cli *c, const struct log_kind *kind)
{
	if (kind->follow)
		return cli_error(c, "nothing has been accepted yet");
	if (c->terminal && !c->json) {
		puts("nothing has been accepted yet");
		log_refused_hint(c);
	}
	return CLI_DONE;
}

static int
cmd_log(struct cli *c, int argc, char **argv)
{
	struct store_filter f = { .limit = LIMIT,
	    .parts = STORE_DELIVERIES };
	struct reason why;
	size_t count, left;
	int64_t from = 0;
	struct log_kind kind;
	int code = cmd_log_read_options(c, argc, argv, &f, &kind);

	if (code == CLI_DONE)
		code = cli_open_store(c, true);
	if (code != CLI_DONE)
		return code;
	if (kind.csv)
		return log_csv(c, &f, kind.separator);
	if (!kind.follow)
		pager_begin(c);
	if (f.state != NULL && strcmp(f.state, "refused") == 0)
		return log_refused(c, &f);
	if (c->json)
		f.parts |= STORE_RETRIES;
	if (c->store == NULL)
		return cmd_log_nothing(c, &kind);
	if (kind.follow)
		return log_tail(c, &f);
	if (kind.audit)
		return log_audit(c, f.since_ms, f.limit);
	left = (size_t)f.limit;
	f.handler_from = &from;
	do {
		f.limit = left > PAGE ? PAGE : (int)left;
		if (cmd_log_print_page(c, &f, &count, &why) != ST_OK)
			return cli_error(c, "%s", why.text);
		if (count == 0 && from == 0 && left == (size_t)f.limit) {
			if (f.source != NULL &&
			    cli_source(c, f.source) == NULL)
				return CLI_FAILED;
			if (c->terminal && !c->json)
				puts("no events match");
		}
		left -= count;
		if (from > 0)
			f.before_id = from;
	} while (left > 0 && (from > 0 || count == (size_t)f.limit));
	if (c->terminal && !c->json)
		log_refused_hint(c);
	return CLI_DONE;
}

const struct command command_log = {
	.name = "log",
	.summary = "list events, newest first",
	.options = log_options,
	.brief = "f",
	.help =
"Lists events and what became of them, newest first.\n",
	.examples =
"cgihook log --since 8h\n"
"cgihook log --state dead --json\n"
"cgihook log -f --source ci\n",
	.run = cmd_log,
};
