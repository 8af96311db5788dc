/* Logging in at the page and out again, and how others try to. */
#include "page_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "clock.h"
#include "codec.h"
#include "crypto.h"
#include "exchange.h"
#include "lock.h"
#include "page_reply.h"
#include "pass.h"
#include "store.h"
#include "store_config.h"

#define OK(call) assert_int_equal((call), ST_OK)

struct page {
	struct fixture *f;
	struct responder r;
};

static void
begin(struct page *p, void **state)
{
	p->f = *state;
	put_tokens(p->f);
	p->r = (struct responder)RESPONDER(false);
	p->r.config = accepts(p->f, PAGE_CONF);
}

static int
look(struct page *p, const char *cookie)
{
	struct ask q = { .method = "POST", .path = "/-/logout",
		.cookie = cookie, .origin = ORIGIN, .body = "form=x" };

	/* 403: logged in, but not by a form of ours; 401: not logged in */
	return ask(&p->r, &q);
}

#define assert_in(p, cookie) assert_int_equal(look((p), (cookie)), 403)
#define assert_out(p, cookie) assert_int_equal(look((p), (cookie)), 401)

static void
form_token(const char *cookie, char out[65])
{
	unsigned char made[SHA256_LEN];

	OK(hmac_sha256(bytes_of(cookie + strlen("cgihook=")), BYTES("form"),
	    made));
	hex_encode(made, sizeof(made), out);
}

static int
log_out(struct page *p, const char *cookie)
{
	struct ask q = { .method = "POST", .path = "/-/logout",
		.cookie = cookie, .origin = ORIGIN };
	char token[65], body[80], field[512];

	form_token(cookie, token);
	(void)snprintf(body, sizeof(body), "form=%s", token);
	q.body = body;
	if (ask(&p->r, &q) == 303)
		assert_string_equal(ask_field(&q, "Set-Cookie", field),
		    "cgihook=; Path=/x.cgi/-/; Max-Age=0; HttpOnly;"
		    " SameSite=Lax; Secure");
	return q.status;
}

/* --- in and out ----------------------------------------------------------- */

static void
a_token_gets_a_cookie_that_counts_until_it_logs_out(void **state)
{
	struct page p;
	char cookie[128], field[512];
	struct ask q = { .method = "POST", .path = "/-/login",
		.origin = ORIGIN, .site = "same-origin",
		.body = "secret=+" SECRET_VIEW "%0A" };

	begin(&p, state);
	assert_int_equal(ask(&p.r, &q), 303);
	assert_string_equal(ask_field(&q, "Location", field), "/x.cgi/-/");
	assert_non_null(ask_field(&q, "Set-Cookie", field));
	assert_int_equal(strspn(field + 8, "0123456789abcdef"), 64);
	assert_string_equal(field + 8 + 64, "; Path=/x.cgi/-/; Max-Age=43200;"
	    " HttpOnly; SameSite=Lax; Secure");
	(void)snprintf(cookie, sizeof(cookie), "%.*s", 8 + 64, field);
	assert_in(&p, cookie);
	assert_int_equal(log_out(&p, cookie), 303);
	/* the same cookie again */
	assert_out(&p, cookie);
	assert_int_equal(log_out(&p, cookie), 401);
	responder_end(&p.r);
}

static void
what_is_not_the_very_cookie_counts_for_nothing(void **state)
{
	struct page p;
	char cookie[128], other[400];

	begin(&p, state);
	log_in(&p.r, SECRET_VIEW, cookie);
	(void)snprintf(other, sizeof(other), "a=b; %s;c", cookie);
	assert_in(&p, other);
	(void)snprintf(other, sizeof(other), "%s0", cookie);
	assert_out(&p, other);
	(void)snprintf(other, sizeof(other), "x%s", cookie);
	assert_out(&p, other);
	(void)snprintf(other, sizeof(other), "Cgihook=%s", cookie + 8);
	assert_out(&p, other);
	(void)snprintf(other, sizeof(other), "cgihook=\"%s\"", cookie + 8);
	assert_out(&p, other);
	/* something else on this host has set one, too: neither counts */
	(void)snprintf(other, sizeof(other), "%s; cgihook=%064d", cookie, 0);
	assert_out(&p, other);
	(void)snprintf(other, sizeof(other), "cgihook=; %s", cookie);
	assert_out(&p, other);
	(void)snprintf(other, sizeof(other), "%s", cookie);
	other[70] = other[70] == '0' ? '1' : '0';
	assert_out(&p, other);
	assert_out(&p, "cgihook=");
	assert_out(&p, "cgihook");
	assert_out(&p, ";;;=;");
	assert_in(&p, cookie);
	responder_end(&p.r);
}

