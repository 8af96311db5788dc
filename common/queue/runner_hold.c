#include "runner_hold.h"

#include "clock.h"
#include "dispatch.h"
#include "log.h"
#include "runner_said.h"

/* Somebody who has just mended it does not wait for long; a look costs some
 * stat(2) for each folder on the path. */
enum { LOOK_EVERY_MS = 1000 };

void
hold_begin(struct hold *h, const char *what, const char *reason)
{
	h->look_ms = clock_steady_ms() + LOOK_EVERY_MS;
	if (say_again(&h->said_ms))
		log_note("error", "%s waits until this is corrected: %s",
		    what, reason);
}

bool
hold_lasts(const struct hold *h)
{
	return h->look_ms != 0;
}

bool
hold_wants_look(const struct hold *h)
{
	return h->look_ms != 0 && clock_steady_ms() >= h->look_ms;
}

void
hold_looked(struct hold *h, const char *what, enum status trust,
    const struct reason *why)
{
	if (dispatch_must_wait(trust)) {
		hold_begin(h, what, why->text);
		return;
	}
	*h = (struct hold){ 0 };
	log_note("note", "%s runs again", what);
}
