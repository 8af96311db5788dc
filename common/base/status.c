#include "status.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum status
fail(struct reason *why, enum status st, const char *format, ...)
{
	va_list ap;

	if (why == NULL)
		return st;
	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return st;
}