static void
a_session_that_somebody_has_prepared_is_never_gone_on_with(void **state)
{
	struct page p;
	char theirs[128], field[512];
	struct ask q = { .method = "POST", .path = "/-/login",
		.origin = ORIGIN, .body = "secret=" SECRET_ADMIN };

	begin(&p, state);
	log_in(&p.r, SECRET_VIEW, theirs);
	q.cookie = theirs;
	assert_int_equal(ask(&p.r, &q), 303);
	assert_non_null(ask_field(&q, "Set-Cookie", field));
	assert_memory_not_equal(field, theirs, 8 + 64);
	assert_out(&p, theirs);
	responder_end(&p.r);
}

static void
a_session_ends_with_its_tokens_secret_and_with_the_token(void **state)
{
	struct page p;
	char cookie[128];

	begin(&p, state);
	log_in(&p.r, SECRET_VIEW, cookie);
	put_text(p.f, "view", SECRET_VIEW "2");
	p.r.config = accepts(p.f, PAGE_CONF);
	assert_out(&p, cookie);
	put_text(p.f, "view", SECRET_VIEW);
	p.r.config = accepts(p.f, PAGE_CONF);
	assert_in(&p, cookie);
	p.r.config = accepts(p.f, "state_dir = d\nlog = stderr\n"
	    "runner = external\ntoken other {\n\tsecret = file:view\n}\n"
	    "url = \"" ORIGIN "\"\n");
	assert_out(&p, cookie);
	responder_end(&p.r);
}

static void
a_session_lasts_twelve_hours_whatever_the_store_says(void **state)
{
	struct page p;
	struct store_session s;
	char shown[PASS_SIZE];
	const int64_t now = 1767323345000;

	begin(&p, state);
	OK(pass_make(&p.r.config->tokens[0], STORE_SESSION, now, shown, &s,
	    &p.f->why));
	assert_int_equal(s.until_ms - now, 12 * 3600 * 1000);
	assert_ptr_equal(pass_token(p.r.config, &s, now),
	    &p.r.config->tokens[0]);
	assert_non_null(pass_token(p.r.config, &s, s.until_ms - 1));
	assert_null(pass_token(p.r.config, &s, s.until_ms));
	s.until_ms++;
	assert_null(pass_token(p.r.config, &s, now));
	s.until_ms--;
	s.binding[0] ^= 1;
	assert_null(pass_token(p.r.config, &s, now));
	s.binding[0] ^= 1;
	s.token = "admin";
	assert_null(pass_token(p.r.config, &s, now));
	s.token = "gone";
	assert_null(pass_token(p.r.config, &s, now));
}

/* --- tickets -------------------------------------------------------------- */

static void
make_ticket(struct page *p, const char *token, int64_t age_ms,
    char body[100])
{
	struct store_session s;
	struct store *store;
	char shown[PASS_SIZE];

	OK(pass_make(config_token(p->r.config, bytes_of(token)), STORE_TICKET,
	    clock_wall_ms() - age_ms, shown, &s, &p->f->why));
	OK(store_open_config(p->r.config, STORE_WRITE, 60000, &store,
	    &p->f->why));
	OK(store_session_add(store, &s, &p->f->why));
	store_close(store);
	(void)snprintf(body, 100, "ticket=%s", shown);
}

