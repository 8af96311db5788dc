#include "handler_add.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "handler_name.h"
#include "input.h"
#include "json_out.h"
#include "made_up.h"
#include "near.h"
#include "out.h"
#include "place_new.h"
#include "trial.h"

enum { SECRET_MAX = 8192, NOT_RUN = -2 };

/* A line of what is done, unless it will be JSON. */
static void
handler_say(const struct cli *c, const char *what, struct bytes text)
{
	if (!c->json)
		printf("%-11s%.*s\n", what, (int)text.len, text.data);
}

/* --- what is asked for --------------------------------------------------- */

static int
handler_find(struct cli *c, struct handler_adding *h)
{
	const char *const *names, *folder, *near;
	struct reason why;
	enum status st;
	size_t count;

	if (ready_folder(&c->arena, &folder, &why) != ST_OK ||
	    ready_names(folder, &c->arena, &names, &count, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	st = ready_read(folder, h->name, &c->arena, &h->ready, &why);
	near = st == ST_UNKNOWN ? near_word(h->name, names, count) : NULL;
	if (near != NULL)
		return cli_misuse(c, "no ready handler is called \"%s\"; do "
		    "you mean %s?", h->name, near);
	if (st == ST_UNKNOWN)
		return cli_misuse(c, "no ready handler is called \"%s\"; "
		    "cgihook handler list lists them", h->name);
	if (st == ST_OK)
		st = ready_section_read(&h->ready, &c->arena, &h->section,
		    &why);
	if (st != ST_OK)
		return cli_error(c, "%s", why.text);
	for (size_t i = 0; i < h->set_count; i++)
		if (ready_section_set(&h->section, h->sets[i], &c->arena,
		    &why) != ST_OK)
			return cli_misuse(c, "%s", why.text);
	return CLI_DONE;
}

/* "build.failure": the event, and a status or an action of it. */
static int
handler_find_words(struct cli *c, struct handler_adding *h, struct bytes name)
{
	struct bytes rest, suffix, event;
	struct sample_words w = { 0 };
	struct reason why;

	h->suffix_is = NULL;
	bytes_cut(&name, '/', &rest);	/* build.d/slack */
	bytes_cut(&rest, '.', &event);
	suffix = rest;
	if (!bytes_is(event, "all"))
		w.event = arena_cstr(&c->arena, event);
	h->words = w;
	if (suffix.data != NULL && !bytes_is(suffix, "d") &&
	    !bytes_is(suffix, "completed"))
		h->words.status = arena_cstr(&c->arena, suffix);
	h->suffix_is = h->words.status == NULL ? NULL : "status";
	if (made_up_words(h->source, &h->words, &why) == ST_OK)
		return CLI_DONE;
	if (h->suffix_is == NULL)
		return cli_misuse(c, "%s", why.text);
	w.action = h->words.status;
	h->words = w;
	h->suffix_is = "action";
	return made_up_words(h->source, &h->words, &why) == ST_OK ? CLI_DONE :
	    cli_misuse(c, "%s", why.text);
}

static bool
handler_exists(struct cli *c, const char *path)
{
	const char *file = path_join(&c->arena,
	    bytes_of(c->config->handlers_dir), bytes_of(path)).data;
	const char *section = config_handler(c->config, path)->path;
	struct stat sb;

	return (file != NULL && lstat(file, &sb) == 0) ||
	    (section != NULL && strcmp(section, path) == 0);
}

/* The path for another handler of the event: "build.d/slack". What is in that
 * folder runs for every such event, so a condition stands for the suffix. */
static void
handler_go_beside(struct cli *c, struct handler_adding *h)
{
	struct bytes rest = bytes_of(h->for_given), event;

	bytes_cut(&rest, '.', &event);
	if (rest.data != NULL && h->suffix_is == NULL)
		return;		/* in the folder, or for "completed" */
	h->path = arena_cstr(&c->arena, arena_printf(&c->arena, "%.*s.d/%s",
	    (int)event.len, event.data, h->name));
	if (h->suffix_is != NULL)
		h->section.when = arena_cstr(&c->arena, arena_printf(&c->arena,
		    "%s = %.*s", h->suffix_is, (int)rest.len, rest.data));
}

/* Where a handler of that name is already, the other one goes beside it. */
static int
handler_find_path(struct cli *c, struct handler_adding *h)
{
	struct bytes name = bytes_of(h->for_given), source;
	int code;

	if (!bytes_cut(&name, '/', &source) || !handler_name_valid(name))
		return cli_misuse(c, "--for must be a source and an event, "
		    "such as circleci/workflow-completed, not \"%s\"",
		    h->for_given);
	h->source_name = arena_cstr(&c->arena, source);
	h->source = cli_source(c, h->source_name);
	if (h->source == NULL)
		return CLI_FAILED;
	code = handler_find_words(c, h, name);
	if (code != CLI_DONE)
		return code;
	h->path = h->for_given;
	if (handler_exists(c, h->path) && !bytes_is(name, "all"))
		handler_go_beside(c, h);
	if (handler_exists(c, h->path))
		return cli_error(c, "%s exists already, or has a section; "
		    "choose another name, such as --for %s/%s.d/%s-2",
		    h->path, h->source->name, h->words.event, h->name);
	return CLI_DONE;
}

/* --- the secrets --------------------------------------------------------- */

/* Makes the secrets' files that are missing, as far as they are told; *missing
 * counts the others. */
static enum status
handler_make_secrets(struct cli *c, struct handler_adding *h, size_t *missing,
    struct reason *why)
{
	const struct bytes dir = path_dir(bytes_of(c->config->path));
	char line[SECRET_MAX] = "";
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < h->section.count; i++) {
		const struct ready_setting *s = &h->section.settings[i];
		const char *path = ready_section_file(s);

		if (path == NULL)
			continue;
		path = path_join(&c->arena, dir, bytes_of(path)).data;
		if (path == NULL || access(path, F_OK) == 0)
			continue;
		if (input_secret(arena_cstr(&c->arena, arena_printf(&c->arena,
		    "%s, which is kept in %s and not shown", s->name, path)),
		    line, sizeof(line))) {
			st = place_new_secret(c->config, path, line,
			    &c->arena, why);
		} else {
			handler_say(c, "to do", arena_printf(&c->arena,
			    "write %s into %s, of mode 600", s->name, path));
			(*missing)++;
		}
	}
	explicit_bzero(line, sizeof(line));
	return arena_verdict(&c->arena, st, why);
}

/* Those that the handler shows an example of, and nobody has set. */
static void
handler_name_examples(struct cli *c, const struct handler_adding *h,
    size_t *missing)
{
	for (size_t i = 0; i < h->section.count; i++) {
		const struct ready_setting *s = &h->section.settings[i];

		if (s->given || ready_section_file(s) != NULL)
			continue;
		handler_say(c, "to do", arena_printf(&c->arena, "%s=%s is an "
		    "example: set it in %s", s->name, s->value,
		    c->config->path));
		(*missing)++;
	}
}

/* --- setting it up ------------------------------------------------------- */

/* The command that sends such an event. */
static const char *
handler_send(struct cli *c, const struct handler_adding *h)
{
	const struct sample_words *w = &h->words;
	const char *word = h->suffix_is == NULL ? NULL :
	    strcmp(h->suffix_is, "status") == 0 ? w->status : w->action;

	return arena_cstr(&c->arena, arena_printf(&c->arena, "cgihook send %s "
	    "--event %s%s%s%s%s", h->source_name, w->event,
	    word == NULL ? "" : " --", word == NULL ? "" : h->suffix_is,
	    word == NULL ? "" : " ", word == NULL ? "" : word));
}

/* Run with a made-up event. */
static int
handler_try(struct cli *c, struct handler_adding *h, int *exit_code)
{
	struct child_result r;
	struct reason why;

	if (cli_may_run(c) != CLI_DONE)
		return CLI_FAILED;
	fflush(stdout);
	if (trial_run(c, h->source, &h->words, h->path, &r, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	*exit_code = r.exit_code;
	if (!c->json) {
		out_block(c, "           ", r.output);
		out_block(c, "           ", r.errors);
	}
	if (r.exit_code != 0)
		return cli_error(c, "run with a made-up event, it failed%s. "
		    "The handler is set up. If it failed only because the "
		    "event is made up, wait for a real one; otherwise correct "
		    "the cause, and try again: %s",
		    r.timed_out ? ", since it took too long" :
		    r.exit_code == 100 ? " for good" : "", handler_send(c, h));
	handler_say(c, "it works", BYTES("run once with a made-up event"));
	return CLI_DONE;
}

static int
handler_report(struct cli *c, const struct handler_adding *h,
    size_t missing, int exit_code, int code)
{
	struct cJSON *o;

	if (!c->json)
		return code;
	o = json_out_object();
	json_out_str(o, "handler", h->path, &c->arena);
	json_out_int(o, "to_do", (int64_t)missing);
	if (exit_code != NOT_RUN)
		json_out_int(o, "exit_status", exit_code);
	return out_json(c, o) == CLI_DONE ? code : CLI_FAILED;
}

static int
handler_set_up(struct cli *c, struct handler_adding *h)
{
	struct bytes section = ready_section_text(&h->section, h->path,
	    &c->arena);
	struct config *changed;
	struct reason why;
	size_t missing = 0;
	int exit_code = NOT_RUN, code = CLI_DONE;

	if (section.data == NULL)
		return cli_error(c, "no memory");
	if (cli_may_write(c) != CLI_DONE)
		return CLI_FAILED;
	/* first, since it may have a mistake */
	if (place_new_section(c->config, section, &c->arena, &changed, &why)
	    != ST_OK)
		return cli_error(c, "%s", why.text);
	config_free(c->config);
	c->config = changed;
	h->source = config_source(changed, bytes_of(h->source_name));
	handler_say(c, "section", arena_printf(&c->arena, "added to %s",
	    changed->path));
	if (place_new_handler(changed, h->path, h->ready.text, &c->arena,
	    &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	handler_say(c, "handler", arena_printf(&c->arena, "%s/%s",
	    changed->handlers_dir, h->path));
	if (handler_make_secrets(c, h, &missing, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	handler_name_examples(c, h, &missing);
	if (h->run && missing == 0)
		code = handler_try(c, h, &exit_code);
	else
		handler_say(c, "try it", bytes_of(handler_send(c, h)));
	return handler_report(c, h, missing, exit_code, code);
}

int
handler_add(struct cli *c, struct handler_adding *h)
{
	int code = handler_find(c, h);

	if (code == CLI_DONE)
		code = cli_load(c);
	if (code == CLI_DONE)
		code = handler_find_path(c, h);
	return code == CLI_DONE ? handler_set_up(c, h) : code;
}
