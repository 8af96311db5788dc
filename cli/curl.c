#include "curl.h"

#include <string.h>

#include "buf.h"
#include "child.h"
#include "clock.h"
#include "crypto.h"

enum { CONFIG_MAX = 64 * 1024, MORE_MS = 30 * 1000 };

/* Of its exit statuses, curl(1), EXIT CODES. */
enum { CURL_REFUSED = 7, CERT_PROBLEM = 51, PEER_FAILED = 60 };

/* --- what it is told ------------------------------------------------------ */

/* Curl reads its configuration by lines: a line break within a value would
 * begin another option, such as a file to write. */
static bool
curl_is_line(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (((unsigned char)text.data[i] < ' ' &&
		    text.data[i] != '\t') || text.data[i] == 0x7f)
			return false;
	return true;
}

/* RFC 9110 5.6.2. "@" would begin the name of a file with headers. */
static bool
curl_is_name(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_alnum(name.data[i]) && memchr("!#$%&'*+-.^_`|~",
		    name.data[i], 15) == NULL)
			return false;
	return name.len > 0;
}

static bool
curl_can_say(const struct curl_call *call)
{
	bool can = curl_is_line(call->url);

	for (size_t i = 0; i < call->header_count; i++)
		can = can && curl_is_name(call->headers[i].name) &&
		    curl_is_line(call->headers[i].value);
	return can;
}

/* A value in curl's configuration: quotes and backslashes escaped. */
static void
curl_add(struct buf *b, const char *option, struct bytes value)
{
	buf_printf(b, "%s = \"", option);
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '"' || value.data[i] == '\\')
			buf_add_char(b, '\\');
		buf_add_char(b, value.data[i]);
	}
	buf_add_str(b, "\"\n");
}

/* Everything but the body goes in by standard input: every user of the machine
 * could read a secret on a command line. */
static struct bytes
curl_config(const struct curl_call *call, struct arena *a)
{
	struct buf b = BUF(CONFIG_MAX);
	struct bytes out = BYTES_NONE;

	buf_printf(&b, "max-time = %d\n", call->max_s);
	curl_add(&b, "url", call->url);
	if (call->body.data != NULL) {
		curl_add(&b, "request", BYTES("POST"));
		curl_add(&b, "data-binary", BYTES("@/dev/fd/3"));
		curl_add(&b, "header", BYTES("Expect:"));
	}
	for (size_t i = 0; i < call->header_count; i++) {
		const struct http_header *h = &call->headers[i];

		curl_add(&b, "header", arena_printf(a, "%.*s: %.*s",
		    (int)h->name.len, h->name.data, (int)h->value.len,
		    h->value.data));
	}
	curl_add(&b, "write-out", BYTES("\\n%{http_code} "
	    "%{ssl_verify_result} %{content_type}"));
	if (b.no_memory)
		arena_fail(a);
	else if (!b.failed)
		out = arena_copy(a, buf_bytes(&b));
	if (b.data != NULL)
		crypto_wipe(b.data, b.len);
	buf_free(&b);
	return out;
}

/* --- what it says --------------------------------------------------------- */

/* What curl's exit status (curl(1), EXIT CODES) means for webhooks. */
static const struct {
	int exit_code;
	const char *stage;
} curl_stages[] = {
	{ 1, "the address: curl does not know this kind; it should begin with "
	    "https://" },
	{ 3, "the address: it is not a URL" },
	{ 6, "the name: this host is unknown; does its DNS record exist?" },
	{ CURL_REFUSED, "the connection: nothing listens there, or a firewall "
	    "blocks it" },
	{ 28, "the reply: none arrived in time" },
	{ 35, "TLS: the handshake failed; is this the https port?" },
	{ 52, "the reply: it is empty; see the web server's error log" },
	{ 56, "the reply: the connection broke" },
	{ CERT_PROBLEM, "the certificate: it is not trusted, and a sender will "
	    "refuse it, too; cgihook check --url says what is wrong with it" },
	{ PEER_FAILED, "the certificate: it is not trusted, and a sender will "
	    "refuse it, too; cgihook check --url says what is wrong with it" },
};

static enum status
curl_fail(const struct child_result *r, struct reason *why)
{
	int len = (int)(r->errors.len > 120 ? 120 : r->errors.len);
	enum status st = r->exit_code == CURL_REFUSED ? ST_UNKNOWN :
	    r->exit_code == CERT_PROBLEM || r->exit_code == PEER_FAILED ?
	    ST_DENIED : ST_SYSTEM;

	while (len > 0 && r->errors.data[len - 1] == '\n')
		len--;
	if (r->timed_out)
		return fail(why, ST_SYSTEM, "the reply: none arrived in time");
	for (size_t i = 0; i < sizeof(curl_stages) / sizeof(*curl_stages); i++)
		if (curl_stages[i].exit_code == r->exit_code)
			return fail(why, st, "stopped at %s (%.*s)",
			    curl_stages[i].stage, len, r->errors.data);
	return fail(why, ST_SYSTEM, "%.*s", len, r->errors.data);
}

static int
curl_number(struct bytes *line)
{
	unsigned long long number;
	struct bytes word;

	bytes_cut(line, ' ', &word);
	return bytes_to_u64(word, &number) && number < 1000 ? (int)number : 0;
}

/* The last line is what write-out has added. */
static void
curl_read(struct bytes output, struct curl_reply *out)
{
	struct bytes line;
	size_t end = output.len;

	while (end > 0 && output.data[end - 1] != '\n')
		end--;
	line = bytes_from(output, end);
	out->status = curl_number(&line);
	out->verdict = curl_number(&line);
	out->type = line;
	out->text = (struct bytes){ output.data, end == 0 ? 0 : end - 1 };
}

enum status
curl_run(const struct curl_call *call, struct arena *a,
    struct curl_reply *out, struct reason *why)
{
	const char *argv[] = { "curl", "--silent", "--show-error",
		"--connect-timeout", "10", "--config", "-",
		call->anyway ? "--insecure" : NULL, NULL };
	struct child_request r = { .argv = argv, .extra = call->body,
		.timeout_ms = (int64_t)call->max_s * 1000 + MORE_MS,
		.output_max = call->answer_max, .stop_fd = call->stop_fd };
	struct child_result result;
	const int64_t start_ms = clock_steady_ms();
	enum status st;

	if (!curl_can_say(call))
		return fail(why, ST_MALFORMED, "the address or a header has a "
		    "character that none may have");
	r.input = curl_config(call, a);
	if (r.input.data == NULL)
		return arena_verdict(a, fail(why, ST_TOO_BIG, "the request is "
		    "too large"), why);
	st = child_run(&r, a, &result, why);
	if (st == ST_CONFIG)
		return fail(why, st, "curl is not installed (apt-get install "
		    "curl)");
	*out = (struct curl_reply){ .stopped = st == ST_OK && result.stopped,
		.took_ms = clock_steady_ms() - start_ms };
	if (st != ST_OK || out->stopped)
		return st;
	curl_read(result.output, out);
	return result.exit_code == 0 ? ST_OK : curl_fail(&result, why);
}