static void
a_ticket_logs_in_once_within_five_minutes(void **state)
{
	struct page p;
	char body[100], field[512], cookie[128];
	struct ask q = { .method = "GET", .path = "/-/login", .query = body };

	begin(&p, state);
	make_ticket(&p, "operate", 0, body);
	/* to look at it, as a chat does for a preview, takes nothing */
	assert_int_equal(ask(&p.r, &q), 200);
	assert_true(ask_says(&q, body + 7));
	assert_int_equal(ask(&p.r, &q), 200);
	assert_null(ask_field(&q, "Set-Cookie", field));
	q = (struct ask){ .method = "POST", .path = "/-/login", .body = body,
		.origin = ORIGIN };
	assert_int_equal(ask(&p.r, &q), 303);
	assert_non_null(ask_field(&q, "Set-Cookie", field));
	(void)snprintf(cookie, sizeof(cookie), "%.*s", 72, field);
	assert_in(&p, cookie);
	assert_int_equal(ask(&p.r, &q), 403);
	assert_null(ask_field(&q, "Set-Cookie", field));
	assert_true(ask_says(&q, "has been used"));
	/* a ticket is no cookie, and a cookie no ticket */
	make_ticket(&p, "operate", 0, body);
	(void)snprintf(field, sizeof(field), "cgihook=%s", body + 7);
	assert_out(&p, field);
	(void)snprintf(body, 100, "ticket=%.64s", cookie + 8);
	assert_int_equal(ask(&p.r, &q), 403);
	make_ticket(&p, "operate", 5 * 60 * 1000, body);
	assert_int_equal(ask(&p.r, &q), 403);
	make_ticket(&p, "operate", 4 * 60 * 1000, body);
	put_text(p.f, "operate", SECRET_OPERATE "2");
	p.r.config = accepts(p.f, PAGE_CONF);
	assert_int_equal(ask(&p.r, &q), 403);
	responder_end(&p.r);
}

/* --- where a form comes from ---------------------------------------------- */

static void
a_form_of_another_site_is_refused(void **state)
{
	static const struct {
		const char *origin, *site;
		int status;
	} cases[] = {
		{ ORIGIN, NULL, 303 }, { ORIGIN, "same-origin", 303 },
		{ "null", "same-origin", 303 }, { NULL, "same-origin", 303 },
		{ ORIGIN, "cross-site", 401 }, { ORIGIN, "same-site", 401 },
		{ ORIGIN, "none", 401 }, { "null", "cross-site", 401 },
		{ "null", NULL, 401 }, { NULL, NULL, 401 },
		{ NULL, "cross-site", 401 }, { "", NULL, 401 },
		{ "http://you.example", NULL, 401 },
		{ "https://you.example:444", NULL, 401 },
		{ "https://you.example.evil.example", NULL, 401 },
		{ "https://evil.example", "same-origin", 401 },
		{ "https://you.example/", NULL, 401 },
	};
	struct page p;

	begin(&p, state);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char field[512];
		struct ask q = { .method = "POST", .path = "/-/login",
			.origin = cases[i].origin, .site = cases[i].site,
			.body = "secret=" SECRET_VIEW };

		assert_int_equal(ask(&p.r, &q), cases[i].status);
		assert_int_equal(ask_field(&q, "Set-Cookie", field) != NULL,
		    cases[i].status == 303);
	}
	responder_end(&p.r);
}

static void
a_form_without_its_pages_token_is_refused(void **state)
{
	struct page p;
	char cookie[128], other[128], token[65], body[200];
	struct ask q = { .method = "POST", .path = "/-/logout",
		.origin = ORIGIN, .site = "same-origin", .cookie = cookie,
		.body = body };

	begin(&p, state);
	log_in(&p.r, SECRET_ADMIN, cookie);
	log_in(&p.r, SECRET_ADMIN, other);
	form_token(other, token);
	(void)snprintf(body, sizeof(body), "form=%s", token);
	assert_int_equal(ask(&p.r, &q), 403);
	body[0] = '\0';
	assert_int_equal(ask(&p.r, &q), 403);
	(void)snprintf(body, sizeof(body), "form=");
	assert_int_equal(ask(&p.r, &q), 403);
	form_token(cookie, token);
	(void)snprintf(body, sizeof(body), "Form=%s", token);
	assert_int_equal(ask(&p.r, &q), 403);
	(void)snprintf(body, sizeof(body), "form=%s0", token);
	assert_int_equal(ask(&p.r, &q), 403);
	(void)snprintf(body, sizeof(body), "form=%s&form=%s", token, token);
	assert_int_equal(ask(&p.r, &q), 400);
	(void)snprintf(body, sizeof(body), "form=%s", token);
	q.origin = "https://evil.example";
	assert_int_equal(ask(&p.r, &q), 403);
	q.origin = ORIGIN;
	/* the right one in the address is not in the form */
	q.body = "x=1";
	q.query = body;
	assert_int_equal(ask(&p.r, &q), 403);
	q.query = NULL;
	q.body = body;
	assert_int_equal(ask(&p.r, &q), 303);
	responder_end(&p.r);
}

