/* forget: remove every copy of an event. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "forget.h"
#include "json.h"
#include "json_out.h"
#include "out.h"

static const struct command_option forget_options[] = {
	{ "match", 'm', "TEXT",
	    "every event and refused request that has this text" },
	{ "dry-run", 'n', NULL,
	    "with --match: say which, and remove nothing" },
	{ 0 }
};

enum { PAGE = 100, EACH_BYTES = 256 * 1024 * 1024 };

struct forgetting {
	struct cli *cli;
	const char *match;		/* NULL: by number */
	struct bytes escaped;		/* the same in an address or a form */
	bool dry;
	char who[24];
	struct forgotten gone;
};

/* --- what has the text ---------------------------------------------------- */

static struct bytes
forget_escape(const char *text, struct arena *a)
{
	struct buf b = BUF(1 << 20);

	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		if (strchr("-._~", c) != NULL || (c >= '0' && c <= '9') ||
		    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			buf_add_char(&b, *text);
		else
			buf_printf(&b, "%%%02X", c);
	}
	return buf_take(&b, a);
}

static bool
forget_has(const struct forgetting *f, struct bytes text)
{
	return text.len > 0 && (memmem(text.data, text.len, f->match,
	    strlen(f->match)) != NULL || memmem(text.data, text.len,
	    f->escaped.data, f->escaped.len) != NULL);
}

/* In JSON a character may be written in several ways. */
static bool
forget_has_json(const struct forgetting *f, struct bytes body)
{
	struct arena a = ARENA(0);
	struct json_doc doc;
	bool has = false;

	if (json_parse(body, &a, &doc, NULL) == ST_OK)
		for (size_t i = 0; !has && i < doc.count; i++)
			has = forget_has(f, json_text(&doc, &doc.nodes[i],
			    &a)) || forget_has(f, json_key(&doc,
			    &doc.nodes[i], &a));
	arena_free(&a);
	return has;
}

static bool
forget_attempts_have(const struct forgetting *f,
    const struct stored_delivery *d)
{
	for (size_t i = 0; i < d->history_count; i++)
		if (forget_has(f, d->history[i].output) ||
		    forget_has(f, bytes_of(d->history[i].note)))
			return true;
	return d->state == DELIVERY_FILTERED && forget_has(f, d->filter.value);
}

static bool
forget_event_has(const struct forgetting *f, const struct stored_event *e)
{
	const char *const words[] = { e->event, e->action, e->status,
		e->subject, e->remote_addr };
	bool has = forget_has(f, e->headers) || forget_has(f, e->body);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		has = has || forget_has(f, bytes_of(words[i]));
	for (size_t i = 0; i < e->delivery_count; i++)
		has = has || forget_attempts_have(f, &e->deliveries[i]);
	for (size_t i = 0; i < e->retry_count; i++)
		has = has || forget_has(f, bytes_of(e->retries[i].remote_addr));
	return has || forget_has_json(f, e->body);
}

static bool
forget_refused_has(void *ctx, const struct refused *r)
{
	const struct forgetting *f = ctx;
	const struct message *m = &r->message;
	bool has = forget_has(f, m->body) || forget_has(f, m->remote_addr) ||
	    forget_has_json(f, m->body);

	for (size_t i = 0; i < m->header_count; i++)
		has = has || forget_has(f, m->headers[i].value);
	if (has && f->dry)
		printf("r%" PRId64 "\n", r->number);
	return has && !f->dry;
}

/* --- those that have it --------------------------------------------------- */

static enum status
forget_these(struct forgetting *f, const int64_t *ids, size_t count,
    struct reason *why)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < count; i++) {
		if (f->dry)
			printf("%" PRId64 "\n", ids[i]);
		else
			st = forget_event(f->cli->config, f->cli->store,
			    ids[i], f->who, &f->gone, why);
		if (st == ST_UNKNOWN)	/* somebody was faster */
			st = ST_OK;
	}
	return st;
}

/* Of one page of the list. */
static enum status
forget_look(struct forgetting *f, const struct stored_event *list,
    size_t count, int64_t *ids, size_t *found, struct reason *why)
{
	struct arena each = ARENA(EACH_BYTES);
	struct stored_event e;
	enum status st = ST_OK;

	*found = 0;
	for (size_t i = 0; st == ST_OK && i < count; i++) {
		st = store_get(f->cli->store, list[i].id, STORE_HEADERS |
		    STORE_BODY | STORE_DELIVERIES | STORE_ATTEMPTS |
		    STORE_RETRIES, &each, &e, why);
		if (st == ST_OK && forget_event_has(f, &e))
			ids[(*found)++] = e.id;
		if (st == ST_UNKNOWN)
			st = ST_OK;
		arena_reset(&each);
	}
	arena_free(&each);
	return st;
}

static enum status
forget_matching(struct forgetting *f, struct reason *why)
{
	struct store_filter page = { .limit = PAGE };
	struct arena a = ARENA(0);
	struct stored_event *list;
	int64_t ids[PAGE];
	size_t count, found;
	enum status st;

	do {
		st = store_list(f->cli->store, &page, &a, &list, &count, why);
		if (st == ST_OK)
			st = forget_look(f, list, count, ids, &found, why);
		if (st == ST_OK)
			st = forget_these(f, ids, found, why);
		if (st == ST_OK && count > 0)
			page.before_id = list[count - 1].id;
		arena_reset(&a);
	} while (st == ST_OK && count == PAGE);
	arena_free(&a);
	f->gone.refused += forget_refused(f->cli->config, forget_refused_has,
	    f);
	return st;
}

