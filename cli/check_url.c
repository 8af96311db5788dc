#include <string.h>

#include "answer.h"
#include "certificate.h"
#include "check_areas.h"
#include "clock.h"
#include "codec.h"
#include "crypto.h"
#include "post.h"
#include "probe.h"
#include "recipe.h"

/* What each answer means if the responder gave it (as JSON with an error), and
 * if the web server did. */
static const struct {
	int status;
	const char *ours, *servers;
} answers[] = {
	{ 301, NULL, "a redirect, which senders do not follow: use the address "
	    "it leads to (https instead of http?)" },
	{ 302, NULL, "a redirect, which senders do not follow: use the address "
	    "it leads to" },
	{ 307, NULL, "a redirect, which senders do not follow: use the address "
	    "it leads to" },
	{ 308, NULL, "a redirect, which senders do not follow: use the address "
	    "it leads to" },
	{ 400, "the responder read another request than was sent: something on "
	    "the way changes requests, or the responder there has another "
	    "version", "the web server refused the request itself" },
	{ 401, "the signature or the secret did not arrive, or is another one: "
	    "the responder there could not read the new secret, it uses "
	    "another configuration (CGIHOOK_CONFIG), or something on the way "
	    "removed a header (Apache: CGIPassAuth On)",
	    "the web server wants a password: exempt this address" },
	{ 403, NULL, "the web server may not run the program: check Options "
	    "+ExecCGI, the permissions of the wrapper and its folder (755), "
	    "and suexec's log" },
	{ 404, NULL, "the web server does not know this address. Is it the "
	    "script's, without the source? Do programs run in that folder "
	    "(.htaccess)? If they do not, Apache looks for a file below the "
	    "script" },
	{ 405, "something turned the POST into another method: a redirect on "
	    "the way?", "this address takes no POST: it is a page, not the "
	    "program" },
	{ 408, "the body did not arrive in time", "the web server timed out" },
	{ 413, "body_limit is too small", "the web server's limit is too small "
	    "(client_max_body_size, LimitRequestBody)" },
	{ 500, "the configuration there has an error, cannot be found "
	    "(CGIHOOK_CONFIG), or cannot be read by the user that the program "
	    "runs as: see its log, or the web server's",
	    "the program did not start, or failed: the web server's error log "
	    "says why; often it is the permissions of the wrapper or its "
	    "folder (755, owner), or a line of .htaccess that is not allowed" },
	{ 502, NULL, "the web server finds no responder: does the FastCGI "
	    "socket exist, and may the server open it?" },
	{ 503, "the store there cannot be written, or its queue is full: see "
	    "its log", "the web server finds no responder, or is "
	    "overloaded" },
	{ 504, NULL, "the responder did not answer in time" },
};

/* A request to the address, and its answer. */
struct trial {
	const char *url;
	const struct source *source;
	struct post_reply reply;
	struct answer answer;
};

/* --- 404: which source did the responder look for? ------------------------ */

/* The source whose address was pasted. */
static const char *
check_url_source_at_end(const struct config *c, const char *url)
{
	for (size_t i = 0; i < c->source_count; i++)
		if (post_names_source(url, c->sources[i].name))
			return c->sources[i].name;
	return NULL;
}

static void
mend_path(struct checking *k)
{
	check_mend(k, "nginx: fastcgi_split_path_info, and fastcgi_param "
	    "PATH_INFO $fastcgi_path_info; Apache: ProxyPass, not "
	    "ProxyPassMatch, and proxy-fcgi-pathinfo=first-dot, not full; see "
	    "the files in deploy/");
}

static void
check_url_judge_path(struct checking *k, const struct trial *t)
{
	struct bytes came = t->answer.path_info;
	const char *name = t->source->name;
	const char *wanted = arena_printf(&k->cli->arena, "/%s", name).data;
	const char *end = check_url_source_at_end(k->cli->config, t->url);

	if (wanted == NULL)
		return;
	/* the script may have the name of a source */
	if (end != NULL && came.len > strlen(wanted)) {
		check_add(k, CHECK_BAD, "url", "answered 404: --url must not "
		    "end in /%s", end);
	} else if (came.data == NULL) {
		check_add(k, CHECK_BAD, "url", "answered 404: a PATH_INFO "
		    "other than %s arrived; the responder's log shows it",
		    wanted);
	} else if (came.len == 0) {
		check_add(k, CHECK_BAD, "url", "answered 404: no PATH_INFO "
		    "arrived, and it should be %s: the web server does not "
		    "split the address after the script", wanted);
		mend_path(k);
	} else if (bytes_is(came, wanted)) {
		check_add(k, CHECK_BAD, "url", "answered 404: PATH_INFO %s "
		    "arrived, as it should, but the responder that runs there "
		    "has no source %s: it has not read this configuration, or "
		    "it uses another one (CGIHOOK_CONFIG)", wanted,
		    name);
		check_mend(k, "restart the responder (systemctl restart "
		    "cgihook, or the web server)");
	} else {
		check_add(k, CHECK_BAD, "url", "answered 404: PATH_INFO %.*s "
		    "arrived, and it should be %s%s", (int)came.len,
		    came.data, wanted, bytes_has_suffix(came, wanted) ?
		    ": the web server includes the script's path in it" : "");
		mend_path(k);
	}
}

