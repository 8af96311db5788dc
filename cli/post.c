#include "post.h"

#include <ctype.h>
#include <string.h>

#include "buf.h"
#include "child.h"
#include "clock.h"
#include "codec.h"
#include "crypto.h"
#include "program.h"

enum { ENV_MAX = 32, TIMEOUT_MS = 90 * 1000, CURL_CONFIG_MAX = 64 * 1024 };

/* --- as CGI, RFC 3875 --------------------------------------------------- */

struct cgi_env {
	const char *entries[ENV_MAX + 1];
	size_t count;
};

static void
post_put(struct cgi_env *e, struct arena *a, const char *name,
    struct bytes value)
{
	struct bytes entry = arena_printf(a, "%s=%.*s", name, (int)value.len,
	    value.data == NULL ? "" : value.data);

	if (e->count == ENV_MAX)
		arena_fail(a);
	else
		e->entries[e->count++] = entry.data;
}

/* "X-Some-Event" is HTTP_X_SOME_EVENT: RFC 3875 4.1.18. */
static void
put_header(struct cgi_env *e, struct arena *a, const struct http_header *h)
{
	char name[64] = "HTTP_";
	size_t n = 5;

	for (size_t i = 0; i < h->name.len && n < sizeof(name) - 1; i++) {
		char c = h->name.data[i];

		name[n++] = c == '-' ? '_' :
		    (char)toupper((unsigned char)c);
	}
	name[n] = '\0';
	post_put(e, a, strcmp(name, "HTTP_CONTENT_TYPE") == 0 ? name + 5 : name,
	    h->value);
}

static void
put_request(struct cgi_env *e, struct cli *c, const char *source,
    const struct outgoing *o)
{
	struct arena *a = &c->arena;

	post_put(e, a, "CGIHOOK_CONFIG", bytes_of(c->config->path));
	post_put(e, a, "GATEWAY_INTERFACE", BYTES("CGI/1.1"));
	post_put(e, a, "SERVER_PROTOCOL", BYTES("HTTP/1.1"));
	post_put(e, a, "SERVER_SOFTWARE", BYTES("cgihook-send"));
	post_put(e, a, "SERVER_NAME", BYTES("localhost"));
	post_put(e, a, "SERVER_PORT", BYTES("80"));
	post_put(e, a, "REMOTE_ADDR", BYTES("127.0.0.1"));
	post_put(e, a, "REQUEST_METHOD", BYTES("POST"));
	post_put(e, a, "SCRIPT_NAME", BYTES("/cgihook.cgi"));
	post_put(e, a, "PATH_INFO", arena_printf(a, "/%s", source));
	post_put(e, a, "QUERY_STRING", o->query);
	post_put(e, a, "REQUEST_URI", post_target(NULL, source, a));
	post_put(e, a, "CONTENT_LENGTH", arena_printf(a, "%zu", o->body.len));
	for (size_t i = 0; i < o->header_count; i++)
		put_header(e, a, &o->headers[i]);
}

/* The number at the beginning of "202 Accepted"; or 0. */
static int
post_read_status(struct bytes text)
{
	unsigned long long status;
	struct bytes number;

	bytes_cut(&text, ' ', &number);
	return bytes_to_u64(number, &status) && status < 1000 ? (int)status : 0;
}

/* "Status: 202 Accepted", RFC 3875 6.3.3; without it, 200. */
static enum status
read_cgi_reply(const struct child_result *r, struct post_reply *out,
    struct reason *why)
{
	struct bytes rest = r->output, line;

	out->status = 200;
	out->type = BYTES_NONE;
	while (bytes_cut_line(&rest, &line)) {
		if (line.len == 0) {
			out->text = rest;
			return ST_OK;
		}
		if (bytes_has_prefix(line, "Status: "))
			out->status = post_read_status(bytes_from(line, 8));
		else if (bytes_has_prefix(line, "Content-Type: "))
			out->type = bytes_from(line, 14);
	}
	if (r->timed_out)
		return fail(why, ST_SYSTEM, "the responder did not answer");
	return fail(why, ST_SYSTEM, "the responder exited with status %d and "
	    "no reply: %.*s", r->exit_code,
	    (int)(r->errors.len > 200 ? 200 : r->errors.len), r->errors.data);
}

