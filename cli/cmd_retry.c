/* retry: let failed deliveries wait again. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "advice.h"
#include "cli.h"
#include "clock.h"
#include "json_out.h"
#include "out.h"
#include "progress.h"
#include "refused.h"
#include "refused_accept.h"
#include "runner_link.h"
#include "store_access.h"

static const struct command_option retry_options[] = {
	{ "handler", 'n', "H",
	    "only this handler, even if it succeeded: build.failure" },
	{ "again", 'a', NULL,
	    "all handlers of the event, even those that succeeded" },
	{ "force", 'o', NULL,
	    "run what a condition has filtered, whatever it says" },
	{ "dead", 'd', NULL,
	    "every dead delivery, of all events" },
	{ "filtered", 'f', NULL,
	    "every filtered delivery, of all events: evaluate its\n"
	    "conditions again" },
	{ "ignored", 'i', NULL,
	    "every event that had no handler: look for one again" },
	{ "since", 's', "T",
	    "with --dead, --filtered or --ignored: no older than 8h, 7d\n"
	    "or 2026-01-31T12:00:00Z" },
	{ 0 }
};

enum { PAGE = 200, HEARD_MS = 50, PROGRESS_MS = 3000 };

struct retrying {
	struct cli *cli;
	const char *handler;	/* only this one; NULL: all that failed */
	const char *of_all;	/* "dead", "filtered", "ignored": of all
				   events */
	int64_t since_ms;	/* of those */
	bool force;
	bool again;		/* those that are done, too */
	long long deliveries;	/* made to wait again */
	long long filtered;	/* whose conditions are evaluated again */
	long long events;	/* whose handlers are looked up again */
	long long stripped;	/* that have no body any more */
};

static enum status
retry_these(struct retrying *r, struct store_retry *these, struct reason *why)
{
	char who[24];
	enum status st;

	snprintf(who, sizeof(who), "uid:%lu", (unsigned long)getuid());
	these->who = who;
	these->force = r->force;
	st = store_retry(r->cli->store, these, why);
	if (st != ST_OK)
		return st;
	r->deliveries += these->deliveries;
	r->filtered += these->filtered;
	r->stripped += (long long)these->stripped;
	if (r->of_all != NULL)
		r->events += these->requeued;
	return ST_OK;
}

static enum status
retry_event(struct retrying *r, int64_t id, struct reason *why)
{
	struct store_retry one = { .events = &id, .count = 1,
	    .what = r->handler == NULL ? STORE_AGAIN : STORE_AGAIN_HANDLER,
	    .handler = r->handler };
	enum status st = retry_these(r, &one, why);

	if (st == ST_OK && one.found == 0)
		return fail(why, ST_UNKNOWN, "there is no event %lld",
		    (long long)id);
	if (st == ST_OK && one.stripped > 0)
		return fail(why, ST_UNKNOWN, "event %lld cannot run again: its "
		    "body was removed (keep_bodies)", (long long)id);
	return st;
}

/* Each handler that the event had, whatever has become of it. */
static enum status
retry_again(struct retrying *r, int64_t id, struct reason *why)
{
	struct stored_event e;
	enum status st = store_get(r->cli->store, id, STORE_DELIVERIES,
	    &r->cli->arena, &e, why);

	if (st != ST_OK)
		return st == ST_UNKNOWN ? retry_event(r, id, why) : st;
	for (size_t i = 0; i < e.delivery_count && st == ST_OK; i++) {
		r->handler = e.deliveries[i].handler;
		st = retry_event(r, id, why);
	}
	r->handler = NULL;
	return st == ST_OK && e.delivery_count == 0 ? retry_event(r, id, why) :
	    st;
}

static enum store_again
retry_what(const struct retrying *r)
{
	return strcmp(r->of_all, "ignored") == 0 ? STORE_AGAIN_IGNORED :
	    strcmp(r->of_all, "filtered") == 0 ? STORE_AGAIN_FILTERED :
	    STORE_AGAIN_DEAD;
}

/* In pages, so that responders wait for one page's transaction at most. */
static enum status
retry_all(struct retrying *r, struct reason *why)
{
	struct store_retry page = { .what = retry_what(r) };
	struct store_filter f = { .state = r->of_all, .limit = PAGE,
	    .since_ms = r->since_ms };
	struct cli *c = r->cli;
	struct stored_event *e;
	int64_t ids[PAGE];
	enum status st;

	page.events = ids;
	do {
		st = store_list(c->store, &f, &c->arena, &e, &page.count, why);
		if (st != ST_OK)
			return st;
		for (size_t i = 0; i < page.count; i++)
			f.before_id = ids[i] = e[i].id;
		st = retry_these(r, &page, why);
		arena_reset(&c->arena);
	} while (st == ST_OK && page.count == PAGE);
	return st;
}

