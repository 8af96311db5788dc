#ifndef OK_H
#define OK_H

/* A call that has to be ST_OK says why where it is not; f is the fixture. */

#include "testing.h"

#define OK(call) ok_at((call), &f->why, #call, __FILE__, __LINE__)

static inline void
ok_at(enum status st, const struct reason *why, const char *call,
    const char *file, int line)
{
	if (st == ST_OK)
		return;
	print_error("%s: status %d: %s\n", call, (int)st, why->text);
	_fail(file, line);
}

#endif
