/*
 * A request on its way through the responder while memory is short. With every
 * amount of memory, from none to enough, it is answered 503 or as it deserves:
 * short memory neither refuses a request nor accepts one.
 */
#include "config_fixture.h"

#include "log.h"
#include "reading.h"
#include "recipe.h"
#include "responder.h"

enum { STEP_BYTES = 48, MOST_BYTES = 1 << 18 };

struct peer {
	struct bytes body;
	size_t at;
	char reply[2048];
	size_t len;
};

static void
set_deadline(void *ctx, int64_t within_ms)
{
	(void)ctx;
	assert_true(within_ms > 0);
}

static ssize_t
read_body(void *ctx, char *out, size_t len)
{
	struct peer *p = ctx;
	size_t n = p->body.len - p->at < len ? p->body.len - p->at : len;

	if (n > 0)
		memcpy(out, p->body.data + p->at, n);
	p->at += n;
	return (ssize_t)n;
}

static void
write_reply(void *ctx, struct bytes b)
{
	struct peer *p = ctx;

	assert_true(b.len < sizeof(p->reply) - p->len);
	if (b.len > 0)
		memcpy(p->reply + p->len, b.data, b.len);
	p->len += b.len;
}

/* The status of the reply. */
static int
ask(struct responder *r, char **variables, size_t limit)
{
	struct peer p = { .body = BYTES("{\"branch\":\"main\"}") };
	struct transport t = { .variables = variables,
		.read = read_body, .set_deadline = set_deadline,
		.write = write_reply, .ctx = &p };
	struct arena a = ARENA(limit);
	int status;

	responder_serve(r, &t, &a);
	assert_int_equal(sscanf(p.reply, "Status: %d", &status), 1);
	assert_int_equal(r->budget.used_bytes, 0);
	arena_free(&a);
	return status;
}

static void
ends_in(struct responder *r, char **variables, int wanted)
{
	size_t limit = 0, tries = 0;
	int status = 503;

	for (; status != wanted; tries++) {
		assert_int_equal(status, 503);
		assert_true(limit < MOST_BYTES);
		status = ask(r, variables, limit += STEP_BYTES);
	}
	assert_true(tries > 5);
	assert_int_equal(ask(r, variables, 0), wanted);
}

static void
short_memory_neither_refuses_nor_accepts(void **state)
{
	static char method[] = "REQUEST_METHOD=POST", get[] =
	    "REQUEST_METHOD=GET", path[] = "PATH_INFO=/deploy",
	    other[] = "PATH_INFO=/nobody", right[] =
	    "QUERY_STRING=a=%20&se%63ret=top%20secret", wrong[] =
	    "QUERY_STRING=a=%20&se%63ret=top%20secrets", type[] =
	    "CONTENT_TYPE=application/json", text[] = "CONTENT_TYPE=text/plain",
	    agent[] = "HTTP_USER_AGENT=test";
	struct fixture *f = *state;
	struct responder r = RESPONDER(false);

	r.config = accepts(f, "state_dir = d\nlog = stderr\n"
	    "runner = external\n" DRONE
	    "source deploy {\n\tprovider = custom\n\tsecret = file:s\n}\n");
	ends_in(&r, (char *[]){ get, path, type, agent, NULL }, 405);
	ends_in(&r, (char *[]){ method, other, type, agent, NULL }, 404);
	ends_in(&r, (char *[]){ method, (char[]){ "PATH_INFO=/drone" }, text,
	    agent, NULL }, 415);
	ends_in(&r, (char *[]){ method, path, wrong, type, agent, NULL }, 401);
	ends_in(&r, (char *[]){ method, path, right, type, agent, NULL }, 202);
	responder_end(&r);
}

/* --- a handshake --------------------------------------------------------- */

static const struct handshake challenge[] = {
	{ "type=url_verification", "body:challenge", "text/plain" },
	{ "type=0", NULL, NULL }, HANDSHAKES_END
};
static const struct reading asking = { .event = "body:type",
	.handshakes = challenge, .quiet = "quiet" };

static void
ask_with(struct responder *r, const char *path, const char *body,
    struct peer *p)
{
	char *variables[] = { (char[]){ "REQUEST_METHOD=POST" },
		(char[]){ "CONTENT_TYPE=application/json" }, (char *)path,
		NULL };
	struct transport t = { .variables = variables, .read = read_body,
		.set_deadline = set_deadline, .write = write_reply, .ctx = p };
	struct arena a = ARENA(0);

	*p = (struct peer){ .body = bytes_of(body) };
	responder_serve(r, &t, &a);
	arena_free(&a);
}

static void
a_handshake_is_answered_once_it_is_verified_and_stored_nowhere(void **state)
{
	static const char asks[] = "{\"type\":\"url_verification\","
	    "\"challenge\":\"3eZ\\r\\nX-Evil: 1\"}";
	struct responder r = RESPONDER(false);
	struct recipe recipe = *provider_find("circleci")->recipe;
	const struct config *c = accepts(*state, "state_dir = d\nlog = stderr\n"
	    "runner = external\nsource open {\n\tprovider = circleci\n"
	    "\tsecret = none\n}\nsource sealed {\n\tprovider = circleci\n"
	    "\tsecret = file:s\n}\n");
	struct peer p;
	char *body;

	recipe.reading = &asking;
	recipe.event_header = NULL;
	for (size_t i = 0; i < c->source_count; i++)
		c->sources[i].recipe = &recipe;
	r.config = c;
	ask_with(&r, "PATH_INFO=/sealed", asks, &p);
	assert_non_null(strstr(p.reply, "Status: 401"));
	assert_null(strstr(p.reply, "3eZ"));
	ask_with(&r, "PATH_INFO=/open", asks, &p);
	body = strstr(p.reply, "\r\n\r\n");
	assert_non_null(body);
	assert_string_equal(body + 4, "3eZ\r\nX-Evil: 1");
	*body = '\0';
	assert_non_null(strstr(p.reply, "Status: 200"));
	assert_non_null(strstr(p.reply, "Content-Type: text/plain"));
	assert_null(strstr(p.reply, "X-Evil"));
	/* one without an answer is refused; and nothing has had a number */
	ask_with(&r, "PATH_INFO=/open", "{\"type\":\"url_verification\"}", &p);
	assert_non_null(strstr(p.reply, "Status: 400"));
	ask_with(&r, "PATH_INFO=/open", "{\"type\":\"x\"}", &p);
	assert_non_null(strstr(p.reply, "{\"id\":1,\"status\":\"queued\"}"));
	/* whose sender wants no body gets none: asked, and accepted */
	for (int i = 0; i < 3; i++) {
		ask_with(&r, "PATH_INFO=/open", i == 0 ? "{\"type\":0}" :
		    "{\"type\":\"y\",\"quiet\":1}", &p);
		assert_non_null(strstr(p.reply, "Status: 204 No Content\r\n"
		    "Content-Type: application/json\r\nCache-Control: "));
		assert_string_equal(strstr(p.reply, "\r\n\r\n"),
		    "\r\n\r\n");
	}
	ask_with(&r, "PATH_INFO=/open", "{\"type\":\"z\"}", &p);
	assert_non_null(strstr(p.reply, "{\"id\":4,\"status\":\"queued\"}"));
	responder_end(&r);
	for (size_t i = 0; i < c->source_count; i++)
		c->sources[i].recipe = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    short_memory_neither_refuses_nor_accepts, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
	    a_handshake_is_answered_once_it_is_verified_and_stored_nowhere,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
