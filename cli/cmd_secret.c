/* secret: change the secret that a source shares with its sender. */
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "codec.h"
#include "config_secret.h"
#include "crypto.h"
#include "date.h"
#include "file.h"
#include "input.h"
#include "json_out.h"
#include "out.h"
#include "place_new.h"
#include "secret_edit.h"
#include "secret_new.h"
#include "secret_use.h"
#include "secret_words.h"
#include "unit.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const struct command_option secret_options[] = {
	{ "keep", 'k', "TIME",
	    "how long to accept the old secret, in whole days (default:\n"
	    "7d)" },
	{ "read", 'r', NULL,
	    "read the new secret instead of making one: for senders that\n"
	    "make it themselves" },
	{ "drop", 'd', NULL,
	    "do not make a new secret, but stop accepting the old one" },
	{ 0 }
};

struct rotation {
	const struct source *source;
	struct secret_use use;
	int64_t keep_ms;
	bool read, drop;
	struct bytes text;		/* the configuration's */
	const char *word, *path;	/* of the first secret */
};

/* --- dropping ------------------------------------------------------------- */

/* The configuration first: it must never name a file that is not there. */
static enum status
rotation_drop_old(struct cli *c, struct rotation *r, struct reason *why)
{
	const char *words[SECRET_WORDS_MAX], *old = r->use.old;
	struct config *changed = NULL;
	struct bytes text;
	size_t count, i = 0;
	enum status st = secret_edit_words(c->config->path, r->text,
	    r->source->name, &c->arena, words, &count, why);

	while (st == ST_OK && i < count && (strncmp(words[i], "file:", 5) != 0
	    || secret_old_until(words[i]) == 0))
		i++;
	if (st == ST_OK && i == count)
		st = fail(why, ST_CONFIG, "%s has no old secret",
		    c->config->path);
	if (st == ST_OK)
		st = secret_edit_drop(c->config->path, r->text,
		    r->source->name, words[i], &c->arena, &text, why);
	if (st == ST_OK)
		st = place_new_text(c->config, text, &c->arena, &changed, why);
	if (st != ST_OK)
		return st;
	old = arena_cstr(&c->arena, bytes_of(old));
	r->source = config_source(changed, bytes_of(r->source->name));
	r->use.old = old;
	config_free(c->config);
	c->config = changed;
	r->text = text;
	return unlink(old) == 0 ? ST_OK : fail(why, ST_SYSTEM, "%s is not "
	    "accepted any more, but cannot be removed", old);
}

