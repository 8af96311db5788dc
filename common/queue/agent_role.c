#include "agent_role.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "clock.h"
#include "descriptors.h"
#include "in_force.h"
#include "log.h"
#include "owner.h"
#include "runner_start.h"
#include "store_config.h"

/*
 * The agent of a configuration. It has the store's password and no secret of a
 * sender. It ends when something about it is another now: the next one begins
 * with that, and nobody notices (agent_end).
 */

enum {
	IDLE_MS = 5 * 60 * 1000,
	/* A responder that was told to end, too, may finish its requests. */
	LEAVE_MS = 20 * 1000,
	PROBE_MS = 2000,
	AGAIN_MS = 5000		/* a store that could not be opened */
};

struct agent_role {
	const char *path;
	struct config *config;		/* for what others may ask for */
	struct config *first;		/* what the agent has begun with */
	char *program;			/* NULL: do not look at it */
	int signal_fd, in_force_fd, dirfd;
	int told;			/* so many signals to end … */
	int64_t told_ms;		/* … the first of them then */
	int64_t again_ms;		/* steady: look at a bad file again */
	struct reason refused;		/* what was logged last */
};

/* --- what others may ask for ---------------------------------------------- */

static bool
role_shows(void *ctx, const char *path)
{
	const struct agent_role *r = ctx;

	return config_handler(r->config, path)->mode == MODE_WAIT;
}

static bool
role_retries(void *ctx, const char *source)
{
	const struct agent_role *r = ctx;
	const struct source *s = config_source(r->config, bytes_of(source));

	return s != NULL && s->redeliver == REDELIVER_RETRY;
}

static enum role
role_pages(void *ctx)
{
	const struct agent_role *r = ctx;
	enum role most = ROLE_NONE;

	for (size_t i = 0; i < r->config->token_count; i++)
		if (r->config->tokens[i].role > most)
			most = r->config->tokens[i].role;
	return most;
}

/* --- what is in force ----------------------------------------------------- */

static void
role_show(struct agent_role *r)
{
	struct in_force f;

	in_force_of(r->config, "agent", &f);
	/* it reads none of those that the file's digest is of */
	f.secrets[0] = '-';
	f.secrets[1] = '\0';
	in_force_show(&f, &r->in_force_fd);
}

static void
role_refuse(struct agent_role *r, const struct reason *why)
{
	r->again_ms = clock_steady_ms() + AGAIN_MS;
	if (strcmp(why->text, r->refused.text) == 0)
		return;
	r->refused = *why;
	log_note("error", "the agent goes on with the previous configuration: "
	    "%s", why->text);
}

/* All that the agent has made something of. */
static bool
role_is_same(const struct config *a, const struct config *b)
{
	return a->store == b->store && a->conn.len == b->conn.len &&
	    (a->conn.len == 0 || crypto_equal(a->conn.data, b->conn.data,
	    a->conn.len)) && strcmp(a->state_dir, b->state_dir) == 0 &&
	    strcmp(a->log, b->log) == 0 && a->queue_limit == b->queue_limit &&
	    a->keep_ms == b->keep_ms && a->lease_ms == b->lease_ms &&
	    a->body_limit_bytes == b->body_limit_bytes;
}

/* A store that cannot be opened is no better than the one that is open. */
static enum status
role_try_store(const struct config *c, struct reason *why)
{
	struct store *s = NULL;
	enum status st = store_open_config(c, STORE_WRITE, PROBE_MS, &s, why);

	store_close(s);
	return st;
}

static enum agent_wish
role_follow(struct agent_role *r, struct config *fresh)
{
	struct reason why = { "" };
	const bool same = role_is_same(r->config, fresh);

	if (same) {
		if (r->config != r->first)
			config_free(r->config);
		r->config = fresh;
		r->refused.text[0] = '\0';
		role_show(r);
		return AGENT_STAYS;
	}
	if (fresh->store == CONFIG_POSTGRESQL &&
	    role_try_store(fresh, &why) != ST_OK) {
		role_refuse(r, &why);
		config_free(fresh);
		return AGENT_STAYS;
	}
	config_free(fresh);
	log_note("note", "the configuration has changed: another agent takes "
	    "over");
	return AGENT_ENDS;
}

