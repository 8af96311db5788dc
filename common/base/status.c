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

const char *
status_name(enum status st)
{
	switch (st) {
	case ST_OK: return "ok";
	case ST_DUPLICATE: return "duplicate";
	case ST_MALFORMED: return "malformed";
	case ST_DENIED: return "denied";
	case ST_UNKNOWN: return "unknown";
	case ST_METHOD: return "method";
	case ST_SLOW: return "slow";
	case ST_TOO_BIG: return "too-big";
	case ST_MEDIA: return "media";
	case ST_BUSY: return "busy";
	case ST_CONFIG: return "config";
	case ST_SYSTEM: return "system";
	case ST_BUG: return "bug";
	}
	return "bug";
}
