#ifndef CGIHOOK_CLOCK_H
#define CGIHOOK_CLOCK_H

#include <stdint.h>

/* The one place that asks what time it is. */

/** clock_wall_ms - milliseconds since 1970, UTC; may jump */
int64_t
clock_wall_ms(void);

/** clock_steady_ms - milliseconds since some start; never jumps */
int64_t
clock_steady_ms(void);

/** clock_steady_us - the same in microseconds, for measuring */
int64_t
clock_steady_us(void);

/** clock_boot_ms - milliseconds since the machine started, its sleep included:
 *  as in the start times of /proc/PID/stat; never jumps */
int64_t
clock_boot_ms(void);

#endif
