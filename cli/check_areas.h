#ifndef CGIHOOK_CHECK_AREAS_H
#define CGIHOOK_CHECK_AREAS_H

#include "check.h"

/* What can be wrong: a file for each area, which reads k->cli->config. */

/** check_paths - who can change, and who can reach, what is configured */
void
check_paths(struct checking *k);

/** check_secrets - what a secret should not be; who has a token */
void
check_secrets(struct checking *k);

/** check_recipes - what a recipe came to, and what is weak in it */
void
check_recipes(struct checking *k);

/** check_handlers - every file below handlers_dir, every handler section */
void
check_handlers(struct checking *k);

/** check_state - the state folder: file system, space, access, lock, store */
void
check_state(struct checking *k);

/** check_state_files - whether those that the files in the state folder belong
 *  to can use them: a command that once ran as root leaves files of root's */
void
check_state_files(struct checking *k, const char *dir,
    const struct stat *folder);

/** check_store - whether the store can be opened, and what waits in it */
void
check_store(struct checking *k);

/** check_shared - a sealed store, and what is special to one that machines
 *  share */
void
check_shared(struct checking *k, struct store *s);

/** check_log - whether the log can be written */
void
check_log(struct checking *k);

/** check_clock - whether the clock is right */
void
check_clock(struct checking *k);

/** check_runner - who runs handlers, and what ends them */
void
check_runner(struct checking *k);

/** check_program - whether a program that the configuration names is there, and
 *  may be run. Takes: key; path, or NULL: nothing is checked. */
void
check_program(struct checking *k, const char *key, const char *path);

/** check_alarms - on_alert, what it would be told now, and who looks */
void
check_alarms(struct checking *k);

/** check_agent - whether the agent, if one runs, reaches the database */
void
check_agent(struct checking *k);

/** check_in_force - whether the running processes use what the files say
 *
 *  Takes: path, the configuration file; k->cli->config, NULL if the file has a
 *         mistake. */
void
check_in_force(struct checking *k, const char *path);

/** check_url - a signed test through the real server */
void
check_url(struct checking *k, const char *url, const char *source);

/* --- check_fix.c: what is safe to correct -------------------------------- */

/* What has been offered already, and is not offered again. */
struct check_fixing {
	bool yes;			/* do not ask */
	const char **offered;		/* FINDINGS_MAX of them; the arena's */
	size_t count;
};

/** check_fix - run the commands of the findings that are safe, each after a yes
 *
 *  Returns: how many were run and succeeded: then check again. */
size_t
check_fix(struct checking *k, struct check_fixing *f);

/* --- check_access.c: commands that give the responder's user access ------- */

/** check_as_root - what a command begins with that this user may not run: "as
 *  root: "; "" for root, and if self */
const char *
check_as_root(bool self);

/** check_mend_reach - the latest finding is corrected by letting the
 *  responder's user read path, or, if it is not the last of a way, go through
 *  it */
void
check_mend_reach(struct checking *k, const char *path, const struct stat *sb,
    bool last);

/** check_mend_state - the latest finding is corrected by giving the responder's
 *  user the state folder with everything in it */
void
check_mend_state(struct checking *k);

#endif
