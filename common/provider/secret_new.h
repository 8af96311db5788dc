#ifndef CGIHOOK_SECRET_NEW_H
#define CGIHOOK_SECRET_NEW_H

#include <stddef.h>

#include "arena.h"
#include "bytes.h"
#include "provider.h"
#include "scheme.h"

/* A secret that we make for a source. */

struct secret_form {
	size_t random_bytes;
	const char *prefix;	/* base64 follows it; NULL: all is hex */
};

/** secret_new_scheme - which of a provider's schemes a new secret is for: one
 *  that takes any; NULL where the provider has no recipe */
const struct scheme *
secret_new_scheme(const struct provider *p);

/** secret_new_form - what a new secret for a provider looks like; p may be
 *  NULL: one that anything takes */
struct secret_form
secret_new_form(const struct provider *p);

/** secret_place - where a provider has its secret, in its own words */
const char *
secret_place(const struct provider *p);

/** secret_new - a new secret and a newline; absent without memory or random
 *  numbers */
struct bytes
secret_new(struct secret_form form, struct arena *a);

#endif
