#include "source_register.h"

#include <string.h>

#include "config_url.h"
#include "crypto.h"
#include "curl.h"
#include "input.h"
#include "json_out.h"
#include "out.h"
#include "webhook_api.h"

enum { TOKEN_MAX = 1024, SAID_MAX = 200, HEADERS_MAX = 8, ANSWER_S = 60 };

/* One webhook that is being made. */
struct registering {
	const struct webhook_api *api;
	const struct provider *provider;
	const struct source_place *at;
	struct webhook_values values;
};

/* Who reads along would have the token; on this machine nobody does. */
static bool
register_is_private(struct cli *c, const char *api)
{
	struct page_url url;

	return page_url_read(bytes_of(api), &c->arena, &url) == NULL &&
	    (strncmp(api, "https://", strlen("https://")) == 0 ||
	    url.loopback);
}

int
source_register_check(const struct cli *c, const struct provider *p,
    const struct source_place *at)
{
	const struct webhook_api *api = webhook_api(p);
	struct cli scratch = *c;
	bool safe;

	if (api == NULL)
		return cli_misuse(c, "%s has no interface that --register "
		    "knows: enter the webhook there", p->title);
	if (!webhook_project_valid(at->project))
		return cli_misuse(c, "--register: write %s, not \"%s\"",
		    api->project, at->project);
	if (at->api == NULL && api->base == NULL)
		return cli_misuse(c, "name the server of %s: --api "
		    "https://forge.example", p->title);
	if (at->url == NULL)
		return cli_misuse(c, "what is to be called? Name it by --url, "
		    "or by url in the configuration");
	scratch.arena = ARENA(0);
	safe = at->api == NULL || register_is_private(&scratch, at->api);
	arena_free(&scratch.arena);
	if (!safe)
		return cli_misuse(c, "--api must begin with https://, so that "
		    "nobody reads the token on its way");
	return CLI_DONE;
}

/* --- a request ------------------------------------------------------------ */

static enum status
register_ask(struct cli *c, const struct registering *r, const char *path,
    struct bytes body, struct curl_reply *out, struct reason *why)
{
	const char *base = r->at->api != NULL ? r->at->api : r->api->base;
	size_t len = strlen(base);
	struct http_header headers[HEADERS_MAX];
	struct curl_call call = { .headers = headers, .body = body,
		.max_s = ANSWER_S, .stop_fd = -1 };
	struct bytes line, name;

	while (len > 0 && base[len - 1] == '/')
		len--;
	for (size_t i = 0; r->api->headers[i] != NULL; i++) {
		line = webhook_fill_path(r->api, r->api->headers[i],
		    &r->values, &c->arena);
		if (!bytes_cut(&line, ':', &name))
			return arena_verdict(&c->arena, ST_BUSY, why);
		headers[call.header_count++] = (struct http_header){ name,
			bytes_trim(line) };
	}
	if (body.data != NULL)
		headers[call.header_count++] = (struct http_header){
			BYTES("Content-Type"), BYTES("application/json") };
	headers[call.header_count++] = (struct http_header){
		BYTES("User-Agent"), BYTES("cgihook") };
	line = webhook_fill_path(r->api, path, &r->values, &c->arena);
	call.url = arena_printf(&c->arena, "%.*s%.*s", (int)len, base,
	    (int)line.len, line.data);
	return arena_failed(&c->arena) ? arena_verdict(&c->arena, ST_BUSY,
	    why) : curl_run(&call, &c->arena, out, why);
}

/* What it says, unless it repeats what nobody should see. */
static const char *
register_said(struct cli *c, const struct registering *r,
    const struct curl_reply *reply)
{
	struct bytes said = webhook_answer_text(reply->text, &c->arena);
	const struct bytes token = bytes_of(r->values.token);
	const struct bytes secret = r->values.secret;

	if (said.len == 0 || memmem(said.data, said.len, token.data,
	    token.len) != NULL || memmem(said.data, said.len, secret.data,
	    secret.len) != NULL)
		return "it does not say why";
	said.len = said.len > SAID_MAX ? SAID_MAX : said.len;
	return out_safe(c, said);
}

