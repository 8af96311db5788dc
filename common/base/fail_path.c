#include "fail_path.h"

#include <stdarg.h>
#include <stdio.h>

#include "codec.h"

enum status
fail_path(struct reason *why, enum status st, const char *path,
    const char *format, ...)
{
	struct arena a = ARENA(0);
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fail(why, st, "%s%s", text, shell_word(path, &a));
	arena_free(&a);
	return st;
}
