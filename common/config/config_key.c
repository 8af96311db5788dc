#include "config_key.h"

#include <stdint.h>

#include "config_env.h"
#include "config_store.h"
#include "config_url.h"
#include "config_when.h"
#include "near.h"
#include "scheme.h"

#define KIB ((int64_t)1024)
#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define DAY (24 * 3600 * SECOND)
#define FOR_EVER (365000 * DAY)	/* a thousand years do not overflow */

#define AT_TOP(member) offsetof(struct config, member)
#define AT_SOURCE(member) offsetof(struct source, member)
#define AT_HANDLER(member) offsetof(struct handler_config, member)
#define AT_TOKEN(member) offsetof(struct token_config, member)

static const struct config_word runner_words[] = {
	{ "auto", RUNNER_AUTO }, { "external", RUNNER_EXTERNAL }, { NULL, 0 }
};

static const struct config_word journal_words[] = {
	{ "auto", JOURNAL_AUTO }, { "wal", JOURNAL_WAL },
	{ "rollback", JOURNAL_ROLLBACK }, { NULL, 0 }
};

static const struct config_word redeliver_words[] = {
	{ "no", REDELIVER_NO }, { "retry", REDELIVER_RETRY }, { NULL, 0 }
};

static const struct config_word mode_words[] = {
	{ "queue", MODE_QUEUE }, { "wait", MODE_WAIT }, { NULL, 0 }
};

static const struct config_word page_user_words[] = {
	{ "token", PAGE_USER_TOKEN }, { "remote", PAGE_USER_REMOTE },
	{ NULL, 0 }
};

/* In the order in which they are read: log needs state_dir. */
static const struct config_key top_keys[] = {
	{ .name = "state_dir", .parse = value_path, .offset = AT_TOP(state_dir),
	    .fallback = "/var/lib/cgihook" },
	{ .name = "handlers_dir", .parse = value_path,
	    .offset = AT_TOP(handlers_dir),
	    .fallback = "/etc/cgihook/handlers" },
	{ .name = "body_limit", .parse = value_size,
	    .offset = AT_TOP(body_limit_bytes), .fallback = "1MiB", .min = 1,
	    .max = 1024 * 1024 * KIB },
	{ .name = "body_timeout", .parse = value_duration,
	    .offset = AT_TOP(body_timeout_ms), .fallback = "10s", .min = 1,
	    .max = 3600 * SECOND },
	{ .name = "keep", .parse = value_duration, .offset = AT_TOP(keep_ms),
	    .fallback = "30d", .min = 1, .max = FOR_EVER },
	{ .name = "keep_bodies", .parse = value_duration,
	    .offset = AT_TOP(keep_bodies_ms), .min = 1, .max = FOR_EVER },
	{ .name = "workers", .parse = value_int, .offset = AT_TOP(workers),
	    .fallback = "32", .min = 1, .max = 1024 },
	{ .name = "runner", .parse = value_word, .offset = AT_TOP(runner),
	    .fallback = "auto", .words = runner_words },
	{ .name = "runner_idle", .parse = value_duration,
	    .offset = AT_TOP(runner_idle_ms), .fallback = "10m", .min = 500,
	    .max = DAY },
	{ .name = "journal", .parse = value_word, .offset = AT_TOP(journal),
	    .fallback = "auto", .words = journal_words },
	{ .name = "store", .parse = value_store, .offset = AT_TOP(store),
	    .fallback = "sqlite" },
	{ .name = "lease", .parse = value_duration, .offset = AT_TOP(lease_ms),
	    .fallback = "30s", .min = 5 * SECOND, .max = 600 * SECOND },
	{ .name = "concurrency", .parse = value_int,
	    .offset = AT_TOP(concurrency), .fallback = "4", .min = 1,
	    .max = 1024 },
	{ .name = "queue_limit", .parse = value_count,
	    .offset = AT_TOP(queue_limit), .fallback = "100000", .min = 1,
	    .max = 1000000000 },
	{ .name = "log", .parse = value_log, .offset = AT_TOP(log),
	    .fallback = "cgihook.log" },
	{ .name = "on_dead", .parse = value_program, .offset = AT_TOP(on_dead),
	    .fallback = "none" },
	{ .name = "on_alert", .parse = value_program,
	    .offset = AT_TOP(on_alert), .fallback = "none" },
	{ .name = "url", .parse = value_url, .offset = AT_TOP(url) },
	{ .name = "page_user", .parse = value_word,
	    .offset = AT_TOP(page_user), .fallback = "token",
	    .words = page_user_words },
	{ .name = "make_secrets", .parse = value_yes_no,
	    .offset = AT_TOP(make_secrets), .fallback = "no" },
	{ .name = "time_zone", .parse = value_time_zone,
	    .offset = AT_TOP(time_zone), .fallback = "UTC" },
	{ .name = NULL }
};

