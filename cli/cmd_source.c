/* source: add a sender to a configuration that is in use. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "codec.h"
#include "file.h"
#include "init_sources.h"
#include "json_out.h"
#include "out.h"
#include "place_new.h"
#include "source_list.h"
#include "source_register.h"

static const struct command_option source_options[] = {
	{ "url", 'u', "U",
	    "the address of cgihook.cgi, to be shown in what to paste:\n"
	    "https://you.example/cgi-bin/cgihook.cgi" },
	{ "provider", 'p', "P",
	    "whose webhooks a source gets, where LIST is one name" },
	{ "register", 'r', "PROJECT",
	    "make the webhook by the sender's API, for one source;\n"
	    "asks for a token, which is not kept" },
	{ "api", 'a', "URL",
	    "where that API is, on a server of your own" },
	{ 0 }
};

/* None of them may be there already. */
static int
source_check_names(struct cli *c, const struct init_sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (config_source(c->config, bytes_of(s->items[i].name)) !=
		    NULL)
			return cli_error(c, "%s has a source \"%s\" already; "
			    "give the other one a name: %s2=%s",
			    c->config->path, s->items[i].name,
			    s->items[i].name, s->items[i].provider->name);
	return CLI_DONE;
}

/* An example, unless there are handlers for such a source already. */
static enum status
source_place_handler(struct cli *c, const char *name, struct reason *why)
{
	const char *folder = path_join(&c->arena,
	    bytes_of(c->config->handlers_dir), bytes_of(name)).data;
	const char *path = arena_printf(&c->arena, "%s/all", name).data;
	struct stat sb;

	if (folder == NULL || path == NULL || lstat(folder, &sb) == 0)
		return ST_OK;
	return place_new_handler(c->config, path, bytes_of(init_handler_text),
	    &c->arena, why);
}

/* The section is last: until then, nothing uses what is there. */
static enum status
source_place(struct cli *c, const struct init_source *s, struct reason *why)
{
	const struct init_file secret = init_source_secret(s, &c->arena);
	struct bytes section = init_source_section(s, &c->arena);
	struct config *changed;
	enum status st = arena_verdict(&c->arena, ST_OK, why);

	if (st == ST_OK)
		st = place_new_source_secret(c->config, &secret, &c->arena,
		    why);
	if (st != ST_OK)
		return st;
	st = source_place_handler(c, s->name, why);
	if (st == ST_OK)
		st = place_new_section(c->config, section, &c->arena, &changed,
		    why);
	if (st != ST_OK) {
		unlink(path_join(&c->arena, path_dir(bytes_of(c->config->path)),
		    bytes_of(secret.path)).data);
		return st;
	}
	config_free(c->config);
	c->config = changed;
	return ST_OK;
}

static int
source_report(struct cli *c, const struct init_sources *s, const char *url)
{
	const char *dir = arena_cstr(&c->arena,
	    path_dir(bytes_of(c->config->path)));
	struct cJSON *o;

	for (size_t i = 0; c->json && i < s->count; i++) {
		o = json_out_object();
		json_out_str(o, "source", s->items[i].name, &c->arena);
		json_out_str(o, "provider", s->items[i].provider->name,
		    &c->arena);
		json_out_str(o, "secret", path_join(&c->arena, bytes_of(dir),
		    bytes_of(init_source_secret(&s->items[i], &c->arena).path)).
		    data, &c->arena);
		if (out_json(c, o) != CLI_DONE)
			return CLI_FAILED;
	}
	if (c->json)
		return CLI_DONE;
	for (size_t i = 0; i < s->count; i++) {
		out_style(c, OUT_GOOD, "%s is set up", s->items[i].name);
		printf(": a section in %s, a new secret, %s/%s\n",
		    c->config->path, c->config->handlers_dir,
		    s->items[i].name);
	}
	init_sources_print(c, s, shell_word(dir, &c->arena), url != NULL ? url :
	    c->config->url.text != NULL ? c->config->url.text :
	    "https://YOUR.HOST/cgi-bin/cgihook.cgi");
	out_heading(c, "Try it");
	printf("  cgihook --config %s %s\n", shell_word(c->config->path,
	    &c->arena), init_sources_trial(s, &c->arena));
	return CLI_DONE;
}

