/* What the parent makes of a configuration that it reads for the first time. */
#include "folder_fixture.h"
#include "parent_private.h"
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SOUND "state_dir = state\nhandlers_dir = .\n" \
	"source deploy {\n\tprovider = custom\n\tsecret = \"file:secret\"\n}\n"

static void
put(const struct folder *f, const char *name, const char *text)
{
	char path[300];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
bind_to(struct parent *p, const struct folder *f)
{
	char path[300];

	*p = (struct parent){ .held = -1, .in_force_fd = -1,
		.lookout = LOOKOUT_NONE, .path_arena = ARENA(64 * 1024) };
	(void)snprintf(path, sizeof(path), "%s/cgihook.conf", f->path);
	parent_bind(p, bytes_of(path));
}

static void
let_go(struct parent *p)
{
	config_free(p->config);
	arena_free(&p->path_arena);
	lookout_close(&p->lookout);
	if (p->in_force_fd >= 0)
		close(p->in_force_fd);
}

static bool
has_child(const struct parent *p)
{
	for (int i = 0; i < CHILDREN_MAX; i++)
		if (p->children[i].state != CHILD_NONE)
			return true;
	return false;
}

/* An editor may be in the middle of it. */
static void
waits_for_a_file_that_is_half_there(void **state)
{
	const struct folder *f = *state;
	struct parent p;

	put(f, "cgihook.conf", "source deploy {\n");
	bind_to(&p, f);
	assert_true(parent_is_undecided(&p));
	assert_false(p.wanted);
	assert_int_equal(child_care(&p), -1);
	assert_false(has_child(&p));
	put(f, "secret", "abcdefghijklmnopqrstuvwxyz\n");
	put(f, "cgihook.conf", SOUND);
	parent_look(&p, false);
	assert_non_null(p.config);
	assert_false(parent_is_undecided(&p));
	assert_true(p.wanted);
	let_go(&p);
}

static void
serves_without_one_when_its_mistake_has_lasted(void **state)
{
	const struct folder *f = *state;
	struct parent p;

	put(f, "cgihook.conf", "workre = 3\n");
	bind_to(&p, f);
	parent_look(&p, false);
	assert_null(p.config);
	assert_false(parent_is_undecided(&p));
	assert_non_null(strstr(p.why.text, "workre"));
	assert_true(p.wanted);
	let_go(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    waits_for_a_file_that_is_half_there, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    serves_without_one_when_its_mistake_has_lasted, make_folder,
		    remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
