/* The names that a provider's tables derive, where its captures say too
 * little. */
#include <stdio.h>

#include "vectors.h"

/* name's value for this body, "(unset)" where it has none */
static const char *
value(struct arena *a, const char *provider, const char *body,
    const char *name)
{
	const struct env_rule *rule;
	struct vector_source v;
	struct reason why = { "" };
	struct message m;
	struct event e;
	struct bytes text;

	vector_message(a, BYTES(""), bytes_of(body), &m);
	if (event_decode(vector_source(&v, provider, NULL), &m, NULL, a, &e,
	    &why) != ST_OK)
		fail_msg("%s", why.text);
	for (rule = v.source.provider->env; rule->name != NULL; rule++) {
		if (strcmp(rule->name, name) != 0)
			continue;
		text = rule->derive != NULL ? rule->derive(&e, name, a) :
		    field_text(&e.doc, rule->paths, a);
		assert_true(text.data == NULL || text.len > 0);
		return text.data == NULL ? "(unset)" : arena_cstr(a, text);
	}
	fail_msg("no rule for %s", name);
	return NULL;
}

static void
drone_has_names_for_what_it_shows_in_its_pipelines(void **state)
{
	static const struct {
		const char *name, *build, *value;
	} cases[] = {
		{ "DRONE_TAG", "\"ref\":\"refs/tags/v1.2\"", "v1.2" },
		{ "DRONE_TAG", "\"ref\":\"refs/tags/a/b\"", "a/b" },
		{ "DRONE_TAG", "\"ref\":\"refs/tags/\"", "(unset)" },
		{ "DRONE_TAG", "\"ref\":\"refs/heads/refs/tags/x\"",
		    "(unset)" },
		{ "DRONE_SEMVER_ERROR", "\"ref\":\"refs/heads/x\"",
		    "(unset)" },
		{ "DRONE_SEMVER_ERROR", "\"ref\":\"refs/tags/v1.2\"",
		    "the tag does not have the form MAJOR.MINOR.PATCH" },
		{ "DRONE_SEMVER", "\"ref\":\"refs/tags/v1.2.3-rc.1+5\"",
		    "1.2.3-rc.1+5" },
		{ "DRONE_SEMVER_PRERELEASE",
		    "\"ref\":\"refs/tags/v1.2.3-rc.1+5\"", "rc.1" },
		{ "DRONE_SEMVER_BUILD",
		    "\"ref\":\"refs/tags/v1.2.3-rc.1+5\"", "5" },
		{ "DRONE_CALVER", "\"ref\":\"refs/tags/v1.2.3\"", "(unset)" },
		{ "DRONE_CALVER_MAJOR_MINOR",
		    "\"ref\":\"refs/tags/2024.05.1\"", "2024.05" },
		{ "DRONE_PULL_REQUEST", "\"event\":\"pull_request\","
		    "\"ref\":\"refs/merge-requests/190/head\"", "190" },
		{ "DRONE_PULL_REQUEST", "\"event\":\"pull_request\","
		    "\"ref\":\"refs/pull/x\"", "(unset)" },
		{ "DRONE_PULL_REQUEST", "\"event\":\"pull_request\","
		    "\"ref\":\"7\"", "7" },
		{ "DRONE_PULL_REQUEST", "\"event\":\"pull_request\","
		    "\"ref\":\"refs/pull/09/head\"", "09" },
		{ "DRONE_PULL_REQUEST", "\"event\":\"push\","
		    "\"ref\":\"refs/pull/5/head\"", "(unset)" },
		{ "DRONE_PULL_REQUEST", "\"event\":\"pull_request\"",
		    "(unset)" },
		{ "DRONE_PULL_REQUEST_TITLE", "\"event\":\"push\","
		    "\"title\":\"t\"", "(unset)" },
		{ "DRONE_BUILD_STATUS", "\"status\":\"skipped\"", "skipped" },
		{ "DRONE_BUILD_DEBUG", "\"debug\":true", "true" },
		{ "DRONE_BUILD_DEBUG", "\"id\":7", "false" },
		{ "DRONE_BUILD_DEBUG", "\"debug\":null", "false" },
		{ "DRONE_BUILD_PARENT", "\"id\":7", "0" },
		{ "DRONE_BUILD_PARENT", "\"parent\":6", "6" },
		{ "CI_PARENT_BUILD_NUMBER", "\"id\":7", "0" },
		{ "CI_PARENT_BUILD_NUMBER", "\"parent\":6", "6" },
		{ "DRONE_DEPLOY_ID", "\"id\":7", "0" },
		{ "DRONE_DEPLOY_ID", "\"deploy_id\":5", "5" },
		{ "DRONE_DEPLOY_TO", "\"deploy_to\":\"production\"",
		    "production" },
		{ "CI_BUILD_TARGET", "\"deploy_to\":\"production\"",
		    "production" },
		{ "DRONE_BUILD_LINK", "\"number\":7", "https://d/o/r/7" },
		{ "DRONE_BUILD_LINK", "\"id\":7", "(unset)" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[400];

		snprintf(body, sizeof(body), "{\"event\":\"build\",\"build\":"
		    "{%s},\"repo\":{\"slug\":\"o/r\"},\"system\":"
		    "{\"proto\":\"https\",\"host\":\"d\"}}", cases[i].build);
		assert_string_equal(value(a, "drone", body, cases[i].name),
		    cases[i].value);
	}
}

static void
drone_has_no_build_variables_where_there_is_no_build(void **state)
{
	static const char *const names[] = { "DRONE_BUILD_DEBUG",
	    "DRONE_BUILD_PARENT", "DRONE_DEPLOY_ID", "CI_PARENT_BUILD_NUMBER",
	    "DRONE_BUILD_NUMBER" };
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_string_equal(value(a, "drone", "{\"event\":\"user\","
		    "\"user\":{\"login\":\"x\"}}", names[i]), "(unset)");
		assert_string_equal(value(a, "drone", "{\"event\":\"repo\","
		    "\"repo\":{\"slug\":\"o/r\"},\"build\":null}",
		    names[i]), "(unset)");
	}
}

