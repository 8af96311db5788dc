#include "process.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	size_t len = 0;
	ssize_t n;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (len < size - 1 &&
	    (n = read(fd, to + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	to[len] = '\0';
	return (ssize_t)len;
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