/* --- those with these numbers --------------------------------------------- */

static bool
forget_is_number(void *ctx, const struct refused *r)
{
	return r->number == *(const int64_t *)ctx;
}

static enum status
forget_operand(struct forgetting *f, const char *text, struct reason *why)
{
	unsigned long long id = 0;
	int64_t refused;
	size_t gone;

	if (!refused_number(text, &refused)) {
		(void)bytes_to_u64(bytes_of(text), &id);
		return forget_event(f->cli->config, f->cli->store, (int64_t)id,
		    f->who, &f->gone, why);
	}
	gone = forget_refused(f->cli->config, forget_is_number, &refused);
	f->gone.refused += gone;
	return gone > 0 ? ST_OK : fail(why, ST_UNKNOWN, "there is no refused "
	    "request %s", text);
}

static int
forget_check_operands(const struct forgetting *f, int argc, char **argv)
{
	const struct cli *c = f->cli;
	unsigned long long id;
	int64_t refused;

	if (f->match != NULL && optind < argc)
		return cli_misuse(c, "give numbers or --match");
	if (f->match != NULL && *f->match == '\0')
		return cli_misuse(c, "--match needs a text");
	if (f->match == NULL && f->dry)
		return cli_misuse(c, "--dry-run needs --match");
	if (f->match == NULL && optind == argc)
		return cli_misuse(c, "name events by their numbers, or use "
		    "--match");
	for (int i = optind; i < argc; i++)
		if (!refused_number(argv[i], &refused) &&
		    (!bytes_to_u64(bytes_of(argv[i]), &id) || id == 0 ||
		    id > INT64_MAX >> 16))
			return cli_misuse(c, "\"%s\" is not an event number",
			    argv[i]);
	return CLI_DONE;
}

/* --- what came of it ------------------------------------------------------ */

static int
forget_report(const struct forgetting *f)
{
	const struct forgotten *g = &f->gone;
	struct cJSON *o;

	if (f->cli->json) {
		o = json_out_object();
		json_out_int(o, "events", (int64_t)g->events);
		json_out_int(o, "refused", (int64_t)g->refused);
		json_out_int(o, "running", (int64_t)g->running);
		return out_json(f->cli, o);
	}
	printf("%zu event%s and %zu refused request%s forgotten\n", g->events,
	    g->events == 1 ? "" : "s", g->refused, g->refused == 1 ? "" : "s");
	return CLI_DONE;
}

static enum status
forget_all(struct forgetting *f, int argc, char **argv, struct reason *why)
{
	struct reason later;
	enum status st = ST_OK, erased;

	if (f->match != NULL)
		st = forget_matching(f, why);
	for (int i = optind; st == ST_OK && i < argc; i++)
		st = forget_operand(f, argv[i], why);
	/* also what an earlier run, that did not get so far, has removed */
	erased = f->dry ? ST_OK : forget_erase(f->cli->store, &later);
	if (st == ST_OK && erased != ST_OK)
		st = fail(why, erased, "it is removed, but not overwritten "
		    "yet: %s; try again", later.text);
	return st;
}

static int
cmd_forget(struct cli *c, int argc, char **argv)
{
	struct forgetting f = { .cli = c };
	struct reason why;
	int option, code;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		if (option == 'm')
			f.match = optarg;
		else
			f.dry = true;
	}
	code = forget_check_operands(&f, argc, argv);
	if (code == CLI_DONE)
		code = cli_open_store(c, false);
	if (code != CLI_DONE)
		return code;
	if (f.match != NULL)
		f.escaped = forget_escape(f.match, &c->arena);
	snprintf(f.who, sizeof(f.who), "uid:%lu", (unsigned long)getuid());
	if (forget_all(&f, argc, argv, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	code = f.dry ? CLI_DONE : forget_report(&f);
	return code == CLI_DONE && f.gone.running > 0 ? cli_error(c, "%zu "
	    "event%s left: a handler runs. Try again when it has ended",
	    f.gone.running, f.gone.running == 1 ? " was" : "s were") : code;
}

const struct command command_forget = {
	.name = "forget",
	.summary = "remove every copy of an event",
	.operands = "[ID ...]",
	.options = forget_options,
	.help =
"Removes events with all that belongs to them: body, headers, deliveries,\n"
"output, and refused requests with the same body; then overwrites what is\n"
"left of them in the store. Handlers that still wait do not run. An event of\n"
"which a handler runs is left alone. The event's key, a hash, stays, so that\n"
"a repeat is not accepted as a new event. The audit notes who forgot which\n"
"number, and not what.\n",
	.examples =
"cgihook forget 12\n"
"cgihook forget r17\n"
"cgihook forget --match jane@example.org --dry-run\n"
"cgihook forget --match jane@example.org\n",
	.run = cmd_forget,
};
