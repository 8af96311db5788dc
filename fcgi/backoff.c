#include "backoff.h"

int64_t
backoff_left_ms(const struct backoff *b, int64_t now_ms)
{
	int64_t left_ms = b->tried_ms + b->pause_ms - now_ms;

	return b->pause_ms == 0 || left_ms < 0 ? 0 : left_ms;
}

void
backoff_try(struct backoff *b, int64_t now_ms)
{
	b->tried_ms = now_ms;
	if (b->pause_ms == 0)
		b->pause_ms = b->first_ms;
	else if (b->pause_ms < b->most_ms / 2)
		b->pause_ms *= 2;
	else
		b->pause_ms = b->most_ms;
}

void
backoff_ended(struct backoff *b, int64_t began_ms, int64_t now_ms)
{
	if (now_ms - began_ms >= b->soon_ms)
		backoff_reset(b);
}

void
backoff_reset(struct backoff *b)
{
	b->pause_ms = 0;
}
