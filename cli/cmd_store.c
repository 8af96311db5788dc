/* store: move all events into another kind of store. */
#include <poll.h>
#include <string.h>

#include "cli.h"
#include "clock.h"
#include "in_force.h"
#include "json_out.h"
#include "out.h"
#include "progress.h"
#include "store_config.h"
#include "store_copy.h"

enum {
	COPY_BUSY_MS = 10 * 1000,
	COPY_TELL_MS = 2000,		/* how far it is, that often */
	COPY_BEAT_MS = 3000,		/* a runner is heard of within that */
	COPY_LEAVE_MS = 5000,		/* one that has nothing to do leaves */
	COPY_LOOK_MS = 100
};

/* Two stores, and how far the copying is. */
struct copying {
	struct cli *cli;
	struct store *from, *to;
	struct store_copying source, target;
	long long events, keys;
	int64_t told_ms;
};

/* --- who is at work ------------------------------------------------------- */

struct copy_others {
	const char *path;
	char text[400];
};

static void
copy_note_process(void *ctx, pid_t pid, uid_t user, const struct in_force *f)
{
	struct copy_others *o = ctx;
	size_t n = strlen(o->text);

	(void)user;
	/* an agent without responders does nothing */
	if (strcmp(f->path, o->path) == 0 && strcmp(f->role, "agent") != 0)
		snprintf(o->text + n, sizeof(o->text) - n, "%s%s, process %ld",
		    n == 0 ? "" : "; ", f->role, (long)pid);
}

/* Of this machine. *out is empty where there is none. */
static void
copy_find_others(const struct config *c, struct copy_others *out)
{
	const int64_t end_ms = clock_steady_ms() + COPY_LEAVE_MS;

	for (;;) {
		*out = (struct copy_others){ .path = c->path };
		in_force_find(copy_note_process, out);
		if (out->text[0] == '\0' && progress_is_there(c))
			snprintf(out->text, sizeof(out->text), "the runner");
		if (out->text[0] == '\0' || clock_steady_ms() >= end_ms)
			return;
		poll(NULL, 0, COPY_LOOK_MS);
	}
}

/* Nobody may use the one that is copied. */
static int
copy_is_quiet(struct copying *k)
{
	struct cli *c = k->cli;
	const int64_t beats = k->source.beats;
	struct copy_others others;
	struct reason why;

	copy_find_others(c->config, &others);
	if (others.text[0] != '\0')
		return cli_error(c, "stop what uses the store: %s",
		    others.text);
	if (beats != 0) {
		poll(NULL, 0, COPY_BEAT_MS);
		if (store_copying(k->from, &k->source, &why) != ST_OK)
			return cli_error(c, "%s", why.text);
	}
	if (beats != k->source.beats)
		return cli_error(c, "stop the runners of all machines first: "
		    "at least one is at work");
	return CLI_DONE;
}

/* --- before and behind the copying ---------------------------------------- */

static enum status
copy_open(const struct config *c, enum store_role role, struct store **out,
    struct reason *why)
{
	struct store_options o = store_config_options(c, role, COPY_BUSY_MS);

	o.copying = true;
	return store_open(&o, out, why);
}

static int
copy_open_source(struct copying *k)
{
	struct cli *c = k->cli;
	struct reason why;
	enum status st = copy_open(c->config, STORE_READ, &k->from, &why);

	if (st == ST_UNKNOWN)
		return cli_error(c, "nothing has been accepted yet, so there "
		    "is nothing to copy: name the other store in %s",
		    c->config->path);
	/* one of an older version is brought up to date by writing */
	if (st == ST_OK)
		store_close(k->from);
	k->from = NULL;
	st = copy_open(c->config, STORE_WRITE, &k->from, &why);
	if (st == ST_OK)
		st = store_copying(k->from, &k->source, &why);
	return st == ST_OK ? CLI_DONE : cli_error(c, "%s", why.text);
}

