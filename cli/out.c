#include "out.h"

#include <stdarg.h>
#include <string.h>

#include "buf.h"
#include "json_out.h"
#include "view_text.h"

const char *
out_safe(struct cli *c, struct bytes text)
{
	struct bytes safe = view_escape(text, false, &c->arena);

	return safe.data == NULL ? "" : safe.data;
}

static const char *const style_codes[] = {
	[OUT_PLAIN] = "", [OUT_BOLD] = "\033[1m", [OUT_GOOD] = "\033[32m",
	[OUT_WARN] = "\033[33m", [OUT_BAD] = "\033[31m",
	[OUT_FAINT] = "\033[2m",
};

void
out_style(const struct cli *c, enum out_style style, const char *format, ...)
{
	bool coloured = c->colour && style != OUT_PLAIN;
	va_list ap;

	if (coloured)
		fputs(style_codes[style], stdout);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	if (coloured)
		fputs("\033[0m", stdout);
}

int
out_json(const struct cli *c, struct cJSON *object)
{
	struct buf b = BUF(SIZE_MAX);
	bool failed;

	json_out_print(object, &b);
	buf_add_char(&b, '\n');
	failed = b.failed;
	if (!failed)
		fwrite(b.data, 1, b.len, stdout);
	buf_free(&b);
	return failed ? cli_error(c, "no memory for the JSON") : CLI_DONE;
}

void
out_heading(const struct cli *c, const char *text)
{
	putchar('\n');
	out_style(c, OUT_BOLD, "%s", text);
	putchar('\n');
}

void
out_block(struct cli *c, const char *indent, struct bytes text)
{
	struct bytes rest = view_escape(text, true, &c->arena), line;

	while (rest.len > 0) {
		bytes_cut(&rest, '\n', &line);
		fputs(indent, stdout);
		fwrite(line.data, 1, line.len, stdout);
		putchar('\n');
	}
}

enum out_style
out_state(const char *state)
{
	static const struct {
		const char *word;
		enum out_style style;
	} words[] = {
		{ "done", OUT_GOOD }, { "ok", OUT_GOOD },
		{ "running", OUT_BOLD }, { "waiting", OUT_WARN },
		{ "queued", OUT_WARN }, { "retry", OUT_WARN },
		{ "warn", OUT_WARN }, { "ignored", OUT_FAINT },
		{ "filtered", OUT_FAINT },
		{ "failed", OUT_BAD }, { "dead", OUT_BAD },
		{ "refused", OUT_BAD }, { "timeout", OUT_BAD },
		{ "unstarted", OUT_BAD }, { "bad", OUT_BAD },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(state, words[i].word) == 0)
			return words[i].style;
	return OUT_PLAIN;
}
