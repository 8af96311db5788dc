#include "guess.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
guess_add(struct guesses *g, struct arena *a, const char *format, ...)
{
	char text[400];
	const char *copy;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->text[i], text) == 0)
			return;
	copy = arena_cstr(a, bytes_of(text));
	if (!arena_failed(a) && g->count < GUESSES_MAX)
		g->text[g->count++] = copy;
}