static int
copy_open_target(struct copying *k, const char *to)
{
	struct cli *c = k->cli;
	struct config *config;
	struct reason why;
	enum status st = config_load_store(c->config->path, to, &config, &why);

	if (st != ST_OK)
		return cli_misuse(c, "--to: %s", why.text);
	if (config->store == CONFIG_SQLITE &&
	    c->config->store == CONFIG_SQLITE) {
		config_free(config);
		return cli_misuse(c, "--to: the events are in sqlite already");
	}
	st = copy_open(config, STORE_WRITE, &k->to, &why);
	if (st == ST_OK)
		st = store_copying(k->to, &k->target, &why);
	config_free(config);
	return st == ST_OK ? CLI_DONE : cli_error(c, "%s", why.text);
}

/* Whether it begins, or goes on. */
static int
copy_check_target(const struct copying *k)
{
	const struct store_copying *s = &k->source, *t = &k->target;
	const bool same = strcmp(t->from, s->id) == 0;

	if (strcmp(t->id, s->id) == 0)
		return cli_error(k->cli, "--to names the same store");
	if (strcmp(t->at, STORE_AT_END) == 0 && same && s->sealed)
		return CLI_DONE;
	if ((t->from[0] == '\0' && t->empty) ||
	    (same && strcmp(t->at, STORE_AT_END) != 0))
		return CLI_DONE;
	return cli_error(k->cli, "the store to copy into must be empty, and "
	    "it has events%s", same ? ": everything was copied into it before"
	    : " of its own");
}

/* The target first: whatever happens in between, one of them can be used. */
static int
copy_seal_both(struct copying *k)
{
	struct cli *c = k->cli;
	struct reason why;
	enum status st = ST_OK;

	if (!k->target.sealed)
		st = store_seal(k->to, true, &why);
	if (st == ST_OK && !k->source.sealed)
		st = store_seal(k->from, true, &why);
	if (st == ST_OK)
		st = store_copying(k->from, &k->source, &why);
	if (st != ST_OK)
		return cli_error(c, "%s", why.text);
	if (k->source.running == 0)
		return CLI_DONE;
	(void)store_seal(k->from, false, &why);
	return cli_error(c, "deliveries are running: %lld, or their runner "
	    "died. Let it finish first: cgihook --config '%s' run --once",
	    (long long)k->source.running, c->config->path);
}

/* --- the copying ---------------------------------------------------------- */

static void
copy_tell(struct copying *k, const struct store_parcel *p)
{
	const int64_t now_ms = clock_steady_ms();

	k->events += (long long)p->event_count;
	k->keys += (long long)p->key_count;
	if (k->cli->json || now_ms < k->told_ms + COPY_TELL_MS)
		return;
	k->told_ms = now_ms;
	fprintf(stderr, "%s%lld events and %lld keys copied, of %lld events%s",
	    k->cli->terminal ? "\r" : "", k->events, k->keys,
	    (long long)k->source.events, k->cli->terminal ? "" : "\n");
}

static int
copy_parcels(struct copying *k)
{
	struct arena a = ARENA(0);
	struct store_parcel p = { .arena = &a };
	struct reason why;
	enum status st = ST_OK;

	memcpy(p.end, k->target.at, sizeof(p.end));
	while (st == ST_OK && strcmp(p.end, STORE_AT_END) != 0) {
		memcpy(p.begin, p.end, sizeof(p.begin));
		arena_reset(&a);
		st = store_export(k->from, &p, &why);
		if (st == ST_OK)
			st = store_import(k->to, &p, &why);
		if (st == ST_OK)
			copy_tell(k, &p);
	}
	arena_free(&a);
	if (st == ST_OK)
		return CLI_DONE;
	return cli_error(k->cli, "after %lld events: %s; the same command "
	    "goes on from here", k->events, why.text);
}

static int
copy_report(const struct copying *k, const char *to)
{
	struct cJSON *o;

	if (k->cli->json) {
		o = json_out_object();
		json_out_int(o, "events", k->events);
		json_out_int(o, "keys", k->keys);
		json_out_str(o, "to", to, &k->cli->arena);
		return out_json(k->cli, o);
	}
	printf("%s%lld events and %lld keys were copied; all of them are "
	    "there\nNow put into %s: store = %s\n", k->cli->terminal ? "\r" :
	    "", k->events, k->keys, k->cli->config->path, to);
	return CLI_DONE;
}

