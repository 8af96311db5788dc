/* check: find everything that can be wrong, before the first event. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_areas.h"
#include "cli.h"
#include "json_out.h"
#include "out.h"
#include "program.h"

static const struct command_option check_options[] = {
	{ "url", 'u', "U",
	    "also send a signed request through the web server, to the\n"
	    "script's address U without the source, and say at which\n"
	    "stage it stopped; it makes no event and runs nothing" },
	{ "source", 's', "S",
	    "the source whose secret signs it; otherwise the first one" },
	{ "user", 'n', "NAME",
	    "the user that the responder runs as, if that is not you:\ncheck "
	    "also what this user cannot reach" },
	{ "quiet", 'q', NULL,
	    "show only what is not ok, and nothing if all is well" },
	{ "verbose", 'v', NULL,
	    "also show what is ok (or -v)" },
	{ "fix", 'f', NULL,
	    "run the safe ones of the commands shown (modes of secrets and\n"
	    "handlers, missing folders, line endings); asks before each" },
	{ "yes", 'y', NULL,
	    "with --fix: do not ask" },
	{ 0 }
};

/* check_paths is first: it finds out who owns and runs everything. */
static void (*const check_areas[])(struct checking *) = {
	check_paths, check_secrets, check_recipes, check_handlers, check_state,
	check_log, check_clock, check_agent, check_runner,
	check_alarms
};

enum { AREA_COUNT = sizeof(check_areas) / sizeof(check_areas[0]) };

struct check_wish {
	const char *url, *source, *user;
	bool quiet, verbose, fix, yes;
};

static int
check_print(struct cli *c, const struct finding *f)
{
	struct cJSON *o;

	if (c->json) {
		o = json_out_object();
		json_out_str(o, "level", check_level_word(f->level), &c->arena);
		json_out_str(o, "area", f->area, &c->arena);
		json_out_str(o, "text", f->text, &c->arena);
		json_out_str(o, "mend", f->mend, &c->arena);
		return out_json(c, o);
	}
	out_style(c, out_state(check_level_word(f->level)), "%-4s",
	    check_level_word(f->level));
	printf("  %-14s%s\n", f->area, out_safe(c, bytes_of(f->text)));
	if (f->mend == NULL)
		return CLI_DONE;
	fputs("                    ", stdout);
	out_style(c, OUT_BOLD, "%s", out_safe(c, bytes_of(f->mend)));
	putchar('\n');
	return CLI_DONE;
}

/* "all is well: 22 ok (-v shows them)"; "1 bad, 2 to consider, 20 ok" */
static void
check_sum_up(struct checking *k, const struct check_wish *wish)
{
	size_t ok = k->count - k->bad - k->warnings;
	struct cli *c = k->cli;

	putchar('\n');
	if (k->bad + k->warnings == 0)
		out_style(c, OUT_GOOD, "all is well: ");
	else
		printf("%zu bad, %zu to consider, ", k->bad, k->warnings);
	printf("%zu ok%s\n", ok, wish->verbose ? "" : " (-v shows them)");
}

static bool
check_is_shown(const struct finding *f, bool ok_too)
{
	return ok_too || f->level != CHECK_OK;
}

/* Who gives an address wants to read that it works. */
static bool
check_was_asked(const struct finding *f)
{
	return strcmp(f->area, "url") == 0;
}

static int
check_report(struct checking *k, const struct check_wish *wish)
{
	static const enum check_level order[] = { CHECK_BAD, CHECK_WARN,
		CHECK_OK };

	if (k->cli->json) {
		for (size_t i = 0; i < k->count; i++)
			if (check_is_shown(&k->items[i], !wish->quiet))
				check_print(k->cli, &k->items[i]);
		return k->bad > 0 ? CLI_FAILED : CLI_DONE;
	}
	for (size_t level = 0; level < sizeof(order) / sizeof(order[0]);
	    level++)
		for (size_t i = 0; i < k->count; i++)
			if (k->items[i].level == order[level] &&
			    check_is_shown(&k->items[i], wish->verbose ||
			    (!wish->quiet && check_was_asked(&k->items[i]))))
				check_print(k->cli, &k->items[i]);
	if (!wish->quiet)
		check_sum_up(k, wish);
	return k->bad > 0 ? CLI_FAILED : CLI_DONE;
}

static void
check_responder(struct checking *k)
{
	const char *path;
	struct reason why;

	if (program_responder(&k->cli->arena, &path, &why) == ST_OK)
		check_add(k, CHECK_OK, "responder", "%s", path);
	else
		check_add(k, CHECK_BAD, "responder", "%s", why.text);
}

/* Of a file that others may read or write: config_secret.c, config_load.c. They
 * cut a path that is longer. */
