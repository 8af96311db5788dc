#include "secret_edit.h"

#include <string.h>

#include "config_section.h"

/* --- where it is ---------------------------------------------------------- */

static enum status
edit_find_entry(const char *path, struct bytes text, const char *source,
    struct arena *a, const struct config_entry **out, struct reason *why)
{
	struct config_tree tree;
	enum status st = config_read(path, text, a, &tree, why);

	for (size_t i = 0; st == ST_OK && i < tree.section_count; i++) {
		const struct config_section *s = &tree.sections[i];

		if (s->scope != SCOPE_SOURCE || strcmp(s->title, source) != 0)
			continue;
		*out = section_entry(s, "secret");
		return ST_OK;
	}
	return st != ST_OK ? st : fail(why, ST_CONFIG, "%s has no source "
	    "\"%s\"", path, source);
}

enum status
secret_edit_words(const char *path, struct bytes text, const char *source,
    struct arena *a, const char *words[SECRET_WORDS_MAX], size_t *count,
    struct reason *why)
{
	const struct config_entry *e;
	enum status st = edit_find_entry(path, text, source, a, &e, why);

	*count = 0;
	for (size_t i = 0; st == ST_OK && i < e->count && i < SECRET_WORDS_MAX;
	    i++)
		words[(*count)++] = e->texts[i].text;
	return st;
}

/* What may be beside a word that is not quoted. */
static bool
edit_is_edge(struct bytes text, size_t at)
{
	return at >= text.len || memchr(" \t\r\n{},=\"#", text.data[at], 10) !=
	    NULL;
}

/* The word in its line, with its quotes if it has any. */
static bool
edit_find_word(struct bytes text, int line, const char *word,
    struct bytes *out)
{
	size_t at = 0, len = strlen(word), end;

	for (; line > 1 && at < text.len; at++)
		if (text.data[at] == '\n')
			line--;
	for (; at + len <= text.len && text.data[at] != '\n'; at++) {
		end = at + len;
		if (memcmp(text.data + at, word, len) != 0 || at == 0 ||
		    !edit_is_edge(text, at - 1) || !edit_is_edge(text, end))
			continue;
		if (text.data[at - 1] == '"' && end < text.len &&
		    text.data[end] == '"') {
			at--;
			end++;
		}
		*out = (struct bytes){ text.data + at, end - at };
		return true;
	}
	return false;
}

static enum status
edit_find(const char *path, struct bytes text, const char *source,
    const char *word, struct arena *a, struct bytes *out, struct reason *why)
{
	const struct config_entry *e;
	enum status st = edit_find_entry(path, text, source, a, &e, why);

	for (size_t i = 0; st == ST_OK && i < e->count; i++)
		if (strcmp(e->texts[i].text, word) == 0 &&
		    edit_find_word(text, e->texts[i].line, word, out))
			return ST_OK;
	return st != ST_OK ? st : fail(why, ST_CONFIG, "%s: the secret %s of "
	    "source %s is not written as a word of its own", path, word,
	    source);
}

/* --- the changes ---------------------------------------------------------- */

/* What is before and behind a part of the text. */
static struct bytes
edit_before(struct bytes text, struct bytes part)
{
	return (struct bytes){ text.data, (size_t)(part.data - text.data) };
}

static struct bytes
edit_behind(struct bytes text, struct bytes part)
{
	return bytes_from(text, (size_t)(part.data - text.data) + part.len);
}

static struct bytes
edit_trim_end(struct bytes text)
{
	while (text.len > 0 && memchr(" \t\r\n", text.data[text.len - 1], 4) !=
	    NULL)
		text.len--;
	return text;
}

static struct bytes
edit_trim_start(struct bytes text)
{
	while (text.len > 0 && memchr(" \t\r\n", text.data[0], 4) != NULL)
		text = bytes_from(text, 1);
	return text;
}

enum status
secret_edit_add(const char *path, struct bytes text, const char *source,
    const char *word, const char *added, struct arena *a, struct bytes *out,
    struct reason *why)
{
	struct bytes found, before, behind;
	enum status st = edit_find(path, text, source, word, a, &found, why);
	const char *quote;
	bool alone;

	if (st != ST_OK)
		return st;
	before = edit_before(text, found);
	behind = edit_behind(text, found);
	quote = found.data[0] == '"' ? "\"" : "";
	alone = bytes_has_suffix(edit_trim_end(before), "=");
	*out = arena_printf(a, "%.*s%s%.*s, %s%s%s%s%.*s", (int)before.len,
	    before.data, alone ? "{ " : "", (int)found.len, found.data, quote,
	    added, quote, alone ? " }" : "", (int)behind.len, behind.data);
	return arena_verdict(a, ST_OK, why);
}

/* "{ file:a }" is "file:a": what is behind the brace leaves *before. */
static struct bytes
edit_unwrap(struct bytes *before, struct bytes *behind)
{
	struct bytes head = edit_trim_end(*before), tail =
	    edit_trim_start(*behind), word;
	size_t at = head.len;

	while (at > 0 && memchr("{,#\n", head.data[at - 1], 4) == NULL)
		at--;
	if (at == 0 || head.data[at - 1] != '{' ||
	    !bytes_has_prefix(tail, "}"))
		return BYTES("");
	word = edit_trim_start(bytes_from(head, at));
	before->len = at - 1;
	*behind = bytes_from(tail, 1);
	return word;
}

enum status
secret_edit_drop(const char *path, struct bytes text, const char *source,
    const char *word, struct arena *a, struct bytes *out, struct reason *why)
{
	struct bytes found, before, behind, alone;
	enum status st = edit_find(path, text, source, word, a, &found, why);

	if (st != ST_OK)
		return st;
	before = edit_trim_end(edit_before(text, found));
	behind = edit_trim_start(edit_behind(text, found));
	if (bytes_has_suffix(before, ",")) {
		before.len--;
		behind = edit_behind(text, found);
	} else if (bytes_has_prefix(behind, ",")) {
		before = edit_before(text, found);
		behind = edit_trim_start(bytes_from(behind, 1));
	} else {
		return fail(why, ST_CONFIG, "%s: source %s has no secret "
		    "besides %s", path, source, word);
	}
	alone = edit_unwrap(&before, &behind);
	*out = arena_printf(a, "%.*s%.*s%.*s", (int)before.len, before.data,
	    (int)alone.len, alone.data, (int)behind.len, behind.data);
	return arena_verdict(a, ST_OK, why);
}
