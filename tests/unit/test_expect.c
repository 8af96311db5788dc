/* Every payload against what tests/vectors/expect says of it. */
#include <dirent.h>
#include <stdio.h>

#include "vectors.h"

struct variable {
	const char *name;
	struct bytes value;
};

enum { MAX_VARIABLES = 200 };

struct variables {
	struct variable all[MAX_VARIABLES];
	size_t count;
};

static void
add(struct variables *v, const char *name, struct bytes value)
{
	if (value.data == NULL)
		return;
	assert_true(v->count < MAX_VARIABLES);
	v->all[v->count++] = (struct variable){ name, value };
}

static const struct variable *
find(const struct variables *v, const char *name)
{
	for (size_t i = 0; i < v->count; i++)
		if (strcmp(v->all[i].name, name) == 0)
			return &v->all[i];
	return NULL;
}

static struct bytes
unescaped(struct bytes text, struct arena *a)
{
	char *out = arena_alloc(a, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++, n++) {
		unsigned char byte;

		out[n] = text.data[i];
		if (text.data[i] != '\\')
			continue;
		assert_true(++i < text.len);
		out[n] = text.data[i] == 'n' ? '\n' : text.data[i];
		if (text.data[i] != 'x')
			continue;
		assert_true(i + 2 < text.len);
		assert_true(hex_decode_exact((struct bytes){ text.data + i + 1,
		    2 }, &byte, 1));
		out[n] = (char)byte;
		i += 2;
	}
	return (struct bytes){ out, n };
}

static void
read_expected(struct bytes text, struct arena *a, struct variables *out)
{
	struct bytes line, name;

	while (text.len > 0) {
		bytes_cut(&text, '\n', &line);
		assert_true(bytes_cut(&line, '=', &name));
		assert_true(line.len > 0);
		add(out, arena_cstr(a, name), unescaped(line, a));
	}
}

static void
collect(const struct event *e, struct arena *a, struct variables *out)
{
	const struct env_rule *rule;

	add(out, "HOOK_EVENT", e->event);
	add(out, "HOOK_ACTION", e->action);
	add(out, "HOOK_STATUS", e->status);
	add(out, "HOOK_RESULT", bytes_of(result_name(e->result)));
	add(out, "HOOK_SUBJECT", e->subject);
	add(out, "HOOK_PROJECT", e->project);
	add(out, "HOOK_BRANCH", e->branch);
	add(out, "HOOK_TAG", e->tag);
	add(out, "HOOK_COMMIT", e->commit);
	add(out, "HOOK_TITLE", e->title);
	add(out, "HOOK_AUTHOR", e->author);
	add(out, "HOOK_NAME", e->name);
	add(out, "HOOK_NUMBER", e->number);
	add(out, "HOOK_URL", e->url);
	for (rule = provider_find(e->provider)->env; rule->name != NULL; rule++)
		add(out, rule->name, rule->derive != NULL ?
		    rule->derive(e, rule->name, a) :
		    field_text(&e->doc, rule->paths, a));
}

static size_t
differences(const char *file, const struct variables *want,
    const struct variables *have, struct arena *a)
{
	size_t count = 0;

	for (size_t i = 0; i < want->count; i++) {
		const struct variable *v = find(have, want->all[i].name);

		if (v != NULL && bytes_equal(v->value, want->all[i].value))
			continue;
		count++;
		print_error("%s: %s is %s, not %s\n", file, want->all[i].name,
		    v == NULL ? "(unset)" : vector_cstr(a, v->value),
		    vector_cstr(a, want->all[i].value));
	}
	for (size_t i = 0; i < have->count; i++) {
		if (find(want, have->all[i].name) != NULL)
			continue;
		count++;
		print_error("%s: %s=%s is not expected\n", file,
		    have->all[i].name, vector_cstr(a, have->all[i].value));
	}
	return count;
}

static size_t
compare(const char *provider, const char *file, const struct message *m,
    struct bytes expected, struct arena *a)
{
	struct variables want = { .count = 0 }, have = { .count = 0 };
	struct reason why = { "" };
	struct vector_source v;
	struct event e;
	enum status st = event_decode(vector_source(&v, provider, NULL), m,
	    NULL, a, &e, &why);

	if (bytes_is(expected, "refused\n"))
		return st != ST_MALFORMED;
	if (st != ST_OK) {
		print_error("%s: %s\n", file, why.text);
		return 1;
	}
	read_expected(expected, a, &want);
	collect(&e, a, &have);
	return differences(file, &want, &have, a);
}

