/* Which source a request is for, and what its head alone decides. */
#include "config_fixture.h"
#include "exchange.h"

#define DEPLOY "source deploy {\n\tprovider = custom\n\tsecret = file:s\n}\n"

static struct exchange
asked(const struct config *c, struct arena *a, const char *path)
{
	return (struct exchange){ .arena = a, .config = c, .request = {
		.path_info = path == NULL ? BYTES_NONE : bytes_of(path),
		.message = { .method = BYTES("POST") } } };
}

static void
finds(const struct config *c, const char *path, const char *source)
{
	struct arena a = ARENA(0);
	struct exchange x = asked(c, &a, path);

	assert_int_equal(route_find(&x), ST_OK);
	assert_string_equal(x.source->name, source);
	arena_free(&a);
}

static void
finds_none(const struct config *c, const char *path, const char *why)
{
	struct arena a = ARENA(0);
	struct exchange x = asked(c, &a, path);

	assert_int_equal(route_find(&x), ST_UNKNOWN);
	assert_null(x.source);
	assert_string_equal(x.why.text, why);
	arena_free(&a);
}

static void
a_source_is_named_with_a_slash_behind_it_or_without(void **state)
{
	const struct config *c = accepts(*state, DRONE DEPLOY);

	finds(c, "/drone", "drone");
	finds(c, "/drone/", "drone");
	finds(c, "drone", "drone");
	finds(c, "/deploy", "deploy");
}

#define NO_PATH "there is no PATH_INFO: the address names no source, or the " \
	"web server does not split it after the script"

static void
any_other_path_names_none(void **state)
{
	static const char *const paths[] = { "/", "//", "/dron", "/drone/x",
		"//drone", "/drone//", "/Drone", "/-/drone", "/drone " };
	const struct config *c = accepts(*state, DRONE DEPLOY);
	char why[160], path[160];

	finds_none(c, NULL, NO_PATH);
	finds_none(c, "", NO_PATH);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		(void)snprintf(why, sizeof(why), "no source for PATH_INFO "
		    "\"%s\"", paths[i]);
		finds_none(c, paths[i], why);
	}
	finds_none(c, "/drone/top%20secret",
	    "no source for this PATH_INFO, which holds a secret");
	/* a hundred bytes of a long one */
	memset(path, 'x', 101);
	path[101] = '\0';
	(void)snprintf(why, sizeof(why), "no source for PATH_INFO \"%.100s\"",
	    path);
	finds_none(c, path, why);
}

static void
any_method_but_post_is_refused(void **state)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "post",
		"POSTS", "POS" };
	const struct config *c = accepts(*state, DRONE);
	struct reply refused;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct exchange x = asked(c, NULL, "/drone");

		x.request.message.method = bytes_of(methods[i]);
		assert_int_equal(route_find(&x), ST_METHOD);
		assert_string_equal(x.why.text,
		    "the method is not allowed here (Allow: POST)");
		refused = route_refuse(&x);
		assert_int_equal(refused.http_status, 405);
		assert_string_equal(refused.header, "Allow: POST");
	}
}

/* A page need not be configured for these. */
static void
health_is_asked_for_by_get_and_head_alone(void **state)
{
	static const char *const paths[] = { "/-/healthy", "/-/ready" };
	const struct config *c = accepts(*state, DRONE);

	for (size_t i = 0; i < 2; i++) {
		struct exchange x = asked(c, NULL, paths[i]);
		struct reply refused;

		assert_int_equal(route_find(&x), ST_METHOD);
		refused = route_refuse(&x);
		assert_string_equal(refused.header, "Allow: GET, HEAD");
		assert_string_equal(refused.body.data,
		    "{\"error\":\"this address has no such method\"}\n");
		x.request.message.method = BYTES("HEAD");
		assert_int_equal(route_find(&x), ST_OK);
		assert_int_equal(x.route->line, ROUTE_HEALTH);
		assert_null(x.source);
	}
}

