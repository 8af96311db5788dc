#ifndef CGIHOOK_LOG_TARGET_H
#define CGIHOOK_LOG_TARGET_H

#include "log.h"

enum {
	/* "time=2026-01-02T03:09:05.317Z ": its place is kept in front, so
	 * that the line leaves in one piece */
	LOG_TIME_LEN = 30,
	/* " cut=1" and the newline, kept free behind */
	LOG_END_LEN = 7
};

/** log_emit - a whole line leaves; priority is syslog's */
void
log_emit(struct log_line *l, int priority);

#endif
