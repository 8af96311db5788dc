#ifndef CGIHOOK_LOGIN_H
#define CGIHOOK_LOGIN_H

#include "route.h"

/* Logging in and out: rows of route.c. */

page_answer login_show;			/* the form, or a ticket's button */
page_answer login_enter;		/* POST: a secret, or a ticket */
page_answer login_leave;		/* POST: the session ends */

#endif