static int
register_refused(struct cli *c, const struct registering *r,
    const struct curl_reply *reply)
{
	const char *title = r->provider->title;
	const char *said = register_said(c, r, reply);

	switch (reply->status) {
	case 401:
		return cli_error(c, "%s does not accept this token (401)",
		    title);
	case 403:
		return cli_error(c, "%s does not let this token do that (403: "
		    "%s); it needs: %s", title, said, r->api->right);
	case 404:
		return cli_error(c, "%s has no project %s, or this token does "
		    "not see it (404); a token needs: %s", title,
		    r->at->project, r->api->right);
	case 409:
	case 422:
		if (strstr(said, "already exists") != NULL)
			return cli_error(c, "%s has a webhook with this "
			    "address already (%d): give that one the secret",
			    title, reply->status);
		break;
	}
	return cli_error(c, "%s answers %d: %s", title, reply->status, said);
}

static int
register_make(struct cli *c, struct registering *r)
{
	struct curl_reply reply;
	struct json_doc doc;
	struct reason why;
	struct bytes id;
	enum status st = ST_OK;

	if (r->api->lookup != NULL) {
		st = register_ask(c, r, r->api->lookup, BYTES_NONE, &reply,
		    &why);
		if (st == ST_OK && reply.status != 200)
			return register_refused(c, r, &reply);
		if (st == ST_OK && json_parse(reply.text, &c->arena, &doc,
		    NULL) == ST_OK) {
			id = json_text(&doc, json_path(&doc, BYTES("id")),
			    &c->arena);
			r->values.id = arena_cstr(&c->arena, id);
		}
		if (st == ST_OK && *r->values.id == '\0')
			return cli_error(c, "%s does not say which id %s has",
			    r->provider->title, r->at->project);
	}
	if (st == ST_OK)
		st = register_ask(c, r, r->api->path, webhook_fill_body(r->api,
		    &r->values, &c->arena), &reply, &why);
	if (st != ST_OK)
		return cli_error(c, "%s: %s. Look there whether the webhook "
		    "was made", r->provider->title, why.text);
	if (reply.status != 200 && reply.status != 201)
		return register_refused(c, r, &reply);
	return CLI_DONE;
}

static int
register_report(struct cli *c, const struct registering *r, const char *name)
{
	struct cJSON *o;

	if (c->json) {
		o = json_out_object();
		json_out_str(o, "source", name, &c->arena);
		json_out_str(o, "registered", r->at->project, &c->arena);
		json_out_str(o, "address", r->values.url, &c->arena);
		return out_json(c, o);
	}
	out_style(c, OUT_GOOD, "%s has a new webhook", r->at->project);
	printf(" at %s, which calls %s.\n", r->provider->title,
	    r->values.url);
	return CLI_DONE;
}

/* --- all of it ------------------------------------------------------------ */

static bool
register_token_is_good(const char *token)
{
	for (; *token != '\0'; token++)
		if (*token <= ' ' || *token > '~')
			return false;
	return true;
}

static int
register_with(struct cli *c, struct registering *r, const char *name)
{
	char token[TOKEN_MAX] = "";
	int code;

	r->values.token = token;
	if (!input_secret(arena_cstr(&c->arena, arena_printf(&c->arena,
	    "a token of %s (%s), which is not kept and not shown",
	    r->provider->title, r->api->right)), token, sizeof(token)))
		code = cli_error(c, "standard input has no token of %s",
		    r->provider->title);
	else if (!register_token_is_good(token))
		code = cli_error(c, "this is no token: it has a blank or a "
		    "character that no token has");
	else
		code = register_make(c, r);
	crypto_wipe(token, sizeof(token));
	return code == CLI_DONE ? register_report(c, r, name) : code;
}

int
source_register(struct cli *c, const char *name,
    const struct source_place *at)
{
	struct registering r = { .at = at };
	const struct source *s;
	struct config *whole;
	struct reason why;
	size_t len = strlen(at->url);
	int code;

	if (config_load(c->config->path, &whole, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	s = config_source(whole, bytes_of(name));
	if (s == NULL || s->secret_count == 0) {
		config_free(whole);
		return cli_error(c, "%s has no secret", name);
	}
	r.provider = s->provider;
	r.api = webhook_api(s->provider);
	while (len > 0 && at->url[len - 1] == '/')
		len--;
	r.values = (struct webhook_values){
		.url = arena_printf(&c->arena, "%.*s/%s", (int)len, at->url,
		    name).data,
		.project = at->project, .id = "",
		.secret = secret_bytes(&s->secrets[0]),
	};
	code = register_with(c, &r, name);
	config_free(whole);
	return code;
}
