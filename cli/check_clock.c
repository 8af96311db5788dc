#include <sys/timex.h>

#include "check_areas.h"
#include "clock.h"

void
check_clock(struct checking *k)
{
	static const int64_t year_2026_ms = 1767225600000;
	struct timex t = { 0 };
	int state = adjtimex(&t);

	if (clock_wall_ms() < year_2026_ms) {
		check_add(k, CHECK_BAD, "clock", "the clock is years behind: "
		    "every signed Date looks wrong");
		check_mend(k, "timedatectl set-ntp true");
	} else if (state == TIME_ERROR || (t.status & STA_UNSYNC) != 0) {
		check_add(k, CHECK_WARN, "clock", "the kernel says that the "
		    "clock is not synchronized; a signed Date must not differ "
		    "by more than max_age");
		check_mend(k, "timedatectl set-ntp true");
	} else {
		check_add(k, CHECK_OK, "clock", "the clock is synchronized");
	}
}
