#ifndef CGIHOOK_CONFIG_H
#define CGIHOOK_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "condition.h"
#include "crypto.h"
#include "provider.h"
#include "role.h"
#include "status.h"

enum runner_kind { RUNNER_AUTO, RUNNER_EXTERNAL };
enum journal_kind { JOURNAL_AUTO, JOURNAL_WAL, JOURNAL_ROLLBACK };
enum config_store { CONFIG_SQLITE, CONFIG_POSTGRESQL };
enum page_user { PAGE_USER_TOKEN, PAGE_USER_REMOTE };
enum handler_mode { MODE_QUEUE, MODE_WAIT };

/* Who has this secret may look at the page. */
struct token_config {
	const char *name;
	struct secret secret;	/* no data: config_load_runner */
	const char *secret_path;	/* absolute; NULL: a variable */
	enum role role;
	const char *const *sources;	/* it sees these; NULL: all */
	size_t source_count;
};

/* The script's address, as browsers have it. */
struct page_url {
	const char *text;	/* without a slash at its end; NULL: no url */
	const char *origin;	/* "https://you.example:8443" */
	const char *path;	/* "/cgi-bin/cgihook.cgi", or "" */
	bool loopback;		/* only this machine can use it */
};

/* A handler's section, or the defaults without one. */
struct handler_config {
	const char *path;	/* "drone/build.failure"; NULL: defaults */
	enum handler_mode mode;
	int64_t timeout_ms;
	int attempts;
	int64_t backoff_ms;
	int concurrency;	/* 0: no limit of its own */
	bool once;
	const char *const *env;	/* "NAME=value", "NAME=file:path" (absolute),
				   "NAME=payload:path"; NULL-ended */
	const struct condition *when;	/* all must hold; NULL: none */
};

struct config {
	const char *path;	/* the file, absolute */
	const char *state_dir, *handlers_dir;	/* absolute */
	int64_t body_limit_bytes;
	int64_t body_timeout_ms;
	int64_t keep_ms;
	int64_t keep_bodies_ms;	/* 0: as long as the events */
	int workers;
	enum runner_kind runner;
	enum journal_kind journal;
	enum config_store store;
	const char *conn_path;	/* absolute; NULL for CONFIG_SQLITE */
	bool leaves_conn;	/* config_load_responder */
	struct secret conn;	/* what is in it, with a NUL behind it; no data
				   for CONFIG_SQLITE, and where it was left */
	int64_t lease_ms;
	int concurrency;
	int64_t runner_idle_ms;
	int64_t queue_limit;
	const char *log;	/* absolute path, "stderr" or "syslog" */
	const char *on_dead;	/* absolute path, or NULL for none */
	const char *on_alert;	/* the same */
	bool expects;		/* a source has an expect_ms */
	struct page_url url;
	enum page_user page_user;
	bool make_secrets;	/* config_make.h */
	const char *time_zone;	/* "Europe/Zurich", as tzset(3) takes it */
	struct token_config *tokens;	/* none: no page */
	size_t token_count;
	struct source *sources;
	const struct source **by_name;	/* the same, sorted */
	size_t source_count;
	struct handler_config *handlers;
	size_t handler_count;
	struct handler_config defaults;	/* for the others */

	struct arena arena;	/* all of the above */
	struct config_stamp *stamps;	/* the files read, to notice changes */
	size_t stamp_count;
	/* Of the file's text and of all secrets, to compare contents. */
	unsigned char text_digest[SHA256_LEN], secrets_digest[SHA256_LEN];
	unsigned char rules_digest[SHA256_LEN];	/* config_rules.h */
};

/**
 * config_find_file - find the file: given; variable; ~/.config/cgihook/ of the
 *                    effective user; /etc/cgihook/
 *
 * Takes:   given: --config's argument or NULL; variable: the value of
 *          CGIHOOK_CONFIG of the process or the request, or NULL or "". A
 *          file named so is not looked for elsewhere.
 * Returns: ST_OK with *out absolute, the arena's; ST_CONFIG naming every place
 *          that has none; ST_BUSY without memory.
 * Spec:    cgihook.conf(5), FILES
 */
enum status
config_find_file(const char *given, const char *variable, struct arena *a,
    const char **out, struct reason *why);

/**
 * config_load - read the file and every secret it names
 *
 * Takes:   path, absolute: relative paths in the file are relative to its
 *          folder.
 * Owns:    *out, until config_free.
 * Returns: ST_OK; ST_CONFIG with "FILE:LINE: what is wrong and what to do", or
 *          "FILE: …" when the file cannot be read at all; ST_BUSY without
 *          memory. Never a secret in *why.
 */
enum status
config_load(const char *path, struct config **out, struct reason *why);

/** config_load_runner - the same, but read no source's secrets: the runner need
 *  not be able to. Sources have secret_count 0. */
enum status
config_load_runner(const char *path, struct config **out, struct reason *why);

/** config_load_store - config_load_runner, but with another value of store
 *
 * Takes:   store, as in the file, and for *why: what is wrong, without a name.
 */
enum status
config_load_store(const char *path, const char *store, struct config **out,
    struct reason *why);

/** config_load_responder - config_load, but leave the connection string alone:
 *  what was once in memory could be found there. Whoever uses it finds its
 *  mistakes. */
enum status
config_load_responder(const char *path, struct config **out,
    struct reason *why);

/** config_changed - whether a file that was read has changed since (inode,
 *  size, times, by stat(2)) */
bool
config_changed(const struct config *c);

/** config_is_alike - whether two readings of a file and its secrets found the
 *  same */
bool
config_is_alike(const struct config *a, const struct config *b);

/**
 * config_guess_log - guess where a configuration with a mistake wants its log
 *
 * Returns: the target for log_open, the arena's; NULL when the file cannot be
 *          read, others may write it, or its state folder does not exist.
 */
const char *
config_guess_log(const char *path, struct arena *a);

/** config_file - the path of the i-th file that was read: the configuration, a
 *  secret; NULL after the last */
const char *
config_file(const struct config *c, size_t i);

/** config_free - wipe the secrets and free all; NULL is allowed */
void
config_free(struct config *c);

/** config_source - find a source by its name; NULL if there is none */
const struct source *
config_source(const struct config *c, struct bytes name);

/**
 * config_stored_source - find what decodes an event that was accepted before
 *
 * Takes:   name and provider, as stored with the event. If that source is gone,
 *          or has another provider now, the provider alone decodes the event.
 * Owns:    *out, without secrets: views of c and of name.
 * Returns: false if this version has no such provider.
 */
bool
config_stored_source(const struct config *c, const char *name,
    const char *provider, struct source *out);

/** config_token - find a token by its name; NULL if there is none */
const struct token_config *
config_token(const struct config *c, struct bytes name);

/** token_sees - whether the token may see anything of a source */
bool
token_sees(const struct token_config *t, struct bytes source);

/** config_handler - the settings of handlers_dir/path; never NULL */
const struct handler_config *
config_handler(const struct config *c, const char *path);

#endif
