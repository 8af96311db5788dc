/* show: everything known about one event. */
#include <string.h>

#include "cli.h"
#include "date.h"
#include "handler_waits.h"
#include "json.h"
#include "json_print.h"
#include "mask.h"
#include "out.h"
#include "out_delivery.h"
#include "pager.h"
#include "refused.h"
#include "view_event.h"
#include "view_text.h"

static const struct command_option show_options[] = {
	{ "raw", 'r', NULL,
	    "only the body, byte for byte as it arrived" },
	{ 0 }
};

static int
show_raw(const struct stored_event *e)
{
	fwrite(e->body.data, 1, e->body.len, stdout);
	return CLI_DONE;
}

static int
show_json(struct cli *c, const struct stored_event *e)
{
	const struct view v = cli_view(c);

	return out_json(c, view_event_json(&v, e, VIEW_WHOLE));
}

static void
show_field(struct cli *c, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		printf("  %-12s%s\n", name, out_safe(c, bytes_of(value)));
}

static void
show_headers(struct cli *c, struct bytes headers)
{
	struct bytes line, name, value;

	out_style(c, OUT_BOLD, "headers");
	putchar('\n');
	while (headers.len > 0) {
		bytes_cut(&headers, '\n', &line);
		if (!bytes_cut(&line, ':', &name))
			continue;
		value = mask_header(name, bytes_trim(line), &c->arena);
		printf("  %s: %s\n", out_safe(c, name), out_safe(c, value));
	}
}

static void
show_body(struct cli *c, struct bytes body)
{
	char size[32];
	struct json_doc doc;
	struct bytes text = BYTES_NONE;

	out_style(c, OUT_BOLD, "body");
	printf(", %s\n", view_size((int64_t)body.len, size,
	    sizeof(size)));
	if (json_parse(body, &c->arena, &doc, NULL) == ST_OK)
		text = json_print(&doc, &json_pretty, &c->arena);
	out_block(c, "  ", text.data == NULL ? body : text);
}

static void
show_deliveries(struct cli *c, const struct stored_event *e)
{
	struct reason waits;

	out_style(c, OUT_BOLD, "deliveries");
	printf("%s\n", e->delivery_count > 0 ? "" : e->state == EVENT_QUEUED ?
	    ": none yet" : ": none, since no handler was found");
	if (handler_waits_event(c->config, e, &c->arena, &waits))
		out_block(c, "  ! ", bytes_of(waits.text));
	for (size_t i = 0; i < e->delivery_count; i++)
		out_delivery(c, e, &e->deliveries[i], true);
}

static void
show_retries(struct cli *c, const struct stored_event *e)
{
	const struct stored_retry *r = e->retries;
	char at[25];

	for (size_t i = 0; i < e->retry_count; i++, r++) {
		date_format_rfc3339(r->at_ms, at);
		show_field(c, strcmp(r->what, "retry") == 0 ? "retried" :
		    r->what, arena_printf(&c->arena, *r->remote_addr
		    == '\0' ? "%s by %s" : "%s by %s (%s)", at, r->who,
		    r->remote_addr).data);
	}
}

static int
show_event(struct cli *c, const struct stored_event *e)
{
	char received[25];

	date_format_rfc3339(e->received_ms, received);
	out_style(c, OUT_BOLD, "event %lld", (long long)e->id);
	putchar('\n');
	show_field(c, "source", e->source);
	show_field(c, "event", e->event);
	show_field(c, "action", e->action);
	show_field(c, "status", e->status);
	show_field(c, "result", result_name(e->result));
	show_field(c, "subject", e->subject);
	show_field(c, "received", received);
	show_field(c, "from", e->remote_addr);
	show_retries(c, e);
	show_deliveries(c, e);
	if (e->stripped) {
		show_field(c, "body", view_stripped(e,
		    c->config->keep_bodies_ms, &c->arena));
		return CLI_DONE;
	}
	show_headers(c, e->headers);
	show_body(c, e->body);
	return CLI_DONE;
}

static int
cmd_show(struct cli *c, int argc, char **argv)
{
	struct stored_event e;
	struct reason why;
	unsigned long long id;
	int64_t refused;
	bool raw = false;
	enum status st;
	int option, code;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		raw = true;
	}
	if (optind + 1 != argc)
		return cli_misuse(c, "name one event by its number; cgihook "
		    "log lists them");
	if (refused_number(argv[optind], &refused))
		return cli_misuse(c, "%s is a refused request: cgihook explain "
		    "%s", argv[optind], argv[optind]);
	if (!bytes_to_u64(bytes_of(argv[optind]), &id) || id > INT64_MAX)
		return cli_misuse(c, "\"%s\" is not an event number",
		    argv[optind]);
	code = cli_open_store(c, true);
	if (code != CLI_DONE)
		return code;
	st = c->store == NULL ? ST_UNKNOWN : store_get(c->store, (int64_t)id,
	    raw ? STORE_BODY : STORE_HEADERS | STORE_BODY | STORE_DELIVERIES |
	    STORE_ATTEMPTS | STORE_RETRIES, &c->arena, &e, &why);
	if (st == ST_UNKNOWN)
		return cli_error(c, "there is no event %llu", id);
	if (st != ST_OK)
		return cli_error(c, "%s", why.text);
	if (raw && e.stripped)
		return cli_error(c, "event %llu: %s", id, view_stripped(&e,
		    c->config->keep_bodies_ms, &c->arena));
	if (!raw)
		pager_begin(c);
	return raw ? show_raw(&e) : c->json ? show_json(c, &e) :
	    show_event(c, &e);
}

const struct command command_show = {
	.name = "show",
	.summary = "show an event: deliveries, attempts, output, headers, body",
	.operands = "ID",
	.options = show_options,
	.help =
"Shows one event: its source, name and status, each delivery with its\n"
"attempts and the handler's output, the headers kept with it (signatures are\n"
"masked), and its body.\n",
	.examples =
"cgihook show 12\n"
"cgihook show 12 --raw | jq .build.status\n",
	.run = cmd_show,
};
