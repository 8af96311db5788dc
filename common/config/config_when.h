#ifndef CGIHOOK_CONFIG_WHEN_H
#define CGIHOOK_CONFIG_WHEN_H

#include "config_value.h"

/* The conditions of when = { "branch = main", … }. */

value_parser value_when;	/* const struct condition *, ended by a text
				   that is NULL */

#endif
