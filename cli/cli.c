#include "cli.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "advice.h"
#include "clock.h"
#include "date.h"
#include "near.h"
#include "owner.h"
#include "store_config.h"
#include "unit.h"
#include "view_event.h"
#include "view_text.h"

enum { BUSY_MS = 10 * 1000, SUGGEST_MAX = 32, MESSAGE_MAX = 4096 };

/* A reason may quote what strangers sent. */
static void __attribute__((format(printf, 2, 0)))
cli_say(const struct cli *c, const char *format, va_list ap)
{
	const char *name = c->command->name;
	struct arena a = ARENA(0);
	char text[MESSAGE_MAX];
	struct bytes safe;

	vsnprintf(text, sizeof(text), format, ap);
	safe = view_escape(bytes_of(text), false, &a);
	fflush(stdout);		/* so that it comes after earlier output */
	fprintf(stderr, "cgihook%s%s: %s", *name == '\0' ? "" : " ", name,
	    safe.data == NULL ? "no memory" : safe.data);
	arena_free(&a);
}

int
cli_error(const struct cli *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	cli_say(c, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CLI_FAILED;
}

int
cli_misuse(const struct cli *c, const char *format, ...)
{
	const char *name = c->command->name;
	va_list ap;

	va_start(ap, format);
	cli_say(c, format, ap);
	va_end(ap);
	fprintf(stderr, " (help: cgihook%s%s --help)\n",
	    *name == '\0' ? "" : " ", name);
	return CLI_USAGE;
}

int
cli_no_operands(const struct cli *c, int argc, char **argv)
{
	if (optind < argc)
		return cli_misuse(c, "unexpected argument \"%s\"",
		    argv[optind]);
	return CLI_DONE;
}

const struct command_option command_options[] = {
	{ "config", 'C', "FILE",
	    "the configuration; otherwise $CGIHOOK_CONFIG, then\n"
	    "~/.config/cgihook/cgihook.conf and /etc/cgihook/cgihook.conf" },
	{ "json", 'J', NULL, "print JSON, one object a line" },
	{ "help", 'h', NULL, "show this text" },
	{ 0 }
};

/* The command's own options and those of every command, for getopt_long, which
 * wants an empty row after the last. */
struct option_table {
	struct option rows[COMMAND_OPTIONS_MAX + 1];
	size_t count;
};

static void
option_table_add(struct option_table *t, const struct command_option *o)
{
	for (; o != NULL && o->name != NULL && t->count < COMMAND_OPTIONS_MAX;
	    o++)
		t->rows[t->count++] = (struct option){ o->name,
			o->value == NULL ? no_argument : required_argument,
			NULL, o->letter };
}

/* What getopt_long has just refused: it is before optind. */
static int
cli_refuse_option(const struct cli *c, const struct option_table *t,
    const char *given)
{
	const char *names[COMMAND_OPTIONS_MAX], *near;
	size_t len = strcspn(given, "=");
	char name[64] = "";

	if (strncmp(given, "--", 2) != 0) {
		cli_misuse(c, "unknown option -%c", optopt);
		return '?';
	}
	for (size_t i = 0; i < t->count; i++) {
		names[i] = t->rows[i].name;
		if (optopt != 0 && t->rows[i].val == optopt) {
			cli_misuse(c, "--%s takes no value", names[i]);
			return '?';
		}
	}
	snprintf(name, sizeof(name), "%.*s", (int)len - 2, given + 2);
	near = near_word(name, names, t->count);
	if (near != NULL)
		cli_misuse(c, "unknown option --%s; did you mean --%s?",
		    name, near);
	else
		cli_misuse(c, "unknown option --%s", name);
	return '?';
}

int
cli_option(struct cli *c, int argc, char **argv)
{
	struct option_table t = { 0 };
	char brief[COMMAND_OPTIONS_MAX + 4];
	int option;

	snprintf(brief, sizeof(brief), "%s:h%s",
	    *c->command->name == '\0' ? "+" : "",
	    c->command->brief == NULL ? "" : c->command->brief);
	option_table_add(&t, c->command->options);
	option_table_add(&t, command_options);
	opterr = 0;
	for (;;) {
		option = getopt_long(argc, argv, brief, t.rows, NULL);
		if (option == 'C')
			c->config_given = optarg;
		else if (option == 'J')
			c->json = true;
		else
			break;
	}
	if (option == ':') {
		cli_misuse(c, "%s needs a value", argv[optind - 1]);
		return '?';
	}
	return option == '?' ? cli_refuse_option(c, &t, argv[optind - 1]) :
	    option;
}

static int
cli_load_by(struct cli *c, enum status (*how)(const char *path,
    struct config **out, struct reason *why))
{
	struct reason why;
	const char *path;

	if (c->config != NULL)
		return CLI_DONE;
	if (config_find_file(c->config_given, c->config_variable, &c->arena,
	    &path, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (how(path, &c->config, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	return CLI_DONE;
}

int
cli_since(const struct cli *c, const char *given, int64_t *ms)
{
	struct bytes text = bytes_of(given);
	char midnight[sizeof("2026-01-31T00:00:00Z")];
	int64_t ago_ms;

	snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", given);
	if (unit_parse_duration(text, &ago_ms))
		*ms = clock_wall_ms() - ago_ms;
	else if (!date_parse_rfc3339(text, ms) && (text.len != 10 ||
	    !date_parse_rfc3339(bytes_of(midnight), ms)))
		return cli_misuse(c, "--since must be an age, such as 8h, a "
		    "day, such as 2026-01-31, or a time, such as "
		    "2026-01-31T12:00:00Z, not \"%s\"", given);
	return CLI_DONE;
}

int
cli_load(struct cli *c)
{
	return cli_load_by(c, config_load);
}

int
cli_load_runner(struct cli *c)
{
	return cli_load_by(c, config_load_runner);
}

int
cli_may_write(struct cli *c)
{
	struct reason why;

	/* this command may start a runner, as this user */
	if ((c->config->runner == RUNNER_AUTO ? owner_may_run(c->config, &why) :
	    owner_may_write(c->config, &why)) == ST_OK)
		return CLI_DONE;
	return cli_error(c, "%s: %s", why.text, advice_as_owner(c));
}

int
cli_may_run(struct cli *c)
{
	struct reason why;

	if (owner_may_run(c->config, &why) == ST_OK)
		return CLI_DONE;
	return cli_error(c, "%s: %s", why.text, advice_run(c));
}

int
cli_open_store(struct cli *c, bool read_only)
{
	struct reason why;
	enum status st;
	int code = cli_load_runner(c);

	if (code == CLI_DONE && !read_only)
		code = cli_may_write(c);
	if (code != CLI_DONE)
		return code;
	st = store_open_config(c->config, read_only ? STORE_READ : STORE_WRITE,
	    BUSY_MS, &c->store,
	    &why);
	if (st == ST_OK || (st == ST_UNKNOWN && read_only))
		return CLI_DONE;
	return cli_error(c, "%s", why.text);
}

int
cli_begin_plain(struct cli *c, int argc, char **argv, bool read_only)
{
	int code;

	if (cli_option(c, argc, argv) != -1)
		return CLI_USAGE;
	code = cli_no_operands(c, argc, argv);
	return code == CLI_DONE ? cli_open_store(c, read_only) : code;
}

struct view
cli_view(struct cli *c)
{
	return (struct view){ .arena = &c->arena, .config = c->config };
}

/* "drone, circleci", or "none" */
static const char *
word_list(const char *const *words, size_t count, struct arena *a)
{
	struct bytes text = BYTES("");

	for (size_t i = 0; i < count; i++)
		text = arena_printf(a, "%s%s%s", text.data == NULL ? "" :
		    text.data, i == 0 ? "" : ", ", words[i]);
	return text.len == 0 ? "none" : text.data;
}

const struct source *
cli_source(struct cli *c, const char *name)
{
	const char *names[SUGGEST_MAX], *near;
	const struct source *s = config_source(c->config, bytes_of(name));
	size_t count = 0;

	if (s != NULL)
		return s;
	for (size_t i = 0; i < c->config->source_count && count < SUGGEST_MAX;
	    i++)
		names[count++] = c->config->sources[i].name;
	near = near_word(name, names, count);
	if (near != NULL)
		cli_error(c, "%s has no source \"%s\"; did you mean %s?",
		    c->config->path, name, near);
	else
		cli_error(c, "%s has no source \"%s\"; it has: %s",
		    c->config->path, name, word_list(names, count,
		    &c->arena));
	return NULL;
}
