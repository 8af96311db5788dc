#ifndef CGIHOOK_API_H
#define CGIHOOK_API_H

#include "route.h"

/* What programs ask for: rows of route.c. */

page_answer api_metrics;		/* for Prometheus */

#endif
