/* stats: how many of what. */
#include "cli.h"
#include "clock.h"
#include "counters.h"
#include "date.h"
#include "metrics.h"
#include "out.h"
#include "progress.h"
#include "refused.h"
#include "store_facts.h"
#include "view_stats.h"
#include "view_text.h"

static const struct command_option stats_options[] = {
	{ "prometheus", 'p', NULL,
	    "as Prometheus reads it: what the store and the responders of\n"
	    "this machine have counted" },
	{ 0 }
};

enum { HEARD_MS = 1000, STATS_MAX = 16 * 1024 * 1024 };

/* Of all machines, where they share the store. */
static bool
stats_find_runners(struct cli *c, struct store_facts *out)
{
	struct reason why;

	return c->store != NULL &&
	    store_facts(c->store, &c->arena, out, &why) == ST_OK;
}

static int
stats_json(struct cli *c, const struct store_stats *s, int64_t refused)
{
	const char *runner = progress_name(
	    progress_look(c->config, HEARD_MS).state);
	struct cJSON *o = view_stats_json(s, refused, runner, &c->arena);
	struct cJSON *list, *one;
	struct store_facts f;

	if (!stats_find_runners(c, &f))
		return out_json(c, o);
	list = json_out_in_list(o, "runners");
	for (size_t i = 0; i < f.runner_count; i++) {
		one = json_out_add_object(list);
		json_out_int(one, "number", f.runners[i].number);
		json_out_str(one, "host", f.runners[i].host, &c->arena);
		json_out_int(one, "running", f.runners[i].running);
		json_out_time(one, "began", f.runners[i].began_ms);
		json_out_bool(one, "dispatches", f.runners[i].dispatches);
		json_out_bool(one, "differs", f.runners[i].differs);
	}
	return out_json(c, o);
}

static void
stats_line(const struct cli *c, const char *name, int64_t count,
    const char *what)
{
	printf("  %-10s", name);
	out_style(c, count > 0 ? out_state(name) : OUT_FAINT, "%8lld",
	    (long long)count);
	printf("  %s\n", what);
}

static void
stats_runner(struct cli *c)
{
	struct progress p = progress_look(c->config, HEARD_MS);
	bool bad = p.state == PROGRESS_STOPPED || p.state == PROGRESS_STUCK;

	out_style(c, OUT_BOLD, "runner");
	fputs("\n  ", stdout);
	out_style(c, bad ? OUT_BAD : OUT_PLAIN, "%s", progress_name(p.state));
	if (p.state == PROGRESS_STOPPED)
		printf(" (SIGSTOP): kill -CONT %ld", (long)p.pid);
	else if (p.state == PROGRESS_STUCK)
		fputs(": it does not react; see cgihook check",
		    stdout);
	putchar('\n');
}

static void
stats_runners(struct cli *c)
{
	struct store_facts f;

	if (!stats_find_runners(c, &f))
		return;
	out_style(c, OUT_BOLD, "runners of all machines");
	putchar('\n');
	if (f.runner_count == 0)
		puts("  none");
	for (size_t i = 0; i < f.runner_count; i++) {
		const struct store_runner_fact *r = &f.runners[i];

		printf("  %-10lld%8lld running on %s%s%s\n",
		    (long long)r->number, (long long)r->running,
		    out_safe(c, bytes_of(r->host)),
		    r->dispatches ? "; it dispatches" : "",
		    r->differs ? "; it differs and takes nothing" : "");
	}
}

