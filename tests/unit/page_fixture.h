#ifndef PAGE_FIXTURE_H
#define PAGE_FIXTURE_H

/* Asks the responder for pages, as a browser behind a web server would. */
#include "config_fixture.h"

#include "responder.h"

#define SECRET_VIEW "view-0123456789abcdef"
#define SECRET_READ "read-0123456789abcdef"
#define SECRET_OPERATE "operate-0123456789abcdef"
#define SECRET_ADMIN "admin-0123456789abcdef"
#define ORIGIN "https://you.example"

#define PAGE_CONF "state_dir = d\nlog = stderr\nrunner = external\n" \
	"url = \"" ORIGIN "/x.cgi\"\n" DRONE CIRCLE \
	"token view {\n\tsecret = file:view\n}\n" \
	"token read {\n\tsecret = file:read\n\trole = read\n}\n" \
	"token operate {\n\tsecret = file:operate\n\trole = operate\n}\n" \
	"token admin {\n\tsecret = file:admin\n\trole = admin\n}\n"

enum { ASK_VARIABLES = 24, ASK_SIZE = 4096, ASK_REPLY = 256 * 1024 };

/* A request, and its answer. */
struct ask {
	const char *method, *path;	/* "GET", "/-/" */
	const char *query;		/* NULL: none */
	const char *body;		/* NULL: none */
	const char *cookie;		/* "cgihook=…"; NULL: none */
	const char *bearer;		/* NULL: none */
	const char *origin, *site;	/* NULL: none */
	const char *remote;		/* NULL: 192.0.2.1 */
	const char *more[4];		/* more variables, "NAME=value" */
	/* what came */
	int status;
	size_t at, len;
	char reply[ASK_REPLY];
};

static inline void
ask_set_deadline(void *ctx, int64_t within_ms)
{
	(void)ctx;
	(void)within_ms;
}

static inline ssize_t
ask_read(void *ctx, char *out, size_t len)
{
	struct ask *q = ctx;
	size_t left = q->body == NULL ? 0 : strlen(q->body) - q->at;
	size_t n = left < len ? left : len;

	if (n > 0)
		memcpy(out, q->body + q->at, n);
	q->at += n;
	return (ssize_t)n;
}

static inline void
ask_write(void *ctx, struct bytes b)
{
	struct ask *q = ctx;

	assert_true(b.len < sizeof(q->reply) - q->len);
	if (b.len > 0)
		memcpy(q->reply + q->len, b.data, b.len);
	q->len += b.len;
	q->reply[q->len] = '\0';
}

struct ask_variables {
	char texts[ASK_VARIABLES][ASK_SIZE];
	char *list[ASK_VARIABLES + 1];
	size_t count;
};

static inline void
ask_add(struct ask_variables *v, const char *name, const char *before,
    const char *value)
{
	char *text = v->texts[v->count];

	if (value == NULL)
		return;
	assert_true(v->count < ASK_VARIABLES);
	assert_true((size_t)snprintf(text, ASK_SIZE, "%s=%s%s", name, before,
	    value) < ASK_SIZE);
	v->list[v->count++] = text;
}

/* The status of the answer. */
static inline int
ask(struct responder *r, struct ask *q)
{
	struct ask_variables *v = calloc(1, sizeof(*v));
	struct arena a = ARENA(0);
	char target[ASK_SIZE - 16], length[24];
	struct transport t = { .read = ask_read,
		.set_deadline = ask_set_deadline, .write = ask_write,
		.ctx = q };

	assert_non_null(v);
	(void)snprintf(target, sizeof(target), "/x.cgi%s%s%s", q->path,
	    q->query != NULL ? "?" : "", q->query != NULL ? q->query : "");
	(void)snprintf(length, sizeof(length), "%zu",
	    q->body == NULL ? 0 : strlen(q->body));
	ask_add(v, "REQUEST_METHOD", "", q->method);
	ask_add(v, "PATH_INFO", "", q->path);
	ask_add(v, "SCRIPT_NAME", "", "/x.cgi");
	ask_add(v, "REQUEST_URI", "", target);
	ask_add(v, "QUERY_STRING", "", q->query);
	ask_add(v, "REMOTE_ADDR", "", q->remote != NULL ? q->remote :
	    "192.0.2.1");
	ask_add(v, "HTTP_COOKIE", "", q->cookie);
	ask_add(v, "HTTP_AUTHORIZATION", "Bearer ", q->bearer);
	ask_add(v, "HTTP_ORIGIN", "", q->origin);
	ask_add(v, "HTTP_SEC_FETCH_SITE", "", q->site);
	if (q->body != NULL) {
		ask_add(v, "CONTENT_LENGTH", "", length);
		ask_add(v, "CONTENT_TYPE", "",
		    "application/x-www-form-urlencoded");
	}
	for (size_t i = 0; i < 4 && q->more[i] != NULL; i++)
		v->list[v->count++] = (char *)(uintptr_t)q->more[i];
	t.variables = v->list;
	q->at = q->len = 0;
	responder_serve(r, &t, &a);
	assert_int_equal(sscanf(q->reply, "Status: %d", &q->status), 1);
	arena_free(&a);
	free(v);
	return q->status;
}

/* The value of a header field of the answer, up to the line's end. */
static inline const char *
ask_field(const struct ask *q, const char *name, char out[512])
{
	char find[80];
	const char *at;

	(void)snprintf(find, sizeof(find), "\r\n%s: ", name);
	at = strstr(q->reply, find);
	if (at == NULL || at > strstr(q->reply, "\r\n\r\n"))
		return NULL;
	at += strlen(find);
	(void)snprintf(out, 512, "%.*s", (int)strcspn(at, "\r"), at);
	return out;
}

static inline bool
ask_says(const struct ask *q, const char *text)
{
	return strstr(q->reply, text) != NULL;
}

/* Log in with a secret; cookie: "cgihook=…", form: the forms' token. */
static inline void
log_in(struct responder *r, const char *secret, char cookie[128])
{
	struct ask q = { .method = "POST", .path = "/-/login",
		.origin = ORIGIN };
	char body[200], field[512];

	(void)snprintf(body, sizeof(body), "secret=%s", secret);
	q.body = body;
	assert_int_equal(ask(r, &q), 303);
	assert_non_null(ask_field(&q, "Set-Cookie", field));
	(void)snprintf(cookie, 128, "%.*s", (int)strcspn(field, ";"), field);
}

static inline void
put_tokens(struct fixture *f)
{
	put_text(f, "view", SECRET_VIEW "\n");
	put_text(f, "read", SECRET_READ "\n");
	put_text(f, "operate", SECRET_OPERATE "\n");
	put_text(f, "admin", SECRET_ADMIN "\n");
}

#endif
