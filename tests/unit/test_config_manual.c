#include "config_fixture.h"

/* The examples of cgihook.conf(5) are configurations, whole or of one line. */

#define PAGE "docs/cgihook.conf.5"

enum { PAGE_MAX = 128 * 1024, EXAMPLES_LEAST = 3 };

static char *
read_page(void)
{
	char *text = calloc(1, PAGE_MAX);
	int fd = open(PAGE, O_RDONLY | O_CLOEXEC);

	assert_non_null(text);
	assert_true(fd >= 0);
	assert_true(read(fd, text, PAGE_MAX - 1) > 0);
	assert_int_equal(close(fd), 0);
	return text;
}

/* The message that shows what errors look like, and a key of a source. */
static int
is_whole(const char *text)
{
	return strncmp(text, "hook/", 5) != 0 &&
	    strncmp(text, "secret ", 7) != 0;
}

static void
accepts_every_example_of_the_manual(void **state)
{
	struct fixture *f = *state;
	char *page = read_page(), *at = page, *end;
	int whole = 0;

	while ((at = strstr(at, "\n.Bd ")) != NULL) {
		at = strchr(at + 1, '\n') + 1;
		end = strstr(at, "\n.Ed");
		assert_non_null(end);
		end[1] = '\0';
		if (is_whole(at)) {
			put_text(f, "cgihook.conf", at);
			f->why.text[0] = '\0';
			(void)config_load_runner(f->path, &f->config, &f->why);
			assert_string_equal(f->why.text, "");
			config_free(f->config);
			f->config = NULL;
			whole++;
		}
		at = end + 2;
	}
	assert_true(whole >= EXAMPLES_LEAST);
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(accepts_every_example_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
