#include "post.h"

#include <ctype.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "codec.h"
#include "curl.h"
#include "program.h"

enum { ENV_MAX = 32, TIMEOUT_MS = 90 * 1000 };

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

static enum status
post_by_curl(struct cli *c, const char *url, const char *source,
    const struct outgoing *o, bool anyway, struct post_reply *out,
    struct reason *why)
{
	const struct curl_call call = { .url = full_url(&c->arena, url, source,
	    o), .headers = o->headers, .header_count = o->header_count,
	    .body = o->body.data == NULL ? BYTES("") : o->body,
	    .max_s = 60, .anyway = anyway };
	struct curl_reply r = { .verdict = 0 };
	enum status st = curl_run(&call, &c->arena, &r, why);

	if (st == ST_CONFIG)
		return fail(why, st, "curl is not installed (apt-get install "
		    "curl); --print shows the request for another program");
	out->verdict = r.verdict;
	if (st == ST_OK)
		*out = (struct post_reply){ r.status, r.type, r.text,
		    r.took_ms, r.verdict };
	return st == ST_UNKNOWN ? ST_SYSTEM : st;
}

enum status
post_http(struct cli *c, const char *url, const char *source,
    const struct outgoing *o, struct post_reply *out, struct reason *why)
{
	return post_by_curl(c, url, source, o, false, out, why);
}

enum status
post_http_anyway(struct cli *c, const char *url, const char *source,
    const struct outgoing *o, struct post_reply *out, struct reason *why)
{
	return post_by_curl(c, url, source, o, true, out, why);
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
