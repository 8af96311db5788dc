/* run: be the runner, for systemd, cron, or a terminal. */
#include <sys/stat.h>

#include "advice.h"
#include "alert.h"
#include "cli.h"
#include "clock.h"
#include "log.h"
#include "progress.h"
#include "runner.h"

enum { HEARD_MS = 5000 };

static const struct command_option run_options[] = {
	{ "once", 'o', NULL,
	    "run what is due, and exit: for cron. If another runner is\n"
	    "at work, there is nothing to do, and the exit status is 0" },
	{ "alerts", 'a', NULL,
	    "look for alarms, tell on_alert of them, and exit: for cron\n"
	    "with runner = auto, also while nothing comes" },
	{ 0 }
};

enum run_what { RUN_HANDLERS, RUN_ALERTS };

/* Another runner is running: does it do this one's work? */
static int
judge_other(struct cli *c, enum runner_until until)
{
	struct progress p = progress_look(c->config, HEARD_MS);

	if (p.state == PROGRESS_STOPPED || p.state == PROGRESS_STUCK)
		return cli_error(c, "%s", advice_progress(c, &p));
	if (until == RUNNER_ONCE)
		return CLI_DONE;
	return cli_error(c, "another runner is at work for %s",
	    c->config->state_dir);
}

static int
run_read_options(struct cli *c, int argc, char **argv,
    enum runner_until *until, enum run_what *what)
{
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		switch (option) {
		case 'o': *until = RUNNER_ONCE; break;
		case 'a': *what = RUN_ALERTS; break;
		default: return CLI_USAGE;
		}
	}
	if (*until == RUNNER_ONCE && *what == RUN_ALERTS)
		return cli_misuse(c, "--once looks for alarms, too; take one "
		    "of --once and --alerts");
	return cli_no_operands(c, argc, argv);
}

static int
run_alerts(struct cli *c)
{
	struct reason why;

	return alert_look(c->config, clock_wall_ms(), 0, &why) == ST_OK ?
	    CLI_DONE : cli_error(c, "%s", why.text);
}

static int
cmd_run(struct cli *c, int argc, char **argv)
{
	enum runner_until until = RUNNER_FOREVER;
	enum run_what what = RUN_HANDLERS;
	struct reason why;
	enum status st;
	int code = run_read_options(c, argc, argv, &until, &what);

	if (code == CLI_DONE)
		code = cli_load_runner(c);
	if (code == CLI_DONE)
		code = cli_may_run(c);
	if (code != CLI_DONE)
		return code;
	/* before the first event; the log is usually in there */
	mkdir(c->config->state_dir, 0700);
	if (log_open(c->config->log, "cgihook", &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (what == RUN_ALERTS)
		return run_alerts(c);
	if (c->terminal && until == RUNNER_FOREVER)
		fprintf(stderr, "running handlers for %s until Ctrl-C; the log "
		    "is %s\n", c->config->state_dir, c->config->log);
	st = runner_run(c->config->path, until, &why);
	if (st == ST_BUSY)
		return judge_other(c, until);
	return st == ST_OK ? CLI_DONE : cli_error(c, "%s", why.text);
}

const struct command command_run = {
	.name = "run",
	.summary = "run handlers in the foreground",
	.options = run_options,
	.help =
"Runs handlers until SIGTERM or SIGINT: for systemd, with runner = external.\n"
"At the signal, running handlers get their grace period; waiting deliveries\n"
"keep their place.\n",
	.examples =
"cgihook run\n"
"*/5 * * * *  cgihook --config $HOME/hook/cgihook.conf run --once\n"
"* * * * *  cgihook --config $HOME/hook/cgihook.conf run --alerts\n",
	.run = cmd_run,
};
