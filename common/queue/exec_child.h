#ifndef CGIHOOK_EXEC_CHILD_H
#define CGIHOOK_EXEC_CHILD_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How far a child came, for the words of a failure. */
enum child_step {
	CHILD_BODY, CHILD_TRUST, CHILD_PROCESS, CHILD_FILES, CHILD_FOLDER,
	CHILD_EXEC
};

/* What a child tells before it is another program; in memory that is shared
 * with it also where valgrind makes a fork of it. */
struct child_note {
	_Atomic int32_t pid;		/* written by the child itself */
	int32_t error;			/* errno; 0: exec has succeeded */
	int32_t step;			/* enum child_step, where it failed */
};

struct child_plan {
	const char *path;
	const char *dir;
	char *const *env;
	int in, out;			/* above 2; become 0, and 1 and 2 */
	const sigset_t *reset;		/* signals to set back to default */
	struct child_note *note;
	char *number;			/* NULL, or where in env its own goes,
					   in decimal */
	int slot_fd;			/* -1, or the file, exec_slots.h: */
	off_t pid_at;			/* where its number goes, too */
	off_t generation_at;		/* it ends at once where there is */
	uint32_t generation;		/* another one than this, and not 0 */
	const _Atomic int64_t *until_ms;	/* NULL, or on clock_boot_ms:
					   it ends at once from then on */
	bool session;			/* leads one, not only a group */
	bool detach;			/* a grandchild, so that nobody waits */
};

/** child_signals - those whose disposition is not the default one now */
void
child_signals(sigset_t *out);

/**
 * child_start - a new process in a group of its own that becomes path
 *
 * Returns: 0 with *pid set, or the errno of clone(2). A failure after that is
 *          in the note, and the child has exit status 127.
 * Effect:  dispositions default, no signal blocked, the umask and limits kept;
 *          descriptors above 2 are closed. With detach the direct child ends
 *          at once (exit status 0) and has to be reaped; the grandchild is
 *          of a session of its own, and leads nothing.
 */
int
child_start(const struct child_plan *p, pid_t *pid);

#endif
