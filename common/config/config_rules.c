#include "config_rules.h"

#include <string.h>

#include "buf.h"

enum { RULES_MAX = 4 * 1024 * 1024 };	/* four times the largest file */

static bool
rules_have(enum config_scope scope, const char *key)
{
	return scope == SCOPE_TOP ? strcmp(key, "on_dead") == 0 :
	    strcmp(key, "secret") != 0;
}

/* Each part ends with a NUL, which is in no part of a valid file. */
static void
rules_add(struct buf *b, const char *text)
{
	buf_add_str(b, text);
	buf_add_char(b, '\0');
}

static void
rules_add_section(struct buf *b, const struct config_section *s)
{
	const struct config_key *k = config_keys(s->scope);
	const struct config_entry *e;
	size_t i, n;

	rules_add(b, config_scope_name(s->scope));
	rules_add(b, s->title);
	for (i = 0; k[i].name != NULL; i++) {
		e = &s->entries[i];
		if (e->count == 0 || !rules_have(s->scope, k[i].name))
			continue;
		rules_add(b, k[i].name);
		for (n = 0; n < e->count; n++)
			rules_add(b, e->texts[n].text);
		rules_add(b, "");
	}
	rules_add(b, "");
}

enum status
config_rules(const struct config_tree *tree, unsigned char out[SHA256_LEN],
    struct reason *why)
{
	struct buf b = BUF(RULES_MAX);
	enum status st = ST_BUSY;
	size_t i;

	rules_add_section(&b, &tree->top);
	for (i = 0; i < tree->section_count; i++)
		if (tree->sections[i].scope != SCOPE_TOKEN)
			rules_add_section(&b, &tree->sections[i]);
	if (!b.failed)
		st = sha256(buf_bytes(&b), out);
	buf_free(&b);
	return st == ST_OK ? st : fail(why, st, "no memory");
}