static int
store_copy(struct cli *c, const char *to)
{
	struct copying k = { .cli = c, .told_ms = clock_steady_ms() };
	int code = cli_load_runner(c);

	if (code == CLI_DONE)
		code = cli_may_write(c);
	if (code == CLI_DONE)
		code = copy_open_source(&k);
	if (code == CLI_DONE)
		code = copy_open_target(&k, to);
	if (code == CLI_DONE)
		code = copy_check_target(&k);
	if (code == CLI_DONE)
		code = copy_is_quiet(&k);
	if (code == CLI_DONE)
		code = copy_seal_both(&k);
	if (code == CLI_DONE)
		code = copy_parcels(&k);
	if (code == CLI_DONE)
		code = copy_report(&k, to);
	store_close(k.from);
	store_close(k.to);
	return code;
}

/* --- giving it up --------------------------------------------------------- */

static int
store_unseal(struct cli *c)
{
	struct store_copying now;
	struct store *s = NULL;
	struct reason why;
	enum status st;
	int code = cli_load_runner(c);

	if (code == CLI_DONE)
		code = cli_may_write(c);
	if (code != CLI_DONE)
		return code;
	st = copy_open(c->config, STORE_WRITE, &s, &why);
	if (st == ST_OK)
		st = store_copying(s, &now, &why);
	if (st == ST_OK && now.at[0] != '\0' &&
	    strcmp(now.at, STORE_AT_END) != 0)
		code = cli_error(c, "this store is a copy that is not "
		    "complete: finish it, or empty it and begin anew");
	else if (st == ST_OK && now.sealed)
		st = store_seal(s, false, &why);
	store_close(s);
	if (st != ST_OK)
		return cli_error(c, "%s", why.text);
	if (code == CLI_DONE)
		puts(now.sealed ? "the store can be used again" :
		    "the store is not sealed");
	return code;
}

/* -------------------------------------------------------------------------- */

static int
cmd_store(struct cli *c, int argc, char **argv)
{
	const char *to = NULL, *what;
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option != 'T')
			return CLI_USAGE;
		to = optarg;
	}
	what = optind < argc ? argv[optind] : "";
	if (optind + 1 < argc)
		return cli_misuse(c, "unexpected argument \"%s\"",
		    argv[optind + 1]);
	if (strcmp(what, "unseal") == 0 && to == NULL)
		return store_unseal(c);
	if (strcmp(what, "copy") != 0)
		return cli_misuse(c, "write copy --to STORE, or unseal");
	if (to == NULL)
		return cli_misuse(c, "copy: --to is missing: sqlite, or "
		    "postgresql:file:PATH");
	return store_copy(c, to);
}

static const struct command_option options[] = {
	{ "to", 'T', "STORE",
	    "copy into this one: sqlite, or postgresql:file:PATH, as\n"
	    "for the key store of the configuration" },
	{ 0 }
};

const struct command command_store = {
	.name = "store",
	.summary = "copy all events into another kind of store",
	.operands = "copy|unseal",
	.options = options,
	.help =
"Copies everything from the store that the configuration names into another,\n"
"empty one: events, deliveries, attempts with their output, retries, and the\n"
"keys by which repeated requests are known. All numbers stay. If it is\n"
"interrupted, the same command goes on where it was.\n"
"\n"
"Stop the servers and the runner first. The store is sealed when the copying\n"
"begins: nothing can write to it from then on, so a request gets 503. It\n"
"stays sealed when all is copied. Then name the other store in the\n"
"configuration.\n"
"\n"
"unseal lets the store be used again, if the copying is not to be finished.\n"
"Never do that once the other store is in use: events would run twice.\n",
	.examples =
"cgihook store copy --to postgresql:file:pg.conn\n"
"cgihook store copy --to sqlite\n"
"cgihook store unseal\n",
	.run = cmd_store,
};
