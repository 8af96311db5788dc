#ifndef CGIHOOK_CLOCK_H
#define CGIHOOK_CLOCK_H

#include <stdint.h>

/* The one place that asks what time it is, and sleeps. */

/** clock_wall_ms - milliseconds since 1970, UTC; may jump */
int64_t
clock_wall_ms(void);

/** clock_steady_ms - milliseconds since some start; never jumps */
int64_t
clock_steady_ms(void);

/** clock_steady_us - the same in microseconds, for measuring */
int64_t
clock_steady_us(void);

/** clock_worked_us - how long this thread has used a processor: a bound of what
 *  it does, however busy the machine is */
int64_t
clock_worked_us(void);

/** clock_boot_ms - milliseconds since the machine started, its sleep included:
 *  as in the start times of /proc/PID/stat; never jumps */
int64_t
clock_boot_ms(void);

/** clock_poll_ms - how long poll(2) is to wait for a time on the steady clock:
 *  0 once it is past; -1, for ever, for INT64_MAX */
int
clock_poll_ms(int64_t steady_ms);

/** clock_nap_us - sleep for so long, or until a signal */
void
clock_nap_us(int64_t us);

/** clock_local_ms - the moment at which a clock in the zone of localtime_r(3)
 *  shows what one in UTC shows at ms */
int64_t
clock_local_ms(int64_t ms);

/** clock_set_zone - the zone of localtime_r(3), as tzset(3) takes it. Reads its
 *  file: before this process has a second thread, or may read no files. */
void
clock_set_zone(const char *zone);

#endif
