#ifndef CGIHOOK_DRONE_H
#define CGIHOOK_DRONE_H

#include "provider.h"

/* The parts of Drone's row in drone.c, each a file. */

/* drone_verify.c: draft-cavage-http-signatures over Date and Digest, by
 * httpsig.h */
provider_verify drone_verify;
provider_sign drone_sign;

/* drone_guess.c */
provider_guess drone_guess;

/* drone_env.c: what Drone's own pipelines have in their environment */
extern const struct env_rule drone_env[];

#endif
