#include "env_fixture.h"

#include <ctype.h>

#include "file.h"
#include "provider.h"

/* handlers/README.md says which variables a handler has. What the program has
 * for them are its tables, and the two have to be one. */

static struct bytes
read_page(struct arena *a)
{
	struct reason why = { "" };
	struct bytes page;

	if (file_read("handlers/README.md", 1 << 20, a, &page, NULL, &why)
	    != ST_OK)
		fail_msg("%s", why.text);
	return page;
}

/* "| `NAME` | `a.b`, `c.d` |": a rule as the page's table has it. */
static struct bytes
row_of(const struct env_rule *r, struct arena *a)
{
	struct bytes rest = bytes_of(r->paths), path, row;

	row = arena_printf(a, "\n| `%s` | ", r->name);
	if (r->paths == NULL)
		return row;
	if (r->paths[0] == '=')
		return arena_printf(a, "%salways `%s` |\n", row.data,
		    r->paths + 1);
	for (const char *comma = ""; rest.data != NULL; comma = ", ") {
		bytes_cut(&rest, '|', &path);
		row = arena_printf(a, "%s%s`%.*s`", row.data, comma,
		    (int)path.len, path.data);
	}
	return arena_printf(a, "%s |\n", row.data);
}

static void
has_every_rule_of_every_provider_with_its_fields(void **state)
{
	const struct provider *const *p = provider_list();
	struct arena a = ARENA(0);
	struct bytes page = read_page(&a);
	size_t rules = 0;

	(void)state;
	for (; *p != NULL; p++)
		for (const struct env_rule *r = (*p)->env; r->name != NULL;
		    r++, rules++)
			if (strstr(page.data, row_of(r, &a).data) == NULL)
				fail_msg("the page lacks%s",
				    row_of(r, &a).data);
	assert_true(rules > 100);
	arena_free(&a);
}

static bool
is_rule(struct bytes name)
{
	for (const struct provider *const *p = provider_list(); *p != NULL; p++)
		for (const struct env_rule *r = (*p)->env; r->name != NULL; r++)
			if (bytes_is(name, r->name))
				return true;
	return false;
}

/* An environment with every variable that is not out of a table. */
static void
make_full(struct made *m)
{
	struct bytes *fields[] = { &m->decoded.subject, &m->decoded.project,
	    &m->decoded.branch, &m->decoded.tag, &m->decoded.commit,
	    &m->decoded.title, &m->decoded.author, &m->decoded.name,
	    &m->decoded.number, &m->decoded.url };

	begin(m);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		*fields[i] = BYTES("x");
	m->stored.action = m->stored.status = m->stored.remote_addr = "x";
	m->stored.result = RESULT_SUCCESS;
	prepare(m, BYTES("{\"a\":1,\"a\":2}"));
	build(m, &no_lines);
}

/* The next `NAME` in a first cell of a table, behind *at. */
static bool
next_name(const char **at, const char *line_end, struct bytes *out)
{
	const char *open = memchr(*at, '`', (size_t)(line_end - *at)), *close;
	size_t len = 0;

	if (open == NULL)
		return false;
	close = memchr(open + 1, '`', (size_t)(line_end - open - 1));
	if (close == NULL)
		return false;
	while (isupper((unsigned char)open[1 + len]) || open[1 + len] == '_' ||
	    isdigit((unsigned char)open[1 + len]))
		len++;
	*out = (struct bytes){ open + 1, len };
	if (open + 1 + len != close)
		out->len = 0;	/* not a variable's name */
	*at = close + 1;
	return true;
}

static void
has_no_variable_that_does_not_exist(void **state)
{
	struct arena a = ARENA(0);
	const char *line = strstr(read_page(&a).data, "\n## The environment");
	struct made m;
	size_t seen = 0;

	(void)state;
	make_full(&m);
	assert_non_null(line);
	while ((line = strstr(line, "\n| `")) != NULL) {
		const char *end_of_cell = strstr(line, " | ");
		struct bytes name;

		for (line++; next_name(&line, end_of_cell, &name); seen++)
			/* these are added later: test_exec.c,
			 * test_runner_shared.c */
			if (name.len > 0 && !is_rule(name) &&
			    !bytes_is(name, "HOOK_RUN") &&
			    !bytes_is(name, "HOOK_FENCE") &&
			    get(&m, arena_cstr(&a, name)) == NULL)
				fail_msg("there is no %.*s", (int)name.len,
				    name.data);
	}
	assert_true(seen > 130);
	end(&m);
	arena_free(&a);
}

static void
has_every_variable_that_all_handlers_have(void **state)
{
	struct arena a = ARENA(0);
	struct bytes page = read_page(&a);
	struct made m;

	(void)state;
	make_full(&m);
	for (char **v = m.env; *v != NULL; v++) {
		struct bytes name = arena_printf(&a, "`%.*s`",
		    (int)strcspn(*v, "="), *v);

		if (strncmp(*v, "PAYLOAD_", 8) != 0 &&
		    strstr(page.data, name.data) == NULL)
			fail_msg("the page lacks %s", name.data);
	}
	end(&m);
	arena_free(&a);
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(has_every_rule_of_every_provider_with_its_fields),
		TEST(has_no_variable_that_does_not_exist),
		TEST(has_every_variable_that_all_handlers_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