/* All files of dir with this ending; the expectation's name is the file's. */
static void
compare_all(struct arena *a, const char *provider, const char *dir,
    const char *ending, size_t want_files)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t files = 0, wrong = 0;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		const char *at = strstr(entry->d_name, ending);
		char path[300], expect[300];
		struct message m;

		if (at == NULL || strcmp(at, ending) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		snprintf(expect, sizeof(expect), "tests/vectors/expect/%s/"
		    "%.*s.env", provider, (int)(at - entry->d_name),
		    entry->d_name);
		if (strcmp(ending, ".http") == 0)
			vector_http(a, path, &m);
		else
			vector_message(a, BYTES(""), vector_read(a, path), &m);
		wrong += compare(provider, entry->d_name, &m,
		    vector_read(a, expect), a);
		files++;
	}
	closedir(d);
	assert_int_equal(files, want_files);
	assert_int_equal(wrong, 0);
}

static void
every_capture_of_drone_has_its_expected_variables(void **state)
{
	compare_all(*state, "drone", "tests/vectors/drone", ".http", 24);
}

static void
every_request_of_gitea_has_its_expected_variables(void **state)
{
	compare_all(*state, "gitea", "tests/vectors/gitea", ".http", 34);
}

static void
every_request_of_the_other_forges_has_its_expected_variables(void **state)
{
	static const struct {
		const char *provider, *folder;
		size_t files;
	} forges[] = {
		{ "github", "github", 43 }, { "gitlab", "gitlab", 24 },
		{ "gitlab", "gitlab/signed", 15 },
		{ "forgejo", "forgejo", 17 }, { "bitbucket", "bitbucket", 31 },
		{ "bitbucket-server", "bitbucket-server", 25 },
	};
	char path[64];

	for (size_t i = 0; i < sizeof(forges) / sizeof(forges[0]); i++) {
		snprintf(path, sizeof(path), "tests/vectors/%s",
		    forges[i].folder);
		compare_all(*state, forges[i].provider, path, ".http",
		    forges[i].files);
	}
}

static void
every_payload_of_circleci_has_its_expected_variables(void **state)
{
	compare_all(*state, "circleci", "tests/vectors/circleci/payloads",
	    ".json", 23);
}

/* The files of an expectation's folder have the names of requests. */
static size_t
compare_expected(struct arena *a, const char *provider)
{
	char dir[300], path[300], expect[600];
	struct dirent *entry;
	size_t files = 0, wrong = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "tests/vectors/expect/%s", provider);
	d = opendir(dir);
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		const char *end = strstr(entry->d_name, ".env");
		struct message m;

		if (end == NULL)
			continue;
		snprintf(path, sizeof(path), "tests/vectors/%s/%.*s.http",
		    provider, (int)(end - entry->d_name), entry->d_name);
		snprintf(expect, sizeof(expect), "%s/%s", dir, entry->d_name);
		vector_http(a, path, &m);
		wrong += compare(provider, entry->d_name, &m,
		    vector_read(a, expect), a);
		files++;
	}
	closedir(d);
	assert_int_equal(wrong, 0);
	return files;
}

static void
every_request_of_a_preset_has_its_expected_variables(void **state)
{
	static const struct {
		const char *provider;
		size_t files;
	} presets[] = {
		{ "azure-devops", 11 }, { "buildkite", 10 },
		{ "discord", 10 }, { "docker-hub", 2 },
		{ "pagerduty", 10 }, { "sentry", 15 },
		{ "shopify", 8 }, { "slack", 8 },
		{ "standard-webhooks", 5 }, { "stripe", 6 },
	};

	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		assert_int_equal(compare_expected(*state, presets[i].provider),
		    presets[i].files);
}

static void
every_name_of_a_table_is_valid_and_unique(void **state)
{
	const struct provider *const *p;

	(void)state;
	for (p = provider_list(); *p != NULL; p++) {
		const struct env_rule *rule, *other;

		for (rule = (*p)->env; rule->name != NULL; rule++) {
			assert_true((rule->paths == NULL) !=
			    (rule->derive == NULL));
			assert_int_equal(strspn(rule->name,
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
			    strlen(rule->name));
			assert_ptr_not_equal(strstr(rule->name, "HOOK_"),
			    rule->name);
			for (other = (*p)->env; other != rule; other++)
				assert_string_not_equal(rule->name,
				    other->name);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(every_capture_of_drone_has_its_expected_variables),
		vector_test(every_request_of_gitea_has_its_expected_variables),
		vector_test(
		    every_request_of_the_other_forges_has_its_expected_variables),
		vector_test(
		    every_payload_of_circleci_has_its_expected_variables),
		vector_test(
		    every_request_of_a_preset_has_its_expected_variables),
		vector_test(every_name_of_a_table_is_valid_and_unique),
	};

	return cmocka_run_group_tests_name("expect", tests, NULL, NULL);
}