/* A table as it will be with pages in it. */
static const struct route table[] = {
	{ "GET", "-/ready", ROUTE_HOOK, ROLE_NONE, NULL },
	{ "GET", "-/event/*", ROUTE_HOOK, ROLE_NONE, NULL },
	{ "POST", "-/event/*", ROUTE_HOOK, ROLE_NONE, NULL },
	{ "POST", "*", ROUTE_HOOK, ROLE_NONE, NULL },
};

static void
chooses(const char *path, bool is_source, const char *method, int row,
    const char *allowed)
{
	char allow[ROUTE_ALLOW_SIZE] = "old";
	const struct route *r = route_choose(table,
	    sizeof(table) / sizeof(table[0]), bytes_of(path), is_source,
	    bytes_of(method), allow);

	assert_ptr_equal(r, row < 0 ? NULL : &table[row]);
	assert_string_equal(allow, allowed);
}

static void
a_row_is_chosen_by_path_and_method(void **state)
{
	(void)state;
	chooses("-/ready", false, "GET", 0, "");
	chooses("-/ready", false, "HEAD", 0, "");
	chooses("-/event/1", false, "GET", 1, "");
	chooses("-/event/1", false, "HEAD", 1, "");
	chooses("-/event/1/2", false, "POST", 2, "");
	chooses("drone", true, "POST", 3, "");
}

static void
methods_that_a_path_lacks_are_answered_with_those_it_has(void **state)
{
	(void)state;
	chooses("-/ready", false, "POST", -1, "Allow: GET, HEAD");
	chooses("-/ready", false, "get", -1, "Allow: GET, HEAD");
	chooses("-/event/1", false, "PUT", -1, "Allow: GET, HEAD, POST");
	chooses("drone", true, "HEAD", -1, "Allow: POST");
	chooses("drone", true, "", -1, "Allow: POST");
}

static void
paths_without_a_row_are_not_found_by_any_method(void **state)
{
	static const char *const paths[] = { "", "-", "-/", "-/read",
		"-/ready/", "-/readyx", "-/event", "-/event/", "-/events/1",
		"x-/ready", "dron", "*" };
	static const char *const methods[] = { "GET", "HEAD", "POST", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		for (size_t m = 0; m < 4; m++)
			chooses(paths[i], false, methods[m], -1, "");
}

/* Otherwise their number would be known to anybody. */
static void
unknown_sources_are_not_found_by_any_method(void **state)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "POST" };
	const struct config *c = accepts(*state, DRONE);

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct arena a = ARENA(0);
		struct exchange x = asked(c, &a, "/dron");

		x.request.message.method = bytes_of(methods[i]);
		assert_int_equal(route_find(&x), ST_UNKNOWN);
		assert_string_equal(x.allow, "");
		arena_free(&a);
	}
}

static void
tells(const struct config *c, const char *path, const char *target,
    const char *body)
{
	struct arena a = ARENA(0);
	struct exchange x = asked(c, &a, path);
	struct reply r;

	if (target != NULL)
		x.request.message.target = bytes_of(target);
	r = route_refuse(&x);
	assert_int_equal(r.http_status, 404);
	assert_string_equal(r.content_type, "application/json");
	assert_int_equal(r.body.len, strlen(body));
	assert_memory_equal(r.body.data, body, r.body.len);
	arena_free(&a);
}

#define BARE "{\"error\":\"this address receives webhooks: add / and the " \
	"name of a source to it\",\"path_info\":\""
#define NONE "{\"error\":\"not found\",\"path_info\":\""

static void
a_path_is_told_where_it_was_in_the_address(void **state)
{
	const struct config *c = accepts(*state, DRONE);

	tells(c, NULL, "/hook", BARE "\"}\n");
	tells(c, "", NULL, BARE "\"}\n");
	tells(c, "/", "/hook/", BARE "/\"}\n");
	tells(c, "/x", "/hook/x", NONE "/x\"}\n");
	tells(c, "/x", "/hook", "{\"error\":\"not found\"}\n");
	tells(c, "/x", NULL, "{\"error\":\"not found\"}\n");
	/* '!' and '~' are the first and the last that are plain */
	tells(c, "/!~ \x7f\"\\\x1f", "/!~ \x7f\"\\\x1f",
	    NONE "/!~?????\"}\n");
}

