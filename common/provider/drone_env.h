#ifndef CGIHOOK_DRONE_ENV_H
#define CGIHOOK_DRONE_ENV_H

#include "provider.h"

/* What Drone's own pipelines have in their environment; ends with a NULL
 * name. */
extern const struct env_rule drone_env[];

#endif
