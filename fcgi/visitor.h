#ifndef CGIHOOK_VISITOR_H
#define CGIHOOK_VISITOR_H

#include <stdbool.h>

#include "bytes.h"
#include "config.h"
#include "role.h"
#include "status.h"

/* Who asks for a page: nobody, or whoever has shown the secret of a token. */

struct exchange;

enum { VISITOR_FORM_TOKEN_SIZE = 65 };

struct visitor {
	const struct token_config *token;	/* NULL: nobody */
	const char *user;		/* the token's name, or the user that
					   the web server has let in */
	bool by_cookie;			/* by what a browser sends by itself */
	bool by_server;			/* the web server has let them in */
	char form_token[VISITOR_FORM_TOKEN_SIZE];
};

/** visitor_page_is_on - whether a configuration has a page at all. Without
 *  one, each of its addresses is answered as one that is not there */
bool
visitor_page_is_on(const struct config *c);

/** visitor_token - the token with this secret; NULL: none
 *
 * Timing:  tells nothing of the tokens' secrets. */
const struct token_config *
visitor_token(const struct config *c, struct bytes secret);

/**
 * visitor_try - the same, for what somebody has typed or sent, who has to wait
 *               after too many wrong ones of this address
 *
 * Returns: NULL, with *wait_s > 0: it is not said whether there is one. A token
 *          of TOKEN_SECRET_SURE characters never has to wait.
 */
const struct token_config *
visitor_try(const struct exchange *x, struct bytes secret, int64_t *wait_s);

/** visitor_find - find out who asks, into x->visitor: a stage. Always ST_OK
 *  where it can be told; nobody is a visitor, too. ST_DENIED: a token was
 *  shown that is none. ST_MALFORMED, ST_BUSY, ST_SYSTEM */
enum status
visitor_find(struct exchange *x);

/** visitor_check - whether this visitor may ask for x->route: a stage.
 *  ST_DENIED: nobody may without a token, or the token may not; for a POST by
 *  cookie also where the form does not come from a page of ours */
enum status
visitor_check(struct exchange *x);

/** visitor_who - who that is, for the audit: "token:team", or
 *  "user:team" of the web server's. The arena's */
const char *
visitor_who(const struct visitor *v, struct arena *a);

struct store;

/** visitor_end_session - the session that the browser shows, if any, counts no
 *  more. ST_OK; as store_session_take */
enum status
visitor_end_session(struct exchange *x, struct store *s);

/** visitor_login - where to log in, and come back to this page: what follows
 *  "/-/" in the address. The arena's */
const char *
visitor_login(const struct exchange *x);

/** visitor_may - whether a visitor has this role, or a higher one */
bool
visitor_may(const struct visitor *v, enum role role);

/** visitor_sees - whether a visitor may know of a source. What is hidden is
 *  answered as what is not there */
bool
visitor_sees(const struct visitor *v, const char *source);

#endif