static enum agent_wish
role_look_at_config(struct agent_role *r)
{
	struct config *fresh;
	struct reason why = { "" };

	if (!config_changed(r->config) || clock_steady_ms() < r->again_ms)
		return AGENT_STAYS;
	if (config_load_runner(r->path, &fresh, &why) == ST_OK)
		return role_follow(r, fresh);
	role_refuse(r, &why);
	return AGENT_STAYS;
}

/* --- its wish ------------------------------------------------------------- */

static enum agent_wish
role_hear_signals(struct agent_role *r)
{
	struct signalfd_siginfo s;

	while (read(r->signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGHUP) {
			r->again_ms = 0;
			continue;
		}
		if (r->told++ == 0)
			r->told_ms = clock_steady_ms();
	}
	if (r->told == 0)
		return AGENT_STAYS;
	return r->told > 1 || clock_steady_ms() - r->told_ms >= LEAVE_MS ?
	    AGENT_ENDS : AGENT_LEAVES;
}

/* The folder's name may lead to another one: a responder connects there. */
static bool
role_lost_folder(const struct agent_role *r)
{
	struct stat named, held;

	return stat(r->config->state_dir, &named) != 0 ||
	    fstat(r->dirfd, &held) != 0 || named.st_ino != held.st_ino ||
	    named.st_dev != held.st_dev;
}

static enum agent_wish
role_wish(void *ctx)
{
	struct agent_role *r = ctx;
	enum agent_wish told = role_hear_signals(r);

	(void)log_reopen_if_moved();
	if (told == AGENT_ENDS || role_lost_folder(r))
		return AGENT_ENDS;
	if (runner_is_replaced(r->program)) {
		log_note("note", "the program was replaced: another agent "
		    "takes over");
		return AGENT_ENDS;
	}
	return role_look_at_config(r) == AGENT_ENDS ? AGENT_ENDS : told;
}

/* --- the process ---------------------------------------------------------- */

static int
role_watch_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum status
role_begin(struct agent_role *r, struct reason *why)
{
	enum status st = config_load_runner(r->path, &r->config, why);

	/* before there is a log of root's in a folder that is not */
	if (st == ST_OK)
		st = owner_may_serve(r->config, why);
	if (st == ST_OK)
		st = log_open(r->config->log, "cgihook", why);
	if (st != ST_OK)
		return st;
	r->first = r->config;
	r->dirfd = open(r->config->state_dir, O_PATH | O_DIRECTORY |
	    O_CLOEXEC);
	role_show(r);
	return ST_OK;
}

static enum status
role_run(struct agent_role *r, struct reason *why)
{
	const struct agent_options o = {
		.store = store_config_options(r->config, STORE_WRITE, 0),
		.body_limit_bytes = (size_t)r->config->body_limit_bytes,
		.idle_ms = IDLE_MS, .shows = role_shows,
		.retries = role_retries, .pages = role_pages,
		.wish = role_wish, .ctx = r,
		.wake_fd = r->signal_fd };

	/* whoever has started it has another configuration */
	return o.store.kind == STORE_SQLITE ? ST_OK : agent_run(&o, why);
}

int
agent_role_main(void)
{
	struct agent_role r = { .path = getenv("CGIHOOK_CONFIG"),
		.in_force_fd = -1, .dirfd = -1 };
	struct reason why = { "" };
	enum status st;

	descriptors_let_go();
	descriptors_close(STDERR_FILENO + 1, INT_MAX);
	(void)log_open("syslog", "cgihook", NULL);
	r.program = runner_own_program();
	r.signal_fd = role_watch_signals();
	if (r.path == NULL || chdir("/") != 0 || r.signal_fd < 0)
		return 1;
	st = role_begin(&r, &why);
	if (st == ST_OK)
		st = role_run(&r, &why);
	if (r.config != r.first)
		config_free(r.first);
	config_free(r.config);
	free(r.program);
	/* another one was faster */
	if (st == ST_OK || st == ST_BUSY)
		return 0;
	log_note("error", "the agent ended: %s", why.text);
	return 1;
}