static const struct config_word algorithm_words[] = {
	{ "sha256", SCHEME_SHA256 }, { "sha512", SCHEME_SHA512 },
	{ "sha1", SCHEME_SHA1 }, { "ed25519", SCHEME_ED25519 }, { NULL, 0 }
};

static const struct config_word encoding_words[] = {
	{ "raw", SECRET_RAW }, { "base64", SECRET_BASE64 },
	{ "hex", SECRET_HEX }, { NULL, 0 }
};

static const struct config_key source_keys[] = {
	{ .name = "provider", .parse = value_provider,
	    .offset = AT_SOURCE(provider) },
	{ .name = "secret", .list = true },
	{ .name = "key_id", .parse = value_text, .offset = AT_SOURCE(key_id) },
	{ .name = "max_age", .parse = value_duration,
	    .offset = AT_SOURCE(max_age_ms), .fallback = "5m", .min = 1,
	    .max = FOR_EVER },
	{ .name = "redeliver", .parse = value_word,
	    .offset = AT_SOURCE(redeliver), .fallback = "no",
	    .words = redeliver_words },
	{ .name = "expect", .parse = value_duration,
	    .offset = AT_SOURCE(expect_ms), .min = MINUTE, .max = 365 * DAY },
	{ .name = "scheme" },
	/* of a recipe: config_recipe.c */
	{ .name = "header" },
	{ .name = "element" },
	{ .name = "separator" },
	{ .name = "algorithm", .words = algorithm_words,
	    .fallback = "sha256" },
	{ .name = "secret_encoding", .words = encoding_words,
	    .fallback = "raw" },
	{ .name = "signed" },
	{ .name = "time" },
	{ .name = "id", .list = true },
	{ .name = "event", .list = true },
	{ .name = "action" },
	{ .name = "status" },
	{ .name = "fields", .list = true },
	{ .name = "handshake" },
	{ .name = "answer" },
	{ .name = "covers", .list = true },
	{ .name = NULL }
};

/* mode comes first: it decides which default the others have. */
static const struct config_key handler_keys[] = {
	{ .name = "mode", .parse = value_word, .offset = AT_HANDLER(mode),
	    .fallback = "queue", .words = mode_words },
	{ .name = "timeout", .parse = value_duration,
	    .offset = AT_HANDLER(timeout_ms), .fallback = "10m",
	    .wait_fallback = "8s", .min = 1, .max = 365 * DAY },
	{ .name = "attempts", .parse = value_int,
	    .offset = AT_HANDLER(attempts), .fallback = "5",
	    .wait_fallback = "1", .min = 1, .max = 1000 },
	{ .name = "backoff", .parse = value_duration,
	    .offset = AT_HANDLER(backoff_ms), .fallback = "10s",
	    .max = 3600 * SECOND },
	{ .name = "concurrency", .parse = value_int,
	    .offset = AT_HANDLER(concurrency), .fallback = "0", .max = 1024 },
	{ .name = "once", .parse = value_yes_no, .offset = AT_HANDLER(once),
	    .fallback = "no" },
	{ .name = "env", .list = true, .parse = value_env,
	    .offset = AT_HANDLER(env) },
	{ .name = "when", .list = true, .parse = value_when,
	    .offset = AT_HANDLER(when) },
	{ .name = NULL }
};

static const struct config_word role_words[] = {
	{ "view", ROLE_VIEW }, { "read", ROLE_READ },
	{ "operate", ROLE_OPERATE }, { "admin", ROLE_ADMIN }, { NULL, 0 }
};

static const struct config_key token_keys[] = {
	{ .name = "secret" },
	{ .name = "role", .parse = value_word, .offset = AT_TOKEN(role),
	    .fallback = "view", .words = role_words },
	{ .name = "sources", .list = true },
	{ .name = NULL }
};

static const struct {
	const char *word;
	const struct config_key *keys;
} scopes[CONFIG_SCOPES] = {
	[SCOPE_TOP] = { "", top_keys },
	[SCOPE_SOURCE] = { "source", source_keys },
	[SCOPE_HANDLER] = { "handler", handler_keys },
	[SCOPE_TOKEN] = { "token", token_keys },
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

	for (s = SCOPE_SOURCE; s <= SCOPE_LAST; s++) {
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
	const char *words[CONFIG_KEYS_MAX + CONFIG_SCOPES];
	const struct config_key *k;
	size_t n = 0;

	for (k = config_keys(scope); k->name != NULL; k++)
		words[n++] = k->name;
	if (scope == SCOPE_TOP)
		for (enum config_scope s = SCOPE_SOURCE; s <= SCOPE_LAST;
		    s++)
			words[n++] = config_scope_name(s);
	return near_word(typed, words, n);
}
