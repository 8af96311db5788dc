#ifndef CGIHOOK_CONFIG_FIXTURE_H
#define CGIHOOK_CONFIG_FIXTURE_H

#include "config.h"
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../temporary.h"

/* A folder with a configuration, its path, and what became of reading it. */
struct fixture {
	char dir[TEMPORARY_MAX];
	char path[96];
	struct config *config;
	struct reason why;
};

#define DRONE "source drone {\n\tprovider = drone\n\tsecret = file:s\n}\n"
#define CIRCLE "source circleci {\n\tprovider = circleci\n\tsecret = none\n}\n"

static inline void
put(struct fixture *f, const char *name, const void *data, size_t len,
    mode_t mode)
{
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static inline void
put_text(struct fixture *f, const char *name, const char *text)
{
	put(f, name, text, strlen(text), 0600);
}

static inline int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(make_temporary(f->dir, "config"), 0);
	(void)snprintf(f->path, sizeof(f->path), "%s/cgihook.conf", f->dir);
	put_text(f, "s", "top secret\n");
	*state = f;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;

	config_free(f->config);
	assert_int_equal(remove_temporary(f->dir), 0);
	free(f);
	return 0;
}

static inline enum status
load_bytes(struct fixture *f, const char *text, size_t len)
{
	put(f, "cgihook.conf", text, len, 0600);
	config_free(f->config);
	f->config = NULL;
	f->why.text[0] = '\0';
	return config_load(f->path, &f->config, &f->why);
}

static inline const struct config *
accepts(struct fixture *f, const char *text)
{
	enum status st = load_bytes(f, text, strlen(text));

	assert_string_equal(f->why.text, "");
	assert_int_equal(st, ST_OK);
	return f->config;
}

/* message: "LINE: what is wrong and what to do" */
static inline void
refuses_bytes(struct fixture *f, const char *text, size_t len,
    const char *message)
{
	char expected[800];

	assert_int_equal(load_bytes(f, text, len), ST_CONFIG);
	assert_null(f->config);
	(void)snprintf(expected, sizeof(expected), "%s:%s", f->path, message);
	assert_string_equal(f->why.text, expected);
}

static inline void
refuses(struct fixture *f, const char *text, const char *message)
{
	refuses_bytes(f, text, strlen(text), message);
}

static inline void
is_below(struct fixture *f, const char *path, const char *name)
{
	char expected[160];

	(void)snprintf(expected, sizeof(expected), "%s/%s", f->dir, name);
	assert_string_equal(path, expected);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
