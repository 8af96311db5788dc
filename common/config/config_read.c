#include "config_read.h"

#include <confuse.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "config_scan.h"

/* The keys of a scope, the sections, and the end. */
enum { READ_OPTIONS_MAX = CONFIG_KEYS_MAX + CONFIG_SCOPES };

/* A value on its way out of libconfuse. */
struct taken {
	int line;
	char text[];
};

static int
read_take_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	size_t size = strlen(value) + 1;
	struct taken *t = malloc(sizeof(*t) + size);

	(void)opt;
	if (t == NULL)
		return -1;
	t->line = cfg->line;
	memcpy(t->text, value, size);
	*(void **)result = t;
	return 0;
}

/* config_scan has reported mistakes already, in better words. */
static void
read_say_nothing(cfg_t *cfg, const char *format, va_list args)
{
	(void)cfg;
	(void)format;
	(void)args;
}

/* Make libconfuse's row for each of ours; out has READ_OPTIONS_MAX. */
static size_t
read_list_options(enum config_scope scope, cfg_opt_t *out)
{
	const struct config_key *k;
	size_t n = 0;

	for (k = config_keys(scope); k->name != NULL; k++) {
		cfg_opt_t opt = CFG_PTR_CB(k->name, NULL, CFGF_NODEFAULT,
		    read_take_value, free);

		if (k->list)
			opt.flags |= CFGF_LIST;
		out[n++] = opt;
	}
	return n;
}

static cfg_t *
read_make_reader(void)
{
	const cfg_opt_t end = CFG_END();
	cfg_opt_t keys[CONFIG_SCOPES][READ_OPTIONS_MAX];
	cfg_opt_t *top = keys[SCOPE_TOP];
	size_t n = read_list_options(SCOPE_TOP, top);
	cfg_t *cfg;

	for (enum config_scope s = SCOPE_SOURCE; s <= SCOPE_LAST; s++) {
		cfg_opt_t section = CFG_SEC(config_scope_name(s), keys[s],
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

		keys[s][read_list_options(s, keys[s])] = end;
		top[n++] = section;
	}
	top[n] = end;
	cfg = cfg_init(top, CFGF_NONE);		/* copies them all */
	if (cfg != NULL)
		(void)cfg_set_error_function(cfg, read_say_nothing);
	return cfg;
}

static void
read_copy_entry(cfg_t *cfg, const struct config_key *key, struct arena *a,
    struct config_entry *out)
{
	cfg_opt_t *opt = cfg_getopt(cfg, key->name);
	size_t count = cfg_opt_size(opt);
	struct config_text *texts = arena_array(a, count, sizeof(*texts));
	size_t i;

	for (i = 0; texts != NULL && i < count; i++) {
		const struct taken *t = cfg_opt_getnptr(opt, (unsigned int)i);

		texts[i].line = t->line;
		texts[i].text = arena_cstr(a, bytes_of(t->text));
	}
	out->texts = texts;
	out->count = count;
}

static void
read_copy_section(cfg_t *cfg, enum config_scope scope, struct arena *a,
    struct config_section *out)
{
	const struct config_key *keys = config_keys(scope);
	const char *title = cfg_title(cfg);
	size_t i;

	out->scope = scope;
	out->title = arena_cstr(a, bytes_of(title == NULL ? "" : title));
	for (i = 0; keys[i].name != NULL; i++)
		read_copy_entry(cfg, &keys[i], a, &out->entries[i]);
}

static void
read_copy_tree(cfg_t *cfg, const struct config_outline *outline,
    struct arena *a, struct config_tree *out)
{
	unsigned int of_scope[CONFIG_SCOPES] = { 0 };
	size_t i;

	memset(out, 0, sizeof(*out));
	read_copy_section(cfg, SCOPE_TOP, a, &out->top);
	out->top.line = 1;
	out->sections = arena_array(a, outline->opening_count,
	    sizeof(*out->sections));
	for (i = 0; out->sections != NULL && i < outline->opening_count; i++) {
		enum config_scope scope = outline->openings[i].scope;
		cfg_t *sec = cfg_getnsec(cfg, config_scope_name(scope),
		    of_scope[scope]++);

		read_copy_section(sec, scope, a, &out->sections[i]);
		out->sections[i].line = outline->openings[i].line;
	}
	out->section_count = outline->opening_count;
}

static enum status
read_tree(const char *path, const struct config_outline *outline,
    struct arena *a, struct config_tree *out, struct reason *why)
{
	cfg_t *cfg = read_make_reader();
	enum status st = ST_OK;

	if (cfg == NULL) {
		arena_fail(a);
		return ST_BUSY;
	}
	if (cfg_parse_buf(cfg, outline->text) != CFG_SUCCESS)
		st = config_fail(path, cfg->line, why,
		    "libconfuse cannot read this; write it more plainly");
	else
		read_copy_tree(cfg, outline, a, out);
	(void)cfg_free(cfg);
	return st;
}

enum status
config_read(const char *path, struct bytes text, struct arena *a,
    struct config_tree *out, struct reason *why)
{
	/* libconfuse's scanner keeps its state in variables of the process,
	 * which cfg_free clears: read one file at a time */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct config_outline outline;
	enum status st = config_scan(path, text, a, &outline, why);

	if (st == ST_OK) {
		(void)pthread_mutex_lock(&lock);
		st = read_tree(path, &outline, a, out, why);
		(void)pthread_mutex_unlock(&lock);
	}
	return arena_verdict(a, st, why);
}
