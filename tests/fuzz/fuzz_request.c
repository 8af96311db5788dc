/*
 * Whatever a web server hands over, in whatever pieces and with whatever end:
 * one whole reply goes out and one line is logged; nobody without a secret is
 * told yes; no sender's byte reaches the reply's header; the body's memory is
 * given back. And the body that was read is what was sent, or was refused for
 * what is wrong with it.
 *
 * The input: a byte of choices, a byte for the size of the pieces, lines of
 * variables, an empty line, the body.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../temporary.h"
#include "fuzz.h"
#include "log.h"
#include "responder.h"

enum { LIMIT = 600, LINES_MAX = 64, REPLY_MAX = 4096 };

/* What the first byte chooses. */
enum { BREAKS = 2, IS_LATE = 4, STOPS_EARLY = 8 };

static char root[TEMPORARY_MAX];
static int log_fd;
static struct config *config;

struct fake {
	struct bytes body;
	size_t at, piece;
	uint8_t choices;
	bool has_deadline, is_head;
	char reply[REPLY_MAX];
	size_t reply_len;
};

static void
remove_tree(void)
{
	(void)remove_temporary(root);
}

static void
put_file(const char *name, const char *text)
{
	char path[96];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	    "no file");
	close(fd);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct reason why = { "" };
	char text[512], path[96];

	(void)argc, (void)argv;
	must(make_temporary(root, "fuzz_request") == 0, "no temporary folder");
	atexit(remove_tree);
	put_file("log", "");
	(void)snprintf(path, sizeof(path), "%s/log", root);
	log_fd = open(path, O_RDWR | O_CLOEXEC);
	must(log_fd >= 0, "no log");
	put_file("secret", "a secret that nobody knows");
	(void)snprintf(text, sizeof(text), "state_dir = state\n"
	    "handlers_dir = handlers\nbody_limit = %d\nrunner = external\n"
	    "log = %s/log\n"
	    "source drone { provider = drone\nsecret = file:secret\n }\n"
	    "source circleci { provider = circleci\nsecret = file:secret\n }\n"
	    "source deploy { provider = custom\nsecret = file:secret\n }\n",
	    LIMIT, root);
	put_file("conf", text);
	(void)snprintf(path, sizeof(path), "%s/conf", root);
	must(config_load(path, &config, &why) == ST_OK, why.text);
	must(mkdir(config->state_dir, 0700) == 0, "no state folder");
	must(log_open(config->log, "fuzz", &why) == ST_OK, why.text);
	return 0;
}

/* --- the web server ------------------------------------------------------ */

static void
set_deadline(void *ctx, int64_t within_ms)
{
	struct fake *f = ctx;

	must(within_ms > 0, "a deadline that has passed");
	f->has_deadline = true;
}

static ssize_t
read_body(void *ctx, char *out, size_t len)
{
	struct fake *f = ctx;
	size_t n = f->body.len - f->at;

	must(f->has_deadline, "a read without a deadline");
	must(len > 0, "a read of nothing");
	if (n == 0 || ((f->choices & STOPS_EARLY) && f->at > f->body.len / 2))
		return f->choices & IS_LATE ? TRANSPORT_LATE :
		    f->choices & BREAKS ? TRANSPORT_BROKEN : 0;
	n = n < f->piece ? n : f->piece;
	n = n < len ? n : len;
	memcpy(out, f->body.data + f->at, n);
	f->at += n;
	return (ssize_t)n;
}

static void
write_reply(void *ctx, struct bytes b)
{
	struct fake *f = ctx;

	must(b.len < REPLY_MAX - f->reply_len, "a long refusal");
	memcpy(f->reply + f->reply_len, b.data, b.len);
	f->reply_len += b.len;
}

/* --- what has to hold ---------------------------------------------------- */

/* "Status: 4xx or 5xx", header fields of our own making, Content-Length that
 * fits the body, and nothing of a request in any of it. */
