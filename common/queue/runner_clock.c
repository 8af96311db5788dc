#include "runner_clock.h"

#include "clock.h"
#include "log.h"

enum {
	LOOK_EVERY_MS = 10,		/* two reads of a clock */
	STEP_MS = 1000,			/* NTP slews less than this */
	AGAIN_MS = 5000			/* as for the store */
};

static enum status
clock_move_due(struct store *s, int64_t after_ms, int64_t delta_ms,
    struct reason *why)
{
	int64_t latest_ms = clock_wall_ms() + BACKOFF_MAX_MS;
	enum status st = store_begin(s, why);

	if (st == ST_OK)
		st = store_move_due(s, after_ms, delta_ms, latest_ms, why);
	if (st == ST_OK)
		st = store_first_due(s, clock_wall_ms(), why);
	return store_end(s, st, why);
}

void
runner_clock_open(struct runner_clock *c, struct store *s)
{
	struct reason why;

	c->offset_ms = clock_wall_ms() - clock_boot_ms();
	if (clock_move_due(s, clock_wall_ms() + BACKOFF_MAX_MS, 0, &why) !=
	    ST_OK)
		log_note("error", "what waits for too long was not seen to: "
		    "%s", why.text);
}

int64_t
runner_clock_now_ms(const struct runner_clock *c)
{
	return clock_boot_ms() + c->offset_ms;
}

int64_t
runner_clock_follow(struct runner_clock *c, struct store *s)
{
	int64_t offset_ms = clock_wall_ms() - clock_boot_ms();
	int64_t step_ms = offset_ms - c->offset_ms;
	int64_t after_ms = runner_clock_now_ms(c);
	struct reason why;

	c->look_ms = clock_steady_ms() + LOOK_EVERY_MS;
	if (step_ms < STEP_MS && step_ms > -STEP_MS)
		return 0;
	log_note("warning", "the clock was set by %lld s; what waits moves "
	    "along", (long long)(step_ms / 1000));
	/* what was due already is so by the new time, too */
	if (step_ms < 0)
		after_ms += step_ms;
	if (clock_move_due(s, after_ms, step_ms, &why) != ST_OK) {
		/* until then the old time goes on here */
		c->look_ms = clock_steady_ms() + AGAIN_MS;
		log_note("error", "it could not be moved along yet: %s",
		    why.text);
		return 0;
	}
	c->offset_ms = offset_ms;
	return step_ms;
}