enum status
post_cgi(struct cli *c, const char *source, const struct outgoing *o,
    struct post_reply *out, struct reason *why)
{
	struct cgi_env env = { { NULL }, 0 };
	const char *argv[2] = { NULL, NULL }, **all;
	struct child_request r = { .argv = argv, .input = o->body,
		.timeout_ms = TIMEOUT_MS };
	struct child_result result;
	int64_t start_ms = clock_steady_ms();
	enum status st;

	put_request(&env, c, source, o);
	st = program_responder(&c->arena, &argv[0], why);
	if (st != ST_OK)
		return st;
	all = child_environment(env.entries, &c->arena);
	if (arena_failed(&c->arena))
		return arena_verdict(&c->arena, ST_BUSY, why);
	r.env = all;
	st = child_run(&r, &c->arena, &result, why);
	if (st != ST_OK)
		return st;
	out->took_ms = clock_steady_ms() - start_ms;
	return read_cgi_reply(&result, out, why);
}

/* --- by curl(1) --------------------------------------------------------- */

static struct bytes
header_line(struct cli *c, const struct http_header *h)
{
	return arena_printf(&c->arena, "%.*s: %.*s", (int)h->name.len,
	    h->name.data, (int)h->value.len, h->value.data);
}

/* A value in curl's configuration: quotes and backslashes escaped. */
static void
config_line(struct buf *b, const char *option, struct bytes value)
{
	buf_printf(b, "%s = \"", option);
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '"' || value.data[i] == '\\')
			buf_add_char(b, '\\');
		buf_add_char(b, value.data[i]);
	}
	buf_add_str(b, "\"\n");
}

static struct bytes
full_url(struct arena *a, const char *url, const char *source,
    const struct outgoing *o)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	return arena_printf(a, "%.*s/%s%s%.*s", (int)len, url, source,
	    o->query.data == NULL ? "" : "?", (int)o->query.len,
	    o->query.data == NULL ? "" : o->query.data);
}

/* Everything but the body goes in by standard input: every user of the machine
 * could read a secret on a command line. */
static struct bytes
curl_config(struct cli *c, const char *url, const char *source,
    const struct outgoing *o)
{
	struct buf b = BUF(CURL_CONFIG_MAX);
	struct bytes out = BYTES_NONE;

	config_line(&b, "url", full_url(&c->arena, url, source, o));
	config_line(&b, "request", BYTES("POST"));
	config_line(&b, "data-binary", BYTES("@/dev/fd/3"));
	for (size_t i = 0; i < o->header_count; i++)
		config_line(&b, "header", header_line(c, &o->headers[i]));
	config_line(&b, "header", BYTES("Expect:"));
	config_line(&b, "write-out", BYTES("\\n%{http_code} "
	    "%{ssl_verify_result} %{content_type}"));
	if (b.no_memory)
		arena_fail(&c->arena);
	else if (!b.failed)
		out = arena_copy(&c->arena, buf_bytes(&b));
	if (b.data != NULL)
		crypto_wipe(b.data, b.len);
	buf_free(&b);
	return out;
}

/* What curl's exit status (curl(1), EXIT CODES) means for webhooks. */
static const struct {
	int exit_code;
	const char *stage;
} curl_stages[] = {
	{ 1, "the address: curl does not know this kind; it should begin with "
	    "https://" },
	{ 3, "the address: it is not a URL" },
	{ 6, "the name: this host is unknown; does its DNS record exist?" },
	{ 7, "the connection: nothing listens there, or a firewall blocks it" },
	{ 28, "the reply: none arrived in time" },
	{ 35, "TLS: the handshake failed; is this the https port?" },
	{ 52, "the reply: it is empty; see the web server's error log" },
	{ 56, "the reply: the connection broke" },
	{ 51, "the certificate: it is not trusted, and a sender will refuse "
	    "it, too; cgihook check --url says what is wrong with it" },
	{ 60, "the certificate: it is not trusted, and a sender will refuse "
	    "it, too; cgihook check --url says what is wrong with it" },
};

/* The last line: what "write-out" asks for. */
static struct bytes
curl_last_line(struct bytes *output)
{
	struct bytes line;
	size_t end;

	for (end = output->len; end > 0; end--)
		if (output->data[end - 1] == '\n')
			break;
	line = bytes_from(*output, end);
	output->len = end == 0 ? 0 : end - 1;
	return line;
}

static int
curl_number(struct bytes *line)
{
	unsigned long long number;
	struct bytes word;

	bytes_cut(line, ' ', &word);
	return bytes_to_u64(word, &number) && number < 1000 ? (int)number : 0;
}

