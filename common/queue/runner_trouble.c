#include "runner_trouble.h"

#include "clock.h"
#include "log.h"

enum {
	/* A lock is soon free, so the first try comes soon; a disk stays full
	 * for long, and each try costs writers the lock. */
	FIRST_PAUSE_MS = 100,
	PAUSE_MAX_MS = 5000,
	SAY_EVERY = 64			/* tries: about five minutes */
};

int64_t
trouble_pause_ms(int failures)
{
	int64_t ms = FIRST_PAUSE_MS;

	while (failures-- > 0 && ms < PAUSE_MAX_MS)
		ms *= 2;
	return ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
}

/* No end will ever be recorded here. */
static void
lose(struct trouble *t, enum runner_phase *phase, const struct reason *why)
{
	if (!t->lost)
		log_note("error", "the runner ends when its handlers have "
		    "ended: %s", why->text);
	t->lost = true;
	t->why = *why;
	phase_change(phase, CAUSE_STORE);
}

void
trouble_note(struct trouble *t, enum runner_phase *phase, enum status st,
    const struct reason *why)
{
	t->until_ms = clock_steady_ms() + trouble_pause_ms(t->failures);
	if (st == ST_CONFIG)
		lose(t, phase, why);
	else if (t->failures++ % SAY_EVERY == 0)
		log_note("error", "the store cannot be used, the runner keeps "
		    "trying: %s", why->text);
}

void
trouble_ended(struct trouble *t)
{
	if (t->failures > 0)
		log_note("note", "the store can be used again");
	t->failures = 0;
	t->until_ms = 0;
}

bool
trouble_waits(const struct trouble *t)
{
	return clock_steady_ms() < t->until_ms;
}
