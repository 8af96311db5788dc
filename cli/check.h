#ifndef CGIHOOK_CHECK_H
#define CGIHOOK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "cli.h"

/* Looking at everything that can be wrong. Each part adds what it found. */

enum check_level { CHECK_OK, CHECK_WARN, CHECK_BAD };

struct finding {
	enum check_level level;
	const char *area;	/* "handler" */
	const char *text;
	const char *mend;	/* a command, or what to do; NULL */
};

enum { FINDINGS_MAX = 1000 };

/* Somebody as whom a web server may run the responder. */
struct check_user {
	const char *name;	/* NULL: not known */
	const char *server;	/* what runs as them: "apache2" */
	uid_t uid;
	gid_t groups[64];
	int group_count;
	bool named;		/* by --user, or by owning the state folder
				   that root looks at: it is sure */
	size_t barred;		/* places they cannot get at, when not sure */
};

struct checking {
	struct cli *cli;
	struct finding *items;	/* FINDINGS_MAX */
	size_t count, warnings, bad;
	struct check_user server;
	uid_t runner;		/* who runs the handlers */
	uid_t owner;		/* of the state folder: who runs it all, where
				   that is not the user of this command */
};

/** check_add - one more finding; its mend, where it needs one, comes behind */
void
check_add(struct checking *k, enum check_level level, const char *area,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/** check_mend - what mends the finding added last */
void
check_mend(struct checking *k, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** check_add_reason - a bad finding, whose mend is what its reason ends in, as
 *  those of path_trust.h do; what has the same mend is found once */
void
check_add_reason(struct checking *k, const char *area, const char *what,
    const struct reason *why);

/* The parts. */

/** check_paths - who may change, and who can reach, what is configured */
void
check_paths(struct checking *k);

/** check_secrets - what a secret should not be */
void
check_secrets(struct checking *k);

/** check_script - whether a handler's content can be run, by which program */
void
check_script(struct checking *k, const char *shown, const char *path);

/** check_handlers - every file below handlers_dir, every handler section */
void
check_handlers(struct checking *k);

/** check_state - the state folder: file system, space, locks, clock */
void
check_state(struct checking *k);

/** check_files - what lies in the state folder, and whether those it belongs to
 *  can use it: a command that once ran as root leaves files that are root's */
void
check_files(struct checking *k, const char *dir, const struct stat *folder);

/** check_running - whether the running processes have in force what the files
 *  say. Takes: path, the configuration file; k->cli->config, what it says, or
 *  NULL where it has a mistake */
void
check_running(struct checking *k, const char *path);

/** check_runner - who runs handlers, and what ends them */
void
check_runner(struct checking *k);

/** check_find_server - who the web server is, by name, or from what runs here;
 *  false when there is no user of the name */
bool
check_find_server(struct checking *k, const char *name);

/** check_may - whether the mode bits let the user do all of want: 4 read,
 *  2 write, 1 enter (POSIX.1-2017 4.5, File Access Permissions) */
bool
check_may(const struct check_user *u, const struct stat *sb, unsigned want);

/** check_as_root - what a command begins with that this user may not run: "as
 *  root: "; "" for root, and where self */
const char *
check_as_root(bool self);

/** check_mend_reach - the last finding is mended by letting the responder's
 *  user read path, or, where it is not the last of a way, go through it */
void
check_mend_reach(struct checking *k, const char *path, const struct stat *sb,
    bool last);

/** check_mend_state - the last finding is mended by giving the responder's user
 *  the state folder with all that is in it */
void
check_mend_state(struct checking *k);

/** check_url - a signed test through the real server */
void
check_url(struct checking *k, const char *url, const char *source);

#endif
