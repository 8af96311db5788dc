#include "visitor.h"

#include "exchange.h"

bool
visitor_page_is_on(const struct config *c)
{
	(void)c;
	return false;
}

enum status
visitor_find(struct exchange *x)
{
	x->visitor = (struct visitor){ .user = "" };
	return ST_OK;
}

enum status
visitor_check(struct exchange *x)
{
	return visitor_may(&x->visitor, x->route->role) ? ST_OK :
	    fail(&x->why, ST_DENIED, "this page needs a token");
}

bool
visitor_may(const struct visitor *v, enum role role)
{
	return role == ROLE_NONE && v->token == NULL;
}

bool
visitor_sees(const struct visitor *v, const char *source)
{
	return v->token != NULL && source == NULL;
}
