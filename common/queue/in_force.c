#include "in_force.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "file.h"
#include "process.h"

#define NAME "cgihook-in-force"
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

enum { TEXT_MAX = PATH_MAX + 512 };

/* One line, the path last: it may have blanks. */
#define FORMAT "1 %s %s %s %llu %llu %llu %llu %s\n"
#define SCAN "1 %15s %64s %64s %llu %llu %llu %llu %n"

void
in_force_of(const struct config *c, const char *role, struct in_force *out)
{
	*out = (struct in_force){ .place = place_look(c->state_dir) };
	snprintf(out->role, sizeof(out->role), "%s", role);
	snprintf(out->path, sizeof(out->path), "%s", c->path);
	hex_encode(c->text_digest, SHA256_LEN, out->text);
	hex_encode(c->secrets_digest, SHA256_LEN, out->secrets);
}

void
in_force_show(const struct in_force *f, int *fd)
{
	char text[TEXT_MAX];
	int n = snprintf(text, sizeof(text), FORMAT, f->role, f->text,
	    f->secrets, (unsigned long long)f->place.folder_device,
	    (unsigned long long)f->place.folder,
	    (unsigned long long)f->place.store_device,
	    (unsigned long long)f->place.store, f->path);
	int fresh = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (*fd >= 0)
		close(*fd);
	*fd = fresh;
	if (fresh < 0 || (n > 0 && file_write_all(fresh,
	    (struct bytes){ text, (size_t)n }, NULL) == ST_OK &&
	    fcntl(fresh, F_ADD_SEALS, SEALS) == 0))
		return;
	close(fresh);
	*fd = -1;
}

/* --- the other side ------------------------------------------------------- */

static bool
in_force_parse(char *text, struct in_force *out)
{
	unsigned long long n[4];
	char *newline = strchr(text, '\n');
	int at = 0;

	*out = (struct in_force){ .role = "" };
	if (newline == NULL)
		return false;
	*newline = '\0';
	if (sscanf(text, SCAN, out->role, out->text, out->secrets, &n[0],
	    &n[1], &n[2], &n[3], &at) != 7 || at == 0)
		return false;
	out->place = (struct place){ .folder_device = (dev_t)n[0],
		.folder = (ino_t)n[1], .store_device = (dev_t)n[2],
		.store = (ino_t)n[3] };
	snprintf(out->path, sizeof(out->path), "%s", text + at);
	return true;
}

static bool
in_force_read(int dirfd, const char *name, struct in_force *out)
{
	char link[64], text[TEXT_MAX + 1];
	ssize_t n = readlinkat(dirfd, name, link, sizeof(link) - 1);
	int fd;

	if (n < 0)
		return false;
	link[n] = '\0';
	if (strstr(link, "memfd:" NAME) == NULL)
		return false;
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	n = fcntl(fd, F_GET_SEALS) == SEALS ?
	    pread(fd, text, sizeof(text) - 1, 0) : -1;
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return in_force_parse(text, out);
}

/* A process shows one thing at a time. */
static bool
in_force_find_in(int pid, struct in_force *out, uid_t *user)
{
	char path[64];
	struct dirent *entry;
	struct stat st;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	if (stat(path, &st) != 0 || (dir = opendir(path)) == NULL)
		return false;
	*user = st.st_uid;
	while (!found && (entry = readdir(dir)) != NULL)
		found = in_force_read(dirfd(dir), entry->d_name, out);
	closedir(dir);
	return found;
}

void
in_force_find(void (*tell)(void *ctx, pid_t pid, uid_t user,
    const struct in_force *f), void *ctx)
{
	DIR *proc = opendir("/proc");
	struct in_force f;
	uid_t user;
	int pid;

	while (proc != NULL && (pid = process_next(proc)) != 0)
		if (in_force_find_in(pid, &f, &user))
			tell(ctx, pid, user, &f);
	if (proc != NULL)
		closedir(proc);
}
