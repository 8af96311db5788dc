#ifndef CGIHOOK_RUNNER_SAID_H
#define CGIHOOK_RUNNER_SAID_H

#include <stdbool.h>
#include <stdint.h>

/* What goes on for long is logged once a minute, and not at each try. */

/** say_again - is it time to log this? It is noted that it was.
 *  Takes: last_ms, when it was logged last, on the steady clock; 0: never. */
bool
say_again(int64_t *last_ms);

enum { REASONS_MAX = 16 };

/* Where the reasons may be many, each is logged once a minute. If they are more
 * than so many at a time, some are logged more often. */
struct reasons_said {
	struct {
		uint32_t hash;
		int64_t last_ms;
	} one[REASONS_MAX];
};

/** say_reason_again - likewise for a reason, by its text */
bool
say_reason_again(struct reasons_said *s, const char *text);

#endif
