#ifndef CGIHOOK_PROCESS_H
#define CGIHOOK_PROCESS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What proc(5) says of a process. */
struct process {
	int pid, group, session;
	char state;
	int64_t boot_ms;	/* when it began, since the machine did */
};

/** process_next - the number of the next process in /proc, which opendir(3) has
 *  opened; 0: there are no more */
int
process_next(DIR *proc);

/** process_text - /proc/pid/name, a NUL behind it; its length, or -1. proc is a
 *  descriptor of /proc */
ssize_t
process_text(int proc, int pid, const char *name, char *to, size_t size);

/** process_read - false where there is none of that number by now */
bool
process_read(int proc, int pid, struct process *out);

#endif
