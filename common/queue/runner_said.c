#include "runner_said.h"

#include <stddef.h>

#include "bytes.h"
#include "clock.h"

enum { SAY_AGAIN_MS = 60 * 1000 };

bool
say_again(int64_t *last_ms)
{
	int64_t now = clock_steady_ms();

	if (*last_ms != 0 && now < *last_ms + SAY_AGAIN_MS)
		return false;
	*last_ms = now;
	return true;
}

bool
say_reason_again(struct reasons_said *s, const char *text)
{
	const uint32_t hash = bytes_hash(BYTES_HASH_START, bytes_of(text));
	size_t i, oldest = 0;

	for (i = 0; i < REASONS_MAX; i++) {
		if (s->one[i].last_ms != 0 && s->one[i].hash == hash)
			return say_again(&s->one[i].last_ms);
		if (s->one[i].last_ms < s->one[oldest].last_ms)
			oldest = i;
	}
	s->one[oldest].hash = hash;
	s->one[oldest].last_ms = clock_steady_ms();
	return true;
}
