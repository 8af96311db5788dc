/* Which role may ask for which page. Each row of route.c has a line here: what
 * is added there without one fails. */
#include "page_fixture.h"

#include "route.h"

/* path: an address that the row answers. least: who may; ROLE_NONE: all. */
static const struct {
	const char *method, *row, *path;
	enum role least;
} lines[] = {
	{ "GET", "-/asset/*", "/-/asset/x", ROLE_NONE },
	{ "GET", "-/login", "/-/login", ROLE_NONE },
	{ "POST", "-/login", "/-/login", ROLE_NONE },
	{ "GET", "-", "/-", ROLE_NONE },
	{ "POST", "-/logout", "/-/logout", ROLE_VIEW },
	{ "GET", "-/", "/-/", ROLE_VIEW },
	{ "GET", "-/event/*", "/-/event/1", ROLE_VIEW },
	{ "POST", "-/event/*", "/-/event/1", ROLE_OPERATE },
	{ "GET", "-/retry", "/-/retry", ROLE_OPERATE },
	{ "POST", "-/retry", "/-/retry", ROLE_OPERATE },
	{ "GET", "-/overview", "/-/overview", ROLE_VIEW },
	{ "GET", "-/sources", "/-/sources", ROLE_ADMIN },
	{ "POST", "-/sources/*", "/-/sources/x", ROLE_ADMIN },
	{ "GET", "-/forget/*", "/-/forget/1", ROLE_ADMIN },
	{ "POST", "-/forget/*", "/-/forget/1", ROLE_ADMIN },
	{ "POST", "-/run", "/-/run", ROLE_OPERATE },
	{ "GET", "-/refused", "/-/refused", ROLE_READ },
	{ "GET", "-/metrics", "/-/metrics", ROLE_VIEW },
	{ "GET", "-/refused/*", "/-/refused/1", ROLE_READ },
	{ "POST", "-/refused/*", "/-/refused/1", ROLE_OPERATE },
	{ "GET", "-/log.json", "/-/log.json", ROLE_VIEW },
	{ "GET", "-/log.csv", "/-/log.csv", ROLE_VIEW },
	{ "GET", "-/api/events", "/-/api/events", ROLE_VIEW },
	{ "GET", "-/api/events/*", "/-/api/events/1", ROLE_VIEW },
	{ "POST", "-/api/events/*", "/-/api/events/1/retry", ROLE_OPERATE },
	{ "GET", "-/api/deliveries", "/-/api/deliveries", ROLE_VIEW },
	{ "GET", "-/api/refused", "/-/api/refused", ROLE_READ },
	{ "GET", "-/api/stats", "/-/api/stats", ROLE_VIEW },
};

enum { LINES = sizeof(lines) / sizeof(lines[0]) };

static const char *const secrets[] = {
	[ROLE_NONE] = NULL, [ROLE_VIEW] = SECRET_VIEW,
	[ROLE_READ] = SECRET_READ, [ROLE_OPERATE] = SECRET_OPERATE,
	[ROLE_ADMIN] = SECRET_ADMIN,
};

static void
each_page_has_a_line_here_and_each_line_a_page(void **state)
{
	size_t count;
	const struct route *rows = route_pages(&count);
	bool used[LINES] = { false };

	(void)state;
	for (size_t i = 0; i < count; i++) {
		size_t n = 0;

		while (n < LINES && (strcmp(lines[n].method, rows[i].method) !=
		    0 || strcmp(lines[n].row, rows[i].path) != 0))
			n++;
		if (n == LINES)
			fail_msg("%s %s has no line in this test",
			    rows[i].method, rows[i].path);
		assert_int_equal(rows[i].role, lines[n].least);
		used[n] = true;
	}
	for (size_t n = 0; n < LINES; n++)
		if (!used[n])
			fail_msg("%s %s is no row any more", lines[n].method,
			    lines[n].row);
}

static bool
is_let_in(const struct ask *q)
{
	char field[512];

	return q->status != 401 && q->status != 403 && !(q->status == 303 &&
	    strstr(ask_field(q, "Location", field), "/-/login") != NULL);
}

