#ifndef CGIHOOK_GITLAB_ENV_H
#define CGIHOOK_GITLAB_ENV_H

#include "provider.h"

/* What GitLab's own jobs have in their environment. */
extern const struct env_rule gitlab_env[];

#endif
