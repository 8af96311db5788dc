#include "fail_path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"

enum status
fail_path(struct reason *why, enum status st, const char *path,
    const char *format, ...)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789/._-+,:@";
	struct arena a = ARENA(0);
	struct bytes word = BYTES_NONE;
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (path[0] == '\0' || path[strspn(path, plain)] != '\0')
		word = shell_quote(bytes_of(path), &a);
	fail(why, st, "%s%s", text, word.data != NULL ? word.data : path);
	arena_free(&a);
	return st;
}