static void
check_reply(struct fake *f)
{
	static const char *const fields[] = { "Status: ",
	    "Content-Type: application/json", "Content-Length: ",
	    "Cache-Control: no-store", "X-Content-Type-Options: nosniff",
	    "Allow: POST", "Retry-After: 10" };
	char *end, *line = f->reply, *next;
	size_t length = 0;

	f->reply[f->reply_len] = '\0';
	must(strlen(f->reply) == f->reply_len, "a NUL in the reply");
	end = strstr(f->reply, "\r\n\r\n");
	must(end != NULL, "a reply without an end of its header");
	must(strncmp(line, "Status: ", 8) == 0 && (line[8] == '4' ||
	    line[8] == '5'), "told yes, or nothing");
	for (; line < end + 2; line = next + 2) {
		size_t known = 0, i;

		next = strstr(line, "\r\n");
		for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			known += strncmp(line, fields[i], strlen(fields[i]))
			    == 0;
		must(known == 1, "a header field of another's making");
		if (strncmp(line, fields[2], strlen(fields[2])) == 0)
			length = strtoul(line + strlen(fields[2]), NULL, 10);
	}
	must(strlen(end + 4) == (f->is_head ? 0 : length),
	    "a Content-Length that does not fit");
	must(length > 0, "a refusal without a word");
}

/* One line, printable, of what the request did. */
static void
check_log(void)
{
	char text[8192];
	ssize_t n = pread(log_fd, text, sizeof(text), 0), i;

	must(n > 0 && text[n - 1] == '\n', "no line in the log");
	for (i = 0; i < n - 1; i++)
		must((unsigned char)text[i] >= ' ' && text[i] != 127,
		    "a line that is more than one");
	must(memmem(text, (size_t)n, "request status=", 15) != NULL,
	    "a line of another kind");
	must(ftruncate(log_fd, 0) == 0, "no empty log");
}

/* Reading alone: what the line in front of it lets pass only now and then. */
static void
check_reading(const struct fake *like, char *const *variables)
{
	struct fake f = { .body = like->body, .piece = like->piece,
		.choices = like->choices, .has_deadline = true };
	char piece[64];
	ssize_t n = 0;
	struct body_budget budget = { 0 };
	struct arena a = ARENA(0);
	struct request r;
	enum status st = request_read_variables(variables, &a, &r, NULL);

	if (st == ST_OK) {
		while (st == ST_OK && !request_body_is_whole(&r) &&
		    (n = read_body(&f, piece, request_may_read(&r,
		    sizeof(piece)))) > 0)
			st = request_add_body(&r, (struct bytes){ piece,
			    (size_t)n }, 0, LIMIT, &budget, LIMIT * 2, NULL);
		if (st == ST_OK)
			st = request_end_body(&r, request_body_is_whole(&r) ?
			    0 : n, NULL);
		must(budget.used_bytes <= LIMIT * 2, "over the budget");
		must(st != ST_OK || (r.message.body.len <= LIMIT &&
		    r.message.body.len == f.at && (f.at == 0 ||
		    memcmp(r.message.body.data, f.body.data, f.at) == 0)),
		    "another body than was sent");
		must(st != ST_OK || !r.has_length || r.length_bytes == f.at,
		    "another length than was announced");
		must(st != ST_SLOW || (f.choices & IS_LATE), "not late");
		must(st != ST_TOO_BIG || f.at > LIMIT, "not too big");
		request_free_body(&r, &budget);
		must(budget.used_bytes == 0, "budget that is not given back");
	} else
		must(st == ST_MALFORMED, "variables refused for what reason?");
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct responder responder = RESPONDER(true);
	struct bytes rest = { (const char *)data, size }, line;
	struct arena a = ARENA(0), own = ARENA(0);
	char *variables[LINES_MAX + 1] = { NULL };
	struct fake f = { .piece = 1 };
	struct transport t = { .variables = variables, .read = read_body,
		.set_deadline = set_deadline, .write = write_reply, .ctx = &f };

	if (size < 2)
		return 0;
	responder.config = config;
	f.choices = data[0];
	f.piece += data[1];
	rest = bytes_from(rest, 2);
	for (size_t n = 0; bytes_cut(&rest, '\n', &line) && line.len > 0;)
		if (n < LINES_MAX)
			variables[n++] = (char *)(uintptr_t)
			    arena_cstr(&a, line);
	f.body = rest;
	f.is_head = request_is_head(variables);

	responder_serve(&responder, &t, &own);
	check_reply(&f);
	check_log();
	must(responder.budget.used_bytes == 0, "budget that is not given back");
	check_reading(&f, variables);
	arena_free(&own);
	arena_free(&a);
	return 0;
}
