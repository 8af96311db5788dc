/*
 * Whatever the file says, reading it ends; a refusal names file and line; and
 * what is accepted reads the same a second time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "fuzz.h"

static int
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int
same_handler(const struct handler_config *a, const struct handler_config *b)
{
	size_t i;

	for (i = 0; a->env[i] != NULL; i++)
		if (!same_text(a->env[i], b->env[i]))
			return 0;
	return b->env[i] == NULL && same_text(a->path, b->path) &&
	    a->mode == b->mode && a->timeout_ms == b->timeout_ms &&
	    a->attempts == b->attempts && a->backoff_ms == b->backoff_ms &&
	    a->concurrency == b->concurrency && a->once == b->once;
}

static int
same_source(const struct source *a, const struct source *b)
{
	return same_text(a->name, b->name) && a->provider == b->provider &&
	    same_text(a->key_id, b->key_id) && a->max_age_ms == b->max_age_ms &&
	    a->unsigned_allowed == b->unsigned_allowed;
}

static int
same_config(const struct config *a, const struct config *b)
{
	size_t i;

	if (a->source_count != b->source_count ||
	    a->handler_count != b->handler_count)
		return 0;
	for (i = 0; i < a->source_count; i++)
		if (!same_source(&a->sources[i], &b->sources[i]))
			return 0;
	for (i = 0; i < a->handler_count; i++)
		if (!same_handler(&a->handlers[i], &b->handlers[i]))
			return 0;
	return same_text(a->state_dir, b->state_dir) &&
	    same_text(a->handlers_dir, b->handlers_dir) &&
	    same_text(a->log, b->log) && same_text(a->on_dead, b->on_dead) &&
	    a->body_limit_bytes == b->body_limit_bytes &&
	    a->keep_ms == b->keep_ms && a->workers == b->workers &&
	    a->runner == b->runner && a->journal == b->journal &&
	    a->queue_limit == b->queue_limit;
}

/* "FILE:LINE: " with a line that the file has, and something behind it. */
static void
check_reason(const char *path, const struct reason *why,
    const unsigned char *data, size_t size)
{
	size_t path_len = strlen(path), lines = 1, i;
	char *end;
	unsigned long line;

	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	must(strncmp(why->text, path, path_len) == 0 &&
	    why->text[path_len] == ':', "the reason names no file");
	line = strtoul(why->text + path_len + 1, &end, 10);
	must(end[0] == ':' && end[1] == ' ' && end[2] != '\0',
	    "the reason names no line");
	must(line >= 1 && line <= lines, "there is no such line");
	must(strncmp(end + 2, "libconfuse", 10) != 0,
	    "the guard let through what libconfuse refuses");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct config *first = NULL, *second = NULL;
	struct reason why = { "" };
	char path[40];
	int fd = memfd_create("cgihook.conf", MFD_CLOEXEC);
	enum status st;

	must(fd >= 0 && fchmod(fd, 0600) == 0 &&
	    write(fd, data, size) == (ssize_t)size, "no memory file");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	st = config_load_runner(path, &first, &why);
	if (st == ST_OK) {
		must(config_load_runner(path, &second, &why) == ST_OK,
		    "accepted once, refused the second time");
		must(same_config(first, second), "another meaning");
		must(!config_changed(first), "changed by reading");
	} else if (size <= 1024 * 1024) {
		must(st == ST_CONFIG, "a refusal of another kind");
		check_reason(path, &why, data, size);
	}
	config_free(first);
	config_free(second);
	(void)close(fd);
	return 0;
}
