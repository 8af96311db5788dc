#include "listen.h"

#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "config_input.h"
#include "curl.h"
#include "json.h"

enum { ANSWER_MAX = 256 * 1024 * 1024, TOKEN_MAX = 4096 };

/* --- answers -------------------------------------------------------------- */

/* The sentence in it; "" if it is none of the responder's. */
static const char *
remote_error(const struct curl_reply *r, struct arena *a)
{
	struct json_doc doc;

	if (json_parse(r->text, a, &doc, NULL) != ST_OK)
		return "";
	return arena_cstr(a, json_text(&doc, json_path(&doc, BYTES("error")),
	    a));
}

static void
remote_missing(const struct listen *l, int status, const char *error,
    struct reason *why)
{
	const char *colon = *error == '\0' ? "" : ": ";

	if (l->replay > 0)
		(void)fail(why, ST_UNKNOWN, "there is none that this token may "
		    "see (%d%s%s), or %s is not the script's address", status,
		    colon, error, l->url.text);
	else
		(void)fail(why, ST_UNKNOWN, "there is no such thing (%d%s%s): "
		    "is %s the address of the script, without a source? Does "
		    "its configuration have a token section?", status, colon,
		    error, l->url.text);
}

static enum listen_answer
remote_refusal(const struct listen *l, const struct curl_reply *r,
    struct arena *a, struct reason *why)
{
	const char *error = remote_error(r, a);

	switch (r->status) {
	case 401:
		(void)fail(why, ST_DENIED, "the token is not valid, or not "
		    "any more (401): ask for another one");
		return LISTEN_NEVER;
	case 403:
		(void)fail(why, ST_DENIED, "the token may not do that (403): "
		    "it needs role = read, and for --print role = view");
		return LISTEN_NEVER;
	case 400:
		(void)fail(why, ST_MALFORMED, "%s does not understand what is "
		    "asked (400: %s): is it of another version?", l->url.text,
		    error);
		return LISTEN_NEVER;
	case 404:
	case 405:
		remote_missing(l, r->status, error, why);
		return *error == '\0' ? LISTEN_LATER : LISTEN_NEVER;
	default:
		(void)fail(why, ST_BUSY, "the answer is %d%s%s", r->status,
		    *error == '\0' ? "" : ": ", error);
		return LISTEN_LATER;
	}
}

enum listen_answer
listen_ask(const struct listen *l, const char *what, int max_s,
    struct arena *a, struct json_doc *out, struct reason *why)
{
	const struct http_header h = { BYTES("Authorization"),
		arena_printf(a, "Bearer %.*s", (int)l->token.len,
		(const char *)l->token.data) };
	const struct curl_call call = { .url = arena_printf(a, "%s%s",
	    l->url.text, what), .headers = &h, .header_count = 1,
	    .max_s = max_s, .answer_max = ANSWER_MAX, .stop_fd = l->stop_fd };
	struct curl_reply r;
	enum status st = curl_run(&call, a, &r, why);

	if (st != ST_OK)
		return st == ST_CONFIG ? LISTEN_NEVER : LISTEN_LATER;
	if (r.stopped)
		return LISTEN_STOPPED;
	if (r.status != 200)
		return remote_refusal(l, &r, a, why);
	if (json_parse(r.text, a, out, NULL) == ST_OK)
		return LISTEN_ANSWERED;
	(void)fail(why, ST_MALFORMED, "the answer is not the responder's: "
	    "something on the way shows another page");
	return LISTEN_LATER;
}

/* --- the token ------------------------------------------------------------ */

/* One line of standard input, without showing it. */
static size_t
remote_read_line(char *text, size_t size)
{
	struct termios shown, hidden;
	const bool asks = tcgetattr(STDIN_FILENO, &shown) == 0;
	size_t len = 0;

	if (asks) {
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		fputs("Token: ", stderr);
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	}
	while (len < size && read(STDIN_FILENO, text + len, 1) == 1 &&
	    text[len] != '\n')
		len++;
	if (asks) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	}
	return len;
}

static bool
remote_token_is_plain(const struct secret *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->data[i] <= ' ' || s->data[i] > '~')
			return false;
	return s->len > 0;
}

int
listen_token(struct listen *l, const char *path)
{
	struct secret *s = &l->token;
	struct reason why;
	struct stat sb;

	if (path != NULL) {
		if (input_read(path, TOKEN_MAX, &s->data, &s->len, &sb, &why) !=
		    ST_OK)
			return cli_error(l->cli, "%s: %s", path, why.text);
	} else {
		s->data = calloc(TOKEN_MAX, 1);
		if (s->data == NULL)
			return cli_error(l->cli, "no memory");
		s->len = remote_read_line((char *)s->data, TOKEN_MAX);
	}
	while (s->len > 0 && s->data[s->len - 1] <= ' ')
		s->len--;
	return remote_token_is_plain(s) ? CLI_DONE : cli_error(l->cli, "%s is "
	    "not a token: it is empty, or has blanks in it",
	    path == NULL ? "what was read from standard input" : path);
}
