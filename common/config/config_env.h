#ifndef CGIHOOK_CONFIG_ENV_H
#define CGIHOOK_CONFIG_ENV_H

#include "config_value.h"

/* The lines of env = { "NAME=value", … }. */

value_parser value_env;		/* const char *const *, NULL-ended */

/** value_env_name - [A-Za-z_][A-Za-z0-9_]*, as the shell has it; len of it */
bool
value_env_name(const char *name, size_t len);

#endif