static enum status
curl_failed(const struct child_result *r, struct post_reply *out,
    struct reason *why)
{
	static const int cert_problem = 51, peer_failed = 60;
	struct bytes output = r->output, line = curl_last_line(&output);
	int len = (int)(r->errors.len > 120 ? 120 : r->errors.len);
	enum status st = r->exit_code == cert_problem ||
	    r->exit_code == peer_failed ? ST_DENIED : ST_SYSTEM;

	while (len > 0 && r->errors.data[len - 1] == '\n')
		len--;
	if (r->timed_out)
		return fail(why, ST_SYSTEM, "the reply: none arrived in time");
	(void)curl_number(&line);
	out->verdict = curl_number(&line);
	for (size_t i = 0; i < sizeof(curl_stages) / sizeof(*curl_stages); i++)
		if (curl_stages[i].exit_code == r->exit_code)
			return fail(why, st, "stopped at %s (%.*s)",
			    curl_stages[i].stage, len, r->errors.data);
	return fail(why, ST_SYSTEM, "%.*s", len, r->errors.data);
}

static enum status
post_by_curl(struct cli *c, const char *const *argv, struct bytes config,
    const struct outgoing *o, struct post_reply *out, struct reason *why)
{
	struct child_request r = { .argv = argv, .input = config,
		.extra = o->body, .timeout_ms = TIMEOUT_MS };
	struct child_result result;
	int64_t start_ms = clock_steady_ms();
	struct bytes line;
	enum status st;

	if (config.data == NULL)
		return arena_verdict(&c->arena, fail(why, ST_TOO_BIG, "the "
		    "request is too large"), why);
	st = child_run(&r, &c->arena, &result, why);
	if (st == ST_CONFIG)
		return fail(why, st, "curl is not installed (apt-get install "
		    "curl); --print shows the request for another program");
	if (st != ST_OK)
		return st;
	if (result.exit_code != 0)
		return curl_failed(&result, out, why);
	line = curl_last_line(&result.output);
	out->status = curl_number(&line);
	out->verdict = curl_number(&line);
	out->type = line;
	out->text = result.output;
	out->took_ms = clock_steady_ms() - start_ms;
	return ST_OK;
}

enum status
post_http(struct cli *c, const char *url, const char *source,
    const struct outgoing *o, struct post_reply *out, struct reason *why)
{
	static const char *const argv[] = { "curl", "--silent",
		"--show-error", "--max-time", "60", "--config", "-", NULL };

	return post_by_curl(c, argv, curl_config(c, url, source, o), o, out,
	    why);
}

enum status
post_http_anyway(struct cli *c, const char *url, const char *source,
    const struct outgoing *o, struct post_reply *out, struct reason *why)
{
	static const char *const argv[] = { "curl", "--silent",
		"--show-error", "--insecure", "--max-time", "60", "--config",
		"-", NULL };

	return post_by_curl(c, argv, curl_config(c, url, source, o), o, out,
	    why);
}

bool
post_names_source(const char *url, const char *source)
{
	struct bytes rest = bytes_of(url);
	size_t len = strlen(source);

	while (rest.len > 0 && rest.data[rest.len - 1] == '/')
		rest.len--;
	return bytes_has_suffix(rest, source) &&
	    rest.data[rest.len - len - 1] == '/';
}

static void
put_word(struct cli *c, struct bytes text)
{
	struct bytes word = shell_quote(text, &c->arena);

	fwrite(word.data, 1, word.len, stdout);
}

struct bytes
post_target(const char *url, const char *source, struct arena *a)
{
	const char *host = url == NULL ? NULL : strstr(url, "://");
	const char *path = host == NULL ? NULL : strchr(host + 3, '/');
	struct bytes before = url == NULL ? BYTES("/cgihook.cgi") :
	    path == NULL ? BYTES("") : bytes_of(path);

	while (bytes_has_suffix(before, "/") || bytes_is(before, "/"))
		before.len--;
	return arena_printf(a, "%.*s/%s", (int)before.len, before.data, source);
}

void
post_print(struct cli *c, const char *url, const char *source,
    const struct outgoing *o)
{
	fputs("curl -X POST", stdout);
	for (size_t i = 0; i < o->header_count; i++) {
		fputs(" \\\n  -H ", stdout);
		put_word(c, header_line(c, &o->headers[i]));
	}
	fputs(" \\\n  --data-binary ", stdout);
	put_word(c, o->body);
	fputs(" \\\n  ", stdout);
	put_word(c, full_url(&c->arena, url, source, o));
	putchar('\n');
}