static void
without_https_nobody_logs_in_but_on_this_machine(void **state)
{
	static const struct {
		const char *host, *origin, *https;
		int status;
	} cases[] = {
		{ "HTTP_HOST=you.example", "http://you.example", NULL, 403 },
		{ "HTTP_HOST=you.example", "https://you.example", "HTTPS=on",
		    303 },
		{ "HTTP_HOST=you.example:443", "https://you.example",
		    "REQUEST_SCHEME=https", 303 },
		{ "HTTP_HOST=you.example", "https://you.example", NULL, 401 },
		{ "HTTP_HOST=127.0.0.1:8080", "http://127.0.0.1:8080", NULL,
		    303 },
		{ "HTTP_HOST=localhost", "http://localhost", "HTTPS=off",
		    303 },
		{ "HTTP_HOST=evil.example", "http://you.example", NULL, 401 },
		{ "HTTP_HOST=you.example/x", "http://you.example/x", NULL,
		    401 },
		{ "HTTP_HOST=", "http://", NULL, 401 },
		{ NULL, "https://you.example", "HTTPS=on", 401 },
	};
	struct page p;

	begin(&p, state);
	p.r.config = accepts(p.f, "state_dir = d\nlog = stderr\n"
	    "runner = external\ntoken view {\n\tsecret = file:view\n}\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char field[512];
		struct ask q = { .method = "POST", .path = "/-/login",
			.origin = cases[i].origin,
			.body = "secret=" SECRET_VIEW };
		size_t n = 0;

		if (cases[i].host != NULL)
			q.more[n++] = cases[i].host;
		if (cases[i].https != NULL)
			q.more[n++] = cases[i].https;
		assert_int_equal(ask(&p.r, &q), cases[i].status);
		if (q.status != 303)
			continue;
		assert_non_null(ask_field(&q, "Set-Cookie", field));
		assert_int_equal(strstr(field, "; Secure") == NULL,
		    strncmp(cases[i].origin, "http:", 5) == 0);
	}
	responder_end(&p.r);
}

/* --- header fields -------------------------------------------------------- */

static void
a_header_line_stays_one_line(void **state)
{
	struct arena a = ARENA(0);
	struct exchange x = { .arena = &a };

	(void)state;
	page_add_header(&x, "A: b\r\nSet-Cookie: c\x7f\t\x1f");
	assert_string_equal(x.reply.header, "A: bSet-Cookie: c");
	page_add_header(&x, "D: \ne");
	assert_string_equal(x.reply.header, "A: bSet-Cookie: c\r\nD: e");
	arena_free(&a);
}

/* --- where it leads ------------------------------------------------------- */

