#include "webhook_api.h"

#include <string.h>

#include "buf.h"
#include "recipe.h"

enum { FILLED_MAX = 64 * 1024 };

const struct webhook_api *
webhook_api(const struct provider *p)
{
	return p->recipe == NULL ? NULL : p->recipe->api;
}

bool
webhook_project_valid(const char *project)
{
	const char *before = "/";

	if (*project == '\0')
		return false;
	for (; *project != '\0'; before = project++)
		if ((!ascii_alnum(*project) &&
		    strchr("/._-~", *project) == NULL) ||
		    (*project == '/' && *before == '/') ||
		    (*project == '.' && *before == '.'))
			return false;
	return *before != '/';
}

/* --- filling in ----------------------------------------------------------- */

enum fill_kind { FILL_PLAIN, FILL_SEGMENT, FILL_JSON };

static void
fill_value(struct buf *b, struct bytes value, enum fill_kind kind)
{
	for (size_t i = 0; i < value.len; i++) {
		const unsigned char c = (unsigned char)value.data[i];

		if (kind == FILL_SEGMENT && c == '/')
			buf_add_str(b, "%2F");
		else if (kind == FILL_JSON && (c < ' ' || c == 0x7f))
			buf_printf(b, "\\u%04x", c);
		else if (kind == FILL_JSON && (c == '"' || c == '\\'))
			buf_printf(b, "\\%c", c);
		else
			buf_add_char(b, (char)c);
	}
}

static bool
fill_word(struct buf *b, const char **at, const struct webhook_values *v,
    enum fill_kind kind)
{
	const struct {
		const char *word;
		struct bytes value;
	} words[] = {
		{ "<url>", bytes_of(v->url) }, { "<id>", bytes_of(v->id) },
		{ "<project>", bytes_of(v->project) },
		{ "<token>", bytes_of(v->token) }, { "<secret>", v->secret },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(*at, words[i].word, strlen(words[i].word)) == 0) {
			fill_value(b, words[i].value, kind);
			*at += strlen(words[i].word);
			return true;
		}
	return false;
}

static struct bytes
fill_text(const char *text, const struct webhook_values *v,
    enum fill_kind kind, struct arena *a)
{
	struct buf b = BUF(FILLED_MAX);

	while (*text != '\0')
		if (*text != '<' || !fill_word(&b, &text, v, kind)) {
			buf_add_char(&b, *text == '\'' && kind == FILL_JSON ?
			    '"' : *text);
			text++;
		}
	return buf_take(&b, a);
}

struct bytes
webhook_fill_path(const struct webhook_api *api, const char *text,
    const struct webhook_values *v, struct arena *a)
{
	return fill_text(text, v, api->one_segment ? FILL_SEGMENT : FILL_PLAIN,
	    a);
}

struct bytes
webhook_fill_body(const struct webhook_api *api,
    const struct webhook_values *v, struct arena *a)
{
	return fill_text(api->body, v, FILL_JSON, a);
}

/* --- the answer ----------------------------------------------------------- */

struct bytes
webhook_answer_text(struct bytes answer, struct arena *a)
{
	static const char *const paths[] = { "message", "error",
		"errors.0.message", "errors.0" };
	struct bytes found[2] = { BYTES_NONE, BYTES_NONE }, text;
	struct json_doc doc;

	if (json_parse(answer, a, &doc, NULL) != ST_OK)
		return BYTES_NONE;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		text = json_text(&doc, json_path(&doc, bytes_of(paths[i])), a);
		if (found[i / 2].len == 0)
			found[i / 2] = text;
	}
	if (found[0].len == 0 || found[1].len == 0)
		return found[0].len == 0 ? found[1] : found[0];
	return arena_printf(a, "%.*s: %.*s", (int)found[0].len, found[0].data,
	    (int)found[1].len, found[1].data);
}