/* --- all answers ---------------------------------------------------------- */

static void
check_url_judge_refusal(struct checking *k, const struct trial *t)
{
	bool ours = t->answer.kind == ANSWER_REFUSED;
	int status = t->reply.status;

	if (ours && status == 404) {
		check_url_judge_path(k, t);
		return;
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const char *words = ours ? answers[i].ours : answers[i].servers;

		if (answers[i].status != status || words == NULL)
			continue;
		check_add(k, CHECK_BAD, "url", "answered %d: %s", status,
		    words);
		return;
	}
	check_add(k, CHECK_BAD, "url", "answered %d, but not by the responder",
	    status);
}

/* Whether an event would get into the store that is configured here. */
static void
check_url_judge_folder(struct checking *k, const struct trial *t)
{
	const char *dir = k->cli->config->state_dir;
	char here[PROBE_FOLDER_LEN + 1];
	struct reason why;

	if (probe_folder(dir, here, &why) == ST_OK &&
	    bytes_is(t->answer.folder, here))
		check_add(k, CHECK_OK, "url", "events go into %s", dir);
	else
		check_add(k, CHECK_WARN, "url", "events go into a state folder "
		    "other than %s: another configuration is in use there",
		    dir);
}

/* Nobody signed it, so it must be refused: then it has come as far as the
 * verification. */
static bool
check_url_judge_forged(struct checking *k, const struct trial *t)
{
	if (t->answer.kind == ANSWER_REFUSED && t->reply.status == 401) {
		check_add(k, CHECK_OK, "url", "a request to %s with a false "
		    "signature was refused, as it must be; answered 401 after "
		    "%lld ms. Only the sender can make a genuine one",
		    t->source->name, (long long)t->reply.took_ms);
		return true;
	}
	if (t->answer.kind == ANSWER_CHECKED)
		check_add(k, CHECK_BAD, "url", "a request to %s with a false "
		    "signature was accepted: the responder there has another "
		    "configuration", t->source->name);
	return t->answer.kind == ANSWER_CHECKED;
}

static void
check_url_judge(struct checking *k, const struct trial *t, bool forged)
{
	int status = t->reply.status;

	if (forged && check_url_judge_forged(k, t))
		return;
	if (status < 200 || status >= 300) {
		check_url_judge_refusal(k, t);
		return;
	}
	if (t->answer.kind != ANSWER_CHECKED) {
		check_add(k, CHECK_BAD, "url", "answered %d, but not by the "
		    "responder: the web server shows the program's text or "
		    "another page (do programs run in that folder?)",
		    status);
		return;
	}
	check_add(k, CHECK_OK, "url", "a signed request to %s was verified, "
	    "and its event could have been stored; answered %d after %lld ms",
	    t->source->name, status, (long long)t->reply.took_ms);
	check_url_judge_folder(k, t);
}

/* The one that is named; else the first that a genuine request can be made
 * for. */
static const struct source *
check_url_choose(struct checking *k, const char *name)
{
	const struct config *c = k->cli->config;

	if (name != NULL)
		return cli_source(k->cli, name);
	for (size_t i = 0; i < c->source_count; i++)
		if (source_signs(&c->sources[i]))
			return &c->sources[i];
	return c->source_count == 0 ? NULL : &c->sources[0];
}

/* Whoever can read a request can read the secret that it holds, whichever of
 * the sources this test is for. */
static void
check_url_open(struct checking *k)
{
	const struct config *c = k->cli->config;

	check_add(k, CHECK_WARN, "url", "http without TLS: anyone on the "
	    "network path can read the events");
	for (size_t i = 0; i < c->source_count; i++) {
		const struct source *s = &c->sources[i];

		if (source_bears_secret(s) && s->secret_count > 0)
			check_add(k, CHECK_WARN, "url", "http without TLS: the "
			    "requests of %s hold its secret, which anyone on "
			    "the network path can read", s->name);
	}
}

/* --- page_user = remote --------------------------------------------------- */