static void
check_open_file(struct checking *k, const char *reason)
{
	static const char *const commands[] = { "chmod o-rw", "chmod o-w" };

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *at = strstr(reason, commands[i]);
		size_t len = strlen(commands[i]);

		if (at != NULL && at[len] == ' ' && strlen(at) < 200)
			check_mend_path(k, commands[i], at + len + 1);
	}
}

/* False without a configuration: there is nothing else to check. */
static bool
check_configuration(struct checking *k)
{
	struct cli *c = k->cli;
	struct reason why;
	const char *path;

	if (config_find_file(c->config_given, c->config_variable, &c->arena,
	    &path, &why) != ST_OK) {
		check_add(k, CHECK_BAD, "configuration", "%s", why.text);
		check_mend(k, "cgihook init ~/hook");
		return false;
	}
	if (config_load(path, &c->config, &why) != ST_OK) {
		check_add(k, CHECK_BAD, "configuration", "%s", why.text);
		check_open_file(k, why.text);
		if (access(path, F_OK) != 0)
			check_mend(k, "cgihook init ~/hook");
		check_in_force(k, path);
		return false;
	}
	check_add(k, CHECK_OK, "configuration", "%s, %zu source%s, no error",
	    path, c->config->source_count,
	    c->config->source_count == 1 ? "" : "s");
	if (c->config->source_count == 0)
		check_add(k, CHECK_BAD, "configuration", "there is no source, "
		    "so nobody can send anything");
	return true;
}

static int
check_read_options(struct cli *c, int argc, char **argv,
    struct check_wish *wish)
{
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		switch (option) {
		case 'u': wish->url = optarg; break;
		case 's': wish->source = optarg; break;
		case 'n': wish->user = optarg; break;
		case 'q': wish->quiet = true; break;
		case 'v': wish->verbose = true; break;
		case 'f': wish->fix = true; break;
		case 'y': wish->yes = true; break;
		default: return CLI_USAGE;
		}
	}
	if (wish->source != NULL && wish->url == NULL)
		return cli_misuse(c, "--source needs --url");
	if (wish->yes && !wish->fix)
		return cli_misuse(c, "--yes needs --fix");
	if (wish->fix && c->json)
		return cli_misuse(c, "--fix does not go with --json");
	if (wish->fix && !wish->yes && (isatty(STDIN_FILENO) != 1 ||
	    !c->terminal))
		return cli_misuse(c, "--fix asks, and this is no terminal: "
		    "--fix --yes runs all that is safe");
	return cli_no_operands(c, argc, argv);
}

/* All of it, from the beginning. */
static int
check_all(struct checking *k, const struct check_wish *wish)
{
	struct cli *c = k->cli;

	k->items = arena_array(&c->arena, FINDINGS_MAX, sizeof(*k->items));
	if (k->items == NULL)
		return cli_error(c, "no memory");
	if (!check_user_find(&k->server, wish->user, &c->arena))
		return cli_misuse(c, "there is no user \"%s\"", wish->user);
	check_responder(k);
	if (check_configuration(k)) {
		for (size_t i = 0; i < AREA_COUNT; i++)
			check_areas[i](k);
		check_in_force(k, c->config->path);
		if (wish->url != NULL)
			check_url(k, wish->url, wish->source);
	}
	if (arena_failed(&c->arena))	/* what it found may be wrong */
		return cli_error(c, "no memory");
	return check_report(k, wish);
}

static int
cmd_check(struct cli *c, int argc, char **argv)
{
	struct check_fixing fixing = { .yes = false };
	struct check_wish wish = { 0 };
	int code = check_read_options(c, argc, argv, &wish);

	if (code != CLI_DONE)
		return code;
	fixing.yes = wish.yes;
	fixing.offered = arena_array(&c->arena, FINDINGS_MAX,
	    sizeof(*fixing.offered));
	if (fixing.offered == NULL)
		return cli_error(c, "no memory");
	for (;;) {
		struct checking k = { .cli = c };

		code = check_all(&k, &wish);
		if (!wish.fix || check_fix(&k, &fixing) == 0)
			return code;
		config_free(c->config);
		c->config = NULL;
		out_heading(c, "Checked again");
	}
}

const struct command command_check = {
	.name = "check",
	.summary = "find everything that can be wrong, before the first event",
	.options = check_options,
	.brief = "v",
	.help =
"Looks at the configuration, the secrets, every handler, the permissions\n"
"and owners on the way to each of them, the state folder, its file system,\n"
"the locks, the clock, and what a web server would do to the runner.\n"
"Prints what is wrong and the command that corrects it, the worst first; -v\n"
"prints what is right, too. The exit status is 1 when something is bad.\n",
	.examples =
"cgihook check\n"
"cgihook check --fix\n"
"cgihook check --url https://you.example/cgi-bin/cgihook.cgi\n",
	.run = cmd_check,
};