/* Whoever may not gets nothing of the page. */
static void
ask_line(struct responder *r, size_t n, enum role role, const char *cookie)
{
	const bool posts = strcmp(lines[n].method, "POST") == 0;
	struct ask q = { .method = lines[n].method, .path = lines[n].path,
		.bearer = cookie == NULL ? secrets[role] : NULL,
		.cookie = cookie, .origin = posts && cookie == NULL ? ORIGIN :
		NULL, .body = posts ? "" : NULL };

	(void)ask(r, &q);
	if (lines[n].least == ROLE_NONE)
		return;
	if (is_let_in(&q) == (role >= lines[n].least && (!posts ||
	    cookie == NULL)))
		return;
	fail_msg("%s %s as %s: %d", lines[n].method, lines[n].path,
	    role_name(role), q.status);
}

static void
each_role_gets_its_own_pages_and_no_others(void **state)
{
	struct fixture *f = *state;
	struct responder r = RESPONDER(false);
	char cookie[128];

	put_tokens(f);
	r.config = accepts(f, PAGE_CONF);
	for (size_t n = 0; n < LINES; n++)
		if (strcmp(lines[n].row, "-/logout") != 0 &&
		    strcmp(lines[n].row, "-/run") != 0)
			for (enum role who = ROLE_NONE; who <= ROLE_ADMIN;
			    who++)
				ask_line(&r, n, who, NULL);
	/* by a cookie: what it may see, and nothing by POST without a form */
	for (enum role who = ROLE_VIEW; who <= ROLE_ADMIN; who++) {
		log_in(&r, secrets[who], cookie);
		for (size_t n = 0; n < LINES; n++)
			ask_line(&r, n, who, cookie);
	}
	responder_end(&r);
}

static void
head_is_answered_as_get_is_without_a_body(void **state)
{
	struct fixture *f = *state;
	struct responder r = RESPONDER(false);

	put_tokens(f);
	r.config = accepts(f, PAGE_CONF);
	for (size_t n = 0; n < LINES; n++) {
		struct ask get = { .method = "GET", .path = lines[n].path,
			.bearer = SECRET_ADMIN };
		struct ask head = { .method = "HEAD", .path = lines[n].path,
			.bearer = SECRET_ADMIN };

		if (strcmp(lines[n].method, "GET") != 0)
			continue;
		(void)ask(&r, &get);
		assert_int_equal(ask(&r, &head), get.status);
		assert_string_equal(strstr(head.reply, "\r\n\r\n"),
		    "\r\n\r\n");
		/* and a stranger's HEAD tells no more than a GET */
		get.bearer = head.bearer = NULL;
		(void)ask(&r, &get);
		assert_int_equal(ask(&r, &head), get.status);
	}
	responder_end(&r);
}

static void
without_a_token_in_the_configuration_no_page_is_there(void **state)
{
	struct fixture *f = *state;
	struct responder r = RESPONDER(false);

	r.config = accepts(f, "state_dir = d\nlog = stderr\n"
	    "runner = external\n" DRONE);
	for (size_t n = 0; n < LINES; n++) {
		struct ask q = { .method = lines[n].method,
			.path = lines[n].path, .bearer = SECRET_ADMIN };
		struct ask other = { .method = lines[n].method,
			.path = "/-/x" };
		char field[512];

		assert_int_equal(ask(&r, &q), ask(&r, &other));
		assert_int_equal(q.status, 404);
		assert_null(ask_field(&q, "Content-Security-Policy", field));
		assert_true(ask_says(&q, "{\"error\":\"not found\""));
	}
	responder_end(&r);
}

static void
another_spelling_of_an_address_is_not_found(void **state)
{
	static const char *const paths[] = {
		"//-/", "/-//", "/-/../-/", "/-/./", "/%2d/", "/-/%2e%2e/",
		"/-/event", "/-/Event/1", "/-/login/", "/-/login/x", "/-;/",
		"/drone/-/", "/-/..", "/-/event/../login", "-/", "/ -/",
		"/-/\\", "/-/\x01", "/-/\xff", "/-/retry/", "/-/run/",
	};
	struct fixture *f = *state;
	struct responder r = RESPONDER(false);

	put_tokens(f);
	r.config = accepts(f, PAGE_CONF);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct ask q = { .method = "GET", .path = paths[i],
			.bearer = SECRET_ADMIN };

		if (ask(&r, &q) != 404)
			fail_msg("%s: %d", paths[i], q.status);
	}
	responder_end(&r);
}

