/* The commands that explain prints are run as they are, and must make the
 * signature that the recipe makes. */
#include <stdio.h>
#include <unistd.h>

#include "../temporary.h"
#include "outgoing_fixture.h"
#include "recipe.h"
#include "trace.h"

static const struct {
	struct scheme scheme;
	const char *secret;
} cases[] = {
	{ { .element = "sha256=%hex", .signed_text = "{body}" }, "it's \"a\" "
	    "secret" },
	{ { .element = "%b64", .signed_text = "{body}" }, "secret" },
	{ { .element = "%hex", .signed_text = "{body}",
	    .algorithm = SCHEME_SHA1 }, "secret" },
	{ { .element = "%b64", .signed_text = "{body}",
	    .algorithm = SCHEME_SHA512 }, "secret" },
	{ { .element = "v0=%hex", .signed_text = "v0:{time}:{body}",
	    .time = "header:x-time" }, "secret" },
	{ { .element = "v1,%b64", .separator = ' ',
	    .signed_text = "{header:x-id}.{time}.{body}",
	    .time = "header:x-time", .encoding = SECRET_BASE64 },
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
	{ { .element = "v1=%hex", .separator = ',',
	    .signed_text = "{time}.{body}", .time = "element:t",
	    .encoding = SECRET_HEX }, "00ff5ec2e7" },
	{ { .element = "%hex", .encoding = SECRET_BASE64,
	    .signed_text = "it's 100%\\n{body}'%s'{header:x-id};" },
	    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
};

/* What a shell prints, up to the first blank. */
static const char *
run(struct arena *a, const char *dir, const char *secret,
    struct bytes command)
{
	const char *script = arena_printf(a, "cd '%s' && %.*s", dir,
	    (int)command.len, command.data).data;
	char out[400] = "";
	FILE *f;

	assert_int_equal(setenv("SECRET", secret, 1), 0);
	f = popen(script, "r");
	assert_non_null(f);
	out[fread(out, 1, sizeof(out) - 1, f)] = '\0';
	pclose(f);
	out[strcspn(out, " \n")] = '\0';
	return arena_cstr(a, bytes_of(out));
}

static void
write_body(const char *dir, struct bytes body, struct arena *a)
{
	FILE *f = fopen(arena_printf(a, "%s/BODY", dir).data, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(body.data, 1, body.len, f), body.len);
	assert_int_equal(fclose(f), 0);
}

static void
the_commands_make_the_right_signature(void **state)
{
	struct arena *a = *state;
	char dir[TEMPORARY_MAX];

	if (system("openssl version >/dev/null 2>&1") != 0)
		skip();
	assert_int_equal(make_temporary(dir, "command"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outgoing o = { .body = BYTES("{\"a\": '%s\\n'}\n"),
			.now_ms = vector_time(CAPTURE_TIME) };
		const char *const secrets[] = { cases[i].secret, NULL };
		struct scheme schemes[] = { cases[i].scheme, SCHEME_END };
		struct recipe r = { .schemes = schemes };
		struct trace t = TRACE(a);
		struct vector_source v;
		struct reason why;
		struct proof proof;
		struct message m;
		const char *made;

		schemes[0].name = "s";
		schemes[0].header = "x-sig";
		assert_int_equal(scheme_check(&schemes[0], &why), ST_OK);
		vector_source(&v, "circleci", secrets);
		v.source.recipe = &r;
		assert_int_equal(outgoing_sign(&v.source, a, &o, &why), ST_OK);
		outgoing_arrives(a, &o, &m);
		assert_int_equal(event_verify(&v.source, &m, a, &t, &proof,
		    &why), ST_OK);
		write_body(dir, o.body, a);
		made = run(a, dir, cases[i].secret, t.command);
		assert_true(strlen(made) >= 40);
		assert_non_null(strstr(vector_cstr(a, o.headers[
		    o.header_count - 1].value), made));
	}
	assert_int_equal(remove_temporary(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(the_commands_make_the_right_signature),
	};

	return cmocka_run_group_tests_name("recipe_command", tests, NULL,
	    NULL);
}