static void
it_leads_back_to_our_own_pages_alone(void **state)
{
	static const struct {
		const char *next, *location;
	} cases[] = {
		{ "event%2F12", "/x.cgi/-/event/12" },
		{ "%3Fsource%3Ddrone%26state%3Ddead",
		    "/x.cgi/-/?source=drone&state=dead" },
		{ "%2F%2Fevil.example", "/x.cgi/-/" },
		{ "%2Fevil.example", "/x.cgi/-/" },
		{ "https%3A%2F%2Fevil.example", "/x.cgi/-/" },
		{ "..%2F..%2Fevil", "/x.cgi/-/" },
		{ "a%2F..%2F..%2F..%2Fevil", "/x.cgi/-/" },
		{ "%252e%252E%2F%252e.%2Fevil", "/x.cgi/-/" },
		{ "%3Fsource%3D%252e%252e", "/x.cgi/-/?source=%2e%2e" },
		{ "%5C%5Cevil.example", "/x.cgi/-/" },
		{ "@evil.example", "/x.cgi/-/" },
		{ "x%0D%0ASet-Cookie%3A+a%3Db", "/x.cgi/-/" },
		{ "x%0ASet-Cookie%3A+a%3Db", "/x.cgi/-/" },
		{ "javascript%3Aalert(1)", "/x.cgi/-/" },
		{ "%22%3E%3Cscript%3E", "/x.cgi/-/" },
		{ "login", "/x.cgi/-/" }, { "logout", "/x.cgi/-/" },
		{ "", "/x.cgi/-/" },
	};
	struct page p;

	begin(&p, state);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char field[512], body[300];
		struct ask q = { .method = "POST", .path = "/-/login",
			.origin = ORIGIN, .body = body };

		(void)snprintf(body, sizeof(body), "next=%s&secret="
		    SECRET_VIEW, cases[i].next);
		assert_int_equal(ask(&p.r, &q), 303);
		assert_string_equal(ask_field(&q, "Location", field),
		    cases[i].location);
		assert_null(strstr(q.reply, "evil"));
		assert_null(strstr(q.reply, "a=b"));
		/* what the form has of it, too */
		q = (struct ask){ .method = "GET", .path = "/-/login",
			.query = body };
		(void)snprintf(body, sizeof(body), "next=%s", cases[i].next);
		assert_int_equal(ask(&p.r, &q), 200);
		assert_null(strstr(q.reply, "evil"));
		assert_null(strstr(q.reply, "<script>"));
	}
	responder_end(&p.r);
}

static void
what_a_ticket_is_said_to_be_is_text(void **state)
{
	struct page p;
	struct ask q = { .method = "GET", .path = "/-/login",
		.query = "ticket=%22%3E%3Cscript%3Ealert(1)%3C/script%3E" };

	begin(&p, state);
	assert_int_equal(ask(&p.r, &q), 200);
	assert_true(ask_says(&q, "&quot;&gt;&lt;script&gt;") ||
	    ask_says(&q, "&#34;&gt;&lt;script&gt;"));
	assert_false(ask_says(&q, "<script>"));
	responder_end(&p.r);
}

/* --- guesses -------------------------------------------------------------- */

enum { TRIES = 300 };

/* Guess from an address until that is slowed; a slow machine earns some. */
static void
guess(struct page *p, const char *remote)
{
	struct ask q = { .method = "POST", .path = "/-/login",
		.origin = ORIGIN, .remote = remote,
		.body = "secret=0123456789abcdefg" };
	char field[512];
	int n = 0;

	while (ask(&p->r, &q) != 429 && n++ < TRIES)
		assert_int_equal(q.status, 403);
	assert_int_equal(q.status, 429);
	assert_non_null(ask_field(&q, "Retry-After", field));
	assert_in_range(strtol(field, NULL, 10), 1, 6);
}

/* Whether it is answered so while its address is slowed. */
static bool
is_slowed(struct page *p, struct ask *q, int status)
{
	for (int i = 0; i < TRIES; i++) {
		guess(p, q->remote);
		if (ask(&p->r, q) == status)
			return true;
	}
	return false;
}

static void
guesses_are_slowed_and_the_others_are_not(void **state)
{
	struct page p;
	char body[100], cookie[128];
	struct ask q = { .method = "POST", .path = "/-/login",
		.origin = ORIGIN, .body = "secret=" SECRET_VIEW };

	begin(&p, state);
	log_in(&p.r, SECRET_READ, cookie);
	/* not even the right one, which would tell */
	assert_true(is_slowed(&p, &q, 429));
	q = (struct ask){ .method = "GET", .path = "/-/login",
		.bearer = SECRET_VIEW };
	assert_true(is_slowed(&p, &q, 503));
	/* a ticket is not guessed */
	make_ticket(&p, "view", 0, body);
	guess(&p, NULL);
	q = (struct ask){ .method = "POST", .path = "/-/login",
		.origin = ORIGIN, .body = body };
	assert_int_equal(ask(&p.r, &q), 303);
	/* who comes from elsewhere does not have to wait, and who is right does
	 * not use up tries */
	q.remote = "2001:db8:1::1";
	q.body = "secret=" SECRET_VIEW;
	for (int i = 0; i < 15; i++)
		assert_int_equal(ask(&p.r, &q), 303);
	responder_end(&p.r);
}