static void
a_body_may_be_as_long_as_the_limit(void **state)
{
	const struct config *c = accepts(*state, "body_limit = 1KiB\n" DRONE);
	struct exchange x = asked(c, NULL, "/drone");

	assert_int_equal(route_find(&x), ST_OK);
	x.request.length_bytes = 1025;	/* and is not announced */
	assert_int_equal(route_check_head(&x), ST_OK);
	x.request.has_length = true;
	assert_int_equal(route_check_head(&x), ST_TOO_BIG);
	assert_string_equal(x.why.text,
	    "1025 bytes announced, the limit is 1024");
	x.request.length_bytes = 1024;
	assert_int_equal(route_check_head(&x), ST_OK);
	x.request.length_bytes = UINT64_MAX;
	assert_int_equal(route_check_head(&x), ST_TOO_BIG);
}

static void
media(struct exchange *x, const char *name, const char *value,
    enum status expected, const char *why)
{
	const struct http_header headers[] = {
		{ bytes_of(name), bytes_of(value) },
		{ bytes_of(name), bytes_of(value) },
	};

	x->request.message.headers = headers;
	x->request.message.header_count = 1;
	assert_int_equal(route_check_head(x), expected);
	if (expected != ST_OK)
		assert_string_equal(x->why.text, why);
	/* twice is once too often */
	x->request.message.header_count = 2;
	assert_int_not_equal(route_check_head(x), ST_OK);
}

static void
a_body_is_json_as_it_is_or_in_gzip(void **state)
{
	static const char encoded[] = "the body is encoded, and not by gzip "
	    "alone";
	static const char other[] = "Content-Type is not JSON's";
	const struct config *c = accepts(*state, DRONE DEPLOY);
	struct exchange x = asked(c, NULL, "/drone");

	assert_int_equal(route_find(&x), ST_OK);
	assert_int_equal(route_check_head(&x), ST_OK);
	media(&x, "content-encoding", "gzip", ST_OK, NULL);
	media(&x, "content-encoding", "br", ST_MEDIA, encoded);
	media(&x, "content-encoding", "", ST_OK, NULL);
	media(&x, "content-encoding", "Identity", ST_OK, NULL);
	media(&x, "content-type", "application/json", ST_OK, NULL);
	media(&x, "content-type", "", ST_OK, NULL);
	media(&x, "content-type", "text/plain", ST_MEDIA, other);
	assert_string_equal(x.why.text, "Content-Type appears twice");
}

static void
a_call_s_body_may_be_of_any_type(void **state)
{
	const struct config *c = accepts(*state, DRONE DEPLOY);
	struct exchange x = asked(c, NULL, "/deploy");
	const struct http_header form = { BYTES("content-type"),
		BYTES("text/plain") };

	assert_int_equal(route_find(&x), ST_OK);
	media(&x, "content-encoding", "gzip", ST_OK, NULL);
	media(&x, "content-encoding", "deflate", ST_MEDIA,
	    "the body is encoded, and not by gzip alone");
	x.request.message.headers = &form;
	x.request.message.header_count = 1;
	assert_int_equal(route_check_head(&x), ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_source_is_named_with_a_slash_behind_it_or_without),
		T(any_other_path_names_none),
		T(any_method_but_post_is_refused),
		T(health_is_asked_for_by_get_and_head_alone),
		T(a_row_is_chosen_by_path_and_method),
		T(methods_that_a_path_lacks_are_answered_with_those_it_has),
		T(paths_without_a_row_are_not_found_by_any_method),
		T(unknown_sources_are_not_found_by_any_method),
		T(a_path_is_told_where_it_was_in_the_address),
		T(a_body_may_be_as_long_as_the_limit),
		T(a_body_is_json_as_it_is_or_in_gzip),
		T(a_call_s_body_may_be_of_any_type),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
