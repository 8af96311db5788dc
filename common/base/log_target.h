#ifndef CGIHOOK_LOG_TARGET_H
#define CGIHOOK_LOG_TARGET_H

#include "log.h"

enum {
	/* "time=2026-01-02T03:09:05.317Z ": room for it is kept in front, so
	 * that the line is written in one piece */
	LOG_TIME_LEN = 30,
	/* " cut=1" and the newline: room for them is kept at the end */
	LOG_END_LEN = 7
};

/** log_emit - write a whole line; priority is syslog's */
void
log_emit(struct log_line *l, int priority);

#endif
