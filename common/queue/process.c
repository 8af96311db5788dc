#include "process.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

enum { STAT_MAX = 1024 };

int
process_next(DIR *proc)
{
	const struct dirent *d;

	while ((d = readdir(proc)) != NULL)
		if (isdigit((unsigned char)d->d_name[0]))
			return atoi(d->d_name);
	return 0;
}

ssize_t
process_text(int proc, int pid, const char *name, char *to, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	return file_read_small(proc, path, to, size);
}

/* proc(5), /proc/pid/stat: the name, in parentheses, may hold anything */
bool
process_read(int proc, int pid, struct process *out)
{
	char text[STAT_MAX];
	unsigned long long ticks;
	long per_s = sysconf(_SC_CLK_TCK);
	char *p;

	if (process_text(proc, pid, "stat", text, sizeof(text)) < 0)
		return false;
	p = strrchr(text, ')');
	if (p == NULL || sscanf(p + 1, " %c %*d %d %d %*d %*d %*u %*u %*u %*u "
	    "%*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &out->state,
	    &out->group, &out->session, &ticks) != 4)
		return false;
	out->pid = pid;
	out->boot_ms = (int64_t)(ticks * 1000 / (unsigned long long)per_s);
	return true;
}
