#include "visitor.h"

#include <string.h>

#include "bearer.h"
#include "clock.h"
#include "codec.h"
#include "config_token.h"
#include "exchange.h"
#include "origin.h"
#include "page_login.h"
#include "pass.h"
#include "query.h"
#include "throttle.h"

bool
visitor_page_is_on(const struct config *c)
{
	return c->token_count > 0;
}

/* Every token is tried, also after one that fits: the time tells nothing. */
const struct token_config *
visitor_token(const struct config *c, struct bytes secret)
{
	const struct token_config *found = NULL;

	for (size_t i = 0; i < c->token_count; i++)
		if (bearer_equal(secret, false,
		    secret_bytes(&c->tokens[i].secret)))
			found = &c->tokens[i];
	return found;
}

/* Whoever comes by the same proxy has the same address: their guesses must not
 * keep out a token that nobody guesses. */
const struct token_config *
visitor_try(const struct exchange *x, struct bytes secret, int64_t *wait_s)
{
	const char *dir = x->config->state_dir;
	struct bytes remote = x->request.message.remote_addr;
	const struct token_config *t = visitor_token(x->config, secret);

	*wait_s = throttle_try(dir, remote, clock_wall_ms());
	if (*wait_s == 0 && t != NULL)
		throttle_forgive(dir, remote, clock_wall_ms());
	if (t != NULL && t->secret.len >= TOKEN_SECRET_SURE)
		*wait_s = 0;
	return *wait_s == 0 ? t : NULL;
}

/* --- by a header ---------------------------------------------------------- */

/* Whoever sends the header means it: a wrong one is not nobody. */
static enum status
visitor_find_bearer(struct exchange *x, struct bytes authorization)
{
	struct bytes secret = message_credentials(authorization, "Bearer");
	int64_t wait_s;

	x->visitor.token = visitor_try(x, secret, &wait_s);
	if (wait_s > 0)
		return fail(&x->why, ST_BUSY, "too many tries to log in");
	if (x->visitor.token == NULL)
		return fail(&x->why, ST_DENIED, "Authorization has no token "
		    "that is known");
	x->visitor.user = x->visitor.token->name;
	return ST_OK;
}

/* --- by the web server ---------------------------------------------------- */

static enum status
visitor_make_form_token(struct exchange *x, struct bytes key)
{
	unsigned char made[SHA256_LEN];
	enum status st = hmac_sha256(key, BYTES("form"), made);

	if (st != ST_OK)
		return fail(&x->why, ST_SYSTEM, "libcrypto: no SHA-256");
	hex_encode(made, sizeof(made), x->visitor.form_token);
	return ST_OK;
}

/* A browser sends the password by itself, as it does a cookie. */
static enum status
visitor_find_user(struct exchange *x)
{
	const char *user = x->config->page_user == PAGE_USER_REMOTE ?
	    origin_variable(x, "REMOTE_USER") : "";

	x->visitor.token = config_token(x->config, bytes_of(user));
	if (x->visitor.token == NULL)
		return ST_OK;
	x->visitor.user = x->visitor.token->name;
	x->visitor.by_cookie = x->visitor.by_server = true;
	return visitor_make_form_token(x, secret_bytes(
	    &x->visitor.token->secret));
}

/* --- by a cookie ---------------------------------------------------------- */

static struct bytes
visitor_cookie(const struct exchange *x)
{
	struct bytes header;

	(void)message_headers(&x->request.message, "cookie", &header);
	return pass_cookie(header);
}

static enum status
visitor_find_cookie(struct exchange *x)
{
	struct bytes cookie = visitor_cookie(x);
	unsigned char digest[SHA256_LEN];
	struct store_session session;
	struct store *s;
	enum status st;

	if (!pass_digest(cookie, digest))
		return ST_OK;
	st = viewer_look(x, &s);
	if (st == ST_OK)
		st = store_session_find(s, STORE_SESSION, digest, x->arena,
		    &session, &x->why);
	if (st != ST_OK)
		return st == ST_UNKNOWN ? ST_OK : st;
	x->visitor.token = pass_token(x->config, &session, clock_wall_ms());
	if (x->visitor.token == NULL)
		return ST_OK;
	x->visitor.user = x->visitor.token->name;
	x->visitor.by_cookie = true;
	return visitor_make_form_token(x, cookie);
}

enum status
visitor_end_session(struct exchange *x, struct store *s)
{
	unsigned char digest[SHA256_LEN];
	struct store_session taken;
	enum status st;

	if (!pass_digest(visitor_cookie(x), digest))
		return ST_OK;
	st = store_session_take(s, STORE_SESSION, digest, x->arena, &taken,
	    &x->why);
	return st == ST_UNKNOWN ? ST_OK : st;
}

/* --- who, and whether they may -------------------------------------------- */

/* Another scheme than Bearer is the web server's, which asks for a password of
 * its own before the page. */
enum status
visitor_find(struct exchange *x)
{
	struct bytes authorization;
	bool bearer;
	enum status st = message_only_header(&x->request.message,
	    "authorization", &authorization, &x->why);

	x->visitor = (struct visitor){ .user = "" };
	bearer = message_credentials(authorization, "Bearer").data != NULL;
	if (st == ST_OK && !bearer)
		st = visitor_find_user(x);
	if (st != ST_OK || x->visitor.token != NULL)
		return st;
	return bearer ? visitor_find_bearer(x, authorization) :
	    visitor_find_cookie(x);
}

static enum status
visitor_check_form_token(struct exchange *x)
{
	const size_t len = VISITOR_FORM_TOKEN_SIZE - 1;
	const char *given;
	struct query q;
	enum status st = query_read(x->request.message.body, x->arena, &q,
	    &x->why);

	if (st != ST_OK)
		return st;
	given = query_get(&q, "form");
	if (given == NULL || strlen(given) != len ||
	    !crypto_equal(given, x->visitor.form_token, len))
		return fail(&x->why, ST_DENIED, "the form has not the token "
		    "that it gets from its page");
	return ST_OK;
}

/* A header is set by no other site; a cookie comes with each form. */
static enum status
visitor_check_form(struct exchange *x)
{
	enum status st;

	if (!bytes_is(x->request.message.method, "POST") ||
	    (x->visitor.token != NULL && !x->visitor.by_cookie))
		return ST_OK;
	st = origin_check(x);
	return st == ST_OK && x->route->role != ROLE_NONE ?
	    visitor_check_form_token(x) : st;
}

enum status
visitor_check(struct exchange *x)
{
	if (visitor_may(&x->visitor, x->route->role))
		return visitor_check_form(x);
	return x->visitor.token == NULL ? fail(&x->why, ST_DENIED,
	    "this page needs a token") : fail(&x->why, ST_DENIED, "the role of "
	    "token %s is %s, and this needs %s", x->visitor.token->name,
	    role_name(x->visitor.token->role), role_name(x->route->role));
}

bool
visitor_may(const struct visitor *v, enum role role)
{
	return role <= (v->token == NULL ? ROLE_NONE : v->token->role);
}

bool
visitor_sees(const struct visitor *v, const char *source)
{
	return v->token != NULL && token_sees(v->token, bytes_of(source));
}

const char *
visitor_who(const struct visitor *v, struct arena *a)
{
	return arena_cstr(a, arena_printf(a, "%s:%s", v->by_server ?
	    "user" : "token", v->user));
}

const char *
visitor_login(const struct exchange *x)
{
	return page_login_address(x->request.path_info,
	    x->request.message.query, x->arena);
}