/* Whether a runner will run what waits. */
static int
judge_runner(struct cli *c)
{
	struct progress p = progress_look(c->config, PROGRESS_MS);

	if (p.state == PROGRESS_STOPPED || p.state == PROGRESS_STUCK)
		return cli_error(c, "it waits now, but %s",
		    advice_progress(c, &p));
	if (p.state == PROGRESS_NONE && c->config->runner == RUNNER_EXTERNAL)
		return cli_error(c, "it waits now, but no runner is at work: "
		    "%s", advice_run(c));
	return CLI_DONE;
}

static int
wake_runner(struct cli *c, int64_t id)
{
	struct runner_link link;
	struct reason why;
	enum status st = runner_link_open(c->config, NULL, c->store, &link,
	    &why);
	bool woken = false;

	if (st == ST_OK) {
		woken = runner_wake(&link, id, &why) != RUNNER_NOT_STARTED;
		if (woken && runner_has_heard(&link, HEARD_MS) == RUNNER_KILLED)
			woken = runner_wake(&link, id, &why) !=
			    RUNNER_NOT_STARTED;
		runner_link_close(&link);
	}
	if (!woken)
		return cli_error(c, "it waits now, but the runner could not be "
		    "woken: %s", why.text);
	return CLI_DONE;
}

static int
retry_report_json(const struct retrying *r)
{
	struct cJSON *o = json_out_object();

	if (r->of_all != NULL && strcmp(r->of_all, "ignored") == 0) {
		json_out_int(o, "events", r->events);
	} else {
		json_out_int(o, "deliveries", r->deliveries);
		json_out_int(o, "filtered", r->filtered);
	}
	return out_json(r->cli, o);
}

/* No delivery waits again, and no condition is evaluated again. */
static void
retry_say_nothing(const struct retrying *r)
{
	if (r->events > 0)
		printf("looking for the handlers of %lld event%s again\n",
		    r->events, r->events == 1 ? "" : "s");
	else if (r->of_all != NULL)
		printf("nothing is %s\n", r->of_all);
	else if (r->handler == NULL)
		puts("nothing has failed. Handlers that were added since then "
		    "run now; --again runs those that are done once more, and "
		    "--handler NAME one of them");
	else
		printf("the event has not run %s yet; it runs now if that "
		    "handler exists\n", out_safe(r->cli,
		    bytes_of(r->handler)));
}

static int
retry_report(const struct retrying *r, int64_t id)
{
	char later[64] = "";

	if (id != 0)
		snprintf(later, sizeof(later), "; cgihook show %" PRId64
		    " shows the result", id);

	if (r->cli->json)
		return retry_report_json(r);
	if (r->filtered > 0)
		printf("evaluating the conditions of %lld filtered deliver%s "
		    "again%s\n", r->filtered, r->filtered == 1 ? "y" : "ies",
		    r->deliveries > 0 ? "" : later);
	if (r->deliveries > 0)
		printf("%lld deliver%s again%s\n", r->deliveries,
		    r->deliveries == 1 ? "y waits" : "ies wait", later);
	if (r->stripped > 0)
		printf("%lld event%s cannot run again: the body was removed "
		    "(keep_bodies)\n", r->stripped, r->stripped == 1 ? "" :
		    "s");
	else if (r->filtered + r->deliveries == 0)
		retry_say_nothing(r);
	return CLI_DONE;
}

struct asked {
	unsigned long long id;		/* an event's */
	int64_t refused;		/* a request's, -1 where it is none */
};

static int
read_operand(const struct cli *c, const struct retrying *r, int argc,
    char **argv, struct asked *out)
{
	out->refused = -1;
	if (r->force && r->of_all != NULL && strcmp(r->of_all, "filtered") != 0)
		return cli_misuse(c, "--force applies to filtered "
		    "deliveries, and not to --%s", r->of_all);
	if (r->of_all != NULL) {
		if (optind < argc || r->handler != NULL || r->again)
			return cli_misuse(c, "--%s is for all events: it takes "
			    "neither a number nor --handler or --again",
			    r->of_all);
		return CLI_DONE;
	}
	if (r->since_ms != 0)
		return cli_misuse(c, "--since needs --dead, --filtered or "
		    "--ignored");
	if (r->again && r->handler != NULL)
		return cli_misuse(c, "give --again or --handler");
	if (optind + 1 != argc)
		return cli_misuse(c, "name one event by its number; cgihook "
		    "log lists them");
	if (refused_number(argv[optind], &out->refused)) {
		if (r->handler != NULL)
			return cli_misuse(c, "--handler does not apply to a "
			    "refused request, which has no handlers yet");
		if (r->again)
			return cli_misuse(c, "--again does not apply to a "
			    "refused request, which has run no handler");
		if (r->force)
			return cli_misuse(c, "--force does not apply to a "
			    "refused request, which no condition has "
			    "filtered");
		return CLI_DONE;
	}
	if (!bytes_to_u64(bytes_of(argv[optind]), &out->id) ||
	    out->id == 0 || out->id > INT64_MAX)
		return cli_misuse(c, "\"%s\" is not an event number",
		    argv[optind]);
	return CLI_DONE;
}

