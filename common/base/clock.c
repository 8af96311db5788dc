#include "clock.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>

static int64_t
clock_read_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_wall_ms(void)
{
	return clock_read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_steady_ms(void)
{
	return clock_read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_worked_us(void)
{
	return clock_read_us(CLOCK_THREAD_CPUTIME_ID);
}

int64_t
clock_boot_ms(void)
{
	return clock_read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t
clock_steady_us(void)
{
	return clock_read_us(CLOCK_MONOTONIC);
}

int
clock_poll_ms(int64_t steady_ms)
{
	int64_t left_ms = steady_ms - clock_steady_ms();

	if (steady_ms == INT64_MAX)
		return -1;
	return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

void
clock_nap_us(int64_t us)
{
	const struct timespec nap = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&nap, NULL);
}

int64_t
clock_local_ms(int64_t ms)
{
	const time_t seconds = (time_t)(ms / 1000);
	struct tm tm = { 0 };
	time_t local;

	if (gmtime_r(&seconds, &tm) == NULL)
		return ms;
	tm.tm_isdst = -1;
	local = mktime(&tm);
	return local == (time_t)-1 ? ms : (int64_t)local * 1000 + ms % 1000;
}

void
clock_set_zone(const char *zone)
{
	(void)setenv("TZ", zone, 1);
	tzset();
}
