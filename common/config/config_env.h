#ifndef CGIHOOK_CONFIG_ENV_H
#define CGIHOOK_CONFIG_ENV_H

#include "config_value.h"

/* The lines of env = { "NAME=value", … }. */

value_parser value_env;		/* const char *const *, NULL-ended */

/** value_env_name - whether the len bytes of name are a name of the shell:
 *  [A-Za-z_][A-Za-z0-9_]* */
bool
value_env_name(const char *name, size_t len);

#endif
