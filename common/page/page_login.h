#ifndef CGIHOOK_PAGE_LOGIN_H
#define CGIHOOK_PAGE_LOGIN_H

#include <stdbool.h>

#include "frame.h"

/* The page at which a token is shown. */

struct page_login {
	const char *fault;		/* why the last try did not succeed;
					   NULL: there was none */
	const char *ticket;		/* only to be confirmed; NULL: none */
	const char *next;		/* where to go then, below "/-/"; "" */
};

enum { PAGE_NEXT_MAX = 512 };

/** page_login_write - the whole page */
void
page_login_write(struct html *h, const struct frame *f,
    const struct page_login *p);

/** page_next_valid - whether next can be an address below "/-/", and nothing
 *  else: of our own plain characters, without "..", and without an escape
 *  before the query */
bool
page_next_valid(struct bytes next);

/** page_login_address - where to log in, and come back: what follows "/-/".
 *  path, with "/-/", and query, of the page that was asked for. The arena's */
const char *
page_login_address(struct bytes path, struct bytes query, struct arena *a);

#endif
