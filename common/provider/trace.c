#include "trace.h"

#include <stdarg.h>
#include <stdio.h>

#include "buf.h"
#include "codec.h"

enum { TEXT_MAX = 8192 };

static void __attribute__((format(printf, 4, 0)))
trace_add(struct trace *t, enum step_kind kind, const char *name,
    const char *format, va_list ap)
{
	char text[TEXT_MAX];
	const char *copy;

	vsnprintf(text, sizeof(text), format, ap);
	copy = arena_cstr(t->arena, bytes_of(text));
	if (t->count < TRACE_STEPS_MAX && !arena_failed(t->arena))
		t->steps[t->count++] = (struct step){ kind, name, copy };
}

void
trace_step(struct trace *t, enum step_kind kind, const char *name,
    const char *format, ...)
{
	va_list ap;

	if (t == NULL)
		return;
	va_start(ap, format);
	trace_add(t, kind, name, format, ap);
	va_end(ap);
}

void
trace_note(struct trace *t, const char *format, ...)
{
	va_list ap;

	if (t == NULL)
		return;
	va_start(ap, format);
	trace_add(t, STEP_NOTE, "", format, ap);
	va_end(ap);
}

/* Newlines as \n, quotes as a shell has them. */
struct bytes
trace_shell_word(struct bytes text, struct arena *a)
{
	struct buf b = BUF(TEXT_MAX);

	while (text.len > 0) {
		size_t len = utf8_char_len(text);
		struct bytes one = { text.data, len > 0 ? len : 1 };
		char c = one.data[0];

		if (c == '\n')
			buf_add_str(&b, "\\n");
		else if (c == '\'')
			buf_add_str(&b, "'\\''");
		else if (c == '%' || c == '\\')
			buf_printf(&b, "%c%c", c, c);
		else if (len == 0 || utf8_unseen(one))
			for (size_t i = 0; i < one.len; i++)
				buf_printf(&b, "\\%03o",
				    (unsigned)(unsigned char)one.data[i]);
		else
			buf_add(&b, one);
		text = bytes_from(text, one.len);
	}
	return buf_take(&b, a);
}
