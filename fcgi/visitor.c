#include "visitor.h"

#include "bearer.h"
#include "exchange.h"

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

/* Whoever sends the header means it: a wrong one is not nobody. */
static enum status
visitor_find_bearer(struct exchange *x, struct bytes authorization)
{
	struct bytes secret = message_credentials(authorization, "Bearer");

	x->visitor.token = secret.len == 0 ? NULL :
	    visitor_token(x->config, secret);
	if (x->visitor.token == NULL)
		return fail(&x->why, ST_DENIED, "Authorization has no token "
		    "that is known");
	x->visitor.user = x->visitor.token->name;
	return ST_OK;
}

enum status
visitor_find(struct exchange *x)
{
	struct bytes authorization;
	enum status st = message_only_header(&x->request.message,
	    "authorization", &authorization, &x->why);

	x->visitor = (struct visitor){ .user = "" };
	if (st != ST_OK || authorization.data == NULL)
		return st;
	return visitor_find_bearer(x, authorization);
}

enum status
visitor_check(struct exchange *x)
{
	if (visitor_may(&x->visitor, x->route->role))
		return ST_OK;
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
