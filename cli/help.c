#include "help.h"

#include <stdio.h>

#include "out.h"

const char help_init[] =
"Makes DIR with cgihook.conf, a fresh secret for each of the sources drone,\n"
"circleci and deploy, small example handlers, an empty state folder, and\n"
"cgihook.cgi, which a web server can run. Says what to paste where. Nothing\n"
"that exists is overwritten.\n"
"\n"
"  --url U       the address cgihook.cgi will have, to be shown in what to\n"
"                paste: https://you.example/cgi-bin/cgihook.cgi\n"
"  --system      as root, for a server of your own: /etc/cgihook and\n"
"                /var/lib/cgihook, handlers run by a user who is not the web\n"
"                server's, by 'cgihook run' under systemd; DIR is left out\n";
const char examples_init[] =
"cgihook init ~/hook\n"
"cgihook --config ~/hook/cgihook.conf send drone --status failure\n";

const char help_check[] =
"Looks at the configuration, the secrets, every handler, the permissions and\n"
"owners on the way to each of them, the state folder, its file system, the\n"
"locks, the clock, and the runner's fate under a web server. Prints a line\n"
"for each, and for whatever is wrong the command that mends it. Exit status\n"
"1 when something is bad.\n"
"\n"
"  --url U       also send a signed request through the web server, to the\n"
"                script's address U without the source, and say at which\n"
"                stage it stopped; no event comes of it, and nothing runs\n"
"  --source S    the source whose secret signs it; the first one by itself\n"
"  --user NAME   the user the responder runs as, where that is not you: what\n"
"                that user cannot get at\n"
"  --quiet       only what is not ok\n";
const char examples_check[] =
"cgihook check\n"
"cgihook check --url https://you.example/cgi-bin/cgihook.cgi\n";

const char help_send[] =
"Makes a request as the source's own sender would, signs it with the source's\n"
"first secret, and gives it to the responder as a web server would, but with\n"
"no server and no port. Then waits for the handlers and shows their output.\n"
"Exit status 1 where a handler has not done well, and where the request is a\n"
"duplicate of an earlier one, so that nothing runs.\n"
"\n"
"  --event E     drone: build (default), user, repo\n"
"                circleci: workflow-completed (default), job-completed, ping\n"
"  --action A    drone: created, updated, deleted, enabled, disabled\n"
"  --status S    drone: pending, running, success, failure, killed, error,\n"
"                skipped, blocked, declined, waiting_on_dependencies\n"
"                circleci: success, failed, error, canceled, unauthorized\n"
"  --file F      the body, instead of one made up; - is standard input\n"
"  --url U       send it through a web server, by curl: the script's address\n"
"                without the source\n"
"  --print       send nothing: print the curl command that would\n";
const char examples_send[] =
"cgihook send drone --status failure\n"
"cgihook send circleci --event ping --url https://you.example/cgihook.cgi\n"
"echo '{\"branch\":\"main\"}' | cgihook send deploy --file -\n";

const char help_explain[] =
"Reads a raw HTTP request, as a recorder or a log shows it, from FILE or\n"
"standard input, or a refused one by its id (r17), and verifies it step by\n"
"step, in words. Where it is not genuine, tries the usual mistakes and says\n"
"which of them was made. Exit status 0 only if the request is genuine.\n"
"\n"
"  --source S    as if it had come to this source (default: the one named\n"
"                at the end of the request's path)\n"
"  --at TIME     as if it had come at this time (RFC 3339 or an HTTP date);\n"
"                otherwise now: an old Date is stale\n"
"  --reveal      show the signature that would have been right\n";
const char examples_explain[] =
"cgihook explain --source drone request.txt\n"
"cgihook log --state refused; cgihook explain r17\n"
"cgihook explain --source circleci --reveal <request.txt\n";

const char help_log[] =
"Lists events and what became of them, newest first.\n"
"\n"
"  --source S    only this source's\n"
"  --event E     only this event: build, workflow-completed, ...\n"
"  --status S    only this status: failure, success, ...\n"
"  --state S     waiting, running, done, failed (exit 100), dead (attempts\n"
"                used up), queued, ignored (no handler), refused (requests:\n"
"                the last few, for cgihook explain)\n"
"  --since T     not older than this: 30m, 8h, 7d, or 2026-01-31T12:00:00Z\n"
"  --limit N     at most so many (20)\n";
const char examples_log[] =
"cgihook log --since 8h\n"
"cgihook log --state dead --json\n";