/* "Basic NAME:PASSWORD", with a password that nobody has. */
static struct bytes
check_user_credentials(const char *name, struct arena *a)
{
	unsigned char random[16];
	char password[2 * sizeof(random) + 1];
	struct bytes pair;
	char *text;

	if (crypto_random(random, sizeof(random)) != ST_OK)
		return BYTES_NONE;
	hex_encode(random, sizeof(random), password);
	pair = arena_printf(a, "%s:%s", name, password);
	text = arena_alloc(a, pair.len / 3 * 4 + 5);
	if (pair.data == NULL || text == NULL)
		return BYTES_NONE;
	base64_encode((const unsigned char *)pair.data, pair.len, text);
	return arena_printf(a, "Basic %s", text);
}

/* The web server must not hand on a name that it has not checked. A logout
 * without a form's token does nothing, whoever asks: 403, they are let in. */
static void
check_user_page(struct checking *k, const char *url)
{
	const struct config *c = k->cli->config;
	const char *name = c->token_count > 0 ? c->tokens[0].name : NULL;
	struct outgoing o = { .body = BYTES("form="),
		.now_ms = clock_wall_ms(), .header_count = 1 };
	struct post_reply reply;
	struct reason why;

	if (c->page_user != PAGE_USER_REMOTE || name == NULL)
		return;
	o.headers[0] = (struct http_header){ BYTES("Authorization"),
		check_user_credentials(name, &k->cli->arena) };
	if (o.headers[0].value.data == NULL ||
	    post_http_anyway(k->cli, url, "-/logout", &o, &reply, &why) !=
	    ST_OK)
		check_add(k, CHECK_WARN, "url", "it could not be found out "
		    "whether the page lets in a user with a wrong password");
	else if (reply.status == 401)
		check_add(k, CHECK_OK, "url", "the page refuses a user with a "
		    "wrong password, as it must; answered 401");
	else
		check_add(k, CHECK_BAD, "url", "the page answered %d to a user "
		    "with a wrong password, and not 401: with page_user = "
		    "remote, the web server must ask for a password at each "
		    "address below %s/-/", reply.status, url);
}

/* --- the certificate ------------------------------------------------------ */

/* Nobody but the sender can let it accept such a certificate. */
static void
check_url_certificate(struct checking *k, const struct trial *t)
{
	const struct config *c = k->cli->config;
	struct certificate_fault fault;

	certificate_judge(k->cli, t->url, t->reply.verdict, &fault);
	check_add(k, CHECK_BAD, "url", "the certificate: %s. Senders refuse "
	    "it, and send nothing", fault.what);
	check_mend(k, "%s", fault.mend);
	for (size_t i = 0; i < c->source_count; i++) {
		const struct provider *p = c->sources[i].provider;
		const char *lax = p->recipe != NULL ?
		    p->recipe->any_certificate : p->any_certificate;

		if (lax != NULL)
			check_add(k, CHECK_WARN, "url", "%s: %s sends nothing "
			    "there, unless %s; then anyone on the network path "
			    "can pretend to be this server",
			    c->sources[i].name, p->title, lax);
	}
}

/* Judges the certificate first, and goes on whatever it is. */
static bool
check_url_post(struct checking *k, struct trial *t, const struct outgoing *o)
{
	struct reason why;
	enum status st = post_http(k->cli, t->url, t->source->name, o,
	    &t->reply, &why);

	if (st == ST_DENIED) {
		check_url_certificate(k, t);
		st = post_http_anyway(k->cli, t->url, t->source->name, o,
		    &t->reply, &why);
	} else if (st == ST_OK && strncmp(t->url, "https://", 8) == 0) {
		check_add(k, CHECK_OK, "url", "name, connection and "
		    "certificate are good");
	} else if (st == ST_OK) {
		check_url_open(k);
	}
	if (st != ST_OK)
		check_add(k, CHECK_BAD, "url", "%s", why.text);
	return st == ST_OK;
}

void
check_url(struct checking *k, const char *url, const char *source)
{
	struct arena *a = &k->cli->arena;
	struct trial t = { .url = url, .source = check_url_choose(k, source) };
	struct outgoing o = { .body = BYTES(PROBE_BODY),
		.now_ms = clock_wall_ms(), .check = true };
	struct reason why;

	if (t.source == NULL) {
		k->bad += source != NULL;
		return;
	}
	o.target = post_target(url, t.source->name, a);
	if (outgoing_sign(t.source, a, &o, &why) != ST_OK) {
		check_add(k, CHECK_BAD, "url", "%s", why.text);
		return;
	}
	if (!check_url_post(k, &t, &o))
		return;
	t.answer = answer_read(t.reply.type, t.reply.text, a);
	check_url_judge(k, &t, o.forged);
	check_user_page(k, url);
}
