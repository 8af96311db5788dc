#ifndef CGIHOOK_ROLE_H
#define CGIHOOK_ROLE_H

/* What a visitor of the page may do. Each role may do what those before it
 * may. */
enum role {
	ROLE_NONE,		/* nobody has shown a token */
	ROLE_VIEW,		/* see events, without their bodies, headers,
				   outputs and addresses */
	ROLE_READ,		/* see these, too */
	ROLE_OPERATE,		/* retry, run now, accept after all */
	ROLE_ADMIN
};

/** role_name - "view", "read", "operate", "admin"; "none" */
const char *
role_name(enum role r);

#endif
