#ifndef CGIHOOK_BACKOFF_H
#define CGIHOOK_BACKOFF_H

#include <stdint.h>

/*
 * How soon to restart something that keeps ending. The first start and the
 * first restart are immediate. After that each pause is twice the one before,
 * up to a limit. A long life resets the pause. Times are of the steady clock.
 */
struct backoff {
	int64_t first_ms;	/* the first pause */
	int64_t most_ms;	/* the longest */
	int64_t soon_ms;	/* a shorter life is a failure */
	int64_t tried_ms;	/* when it was started last */
	int64_t pause_ms;	/* from then to the next start */
};

/** backoff_left_ms - how long to wait before the next start; 0: start now */
int64_t
backoff_left_ms(const struct backoff *b, int64_t now_ms);

/** backoff_try - note a start: the next pause is longer */
void
backoff_try(struct backoff *b, int64_t now_ms);

/** backoff_ended - note the end of a life that began at began_ms: a long one
 *  resets the pause */
void
backoff_ended(struct backoff *b, int64_t began_ms, int64_t now_ms);

/** backoff_reset - forget all failures */
void
backoff_reset(struct backoff *b);

#endif
