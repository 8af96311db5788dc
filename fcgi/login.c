#include "login.h"

#include <string.h>

#include "clock.h"
#include "exchange.h"
#include "origin.h"
#include "page_login.h"
#include "page_reply.h"
#include "pass.h"
#include "query.h"

/* --- the page ------------------------------------------------------------- */

static enum status
login_write(struct exchange *x, int http_status, struct page_login *p)
{
	struct frame f = page_frame(x, FRAME_OTHER, "Log in");
	struct html h = page_html(x);

	f.message = p->fault;
	f.tone = FRAME_BAD;
	page_login_write(&h, &f, p);
	return page_reply_html(x, http_status, &h);
}

static const char *
login_next(const struct query *q)
{
	const char *next = query_get(q, "next");

	return next != NULL && page_next_valid(bytes_of(next)) ? next : "";
}

enum status
login_show(struct exchange *x)
{
	struct query q;
	struct page_login p = { .next = "" };
	enum status st = query_read(x->request.message.query, x->arena, &q,
	    &x->why);

	if (st != ST_OK)
		return st;
	p.next = login_next(&q);
	p.ticket = query_get(&q, "ticket");
	return login_write(x, 200, &p);
}

/* --- in ------------------------------------------------------------------- */

static void
login_add_cookie(struct exchange *x, const char *value, int64_t lasts_s)
{
	struct bytes line = arena_printf(x->arena, "Set-Cookie: "
	    PASS_COOKIE "=%s; Path=%s/-/; Max-Age=%lld; HttpOnly; "
	    "SameSite=Lax%s", value, x->base, (long long)lasts_s,
	    origin_is_loopback(x) ? "" : "; Secure");

	if (line.data != NULL)
		page_add_header(x, line.data);
}

static enum status
login_note(struct exchange *x, struct store *s, const char *what)
{
	struct store_note n = { .at_ms = clock_wall_ms(), .what = what,
		.who = visitor_who(&x->visitor, x->arena),
		.detail = x->request.message.remote_addr };

	return store_audit_add(s, &n, &x->why);
}

/* A session that the browser had before ends: it is never gone on with. */
static enum status
login_begin(struct exchange *x, struct store *s, const struct token_config *t,
    const char *next)
{
	char shown[PASS_SIZE];
	struct store_session session;
	enum status st = visitor_end_session(x, s);

	if (st == ST_OK)
		st = pass_make(t, STORE_SESSION, clock_wall_ms(), shown,
		    &session, &x->why);
	if (st == ST_OK)
		st = store_session_add(s, &session, &x->why);
	if (st != ST_OK)
		return st;
	x->visitor = (struct visitor){ .token = t, .user = t->name };
	st = login_note(x, s, "login");
	if (st != ST_OK)
		return st;
	st = page_reply_see(x, next);
	login_add_cookie(x, shown, STORE_SESSION_MAX_MS / 1000);
	crypto_wipe(shown, sizeof(shown));
	return st;
}

static enum status
login_slow_down(struct exchange *x, struct page_login *p, int64_t after_s)
{
	struct bytes line = arena_printf(x->arena, "Retry-After: %lld",
	    (long long)after_s);
	enum status st;

	p->fault = "Too many tries from your address did not succeed. Wait a "
	    "minute, and try again.";
	st = login_write(x, 429, p);
	if (line.data != NULL)
		page_add_header(x, line.data);
	(void)fail(&x->why, ST_DENIED, "too many tries to log in");
	return st;
}

static enum status
login_refuse(struct exchange *x, struct page_login *p, const char *fault,
    const char *logged)
{
	p->fault = fault;
	(void)fail(&x->why, ST_DENIED, "%s", logged);
	return login_write(x, 403, p);
}

/* Anybody may send one that is made up: it must not take write.lock. */
static enum status
login_take_ticket(struct exchange *x, const char *ticket, struct store **s,
    struct store_session *taken)
{
	unsigned char digest[SHA256_LEN];
	enum status st = pass_digest(bytes_of(ticket), digest) ?
	    viewer_look(x, s) : ST_UNKNOWN;

	if (st == ST_OK)
		st = store_session_find(*s, STORE_TICKET, digest, x->arena,
		    taken, &x->why);
	if (st == ST_OK)
		st = viewer_writer(x, s);
	return st == ST_OK ? store_session_take(*s, STORE_TICKET, digest,
	    x->arena, taken, &x->why) : st;
}

static enum status
login_by_ticket(struct exchange *x, const char *ticket, struct page_login *p)
{
	struct store_session taken;
	const struct token_config *t = NULL;
	struct store *s;
	enum status st = login_take_ticket(x, ticket, &s, &taken);

	if (st == ST_OK)
		t = pass_token(x->config, &taken, clock_wall_ms());
	if (st != ST_OK && st != ST_UNKNOWN)
		return st;
	return t != NULL ? login_begin(x, s, t, p->next) : login_refuse(x, p,
	    "This address has been used, or is older than five minutes. Make a "
	    "new one with \"cgihook login\".", "a ticket that does not count");
}

/* A secret that was pasted may have its file's line end. */
static struct bytes
login_trim(struct bytes text)
{
	while (text.len > 0 && memchr(" \t\r\n", text.data[0], 4) != NULL)
		text = bytes_from(text, 1);
	while (text.len > 0 &&
	    memchr(" \t\r\n", text.data[text.len - 1], 4) != NULL)
		text.len--;
	return text;
}

static enum status
login_by_secret(struct exchange *x, const char *secret, struct page_login *p)
{
	const struct token_config *t;
	int64_t wait_s;
	struct store *s;
	enum status st;

	t = visitor_try(x, login_trim(bytes_of(secret)), &wait_s);
	if (wait_s > 0)
		return login_slow_down(x, p, wait_s);
	if (t == NULL)
		return login_refuse(x, p, "There is no such token.",
		    "a token that is not known");
	st = viewer_writer(x, &s);
	return st == ST_OK ? login_begin(x, s, t, p->next) : st;
}

/* A browser would not send the cookie back. */
static bool
login_is_private(const struct exchange *x)
{
	return origin_is_https(x) || origin_is_loopback(x);
}

enum status
login_enter(struct exchange *x)
{
	struct page_login p = { .next = "" };
	struct query q;
	const char *secret, *ticket;
	enum status st = query_read(x->request.message.body, x->arena, &q,
	    &x->why);

	if (st != ST_OK)
		return st;
	p.next = login_next(&q);
	secret = query_get(&q, "secret");
	ticket = query_get(&q, "ticket");
	if (!login_is_private(x))
		return login_refuse(x, &p, "This page was asked for without "
		    "https, so everybody on the way could read the token. Use "
		    "https, or set url in the configuration if a proxy speaks "
		    "https.", "without https; if a proxy speaks it, set url");
	if (ticket != NULL)
		return login_by_ticket(x, ticket, &p);
	if (secret != NULL)
		return login_by_secret(x, secret, &p);
	return fail(&x->why, ST_MALFORMED, "the form has neither a token nor a "
	    "ticket");
}

/* --- out ------------------------------------------------------------------ */

enum status
login_leave(struct exchange *x)
{
	struct store *s;
	enum status st = viewer_writer(x, &s);

	if (st == ST_OK)
		st = visitor_end_session(x, s);
	if (st == ST_OK)
		st = login_note(x, s, "logout");
	if (st == ST_OK)
		st = page_reply_see(x, "login");
	if (st == ST_OK)
		login_add_cookie(x, "", 0);
	return st;
}