/* --- refused requests ----------------------------------------------------- */

/* As the page does. */
static enum status
accept_note(struct cli *c, int64_t id, int64_t number, struct reason *why)
{
	const struct store_note note = { .at_ms = clock_wall_ms(),
		.who = arena_cstr(&c->arena, arena_printf(&c->arena, "uid:%lu",
		    (unsigned long)getuid())),
		.what = "accept", .event_id = id,
		.detail = arena_printf(&c->arena, "r%lld",
		    (long long)number) };

	return store_audit_add(c->store, &note, why);
}

static int
accept_refused(struct cli *c, int64_t number)
{
	struct cJSON *o;
	struct reason why;
	int64_t id;
	int code;

	if (refused_accept(c->config, c->store, number, &c->arena, &id, &why)
	    != ST_OK || accept_note(c, id, number, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	code = wake_runner(c, id);
	if (code != CLI_DONE)
		return code;
	if (!c->json) {
		printf("r%lld is genuine now and was accepted as event %lld: "
		    "cgihook show %lld\n", (long long)number, (long long)id,
		    (long long)id);
		return judge_runner(c);
	}
	o = json_out_object();
	json_out_int(o, "id", id);
	code = out_json(c, o);
	return code == CLI_DONE ? judge_runner(c) : code;
}

static int
read_option(const struct cli *c, struct retrying *r, int option)
{
	const char *of_all = option == 'i' ? "ignored" :
	    option == 'f' ? "filtered" : "dead";

	if (option == 's')
		return cli_since(c, optarg, &r->since_ms);
	if (option == 'o')
		r->force = true;
	else if (option == 'a')
		r->again = true;
	else if (option == 'n')
		r->handler = optarg;
	else if (r->of_all != NULL && strcmp(r->of_all, of_all) != 0)
		return cli_misuse(c, "give one of --dead, --filtered and "
		    "--ignored");
	else
		r->of_all = of_all;
	return CLI_DONE;
}

static int
cmd_retry(struct cli *c, int argc, char **argv)
{
	struct retrying r = { .cli = c };
	struct reason why;
	struct asked asked = { 0 };
	int option, code;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		code = read_option(c, &r, option);
		if (code != CLI_DONE)
			return code;
	}
	code = read_operand(c, &r, argc, argv, &asked);
	if (code == CLI_DONE && asked.refused >= 0)
		code = cli_load(c);	/* with the secrets */
	if (code == CLI_DONE)
		code = cli_open_store(c, false);
	if (code != CLI_DONE)
		return code;
	if (asked.refused >= 0)
		return accept_refused(c, asked.refused);
	if ((r.of_all != NULL ? retry_all(&r, &why) : r.again ?
	    retry_again(&r, (int64_t)asked.id, &why) :
	    retry_event(&r, (int64_t)asked.id, &why)) != ST_OK)
		return cli_error(c, "%s", why.text);
	code = wake_runner(c, (int64_t)asked.id);
	if (code == CLI_DONE)
		code = retry_report(&r, (int64_t)asked.id);
	if (code == CLI_DONE && (asked.id > 0 || r.deliveries + r.events > 0))
		code = judge_runner(c);
	return code;
}

const struct command command_retry = {
	.name = "retry",
	.summary = "run an event's handlers again",
	.operands = "[ID]",
	.options = retry_options,
	.help =
"Runs those handlers of an event again that failed, and counts their\n"
"attempts from the beginning. Looks for handlers once more: one that was\n"
"added later runs, too, and so does one whose conditions (when) hold now.\n"
"Starts the runner, unless runner = external. A refused request, such as\n"
"r17, is verified again, and accepted if it is genuine now; the age of its\n"
"date does not count.\n",
	.examples =
"cgihook retry 12\n"
"cgihook retry 12 --again\n"
"cgihook retry 12 --handler build.failure\n"
"cgihook retry 12 --handler deploy --force\n"
"cgihook retry --dead\n"
"cgihook retry --ignored --since 8h\n"
"cgihook retry r17\n",
	.run = cmd_retry,
};