const char help_show[] =
"Shows one event: its words, the headers kept with it (signatures masked),\n"
"its body, and each delivery with its attempts and the handler's output.\n"
"\n"
"  --raw         the body alone, byte for byte as it came\n";
const char examples_show[] =
"cgihook show 12\n"
"cgihook show 12 --raw | jq .build.status\n";

const char help_retry[] =
"Makes what has failed of an event wait anew, with a fresh count of attempts.\n"
"Its handlers are looked up again: one that was added later runs, too. The\n"
"runner is started unless another one is meant to do it. A refused request,\n"
"r17, is verified again, its date measured from its arrival, and accepted if\n"
"it is genuine by now.\n"
"\n"
"  --handler H   this handler alone, even if it has done well: build.failure\n"
"  --dead        every delivery that is dead, of all events\n"
"  --ignored     every event that had no handler: they are looked up again\n"
"  --since T     with one of these: not older than 8h, 7d or\n"
"                2026-01-31T12:00:00Z\n";
const char examples_retry[] =
"cgihook retry 12\n"
"cgihook retry 12 --handler build.failure\n"
"cgihook retry --dead\n"
"cgihook retry --ignored --since 8h\n"
"cgihook retry r17\n";

const char help_run[] =
"Runs handlers until it is told to end (SIGTERM, SIGINT): for systemd, with\n"
"runner = external. At the signal running handlers get their grace, and what\n"
"waits keeps its turn.\n"
"\n"
"  --once        run what is due, and end: for cron. Where another runner is\n"
"                at work, nothing is to be done: exit status 0\n";
const char examples_run[] =
"cgihook run\n"
"*/5 * * * *  cgihook --config $HOME/hook/cgihook.conf run --once\n";

const char help_prune[] =
"Forgets finished events that are older than keep. Responders and runner do\n"
"so by themselves, in small steps; this does it all at once.\n";
const char examples_prune[] =
"cgihook prune\n";

const char help_backup[] =
"Copies the store, as it is now, to FILE, which must not be there yet:\n"
"events, bodies, deliveries, output. Responder and runner may be at work\n"
"meanwhile. \"man cgihook\" says how to put a copy back.\n";
const char examples_backup[] =
"cgihook backup ~/hook.backup\n";

const char help_renumber[] =
"For a snapshot of the whole machine that was put back: event numbers given\n"
"since would be given again. Lets the next number be far above them. A store\n"
"that was copied, or put back from a backup, does so by itself.\n";
const char examples_renumber[] =
"cgihook renumber\n";

const char help_stats[] =
"Counts events and deliveries by their state, and the size of the store.\n";
const char examples_stats[] =
"cgihook stats\n"
"cgihook stats --json | jq .dead\n";

const char help_completion[] =
"Prints the completion of commands, options and sources for the shell.\n";
const char examples_completion[] =
". <(cgihook completion bash)\n"
"cgihook completion bash >~/.local/share/bash-completion/completions/cgihook\n";

static const char global_help[] =
"  --config FILE the configuration; otherwise $CGIHOOK_CONFIG, then\n"
"                ~/.config/cgihook/cgihook.conf and /etc/cgihook/cgihook.conf\n"
"  --json        one JSON object a line\n"
"  --help        this text\n";

static void
indented(const char *lines)
{
	for (const char *p = lines; *p != '\0'; p++) {
		if (p == lines || p[-1] == '\n')
			fputs("  ", stdout);
		putchar(*p);
	}
}

void
help_overview(const struct cli *c, const struct command *commands)
{
	puts("cgihook: your shell scripts run for every genuine webhook\n\n"
	    "usage: cgihook [--config FILE] [--json] COMMAND ...");
	out_heading(c, "Commands");
	for (const struct command *o = commands; o->name != NULL; o++)
		printf("  %-12s%s\n", o->name, o->summary);
	out_heading(c, "Options");
	fputs(global_help, stdout);
	puts("  --version     which version this is");
	out_heading(c, "The first minute");
	indented(examples_init);
	puts("\ncgihook COMMAND --help says more; so do cgihook(1), "
	    "cgihook.conf(5)\nand cgihook-handler(7).");
}

void
help_command(const struct cli *c, const struct command *command)
{
	printf("cgihook %s: %s\n\nusage: cgihook [--config FILE] [--json] "
	    "%s%s%s [options]\n\n", command->name, command->summary,
	    command->name, *command->operands == '\0' ? "" : " ",
	    command->operands);
	fputs(command->help, stdout);
	out_heading(c, "For every command");
	fputs(global_help, stdout);
	out_heading(c, "Examples");
	indented(command->examples);
}
