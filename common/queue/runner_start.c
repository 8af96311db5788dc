#include "runner_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec_child.h"
#include "path_trust.h"

#define SELF "/proc/self/exe"

char *
runner_program(void)
{
	static const char deleted[] = " (deleted)";
	const size_t tail = sizeof(deleted) - 1;
	char path[4096];
	ssize_t n;

	n = readlink(SELF, path, sizeof(path) - 1);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	if ((size_t)n > tail && strcmp(path + n - tail, deleted) == 0)
		path[(size_t)n - tail] = '\0';
	return path_trust_program(&(struct trust){ .path = path,
	    .user = geteuid() }, NULL) == ST_OK ? strdup(path) : NULL;
}

/* Where it cannot be told, nothing has changed. */
static bool
start_is_ours(const struct stat *file)
{
	struct stat own;

	return stat(SELF, &own) != 0 ||
	    (own.st_ino == file->st_ino && own.st_dev == file->st_dev);
}

char *
runner_own_program(void)
{
	char *program = runner_program();
	struct stat file;

	if (program != NULL && stat(program, &file) == 0 &&
	    start_is_ours(&file))
		return program;
	free(program);
	return NULL;
}

bool
runner_is_replaced(const char *program)
{
	struct stat file;

	return program != NULL && stat(program, &file) == 0 &&
	    !start_is_ours(&file) && S_ISREG(file.st_mode) &&
	    access(program, X_OK) == 0;
}

static enum status
start_detached(const char *program, const char *role, char *config_line,
    int null_fd, struct reason *why)
{
	char role_line[32], path[] = "PATH=/usr/bin:/bin";
	char *env[] = { role_line, config_line, path, NULL };
	struct child_note note = { 0 };
	sigset_t reset;
	struct child_plan plan = {
		.path = program, .dir = "/", .env = env,
		.in = null_fd, .out = null_fd, .reset = &reset,
		.note = &note, .slot_fd = -1, .detach = true,
	};
	pid_t pid;
	int error;

	snprintf(role_line, sizeof(role_line), "CGIHOOK_ROLE=%s", role);
	child_signals(&reset);
	error = child_start(&plan, &pid);
	if (error != 0)
		return fail(why, ST_BUSY, "cannot start the %s: %s",
		    role, strerror(error));
	/* It ends at once: it has handed its task to its own child. ECHILD is
	 * a web server that ignores SIGCHLD. */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (note.error != 0)
		return fail(why, ST_SYSTEM, "cannot start the %s %s: %s",
		    role, program, strerror(note.error));
	return ST_OK;
}

static enum status
start_program(const char *program, const char *role, const char *config_path,
    struct reason *why)
{
	char *config_line;
	int fd, null_fd;
	enum status st;

	if (asprintf(&config_line, "CGIHOOK_CONFIG=%s", config_path) < 0)
		return fail(why, ST_BUSY, "no memory");
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	null_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (null_fd < 0)
		st = fail(why, ST_BUSY, "/dev/null: %s", strerror(errno));
	else
		st = start_detached(program, role, config_line, null_fd, why);
	if (fd >= 0)
		close(fd);
	if (null_fd >= 0)
		close(null_fd);
	free(config_line);
	return st;
}

enum status
runner_start_program(const char *program, const char *config_path,
    struct reason *why)
{
	return start_program(program, "runner", config_path, why);
}

static enum status
start_self(const char *role, const char *config_path, struct reason *why)
{
	char *program = runner_program();
	enum status st = start_program(program != NULL ? program : SELF, role,
	    config_path, why);

	free(program);
	return st;
}

enum status
runner_start(const char *config_path, struct reason *why)
{
	return start_self("runner", config_path, why);
}

enum status
runner_start_agent(const char *config_path, struct reason *why)
{
	return start_self("agent", config_path, why);
}

enum status
runner_start_alarms(const char *config_path, struct reason *why)
{
	return start_self("alarms", config_path, why);
}
