#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "provider.h"
#include "ready.h"
#include "refused.h"
#include "view_event.h"

enum { SHOWN = 20, MEANING_MAX = 60, WORDS_MAX = 1024 };

/* What has been typed, as far as it matters for the next word. */
struct typed {
	struct cli *cli;
	const struct command *command;	/* NULL: none yet, or … */
	bool unknown;			/* … there is none of that name */
	const struct command_option *before;	/* it wants a value; or NULL */
	const char *word;		/* to be completed */
	const char *operand;		/* the first one; or NULL */
	const char *said[WORDS_MAX];	/* senders' words: each once */
	size_t said_count;
};

static void
offer(const struct typed *t, const char *word, const char *meaning)
{
	int len = (int)strcspn(meaning, "\n");

	if (strncmp(word, t->word, strlen(t->word)) != 0)
		return;
	printf("%s\t%.*s%s\n", word, len, meaning,
	    meaning[len] == '\n' ? " …" : "");
}

/* --- the words that were typed ------------------------------------------- */

static const struct command_option *
find_option(const struct command_option *o, const char *word)
{
	for (; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, word + 2) == 0)
			return o;
	return NULL;
}

static const struct command_option *
typed_option(const struct typed *t, const char *word)
{
	const struct command_option *found;

	if (strncmp(word, "--", 2) != 0)
		return NULL;
	found = find_option(command_options, word);
	return found != NULL || t->command == NULL ? found :
	    find_option(t->command->options, word);
}

static const struct command *
typed_command(const struct cli *c, const char *word)
{
	const struct command *const *o = c->commands;

	while (*o != NULL && strcmp((*o)->name, word) != 0)
		o++;
	return *o;
}

/* The shell has not expanded it yet. */
static const char *
typed_path(struct cli *c, const char *word)
{
	const char *home = getenv("HOME");

	if (strncmp(word, "~/", 2) != 0 || home == NULL)
		return word;
	return arena_cstr(&c->arena, arena_printf(&c->arena, "%s%s", home,
	    word + 1));
}

static void
typed_add(struct typed *t, const char *word)
{
	if (t->before != NULL) {
		if (strcmp(t->before->name, "config") == 0)
			t->cli->config_given = typed_path(t->cli, word);
		t->before = NULL;
		return;
	}
	if (word[0] == '-') {
		const struct command_option *o = typed_option(t, word);

		t->before = o != NULL && o->value != NULL ? o : NULL;
	} else if (t->command == NULL) {
		t->command = typed_command(t->cli, word);
		t->unknown = t->command == NULL;
	} else if (t->operand == NULL) {
		t->operand = word;
	}
}

/* --- what may follow ------------------------------------------------------ */

static void
offer_options(const struct typed *t, const struct command_option *o)
{
	char word[64];

	for (; o != NULL && o->name != NULL; o++) {
		snprintf(word, sizeof(word), "--%s", o->name);
		offer(t, word, o->help);
	}
}

static void
offer_commands(const struct typed *t)
{
	for (size_t i = 0; t->cli->commands[i] != NULL; i++)
		offer(t, t->cli->commands[i]->name,
		    t->cli->commands[i]->summary);
	offer(t, "help", "show what a command does");
}

static void
offer_providers(struct typed *t)
{
	for (const struct provider *const *p = provider_list(); *p != NULL; p++)
		offer(t, (*p)->name, "a provider");
}

static void
offer_sources(struct typed *t)
{
	const struct config *c;

	if (t->before != NULL && strcmp(t->command->name, "init") == 0) {
		offer_providers(t);
		return;
	}
	if (cli_load_runner(t->cli) != CLI_DONE)
		return;
	c = t->cli->config;
	for (size_t i = 0; i < c->source_count; i++)
		offer(t, c->sources[i].name, c->sources[i].provider->name);
}

static void
offer_servers(struct typed *t)
{
	static const char *const servers[] = { "cgi-bin", "lighttpd", "apache",
		"nginx", "cron" };

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		offer(t, servers[i], "what to paste for it");
}

