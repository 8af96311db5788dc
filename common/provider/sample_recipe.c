#include "sample_recipe.h"

#include <string.h>

#include "buf.h"
#include "codec.h"
#include "reading.h"
#include "recipe.h"

enum { LEAVES_MAX = 5, ID_BYTES = 12, BODY_MAX = 16 * 1024 };

/* A text in the body, and the path that leads to it. */
struct leaf {
	struct bytes path, text;
};

struct leaves {
	struct leaf all[LEAVES_MAX];
	size_t count;
};

/* The first path into the body among places; absent if there is none. */
static struct bytes
sample_path(const char *places)
{
	const char *at = places == NULL ? NULL : strstr(places, "body:");

	if (at == NULL)
		return BYTES_NONE;
	at += strlen("body:");
	return (struct bytes){ at, strcspn(at, " |") };
}

static void
sample_add(struct leaves *l, const char *places, const char *text)
{
	struct bytes path = sample_path(places);

	if (path.len > 0 && text != NULL)
		l->all[l->count++] = (struct leaf){ path, bytes_of(text) };
}

/* The members of an object, one for each first part of the paths. */
static void
sample_put(struct buf *b, struct leaf *all, size_t count)
{
	const char *between = "";

	buf_add_char(b, '{');
	for (size_t i = 0; i < count; i++) {
		struct leaf group[LEAVES_MAX];
		struct bytes rest = all[i].path, name, part;
		size_t n = 0;

		if (rest.data == NULL)
			continue;
		bytes_cut(&rest, '.', &name);
		for (size_t k = i; k < count; k++) {
			struct bytes path = all[k].path;

			bytes_cut(&path, '.', &part);
			if (!bytes_equal(part, name))
				continue;
			group[n++] = (struct leaf){ path, all[k].text };
			all[k].path = BYTES_NONE;
		}
		buf_printf(b, "%s\"%.*s\":", between, (int)name.len, name.data);
		if (rest.data == NULL)
			buf_printf(b, "\"%.*s\"", (int)group[0].text.len,
			    group[0].text.data);
		else
			sample_put(b, group, n);
		between = ",";
	}
	buf_add_char(b, '}');
}

static enum status
sample_check_word(const char *word, struct reason *why)
{
	for (; word != NULL && *word != '\0'; word++)
		if ((unsigned char)*word < ' ' || strchr("\"\\", *word) != NULL)
			return fail(why, ST_MALFORMED, "a word has a quote, a "
			    "backslash or a control character in it");
	return ST_OK;
}

bool
sample_any_event(const struct source *s)
{
	return s->recipe != NULL &&
	    (strstr(s->recipe->reading->event, "body:") != NULL ||
	    strstr(s->recipe->reading->event, "header:") != NULL);
}

enum status
sample_by_recipe(const struct source *s, const struct sample_words *words,
    const unsigned char random[SAMPLE_RANDOM_BYTES], struct arena *a,
    struct bytes *out, struct reason *why)
{
	const struct reading *r = s->recipe->reading;
	char id[2 * ID_BYTES + 1];
	struct leaves l = { .count = 0 };
	struct buf b = BUF(BODY_MAX);

	if (sample_check_word(words->event, why) != ST_OK ||
	    sample_check_word(words->action, why) != ST_OK ||
	    sample_check_word(words->status, why) != ST_OK)
		return ST_MALFORMED;
	hex_encode(random, ID_BYTES, id);
	sample_add(&l, r->event, words->event);
	sample_add(&l, r->action, words->action);
	sample_add(&l, r->status, words->status);
	sample_add(&l, r->identity, id);
	/* also if that is the body, or its MAC */
	sample_add(&l, "body:id", id);
	sample_put(&b, l.all, l.count);
	*out = buf_take(&b, a);
	return ST_OK;
}
