#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"

const char *
check_level_word(enum check_level level)
{
	static const char *const words[] = { [CHECK_OK] = "ok",
		[CHECK_WARN] = "warn", [CHECK_BAD] = "bad" };

	return words[level];
}

static const char *__attribute__((format(printf, 2, 0)))
check_text(struct checking *k, const char *format, va_list ap)
{
	char text[1200];

	vsnprintf(text, sizeof(text), format, ap);
	return arena_cstr(&k->cli->arena, bytes_of(text));
}

void
check_add(struct checking *k, enum check_level level, const char *area,
    const char *format, ...)
{
	va_list ap;

	if (k->count == FINDINGS_MAX)
		return;
	k->warnings += level == CHECK_WARN;
	k->bad += level == CHECK_BAD;
	va_start(ap, format);
	k->items[k->count++] = (struct finding){ level, area,
		check_text(k, format, ap), NULL, false };
	va_end(ap);
}

void
check_mend(struct checking *k, const char *format, ...)
{
	va_list ap;

	if (k->count == 0)
		return;
	va_start(ap, format);
	k->items[k->count - 1].mend = check_text(k, format, ap);
	va_end(ap);
}

void
check_mend_path(struct checking *k, const char *command, const char *path)
{
	struct bytes word = shell_quote(bytes_of(path), &k->cli->arena);

	if (k->count == 0 || word.data == NULL)
		return;
	check_mend(k, "%s %s", command, word.data);
	k->items[k->count - 1].safe = true;
}

void
check_add_reason(struct checking *k, const char *area, const char *what,
    const struct reason *why)
{
	static const char *const commands[] = { ": chmod ", ": chown ",
		": rm " };
	const char *at;

	for (size_t i = 0; i < k->count; i++)
		if (k->items[i].mend != NULL && k->items[i].level ==
		    CHECK_BAD && bytes_has_suffix(bytes_of(why->text),
		    k->items[i].mend))
			return;
	check_add(k, CHECK_BAD, area, "%s: %s", what, why->text);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if ((at = strstr(why->text, commands[i])) != NULL) {
			check_mend(k, "%s", at + 2);
			/* path_trust.h ends with a word of sh(1) */
			k->items[k->count - 1].safe = i == 0 &&
			    strlen(why->text) < sizeof(why->text) - 1;
		}
}

void
check_drop_repeats(struct checking *k, size_t from)
{
	size_t kept = from;

	for (size_t i = from; i < k->count; i++) {
		bool seen = false;

		for (size_t j = 0; j < from && !seen; j++)
			seen = strcmp(k->items[i].text, k->items[j].text) == 0;
		if (!seen) {
			k->items[kept++] = k->items[i];
			continue;
		}
		k->warnings -= k->items[i].level == CHECK_WARN;
		k->bad -= k->items[i].level == CHECK_BAD;
	}
	k->count = kept;
}

const char *
check_suggestion(struct checking *k, const char *near, bool only)
{
	const char *text = near == NULL ? NULL : arena_printf(&k->cli->arena,
	    only ? ", only %s" : "; did you mean %s?", near).data;

	return text == NULL ? "" : text;
}
