#include <string.h>

#include "check.h"
#include "clock.h"
#include "crypto.h"
#include "payload.h"
#include "post.h"
#include "sign.h"

/* A test that runs next to nothing: a ping, which Drone does not even send. */
static const char drone_ping[] = "{'event':'ping','action':'check',"
	"'id':'<id>','system':{'host':'cgihook-check'}}";

static enum status
make_body(struct checking *k, const struct source *s, const char **event,
    struct bytes *body, struct reason *why)
{
	static const char *const names[] = { "id" };
	struct payload_words words = { NULL, NULL, NULL };
	unsigned char random[64];
	int64_t now_ms = clock_wall_ms();
	struct bytes id;
	const char *values[1];
	enum status st = crypto_random(random, sizeof(random));

	if (st != ST_OK)
		return fail(why, st, "no random numbers");
	*event = "ping";
	if (s->provider == &provider_drone) {
		id = arena_printf(&k->cli->arena, "%lld", (long long)now_ms);
		values[0] = id.data;
		*body = id.data == NULL ? BYTES_NONE : payload_expand(
		    drone_ping, names, values, 1, &k->cli->arena);
		return body->data == NULL ? ST_BUSY : ST_OK;
	}
	if (s->provider == &provider_circleci)
		words.event = "ping";
	st = payload_complete(s->provider->name, &words, why);
	*event = words.event;
	return st != ST_OK ? st : payload_make(s->provider->name, &words,
	    now_ms, random, &k->cli->arena, body, why);
}

/* What each answer means, by whether it is the responder's own (JSON with an
 * error in it) or the web server's. */
static const struct {
	int status;
	const char *ours, *servers;
} answers[] = {
	{ 301, NULL, "a redirect, which senders do not follow; use the address "
	    "it leads to (https instead of http?)" },
	{ 302, NULL, "a redirect, which senders do not follow; use the address "
	    "it leads to" },
	{ 307, NULL, "a redirect, which senders do not follow; use the address "
	    "it leads to" },
	{ 308, NULL, "a redirect, which senders do not follow; use the address "
	    "it leads to" },
	{ 400, "the responder understood it otherwise than it was sent: "
	    "something on the way changes requests", "the web server refused "
	    "the request itself" },
	{ 401, "the signature did not arrive or fit: another configuration is "
	    "in force there (CGIHOOK_CONFIG), or a header was removed on the "
	    "way (Apache: CGIPassAuth On)", "the web server wants a password: "
	    "exempt this address" },
	{ 403, NULL, "the web server may not run the program: Options "
	    "+ExecCGI, permissions of the wrapper and its folder (755), "
	    "suexec's log" },
	{ 404, "the responder knows no such source: another configuration is "
	    "in force there (CGIHOOK_CONFIG)", "the web server knows no such "
	    "address: is it the script's, without the source?" },
	{ 405, "something turned the POST into another method: a redirect on "
	    "the way?", "this address takes no POST: it is a page, and not "
	    "the program" },
	{ 408, "the body did not arrive in time", "the web server timed out" },
	{ 413, "body_limit is too small", "the web server's own limit is too "
	    "small (client_max_body_size, LimitRequestBody)" },
	{ 500, "the configuration there has an error, or is not found: see "
	    "its log, and CGIHOOK_CONFIG", "the program was not started, or "
	    "failed: the web server's error log says why; often permissions "
	    "of the wrapper or its folder (755, owner), or a line of "
	    ".htaccess that is not allowed" },
	{ 502, NULL, "the web server finds no responder behind it: is the "
	    "FastCGI socket there, and may the server open it?" },
	{ 503, "the store or disk there is unable, or the queue is full: see "
	    "its log", "the web server finds no responder behind it, or is "
	    "overloaded" },
	{ 504, "a handler took too long", "the responder did not answer in "
	    "time" },
};

static void
judge_refusal(struct checking *k, const struct reply *r, bool ours)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const char *words = ours ? answers[i].ours : answers[i].servers;

		if (answers[i].status != r->status || words == NULL)
			continue;
		check_add(k, CHECK_BAD, "url", "answered %d: %s", r->status,
		    words);
		return;
	}
	check_add(k, CHECK_BAD, "url", "answered %d, and not by the "
	    "responder", r->status);
}

/* Whether what was accepted there lies in the store that is configured here. */
static void
judge_store(struct checking *k, int64_t id, struct bytes body)
{
	struct cli *c = k->cli;
	struct stored_event e;
	struct reason why;

	if (cli_open_store(c, true) != CLI_DONE || c->store == NULL ||
	    store_get(c->store, id, true, &c->arena, &e, &why) != ST_OK ||
	    !bytes_equal(e.body, body))
		check_add(k, CHECK_WARN, "url", "it was accepted, but is not "
		    "in this state folder: another configuration is in force "
		    "there");
	else
		check_add(k, CHECK_OK, "url", "it is event %lld here",
		    (long long)id);
}

static const struct source *
choose(struct checking *k, const char *name)
{
	const struct config *c = k->cli->config;

	if (name != NULL)
		return cli_source(k->cli, name);
	for (size_t i = 0; i < c->source_count; i++)
		if (c->sources[i].provider != &provider_custom)
			return &c->sources[i];
	check_add(k, CHECK_WARN, "url", "a test of a custom source runs its "
	    "handler");
	check_mend(k, "if you mean it: --source NAME");
	return NULL;
}

void
check_url(struct checking *k, const char *url, const char *source)
{
	const struct source *s = choose(k, source);
	struct outgoing o;
	struct reply r;
	struct reason why;
	struct bytes body;
	const char *event = NULL;
	int64_t id;
	bool ours;

	if (s == NULL) {
		k->bad += source != NULL;
		return;
	}
	if (make_body(k, s, &event, &body, &why) != ST_OK ||
	    sign_request(s, event, body, clock_wall_ms(), &k->cli->arena, &o,
	    &why) != ST_OK ||
	    post_http(k->cli, url, s->name, &o, &r, &why) != ST_OK) {
		check_add(k, CHECK_BAD, "url", "%s", why.text);
		return;
	}
	if (strncmp(url, "https://", 8) == 0)
		check_add(k, CHECK_OK, "url", "name, connection and "
		    "certificate are good");
	else
		check_add(k, CHECK_WARN, "url", "http without TLS: who listens "
		    "reads the events%s", s->provider == &provider_custom ?
		    ", and the secret" : "");
	ours = post_is_ours(r.text, &id);
	if (r.status >= 200 && r.status < 300 && (ours ||
	    s->provider == &provider_custom)) {
		check_add(k, CHECK_OK, "url", "a signed test to %s was "
		    "answered %d after %lld ms", s->name, r.status,
		    (long long)r.took_ms);
		if (id > 0)
			judge_store(k, id, body);
	} else if (r.status >= 200 && r.status < 300) {
		check_add(k, CHECK_BAD, "url", "answered %d, but not by the "
		    "responder: the program's text, or another page, is shown "
		    "instead (is the folder one in which programs run?)",
		    r.status);
	} else {
		judge_refusal(k, &r, ours);
	}
}
