#include "config_when.h"

#include <string.h>

#include "bytes.h"

/* Against those before it. */
static enum status
when_check(const struct config_value *v, const struct condition *all, size_t i,
    struct reason *why)
{
	const char *file = v->x->config->path;
	size_t k;

	for (k = 0; k < i; k++) {
		if (strcmp(all[k].name, all[i].name) == 0 &&
		    strcmp(all[k].pattern, all[i].pattern) == 0 &&
		    all[k].differs == all[i].differs)
			return config_fail(file, v->texts[i].line, why,
			    "when: %.60s: this condition is in the list"
			    " already", all[i].text);
		if (condition_excludes(&all[k], &all[i]))
			return config_fail(file, v->texts[i].line, why,
			    "when: %.60s: the handler would never run, since"
			    " %.60s must hold, too; make a handler for each",
			    all[i].text, all[k].text);
	}
	return ST_OK;
}

enum status
value_when(const struct config_value *v, void *out, struct reason *why)
{
	const char *file = v->x->config->path;
	struct arena *a = &v->x->config->arena;
	struct condition *all;
	size_t i;

	if (v->count > CONDITIONS_MAX)
		return config_fail(file, v->texts[CONDITIONS_MAX].line, why,
		    "when: more than %d conditions for one handler",
		    CONDITIONS_MAX);
	all = arena_array(a, v->count + 1, sizeof(*all));
	if (all == NULL)
		return ST_BUSY;
	for (i = 0; i < v->count; i++) {
		struct reason what;
		enum status st = condition_read(bytes_of(v->texts[i].text), a,
		    &all[i], &what);

		if (st == ST_CONFIG)
			return config_fail(file, v->texts[i].line, why,
			    "when: %.60s: %s", v->texts[i].text, what.text);
		if (st == ST_OK)
			st = when_check(v, all, i, why);
		if (st != ST_OK)
			return st;
	}
	*(const struct condition **)out = all;
	return ST_OK;
}
