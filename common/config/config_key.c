#include "config_key.h"

#include <stdint.h>

#include "config_env.h"
#include "near.h"

#define KIB ((int64_t)1024)
#define SECOND ((int64_t)1000)
#define DAY (24 * 3600 * SECOND)
#define FOR_EVER (365000 * DAY)	/* a thousand years, still far from overflow */

#define AT_TOP(member) offsetof(struct config, member)
#define AT_SOURCE(member) offsetof(struct source, member)
#define AT_HANDLER(member) offsetof(struct handler_config, member)

/* In the order in which they are filled: log needs state_dir. */
static const struct config_key top_keys[] = {
	{ "state_dir", false, value_path, AT_TOP(state_dir),
	    "/var/lib/cgihook", NULL, 0, 0 },
	{ "handlers_dir", false, value_path, AT_TOP(handlers_dir),
	    "/etc/cgihook/handlers", NULL, 0, 0 },
	{ "body_limit", false, value_size, AT_TOP(body_limit_bytes),
	    "1MiB", NULL, 1, 1024 * 1024 * KIB },
	{ "body_timeout", false, value_duration, AT_TOP(body_timeout_ms),
	    "10s", NULL, 1, 3600 * SECOND },
	{ "keep", false, value_duration, AT_TOP(keep_ms),
	    "30d", NULL, 1, FOR_EVER },
	{ "workers", false, value_int, AT_TOP(workers), "32", NULL, 1, 1024 },
	{ "runner", false, value_runner, AT_TOP(runner), "auto", NULL, 0, 0 },
	{ "journal", false, value_journal, AT_TOP(journal), "auto", NULL,
	    0, 0 },
	{ "concurrency", false, value_int, AT_TOP(concurrency), "4", NULL,
	    1, 1024 },
	{ "queue_limit", false, value_count, AT_TOP(queue_limit), "100000",
	    NULL, 1, 1000000000 },
	{ "log", false, value_log, AT_TOP(log), "cgihook.log", NULL, 0, 0 },
	{ "on_dead", false, value_program, AT_TOP(on_dead), "none", NULL,
	    0, 0 },
	{ NULL, false, NULL, 0, NULL, NULL, 0, 0 }
};

static const struct config_key source_keys[] = {
	{ "provider", false, value_provider, AT_SOURCE(provider), NULL, NULL,
	    0, 0 },
	{ "secret", true, NULL, 0, NULL, NULL, 0, 0 },
	{ "key_id", false, value_text, AT_SOURCE(key_id), NULL, NULL, 0, 0 },
	{ "max_age", false, value_duration, AT_SOURCE(max_age_ms),
	    "5m", NULL, 1, FOR_EVER },
	{ NULL, false, NULL, 0, NULL, NULL, 0, 0 }
};

/* mode comes first: it decides which default the others have. */
static const struct config_key handler_keys[] = {
	{ "mode", false, value_mode, AT_HANDLER(mode), "queue", NULL, 0, 0 },
	{ "timeout", false, value_duration, AT_HANDLER(timeout_ms),
	    "10m", "8s", 1, 365 * DAY },
	{ "attempts", false, value_int, AT_HANDLER(attempts),
	    "5", "1", 1, 1000 },
	{ "backoff", false, value_duration, AT_HANDLER(backoff_ms),
	    "10s", NULL, 0, 3600 * SECOND },
	{ "concurrency", false, value_int, AT_HANDLER(concurrency),
	    "0", NULL, 0, 1024 },
	{ "once", false, value_yes_no, AT_HANDLER(once), "no", NULL, 0, 0 },
	{ "env", true, value_env, AT_HANDLER(env), NULL, NULL, 0, 0 },
	{ NULL, false, NULL, 0, NULL, NULL, 0, 0 }
};

static const struct {
	const char *word;
	const struct config_key *keys;
} scopes[] = {
	[SCOPE_TOP] = { "", top_keys },
	[SCOPE_SOURCE] = { "source", source_keys },
	[SCOPE_HANDLER] = { "handler", handler_keys },
};

const struct config_key *
config_keys(enum config_scope scope)
{
	return scopes[scope].keys;
}

const struct config_key *
config_key_find(enum config_scope scope, struct bytes name)
{
	const struct config_key *k;

	for (k = config_keys(scope); k->name != NULL; k++)
		if (bytes_is(name, k->name))
			return k;
	return NULL;
}

bool
config_scope_find(struct bytes word, enum config_scope *out)
{
	enum config_scope s;

	for (s = SCOPE_SOURCE; s <= SCOPE_HANDLER; s++) {
		if (bytes_is(word, scopes[s].word)) {
			*out = s;
			return true;
		}
	}
	return false;
}

const char *
config_scope_name(enum config_scope scope)
{
	return scopes[scope].word;
}

const char *
config_key_near(enum config_scope scope, const char *typed)
{
	const char *words[CONFIG_KEYS_MAX + 2];
	const struct config_key *k;
	size_t n = 0;

	for (k = config_keys(scope); k->name != NULL; k++)
		words[n++] = k->name;
	if (scope == SCOPE_TOP) {
		words[n++] = config_scope_name(SCOPE_SOURCE);
		words[n++] = config_scope_name(SCOPE_HANDLER);
	}
	return near_word(typed, words, n);
}
