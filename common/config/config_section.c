#include "config_section.h"

#include "bytes.h"

const struct config_entry *
section_entry(const struct config_section *s, const char *key)
{
	return &s->entries[config_key_find(s->scope, bytes_of(key)) -
	    config_keys(s->scope)];
}

int
section_line(const struct config_section *s, const char *key)
{
	const struct config_entry *e = section_entry(s, key);

	return e->count > 0 ? e->texts[0].line : s->line;
}

enum status
section_keys(const struct section_job *job, const struct config_section *s,
    bool wait, void *out, struct reason *why)
{
	const struct config_key *keys = config_keys(s->scope);
	size_t i;

	for (i = 0; keys[i].name != NULL; i++) {
		const struct config_key *k = &keys[i];
		struct config_text fallback = { k->fallback, s->line };
		struct config_value v = { k, &job->x, s->entries[i].texts,
		    s->entries[i].count };
		enum status st;

		if (wait && k->wait_fallback != NULL)
			fallback.text = k->wait_fallback;
		if (v.count == 0 && fallback.text != NULL) {
			v.texts = &fallback;
			v.count = 1;
		}
		if (k->parse == NULL || v.count == 0)
			continue;
		st = k->parse(&v, (char *)out + k->offset, why);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}