static void
offer_system_servers(struct typed *t)
{
	offer(t, "lighttpd", "set it up");
	offer(t, "apache", "set it up");
}

static void
offer_states(struct typed *t)
{
	static const char *const others[] = { "queued", "ignored", "refused" };

	for (int i = DELIVERY_WAITING; i <= DELIVERY_FILTERED; i++)
		offer(t, delivery_state_name((enum delivery_state)i),
		    "deliveries");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		offer(t, others[i], i < 2 ? "events" : "requests");
}

/* Many senders have the same. */
static void
offer_once(struct typed *t, const char *word, const char *meaning)
{
	for (size_t i = 0; i < t->said_count; i++)
		if (strcmp(t->said[i], word) == 0)
			return;
	if (t->said_count < WORDS_MAX)
		t->said[t->said_count++] = word;
	offer(t, word, meaning);
}

/* --event, --action or --status of a sender */
static void
offer_provider_words(struct typed *t, const struct provider *p,
    const char *option)
{
	for (const struct event_rule *e = p->events; e->name != NULL; e++) {
		const char *const *a = e->actions;
		const struct status_rule *s = e->statuses;

		if (strcmp(option, "event") == 0)
			offer_once(t, e->name, p->name);
		for (; *option == 'a' && a != NULL && *a != NULL; a++)
			offer_once(t, *a, e->name);
		for (; *option == 's' && s != NULL && s->status != NULL; s++)
			offer_once(t, s->status, e->name);
	}
}

/* Of the source that was named; otherwise of all that are configured; without
 * a configuration, of all senders. */
static void
offer_senders(struct typed *t)
{
	const char *option = t->before->name;
	const struct config *c;

	if (cli_load_runner(t->cli) != CLI_DONE) {
		for (const struct provider *const *p = provider_list();
		    *p != NULL; p++)
			offer_provider_words(t, *p, option);
		return;
	}
	c = t->cli->config;
	for (size_t i = 0; i < c->source_count; i++)
		if (t->operand == NULL || strcmp(t->command->name, "send") != 0
		    || strcmp(c->sources[i].name, t->operand) == 0)
			offer_provider_words(t, c->sources[i].provider, option);
}

static void
offer_events(struct typed *t)
{
	struct store_filter f = { .limit = SHOWN, .parts = STORE_DELIVERIES };
	struct stored_event *e;
	struct cli *c = t->cli;
	char id[24];
	size_t count;

	if (cli_open_store(c, true) != CLI_DONE || c->store == NULL ||
	    store_list(c->store, &f, &c->arena, &e, &count, NULL) != ST_OK)
		return;
	for (size_t i = 0; i < count; i++) {
		struct bytes name = view_event_name(&e[i], &c->arena);

		snprintf(id, sizeof(id), "%lld", (long long)e[i].id);
		offer(t, id, out_safe(c, arena_printf(&c->arena,
		    "%s %.*s, %s", e[i].source, (int)name.len, name.data,
		    view_event_state(&e[i]))));
	}
}

/* Those of the event that was named. */
static void
offer_handlers(struct typed *t)
{
	unsigned long long id;
	struct stored_event e;
	struct cli *c = t->cli;

	if (t->operand == NULL || !bytes_to_u64(bytes_of(t->operand), &id) ||
	    cli_open_store(c, true) != CLI_DONE || c->store == NULL ||
	    store_get(c->store, (int64_t)id, STORE_DELIVERIES, &c->arena, &e,
	    NULL) != ST_OK)
		return;
	for (size_t i = 0; i < e.delivery_count; i++)
		offer(t, e.deliveries[i].handler,
		    delivery_state_name(e.deliveries[i].state));
}

static void
offer_refused(struct typed *t)
{
	struct cli *c = t->cli;
	struct refused *r;
	char id[24];
	size_t count;

	if (cli_load_runner(c) != CLI_DONE || refused_list(c->config->state_dir,
	    &c->arena, &r, &count, NULL) != ST_OK)
		return;
	for (size_t i = 0; i < count && i < SHOWN; i++) {
		snprintf(id, sizeof(id), "r%lld", (long long)r[i].number);
		offer(t, id, out_safe(c, arena_printf(&c->arena,
		    "%s: %.*s", r[i].source, MEANING_MAX, r[i].why)));
	}
}