static int
stats_text(struct cli *c, const struct store_stats *s, int64_t refused)
{
	char oldest[25], newest[25], size[32], spare[32];

	out_style(c, OUT_BOLD, "events");
	putchar('\n');
	stats_line(c, "all", s->events, "");
	stats_line(c, "queued", s->queued, "the runner has not seen them yet");
	stats_line(c, "ignored", s->ignored, "no handler was found");
	out_style(c, OUT_BOLD, "deliveries");
	putchar('\n');
	stats_line(c, "waiting", s->waiting,
	    "for their turn, or the next attempt");
	stats_line(c, "running", s->running, "");
	stats_line(c, "done", s->done, "");
	stats_line(c, "failed", s->failed, "the handler said so (exit 100)");
	stats_line(c, "dead", s->dead,
	    "all attempts used up; cgihook retry --dead");
	stats_line(c, "filtered", s->filtered,
	    "a condition (when) of the handler does not hold");
	stats_runner(c);
	stats_runners(c);
	out_style(c, OUT_BOLD, "requests");
	putchar('\n');
	stats_line(c, "refused", refused,
	    "the latest that are kept; cgihook log --state refused");
	out_style(c, OUT_BOLD, "store");
	printf("\n  %s, of which %s are free\n",
	    view_size(s->file_bytes, size, sizeof(size)),
	    view_size(s->free_bytes, spare, sizeof(spare)));
	if (s->keys > 0)
		printf("  %lld event key%s kept for good, so that a copy of "
		    "a request is never taken for a new one\n",
		    (long long)s->keys, s->keys == 1 ? " is" : "s are");
	if (s->in_doubt)
		puts("  in doubt: what was written last may not be on the "
		    "disk; nothing is accepted until it is");
	if (s->events > 0) {
		date_format_rfc3339(s->oldest_ms, oldest);
		date_format_rfc3339(s->newest_ms, newest);
		printf("  from %s to %s\n", oldest, newest);
	}
	return CLI_DONE;
}

/* --- for Prometheus ------------------------------------------------------- */

static int
stats_prometheus(struct cli *c)
{
	struct store_measures measures;
	struct metrics m = { .now_ms = clock_wall_ms() };
	struct alarm_list alarms;
	struct counter *counters;
	struct buf text = BUF(STATS_MAX);
	struct reason why;
	enum status st = counters_list(c->config->state_dir, &c->arena,
	    &counters, &m.counter_count, &why);

	m.counters = counters;
	if (st == ST_OK)
		st = alert_list(c->config->state_dir, &c->arena, &alarms,
		    &why);
	if (st == ST_OK) {
		m.alarms = alarms.rows;
		m.alarm_count = alarms.count;
	}
	if (st == ST_OK && c->store != NULL) {
		st = store_measure(c->store, &c->arena, &measures, &why);
		m.store = &measures;
	}
	if (st != ST_OK)
		return cli_error(c, "%s", why.text);
	metrics_print(&m, &text);
	if (!text.failed)
		fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
	return text.failed ? cli_error(c, "no memory") : CLI_DONE;
}

/* --- the command ---------------------------------------------------------- */

static int
cmd_stats_show(struct cli *c)
{
	struct store_stats s = { 0 };
	struct refused *refused;
	struct reason why;
	size_t count = 0;

	if ((c->store != NULL && store_stats(c->store, &s, &why) != ST_OK) ||
	    refused_list(c->config->state_dir, &c->arena, &refused, &count,
	    &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	return c->json ? stats_json(c, &s, (int64_t)count) :
	    stats_text(c, &s, (int64_t)count);
}

static int
cmd_stats(struct cli *c, int argc, char **argv)
{
	bool prometheus = false;
	int option, code;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option != 'p')
			return CLI_USAGE;
		prometheus = true;
	}
	code = cli_no_operands(c, argc, argv);
	if (code == CLI_DONE && prometheus && c->json)
		code = cli_misuse(c, "--prometheus is a format of its own, and "
		    "not JSON");
	if (code == CLI_DONE)
		code = cli_open_store(c, true);
	if (code != CLI_DONE)
		return code;
	return prometheus ? stats_prometheus(c) : cmd_stats_show(c);
}

const struct command command_stats = {
	.name = "stats",
	.summary = "count events and deliveries by their state",
	.options = stats_options,
	.help =
"Counts events and deliveries by their state, and shows the size of the\n"
"store.\n",
	.examples =
"cgihook stats\n"
"cgihook stats --json | jq .dead\n"
"cgihook stats --prometheus >/var/lib/node-exporter/cgihook.prom\n",
	.run = cmd_stats,
};