static int
rotation_drop(struct cli *c, struct rotation *r)
{
	const char *name = r->source->name;
	struct reason why;
	struct cJSON *o;

	if (r->use.old == NULL)
		return cli_error(c, "%s accepts no old secret", name);
	name = arena_cstr(&c->arena, bytes_of(name));
	if (rotation_drop_old(c, r, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (c->json) {
		o = json_out_object();
		json_out_str(o, "source", name, &c->arena);
		json_out_str(o, "dropped", r->use.old, &c->arena);
		json_out_time(o, "last_needed", r->use.old_used_ms);
		return out_json(c, o);
	}
	out_style(c, OUT_GOOD, "%s accepts only its new secret now", name);
	printf(": %s is removed.\n", r->use.old);
	puts(secret_words_old(&r->use, &c->arena));
	if (r->use.used_ms == 0)
		puts("No request has used the new secret yet: make sure that "
		    "the sender has it.");
	return CLI_DONE;
}

/* --- a new one ------------------------------------------------------------ */

static int
rotation_check(struct cli *c, struct rotation *r)
{
	const struct source *s = r->source;
	const char *words[SECRET_WORDS_MAX];
	struct reason why;
	size_t count;

	if (secret_edit_words(c->config->path, r->text, s->name, &c->arena,
	    words, &count, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (s->secret_file_count == 0)
		return cli_error(c, "%s has no secret: secret = none", s->name);
	if (s->secret_files[0].path == NULL)
		return cli_error(c, "the secret of %s is the variable %s: "
		    "change it where the web server gets it from", s->name,
		    words[0] + strlen("env:"));
	if (s->secret_file_count == SECRET_WORDS_MAX)
		return cli_error(c, "%s has %d secrets already: take one out",
		    s->name, SECRET_WORDS_MAX);
	if ((s->provider->traits & TRAIT_GIVES_SECRET) != 0 && !r->read)
		return cli_error(c, "the secret of %s is made by the sender: "
		    "make a new one in %s, and tell it with --read", s->name,
		    secret_place(s->provider));
	if (r->use.old != NULL && r->use.until_ms > clock_wall_ms())
		return cli_error(c, "%s still accepts an old secret, %s. %s "
		    "Drop it before you make another one: cgihook secret "
		    "rotate %s --drop", s->name, r->use.old,
		    secret_words_old(&r->use, &c->arena), s->name);
	r->word = words[0];
	r->path = arena_cstr(&c->arena, bytes_of(s->secret_files[0].path));
	return CLI_DONE;
}

/* The new one, with a newline; absent where there is none. */
static struct bytes
rotation_make_secret(struct cli *c, const struct rotation *r)
{
	char line[SECRET_MAX] = "";
	struct bytes out = BYTES_NONE;

	if (!r->read)
		return secret_new(secret_new_form(r->source->provider),
		    &c->arena);
	if (input_secret("the new secret, which is not shown", line,
	    sizeof(line)))
		out = arena_printf(&c->arena, "%s\n", line);
	crypto_wipe(line, sizeof(line));
	return out;
}

/* Where it is read, it may be none that the sender's scheme has. */
static enum status
rotation_place_fresh(struct cli *c, const struct rotation *r,
    const char *fresh, struct bytes secret, struct reason *why)
{
	struct arena *a = &c->arena;
	const char *word = arena_printf(a, "%s.new", r->word).data;
	struct bytes text;
	enum status st = secret_edit_add(c->config->path, r->text,
	    r->source->name, r->word, word, a, &text, why);

	if (st == ST_OK)
		st = place_new_like(r->path, fresh, secret, a, why);
	if (st == ST_OK && (st = place_try_text(c->config, text, a, why)) !=
	    ST_OK)
		unlink(fresh);
	return st;
}

/* From the old secret's second name on, it is accepted at every moment; from
 * the last rename on, the new one is, too. */
static enum status
rotation_place(struct cli *c, struct rotation *r, struct bytes secret,
    struct reason *why)
{
	struct arena *a = &c->arena;
	const int64_t until_ms = clock_wall_ms() + r->keep_ms;
	const char *old = secret_old_path(r->path, until_ms, a);
	const char *word = secret_old_path(r->word, until_ms, a);
	const char *fresh = arena_printf(a, "%s.new", r->path).data;
	struct config *changed = NULL;
	struct bytes text;
	enum status st = arena_verdict(a, ST_OK, why);

	if (st == ST_OK)
		st = secret_edit_add(c->config->path, r->text, r->source->name,
		    r->word, word, a, &text, why);
	if (st == ST_OK)
		st = rotation_place_fresh(c, r, fresh, secret, why);
	if (st != ST_OK)
		return st;
	st = place_second_name(r->path, old, a, why);
	if (st == ST_OK) {
		st = place_new_text(c->config, text, a, &changed, why);
		if (st != ST_OK)
			unlink(old);
	}
	if (st != ST_OK) {
		unlink(fresh);
		return st;
	}
	r->source = config_source(changed, bytes_of(r->source->name));
	r->use.old = old;
	r->use.until_ms = secret_old_until(old);
	config_free(c->config);
	c->config = changed;
	return place_rename(fresh, r->path, a, why);
}

static int
rotation_report(struct cli *c, const struct rotation *r)
{
	const struct source *s = r->source;
	char day[25];
	struct cJSON *o;

	date_format_rfc3339(r->use.until_ms - 1, day);
	if (c->json) {
		o = json_out_object();
		json_out_str(o, "source", s->name, &c->arena);
		json_out_str(o, "secret", r->path, &c->arena);
		json_out_str(o, "old", r->use.old, &c->arena);
		json_out_time(o, "until", r->use.until_ms);
		return out_json(c, o);
	}
	out_style(c, OUT_GOOD, "%s has a new secret", s->name);
	printf(", and accepts the old one until %.10s.\n", day);
	if (!r->read) {
		out_heading(c, "Paste it at the sender");
		printf("  Secret   what  cat %s  prints\n           (%s)\n",
		    shell_word(r->path, &c->arena),
		    secret_place(s->provider));
	}
	out_heading(c, "Once nobody needs the old one, drop it");
	printf("  cgihook --config %s source list\n"
	    "  cgihook --config %s secret rotate %s --drop\n",
	    shell_word(c->config->path, &c->arena),
	    shell_word(c->config->path, &c->arena), s->name);
	return CLI_DONE;
}

static int
rotation_rotate(struct cli *c, struct rotation *r)
{
	struct reason why;
	struct bytes secret;
	int code = rotation_check(c, r);

	if (code != CLI_DONE)
		return code;
	secret = rotation_make_secret(c, r);
	if (secret.data == NULL)
		return cli_error(c, r->read ? "standard input has no secret" :
		    "no memory, or no random numbers");
	if (r->use.old != NULL && rotation_drop_old(c, r, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (rotation_place(c, r, secret, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	return rotation_report(c, r);
}

static int
rotation_begin(struct cli *c, struct rotation *r, const char *name)
{
	struct counter *list;
	struct reason why;
	size_t count;

	if (cli_load_runner(c) != CLI_DONE ||
	    (r->source = cli_source(c, name)) == NULL ||
	    cli_may_write(c) != CLI_DONE)
		return CLI_FAILED;
	if (counters_list(c->config->state_dir, &c->arena, &list, &count,
	    &why) != ST_OK || place_old_text(c->config, &c->arena, &r->text,
	    &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	r->use = secret_use_look(r->source, list, count);
	return r->drop ? rotation_drop(c, r) : rotation_rotate(c, r);
}

static int
cmd_secret(struct cli *c, int argc, char **argv)
{
	struct rotation r = { .keep_ms = 7 * DAY_MS };
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		r.read = r.read || option == 'r';
		r.drop = r.drop || option == 'd';
		if (option == 'k' && (!unit_parse_duration(bytes_of(optarg),
		    &r.keep_ms) || r.keep_ms > 3650 * DAY_MS))
			return cli_misuse(c, "--keep must be a time of up to "
			    "3650d, such as 7d, not \"%s\"", optarg);
	}
	if (optind + 2 != argc || strcmp(argv[optind], "rotate") != 0)
		return cli_misuse(c, "write rotate and the name of a source");
	return rotation_begin(c, &r, argv[optind + 1]);
}

const struct command command_secret = {
	.name = "secret",
	.summary = "give a source a new secret",
	.operands = "rotate SOURCE",
	.options = secret_options,
	.help =
"Makes a new secret for a source, in the file of the present one, and shows\n"
"where to paste it at the sender. The old secret is accepted for some days\n"
"more: it gets a file of its own, whose name says until when. Then cgihook\n"
"check names it, and --drop removes it. cgihook source list says when each\n"
"was last needed.\n",
	.examples =
"cgihook secret rotate deploy\n"
"cgihook secret rotate deploy --drop\n"
"cgihook secret rotate deploy --read <new-secret\n",
	.run = cmd_secret,
};