static void
drone_lists_the_stages_and_steps_that_failed(void **state)
{
	static const char body[] = "{\"event\":\"build\",\"build\":{\"stages\":"
	    "[{\"name\":\"a\",\"status\":\"failure\",\"steps\":["
	    "{\"name\":\"a1\",\"status\":\"success\"},"
	    "{\"name\":\"a2\",\"status\":\"failure\"},"
	    "{\"name\":\"a3\",\"status\":\"failure\",\"errignore\":true},"
	    "{\"name\":\"a4\",\"status\":\"failure\",\"errignore\":false},"
	    "{\"name\":\"\",\"status\":\"failure\"},{\"status\":\"error\"}]},"
	    "{\"name\":\"b\",\"status\":\"success\",\"steps\":null},"
	    "{\"name\":\"c\",\"status\":\"killed\",\"errignore\":true,"
	    "\"steps\":[{\"name\":\"c,1\",\"status\":\"killed\","
	    "\"errignore\":true}]},"
	    "{\"name\":\"d\",\"status\":\"err\\u006fr\"},"
	    "{\"name\":\"e\",\"status\":\"skipped\"},7,null,[]]}}";
	struct arena *a = *state;

	assert_string_equal(value(a, "drone", body, "DRONE_FAILED_STAGES"),
	    "a,c,d");
	assert_string_equal(value(a, "drone", body, "DRONE_FAILED_STEPS"),
	    "a2,a4,c,1");
	assert_string_equal(value(a, "drone", "{\"event\":\"build\",\"build\":"
	    "{\"stages\":{\"name\":\"a\",\"status\":\"failure\"}}}",
	    "DRONE_FAILED_STAGES"), "(unset)");
	assert_string_equal(value(a, "drone", "{\"event\":\"build\",\"build\":"
	    "{\"stages\":\"x\"}}", "DRONE_FAILED_STEPS"), "(unset)");
}

static void
drone_has_no_link_of_a_build_where_there_is_none(void **state)
{
	assert_string_equal(value(*state, "drone", "{\"event\":\"repo\","
	    "\"repo\":{\"slug\":\"o/r\"},\"system\":{\"proto\":\"https\","
	    "\"host\":\"d\"}}", "DRONE_BUILD_LINK"), "(unset)");
}