/* Whoever comes by the same proxy has the same address. */
static void
guesses_do_not_keep_out_a_token_that_nobody_guesses(void **state)
{
	struct page p;
	char cookie[128];
	struct ask q = { .method = "POST", .path = "/-/login",
		.origin = ORIGIN,
		.body = "secret=0123456789abcdef0123456789abcdee" };

	begin(&p, state);
	log_in(&p.r, SECRET_READ, cookie);
	put_text(p.f, "long", "0123456789abcdef0123456789abcdef");
	p.r.config = accepts(p.f, PAGE_CONF
	    "token long {\n\tsecret = file:long\n}\n");
	assert_true(is_slowed(&p, &q, 429));
	q.body = "secret=0123456789abcdef0123456789abcdef";
	assert_false(is_slowed(&p, &q, 429));
	assert_int_equal(q.status, 303);
	q = (struct ask){ .method = "GET", .path = "/-/",
		.bearer = "0123456789abcdef0123456789abcdef" };
	assert_false(is_slowed(&p, &q, 503));
	assert_int_equal(q.status, 200);
	responder_end(&p.r);
}

/* The lock that senders need, and the store's files. */
static void
what_a_stranger_makes_up_takes_no_lock_and_makes_no_store(void **state)
{
	struct page p;
	struct lock lock;
	char cookie[128], body[100], field[128];
	struct ask q = { .method = "POST", .path = "/-/login",
		.origin = ORIGIN, .body = body };
	int dir;

	begin(&p, state);
	(void)snprintf(body, sizeof(body), "ticket=%064d", 7);
	(void)snprintf(cookie, sizeof(cookie), "cgihook=%064d", 7);
	assert_int_equal(ask(&p.r, &q), 403);
	assert_out(&p, cookie);
	dir = open(p.r.config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_not_equal(faccessat(dir, STORE_FILE, F_OK, 0), 0);
	log_in(&p.r, SECRET_VIEW, field);
	OK(lock_open(dir, "write.lock", &lock, &p.f->why));
	OK(lock_take(&lock, 60000, &p.f->why));
	assert_int_equal(ask(&p.r, &q), 403);
	assert_out(&p, cookie);
	assert_in(&p, field);
	lock_close(&lock);
	assert_int_equal(close(dir), 0);
	responder_end(&p.r);
}

/* --- the audit ------------------------------------------------------------ */

static void
the_audit_says_who_came_and_went(void **state)
{
	struct page p;
	struct arena a = ARENA(0);
	struct store_notes n = { .limit = 10, .arena = &a };
	struct store *store;
	char cookie[128];

	begin(&p, state);
	log_in(&p.r, SECRET_OPERATE, cookie);
	assert_int_equal(log_out(&p, cookie), 303);
	OK(store_open_config(p.r.config, STORE_READ, 60000, &store,
	    &p.f->why));
	OK(store_audit_list(store, &n, &p.f->why));
	store_close(store);
	assert_int_equal(n.count, 2);
	assert_string_equal(n.notes[0].what, "logout");
	assert_string_equal(n.notes[1].what, "login");
	assert_string_equal(n.notes[0].who, "token:operate");
	assert_string_equal(n.notes[1].who, "token:operate");
	assert_true(bytes_is(n.notes[1].detail, "192.0.2.1"));
	arena_free(&a);
	responder_end(&p.r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_token_gets_a_cookie_that_counts_until_it_logs_out),
		T(what_is_not_the_very_cookie_counts_for_nothing),
		T(a_session_that_somebody_has_prepared_is_never_gone_on_with),
		T(a_session_ends_with_its_tokens_secret_and_with_the_token),
		T(a_session_lasts_twelve_hours_whatever_the_store_says),
		T(a_ticket_logs_in_once_within_five_minutes),
		T(a_form_of_another_site_is_refused),
		T(a_form_without_its_pages_token_is_refused),
		T(without_https_nobody_logs_in_but_on_this_machine),
		T(it_leads_back_to_our_own_pages_alone),
		T(what_a_ticket_is_said_to_be_is_text),
		cmocka_unit_test(a_header_line_stays_one_line),
		T(guesses_are_slowed_and_the_others_are_not),
		T(guesses_do_not_keep_out_a_token_that_nobody_guesses),
		T(what_a_stranger_makes_up_takes_no_lock_and_makes_no_store),
		T(the_audit_says_who_came_and_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
