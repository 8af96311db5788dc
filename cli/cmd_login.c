/* login: print an address that logs in at the page, once. */
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "json_out.h"
#include "out.h"
#include "pass.h"

/* The only token; or the only one with the highest role. */
static const struct token_config *
login_choose(struct cli *c)
{
	const struct config *conf = c->config;
	const struct token_config *best = NULL;
	bool alone = false;

	for (size_t i = 0; i < conf->token_count; i++) {
		const struct token_config *t = &conf->tokens[i];

		if (best == NULL || t->role > best->role) {
			best = t;
			alone = true;
		} else if (t->role == best->role) {
			alone = false;
		}
	}
	if (best == NULL || alone)
		return best;
	cli_misuse(c, "several tokens have the role %s: name one, such as "
	    "cgihook login %s", role_name(best->role), best->name);
	return NULL;
}

static int
login_read(struct cli *c, int argc, char **argv,
    const struct token_config **out)
{
	if (cli_option(c, argc, argv) != -1)
		return CLI_USAGE;
	if (optind + 1 < argc)
		return cli_misuse(c, "name one token, not several");
	if (cli_load(c) != CLI_DONE)
		return CLI_FAILED;
	if (c->config->token_count == 0)
		return cli_error(c, "there is no page, since %s has no token "
		    "section: cgihook.conf(5) says how to add one",
		    c->config->path);
	*out = optind == argc ? login_choose(c) :
	    config_token(c->config, bytes_of(argv[optind]));
	if (*out == NULL && optind < argc)
		return cli_error(c, "there is no token \"%s\"",
		    out_safe(c, bytes_of(argv[optind])));
	return *out == NULL ? CLI_USAGE : CLI_DONE;
}

static int
login_make(struct cli *c, const struct token_config *t,
    char shown[PASS_SIZE])
{
	const int64_t now_ms = clock_wall_ms();
	struct store_session ticket;
	struct store_note note = { .at_ms = now_ms, .what = "ticket",
		.detail = bytes_of(t->name) };
	struct reason why;

	note.who = arena_cstr(&c->arena, arena_printf(&c->arena, "uid:%ld",
	    (long)getuid()));
	if (pass_make(t, STORE_TICKET, now_ms, shown, &ticket, &why) !=
	    ST_OK ||
	    store_session_add(c->store, &ticket, &why) != ST_OK ||
	    store_audit_add(c->store, &note, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	return CLI_DONE;
}

static int
login_print(struct cli *c, const struct token_config *t, const char *shown)
{
	const char *url = c->config->url.text;
	const char *address = arena_cstr(&c->arena, arena_printf(&c->arena,
	    "%s/-/login?ticket=%s", url == NULL ? "" : url, shown));
	struct cJSON *o;

	if (c->json) {
		o = json_out_object();
		json_out_str(o, "token", t->name, &c->arena);
		json_out_str(o, "role", role_name(t->role), &c->arena);
		json_out_str(o, "address", address, &c->arena);
		return out_json(c, o);
	}
	puts(address);
	if (url == NULL)
		fprintf(stderr, "cgihook: put the address of the script before "
		    "this, or set url in %s\n", c->config->path);
	if (c->terminal)
		printf("It logs in as %s, once, within five minutes.\n",
		    t->name);
	return CLI_DONE;
}

static int
cmd_login(struct cli *c, int argc, char **argv)
{
	const struct token_config *t;
	char shown[PASS_SIZE];
	int code = login_read(c, argc, argv, &t);

	if (code == CLI_DONE)
		code = cli_open_store(c, false);
	if (code == CLI_DONE)
		code = login_make(c, t, shown);
	return code == CLI_DONE ? login_print(c, t, shown) : code;
}

const struct command command_login = {
	.name = "login",
	.summary = "print an address that logs in at the page, once",
	.operands = "[NAME]",
	.help =
"Prints an address that logs a browser in as the token NAME, once, within\n"
"five minutes. Without NAME it is the token with the highest role.\n",
	.examples =
"cgihook login\n"
"cgihook login team\n",
	.run = cmd_login,
};