static void
circleci_takes_names_apart_that_it_does_not_send(void **state)
{
	static const struct {
		const char *name, *pipeline, *value;
	} cases[] = {
		{ "CIRCLE_TAG", "\"trigger_parameters\":{\"git\":"
		    "{\"ref\":\"refs/tags/v1\"}}", "v1" },
		{ "CIRCLE_TAG", "\"trigger_parameters\":{\"github_app\":"
		    "{\"full_ref\":\"refs/tags/v2\"}}", "v2" },
		{ "CIRCLE_TAG", "\"trigger_parameters\":{\"gitlab\":"
		    "{\"tag\":\"v3\",\"ref\":\"refs/heads/x\"}}", "v3" },
		{ "CIRCLE_TAG", "\"trigger_parameters\":{\"git\":"
		    "{\"ref\":\"refs/heads/v1\"}}", "(unset)" },
		{ "CIRCLE_TAG", "\"vcs\":{\"tag\":null}", "(unset)" },
		{ "CIRCLE_BRANCH", "\"vcs\":{\"branch\":\"\"},"
		    "\"trigger_parameters\":{\"gitlab\":{\"branch\":\"b\"}}",
		    "b" },
		{ "CIRCLE_PR_NUMBER", "\"vcs\":{\"branch\":\"pull/12\"}",
		    "12" },
		{ "CIRCLE_PR_NUMBER", "\"vcs\":{\"branch\":\"pull/x\"}",
		    "(unset)" },
		{ "CIRCLE_PR_NUMBER", "\"vcs\":{\"branch\":\"pull/\"}",
		    "(unset)" },
		{ "CIRCLE_PR_NUMBER", "\"vcs\":{\"branch\":\"a/pull/1\"}",
		    "(unset)" },
		{ "CIRCLE_PR_USERNAME", "\"vcs\":{"
		    "\"origin_repository_url\":\"git@github.com:m/w.git\","
		    "\"target_repository_url\":\"git@github.com:a/w.git\"}",
		    "m" },
		{ "CIRCLE_PR_REPONAME", "\"vcs\":{"
		    "\"origin_repository_url\":\"git@github.com:m/w2.git\","
		    "\"target_repository_url\":\"git@github.com:a/w.git\"}",
		    "w2" },
		{ "CIRCLE_PR_USERNAME", "\"vcs\":{"
		    "\"origin_repository_url\":\"https://h/m/w\","
		    "\"target_repository_url\":\"https://h/m/w\"}",
		    "(unset)" },
		{ "CIRCLE_PR_USERNAME", "\"vcs\":{"
		    "\"origin_repository_url\":\"https://h/m/w\"}",
		    "(unset)" },
		{ "CIRCLE_PR_REPONAME", "\"vcs\":{"
		    "\"origin_repository_url\":\"w\","
		    "\"target_repository_url\":\"v\"}", "(unset)" },
		{ "CIRCLE_PR_REPONAME", "\"vcs\":{"
		    "\"origin_repository_url\":\"/\","
		    "\"target_repository_url\":\"v\"}", "(unset)" },
		{ "CIRCLE_PR_REPONAME", "\"vcs\":{"
		    "\"origin_repository_url\":\".git\","
		    "\"target_repository_url\":\"v\"}", "(unset)" },
		{ "CIRCLE_BUILD_URL", "\"number\":1", "(unset)" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[400];

		snprintf(body, sizeof(body), "{\"type\":\"workflow-completed\""
		    ",\"workflow\":{\"url\":\"https://c/w\"},\"pipeline\":"
		    "{%s}}", cases[i].pipeline);
		assert_string_equal(value(a, "circleci", body, cases[i].name),
		    cases[i].value);
	}
}

static void
circleci_shows_a_job_below_its_workflow(void **state)
{
	static const char body[] = "{\"type\":\"job-completed\",\"workflow\":"
	    "{\"url\":\"https://c/w\"},\"job\":{\"number\":17}}";

	assert_string_equal(value(*state, "circleci", body,
	    "CIRCLE_BUILD_URL"), "https://c/w/jobs/17");
	assert_string_equal(value(*state, "circleci", body,
	    "CIRCLE_BUILD_NUM"), "17");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(drone_has_names_for_what_it_shows_in_its_pipelines),
		vector_test(drone_has_no_build_variables_where_there_is_no_build),
		vector_test(drone_lists_the_stages_and_steps_that_failed),
		vector_test(drone_has_no_link_of_a_build_where_there_is_none),
		vector_test(circleci_takes_names_apart_that_it_does_not_send),
		vector_test(circleci_shows_a_job_below_its_workflow),
	};

	return cmocka_run_group_tests_name("provider_env", tests, NULL, NULL);
}