static void
a_token_that_is_not_the_very_one_lets_nobody_in(void **state)
{
	static const char *const wrong[] = {
		"", " ", SECRET_ADMIN "0", "admin-0123456789abcde",
		"ADMIN-0123456789ABCDEF", "\"" SECRET_ADMIN "\"", "admin",
		SECRET_ADMIN " " SECRET_ADMIN,
	};
	struct fixture *f = *state;
	struct responder r = RESPONDER(false);
	struct ask q = { .method = "GET", .path = "/-/" };
	char remote[20];

	put_tokens(f);
	r.config = accepts(f, PAGE_CONF);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)snprintf(remote, sizeof(remote), "192.0.2.%zu", i + 1);
		q.remote = remote;
		q.bearer = wrong[i];
		assert_int_equal(ask(&r, &q), 401);
	}
	/* in another scheme, or twice */
	q = (struct ask){ .method = "GET", .path = "/-/", .more =
	    { "HTTP_AUTHORIZATION=Basic " SECRET_ADMIN } };
	assert_int_equal(ask(&r, &q), 401);
	q = (struct ask){ .method = "GET", .path = "/-/",
		.query = "secret=" SECRET_ADMIN "&token=" SECRET_ADMIN };
	assert_int_equal(ask(&r, &q), 303);
	q = (struct ask){ .method = "GET", .path = "/-/",
		.more = { "REMOTE_USER=admin", "AUTH_TYPE=Basic",
		"HTTP_REMOTE_USER=admin", NULL } };
	assert_int_equal(ask(&r, &q), 303);
	responder_end(&r);
}

static void
a_password_of_the_web_servers_is_no_token_and_in_nobodys_way(void **state)
{
	struct fixture *f = *state;
	struct responder r = RESPONDER(false);
	char cookie[128];
	struct ask q = { .method = "GET", .path = "/-/",
		.more = { "HTTP_AUTHORIZATION=Basic cmVhZDp4" } };

	put_tokens(f);
	r.config = accepts(f, PAGE_CONF);
	log_in(&r, SECRET_OPERATE, cookie);
	/* nor is it a guess, of which ten would be too many */
	for (int i = 0; i < 40; i++)
		assert_int_equal(ask(&r, &q), 401);
	assert_true(ask_says(&q, "/x.cgi/-/login\""));
	q.path = "/-/login";
	assert_int_equal(ask(&r, &q), 200);
	q.cookie = cookie;
	q.path = "/-/";
	assert_int_equal(ask(&r, &q), 200);
	/* and a form still needs its token */
	q.method = "POST";
	q.path = "/-/run";
	q.origin = ORIGIN;
	q.body = "";
	assert_int_equal(ask(&r, &q), 403);
	responder_end(&r);
}

static void
the_web_servers_user_counts_only_where_that_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct responder r = RESPONDER(false);
	struct ask q = { .method = "GET", .path = "/-/",
		.more = { "REMOTE_USER=read", NULL } };
	struct ask post = { .method = "POST", .path = "/-/logout", .body = "",
		.origin = ORIGIN, .more = { "REMOTE_USER=read", NULL } };

	put_tokens(f);
	r.config = accepts(f, PAGE_CONF);
	assert_int_equal(ask(&r, &q), 303);
	r.config = accepts(f, PAGE_CONF "page_user = remote\n");
	assert_int_equal(ask(&r, &q), 200);
	/* the password's header is there, too; only a token's counts more */
	q.more[1] = "HTTP_AUTHORIZATION=Basic cmVhZDp4";
	assert_int_equal(ask(&r, &q), 200);
	q.more[1] = "HTTP_AUTHORIZATION=Bearer 0123456789abcdefg";
	assert_int_equal(ask(&r, &q), 401);
	/* the role is the token's; a form needs its token all the same */
	q.more[1] = NULL;
	q.path = "/-/retry";
	assert_int_equal(ask(&r, &q), 403);
	assert_int_equal(ask(&r, &post), 403);
	q.path = "/-/";
	q.more[0] = "REMOTE_USER=nobody";
	assert_int_equal(ask(&r, &q), 303);
	q.more[0] = "REMOTE_USER=";
	assert_int_equal(ask(&r, &q), 303);
	q.more[0] = "HTTP_REMOTE_USER=read";
	assert_int_equal(ask(&r, &q), 303);
	responder_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_page_has_a_line_here_and_each_line_a_page),
		T(each_role_gets_its_own_pages_and_no_others),
		T(head_is_answered_as_get_is_without_a_body),
		T(without_a_token_in_the_configuration_no_page_is_there),
		T(another_spelling_of_an_address_is_not_found),
		T(a_password_of_the_web_servers_is_no_token_and_in_nobodys_way),
		T(the_web_servers_user_counts_only_where_that_is_asked_for),
		T(a_token_that_is_not_the_very_one_lets_nobody_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