static void
offer_ready(const struct typed *t)
{
	struct arena *a = &t->cli->arena;
	const char *const *names, *folder;
	struct ready r;
	size_t count;

	if (ready_folder(a, &folder, NULL) != ST_OK ||
	    ready_names(folder, a, &names, &count, NULL) != ST_OK)
		return;
	for (size_t i = 0; i < count; i++)
		if (ready_read(folder, names[i], a, &r, NULL) == ST_OK)
			offer(t, r.name, r.summary);
}

/* Each source, with each event of its sender. */
static void
offer_sources_events(struct typed *t)
{
	struct cli *c = t->cli;
	const char *before = "";

	if (cli_load_runner(c) != CLI_DONE)
		return;
	for (size_t i = 0; i < c->config->source_count; i++)
		for (const struct event_rule *e = c->config->sources[i].
		    provider->events; e->name != NULL; e++) {
			if (strcmp(before, e->name) != 0)
				offer(t, arena_cstr(&c->arena, arena_printf(
				    &c->arena, "%s/%s", c->config->sources[i].
				    name, e->name)), "an event");
			before = e->name;
		}
}

static void
offer_value(struct typed *t)
{
	static const struct {
		const char *option;
		void (*offer)(struct typed *t);
	} values[] = {
		{ "source", offer_sources }, { "state", offer_states },
		{ "handler", offer_handlers }, { "for", offer_sources_events },
		{ "paste", offer_servers }, { "server", offer_system_servers },
		{ "provider", offer_providers }, { "event", offer_senders },
		{ "action", offer_senders }, { "status", offer_senders },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(t->before->name, values[i].option) == 0)
			values[i].offer(t);
}

static void
offer_operands(struct typed *t)
{
	static const char *const words[][3] = {
		{ "store", "copy", "copy all events into another store" },
		{ "store", "unseal", "let the store be used again" },
		{ "handler", "list", "list the ready handlers" },
		{ "handler", "add", "set one up" },
		{ "source", "add", "add a sender to the configuration" },
		{ "source", "list", "show all, with the age of their secrets" },
		{ "secret", "rotate", "give a source a new secret" },
		{ "completion", "bash", "for bash" },
		{ "completion", "fish", "for fish" },
		{ "completion", "zsh", "for zsh" },
	};
	const char *name = t->command->name;

	if (strcmp(name, "send") == 0)
		offer_sources(t);
	if (strcmp(name, "show") == 0 || strcmp(name, "retry") == 0)
		offer_events(t);
	if (strcmp(name, "explain") == 0 || strcmp(name, "retry") == 0)
		offer_refused(t);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(name, words[i][0]) == 0)
			offer(t, words[i][1], words[i][2]);
}

void
complete_words(struct cli *c, int count, char **words)
{
	struct typed t = { .cli = c, .word = count > 0 ? words[count - 1] :
	    "" };

	for (int i = 0; i < count - 1; i++)
		typed_add(&t, words[i]);
	if (t.unknown)
		return;
	if (t.before != NULL) {
		offer_value(&t);
	} else if (t.word[0] == '-') {
		offer_options(&t, t.command == NULL ? NULL :
		    t.command->options);
		offer_options(&t, command_options);
		if (t.command == NULL)
			offer(&t, "--version", "show which version this is");
	} else if (t.command == NULL) {
		offer_commands(&t);
	} else if (t.operand == NULL) {
		offer_operands(&t);
	} else if (strcmp(t.command->name, "handler") == 0 &&
	    strcmp(t.operand, "add") == 0) {
		offer_ready(&t);
	} else if (strcmp(t.command->name, "source") == 0 &&
	    strcmp(t.operand, "add") == 0) {
		offer_providers(&t);
	} else if (strcmp(t.command->name, "secret") == 0) {
		offer_sources(&t);
	}
}
