#ifndef CGIHOOK_CONFIG_KEY_H
#define CGIHOOK_CONFIG_KEY_H

#include "config_value.h"

/* Where a key belongs: to no section, or to one of these. */
enum config_scope {
	SCOPE_TOP, SCOPE_SOURCE, SCOPE_HANDLER, SCOPE_TOKEN,
	SCOPE_LAST = SCOPE_TOKEN
};

enum { CONFIG_SCOPES = SCOPE_LAST + 1 };

enum { CONFIG_KEYS_MAX = 24 };	/* no scope has more */

/** config_keys - the rows of a scope; the last one has a NULL name */
const struct config_key *
config_keys(enum config_scope scope);

/** config_key_find - find a key by its name; NULL if the scope has none */
const struct config_key *
config_key_find(enum config_scope scope, struct bytes name);

/** config_scope_find - SCOPE_SOURCE for "source", …; false for another word */
bool
config_scope_find(struct bytes word, enum config_scope *out);

/** config_scope_name - "source", "handler", "token"; "" for SCOPE_TOP */
const char *
config_scope_name(enum config_scope scope);

/** config_key_near - the key or section that was probably meant, or NULL */
const char *
config_key_near(enum config_scope scope, const char *typed);

#endif