static int
source_add(struct cli *c, const struct init_sources *s, const char *url)
{
	struct reason why;
	int code = source_check_names(c, s);

	if (code == CLI_DONE)
		code = cli_may_write(c);
	for (size_t i = 0; code == CLI_DONE && i < s->count; i++)
		if (source_place(c, &s->items[i], &why) != ST_OK)
			code = cli_error(c, "%s", why.text);
	return code == CLI_DONE ? source_report(c, s, url) : code;
}

/* What was added by an earlier try stays, so that the same command can be
 * repeated with another token. */
static int
source_add_registered(struct cli *c, const struct init_sources *s,
    struct source_place *at)
{
	const struct init_source *one = &s->items[0];
	const struct source *there = config_source(c->config,
	    bytes_of(one->name));
	int code;

	if (s->count != 1)
		return cli_misuse(c, "--register is for one source");
	if (at->url == NULL)
		at->url = c->config->url.text;
	code = source_register_check(c, one->provider, at);
	if (code == CLI_DONE && (there == NULL ||
	    there->provider != one->provider))
		code = source_add(c, s, at->url);
	return code == CLI_DONE ? source_register(c, one->name, at) : code;
}

/* "add ci --provider gitea" is "add ci=gitea". */
static const char *
source_spec(struct cli *c, const char *given, const char *provider)
{
	return provider == NULL ? given : arena_cstr(&c->arena,
	    arena_printf(&c->arena, "%s=%s", given, provider));
}

static int
source_run_add(struct cli *c, const char *spec, struct source_place *at)
{
	struct init_sources sources = { .count = 0 };
	int code = init_sources_add(c, spec, &sources);

	if (code == CLI_DONE && at->api != NULL && at->project == NULL)
		code = cli_misuse(c, "--api is for --register");
	if (code == CLI_DONE)
		code = cli_load_runner(c);
	if (code != CLI_DONE)
		return code;
	return at->project != NULL ? source_add_registered(c, &sources, at) :
	    source_add(c, &sources, at->url);
}

static int
cmd_source(struct cli *c, int argc, char **argv)
{
	struct source_place at = { NULL, NULL, NULL };
	const char *provider = NULL;
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		*(option == 'p' ? &provider : option == 'r' ? &at.project :
		    option == 'a' ? &at.api : &at.url) = optarg;
	}
	if (optind + 1 == argc && strcmp(argv[optind], "list") == 0)
		return source_list(c, at.url);
	if (optind + 2 != argc || strcmp(argv[optind], "add") != 0)
		return cli_misuse(c, "write list, or add and a provider's "
		    "name, or add and NAME=PROVIDER");
	if (provider != NULL && strpbrk(argv[optind + 1], "=,") != NULL)
		return cli_misuse(c, "--provider is for one source, which is "
		    "named without =");
	return source_run_add(c, source_spec(c, argv[optind + 1], provider),
	    &at);
}

const struct command command_source = {
	.name = "source",
	.summary = "add a sender to the configuration, or list them",
	.operands = "add LIST | list",
	.options = source_options,
	.help =
"add adds a source, or several, to the configuration in use: a section, a\n"
"file with a new secret that only the responder can read, and an example\n"
"handler. Then shows what to paste at the sender. LIST has names of\n"
"providers, or NAME=PROVIDER, as for cgihook init --source.\n"
"list shows each source's address, last event and secret: how old it is, and\n"
"when an old one that is still accepted was last needed.\n",
	.examples =
"cgihook source add github\n"
"cgihook source add ci=gitea,gitlab --url https://you.example/hook.cgi\n"
"cgihook source add github --register acme/widget\n"
"cgihook source list\n",
	.run = cmd_source,
};
