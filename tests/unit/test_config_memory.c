/*
 * Memory runs out while a configuration is read, at any place: the answer is
 * ST_BUSY, and neither an error in the file nor a configuration that lacks
 * something. Each block of an arena is refused once, in files of different
 * lengths, so that blocks end at different places.
 */
#include "config_fixture.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include "buf.h"
#include "on_valgrind.h"

enum { BLOCK_BYTES = 16 * 1024, HANDLERS = 150, RECIPES = 20,
	LENGTHS = 12 };

/* How many more blocks are given out before one is refused; -1: all are. */
static int left = -1;

static bool
refused(void)
{
	return left >= 0 && left-- == 0;
}

/* The arena's small blocks. */
void *
calloc(size_t count, size_t size)
{
	char *p;

	if ((size > BLOCK_BYTES && refused()) ||
	    (p = malloc(count * size)) == NULL)
		return NULL;
	explicit_bzero(p, count * size);
	return p;
}

/* And its large ones. */
void *
mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
	void *(*next)(void *, size_t, int, int, int, off_t);

	*(void **)&next = dlsym(RTLD_NEXT, "mmap");
	if ((flags & MAP_ANONYMOUS) != 0 && refused())
		return MAP_FAILED;
	return next(at, len, protection, flags, fd, offset);
}

static void
write_text(struct buf *b, int length)
{
	buf_add_str(b, "state_dir = d\nlog = syslog\non_dead = /bin/true\n"
	    DRONE CIRCLE);
	for (int i = 0; i < RECIPES; i++)
		buf_printf(b, "source r%d {\n\tprovider = hmac\n\tsecret = "
		    "file:s\n\theader = X-%0*d\n\telement = \"v1=%%hex\"\n"
		    "\tseparator = \",\"\n\ttime = element:t\n\tsigned = "
		    "\"{header:X-Id}.{time}.{body}\"\n\tid = { header:X-Id, "
		    "body:id }\n\tevent = { body:type, header:X-E }\n\taction "
		    "= body:a\n\tfields = { \"url = a.b|c\" }\n}\n", i,
		    20 + 3 * length, i);
	for (int i = 0; i < HANDLERS; i++)
		buf_printf(b, "handler drone/build.d/%d {\n\tenv = {"
		    " \"A=%0*d\", \"B=file:b/%0*d\", \"C=payload:a.b\" }\n"
		    "}\n", i, 60 + 7 * length, i, 50, i);
	buf_add_char(b, '\0');
}

static void
is_busy_whichever_block_is_refused(void **state)
{
	struct fixture *f = *state;

	NOT_ON_VALGRIND("it has a calloc of its own");
	for (int length = 0; length < LENGTHS; length++) {
		struct buf b = BUF(1 << 20);
		enum status st = ST_BUSY;
		int tried;

		write_text(&b, length);
		for (tried = 0; st != ST_OK; tried++) {
			left = tried;
			st = load_bytes(f, b.data, b.len - 1);
			if (left >= 0)
				break;
			assert_int_equal(st, ST_BUSY);
			assert_string_equal(f->why.text, "no memory");
			assert_null(f->config);
		}
		left = -1;
		assert_int_equal(st, ST_OK);
		assert_int_equal(f->config->handler_count, HANDLERS);
		assert_true(tried > 5);
		buf_free(&b);
	}
}

/* Not even that the user has no home, and /etc has a file. */
static void
looks_for_no_file_without_memory(void **state)
{
	struct arena a = ARENA(0);
	struct reason why = { "" };
	const char *path;
	enum status st;

	(void)state;
	NOT_ON_VALGRIND("it has a calloc of its own");
	for (int i = 0; i < 2; i++) {
		left = 0;
		st = config_find_file(i == 0 ? "a" : NULL, NULL, &a, &path,
		    &why);
		left = -1;
		assert_int_equal(st, ST_BUSY);
		assert_string_equal(why.text, "no memory");
		arena_reset(&a);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    is_busy_whichever_block_is_refused, set_up, tear_down),
		cmocka_unit_test(looks_for_no_file_without_memory),
	};

	return cmocka_run_group_tests_name("config_memory", tests, NULL, NULL);
}
