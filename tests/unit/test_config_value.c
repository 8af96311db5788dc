#include "config_fixture.h"

#define DIGITS ": not a whole number; write it in digits alone"
#define A_SIZE ": not a size; write it like 4096, 512KiB, 1MiB or 2GiB"
#define A_TIME ": not a time; write it like 500ms, 10s, 5m, 8h or 30d"
#define NO_PATH "a path is empty; write one, or leave the line out"

static void
refuses_values_that_are_not_of_their_kind(void **state)
{
	struct fixture *f = *state;

	refuses(f, "\nbody_limit = 1MB", "2: body_limit = 1MB" A_SIZE);
	refuses(f, "body_limit = -1", "1: body_limit = -1" A_SIZE);
	refuses(f, "body_timeout = 10", "1: body_timeout = 10" A_TIME);
	refuses(f, "keep = \"30 d\"", "1: keep = 30 d" A_TIME);
	refuses(f, "workers = many", "1: workers = many" DIGITS);
	refuses(f, "workers = 99999999999999999999",
	    "1: workers = 99999999999999999999" DIGITS);
	refuses(f, "queue_limit = ''", "1: queue_limit = " DIGITS);
	refuses(f, "runner = Auto", "1: runner = Auto: write one of auto,"
	    " external");
	refuses(f, "journal = delete", "1: journal = delete: write one of auto,"
	    " wal, rollback");
	refuses(f, "log = ''", "1: " NO_PATH);
	refuses(f, "on_dead = ''", "1: " NO_PATH);
	refuses(f, "state_dir = ~/state", "1: ~/state: '~' stands for no folder"
	    " here; write the whole path");
}

static void
refuses_values_out_of_bounds(void **state)
{
	struct fixture *f = *state;

	refuses(f, "body_limit = 0", "1: body_limit = 0: it must be from 1 to"
	    " 1073741824 bytes");
	refuses(f, "body_limit = 2GiB", "1: body_limit = 2GiB: it must be"
	    " from 1 to 1073741824 bytes");
	refuses(f, "keep = 0", "1: keep = 0: it must be from 1 to"
	    " 31536000000000 milliseconds");
	refuses(f, "workers = 0", "1: workers = 0: it must be from 1 to"
	    " 1024");
	refuses(f, "workers = 4294967297", "1: workers = 4294967297: it must"
	    " be from 1 to 1024");
	refuses(f, "concurrency = 0", "1: concurrency = 0: it must be from 1"
	    " to 1024");
}

static void
takes_each_number_up_to_its_bounds_and_not_beyond(void **state)
{
	static const struct {
		enum { TOP, SOURCE, HANDLER } where;
		const char *name, *under, *least, *most, *over, *range;
	} keys[] = {
		{ TOP, "body_limit", "0", "1", "1073741824", "1073741825",
		    "from 1 to 1073741824 bytes" },
		{ TOP, "body_timeout", "0s", "1ms", "1h", "3600001ms",
		    "from 1 to 3600000 milliseconds" },
		{ TOP, "keep", "0d", NULL, "365000d", "31536000000001ms",
		    "from 1 to 31536000000000 milliseconds" },
		{ TOP, "workers", "0", "1", "1024", "1025", "from 1 to 1024" },
		{ TOP, "concurrency", "0", "1", "1024", "1025",
		    "from 1 to 1024" },
		{ TOP, "queue_limit", "0", "1", "1000000000", "1000000001",
		    "from 1 to 1000000000" },
		{ SOURCE, "max_age", "0s", "1ms", NULL, "31536000000001ms",
		    "from 1 to 31536000000000 milliseconds" },
		{ HANDLER, "timeout", "0s", "1ms", "365d", "31536000001ms",
		    "from 1 to 31536000000 milliseconds" },
		{ HANDLER, "attempts", "0", "1", "1000", "1001",
		    "from 1 to 1000" },
		{ HANDLER, "backoff", NULL, "0s", "1h", "3600001ms",
		    "from 0 to 3600000 milliseconds" },
		{ HANDLER, "concurrency", NULL, "0", "1024", "1025",
		    "from 0 to 1024" },
	};
	static const char *const forms[][2] = { { CIRCLE, "\n" },
		{ "source d { provider = drone secret = file:s\n", " }" },
		{ CIRCLE "handler circleci/ping {\n", " }" } };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *values[] = { keys[i].under, keys[i].over,
		    keys[i].least, keys[i].most };
		char text[200], message[200];

		for (size_t k = 0; k < 4; k++) {
			if (values[k] == NULL)
				continue;
			(void)snprintf(text, sizeof(text), "%s%s = %s%s",
			    forms[keys[i].where][0], keys[i].name, values[k],
			    forms[keys[i].where][1]);
			if (k >= 2) {
				accepts(f, text);
				continue;
			}
			(void)snprintf(message, sizeof(message),
			    "%s = %s: it must be %s", keys[i].name,
			    values[k], keys[i].range);
			assert_int_equal(load_bytes(f, text, strlen(text)),
			    ST_CONFIG);
			assert_string_equal(strstr(f->why.text, keys[i].name),
			    message);
		}
	}
}

static void
refuses_handler_values_that_are_not_of_their_kind(void **state)
{
	struct fixture *f = *state;

#define H(text) CIRCLE "handler circleci/ping {\n" text "\n}\n"
#define BAD_NAME ": the name must be of letters, digits and '_', and not" \
	" begin with a digit"
#define OUR_NAME ": that name is cgihook's own; take another"
#define BAD_PAYLOAD ": write what follows payload: like build.stages.0.name"
	refuses(f, H("mode = sync"), "6: mode = sync: write one of queue,"
	    " wait");
	refuses(f, H("once = true"), "6: once = true: write one of yes, no");
	refuses(f, H("timeout = 0"), "6: timeout = 0: it must be from 1 to"
	    " 31536000000 milliseconds");
	refuses(f, H("attempts = 0"), "6: attempts = 0: it must be from 1 to"
	    " 1000");
	refuses(f, H("backoff = 2h"), "6: backoff = 2h: it must be from 0 to"
	    " 3600000 milliseconds");
	refuses(f, H("env = CHANNEL"), "6: env: CHANNEL: write it as"
	    " \"NAME=value\"");
	refuses(f, H("env = \"=x\""), "6: env: =x" BAD_NAME);
	refuses(f, H("env = \"2A=x\""), "6: env: 2A=x" BAD_NAME);
	refuses(f, H("env = {\"A=1\",\n\"A-B=x\"}"), "7: env: A-B=x" BAD_NAME);
	refuses(f, H("env = {\"A=1\",\n\"A=2\"}"), "7: env: A=2: that name is"
	    " in the list already");
	refuses(f, H("env = \"HOOK_ID=1\""), "6: env: HOOK_ID=1" OUR_NAME);
	refuses(f, H("env = \"HOOK_DELIVERY=file:x\""),
	    "6: env: HOOK_DELIVERY=file:x" OUR_NAME);
	refuses(f, H("env = \"HOOK_ATTEMPT=payload:n\""),
	    "6: env: HOOK_ATTEMPT=payload:n" OUR_NAME);
	refuses(f, H("env = \"HOOK_OMITTED=\""),
	    "6: env: HOOK_OMITTED=" OUR_NAME);
	refuses(f, H("env = \"HOOK_OMITTED_COUNT=0\""),
	    "6: env: HOOK_OMITTED_COUNT=0" OUR_NAME);
	refuses(f, H("env = \"A=payload:\""), "6: env: A=payload:" BAD_PAYLOAD);
	refuses(f, H("env = \"A=payload:.x\""),
	    "6: env: A=payload:.x" BAD_PAYLOAD);
	refuses(f, H("env = \"A=payload:x..y\""),
	    "6: env: A=payload:x..y" BAD_PAYLOAD);
	refuses(f, H("env = \"A=file:\""), "6: " NO_PATH);
	accepts(f, H("env = {\"A=1\", \"AB=\", \"a=1\", \"_1=file:x\",\n"
	    "\"HOOK_BRANCH=payload:branch\"}"));
#undef H
}

#define NO_EVENT ": no event looks for such a name; write SOURCE/ and EVENT," \
	" EVENT.WORD, EVENT.d/NAME or all"

static void
refuses_handlers_that_no_event_can_start(void **state)
{
	static const char *const names[] = {
		"drone/", "drone/.build", "drone/build.", "drone/Build",
		"drone/build.a.b", "drone/build/x", "drone/build.d/",
		"drone/build.d/x.sh", "drone/build.x/y", "drone/build.d/x/y",
		"drone/../x", "drone//build"
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[200], message[300];

		(void)snprintf(text, sizeof(text), DRONE "handler '%s' {}",
		    names[i]);
		(void)snprintf(message, sizeof(message), "5: handler %s"
		    NO_EVENT, names[i]);
		refuses(f, text, message);
	}
	refuses(f, DRONE "handler build {}", "5: handler build: write its path"
	    " below handlers_dir, like drone/build.failure");
	refuses(f, DRONE "handler dron/build {}", "5: handler dron/build: there"
	    " is no source 'dron'; add it, or correct the name");
	refuses(f, DRONE "handler /build {}", "5: handler /build: there is no"
	    " source ''; add it, or correct the name");
	accepts(f, "handler drone/all {} handler drone/build.waiting_on-x {}\n"
	    "handler drone/build.d/A_b-9 {} handler drone/build {}" DRONE);
}

static void
refuses_two_handlers_that_wait_for_the_same_event(void **state)
{
	struct fixture *f = *state;

#define TWO(a, b) DRONE CIRCLE "handler " a " {\nmode = wait }\nhandler " b \
	" {\nmode = wait }\n"
#define CLASH(a) "12: mode = wait: " a " waits already, and an event has" \
	" one reply; make one of them queue"
	refuses(f, TWO("drone/build", "drone/build.failure"),
	    CLASH("drone/build"));
	refuses(f, TWO("drone/all", "drone/user"), CLASH("drone/all"));
	refuses(f, TWO("drone/user", "drone/all"), CLASH("drone/user"));
	refuses(f, TWO("drone/build.d/a", "drone/build.d/b"),
	    CLASH("drone/build.d/a"));
	accepts(f, TWO("drone/build.created", "drone/build.updated"));
	accepts(f, TWO("drone/build", "circleci/build"));
	accepts(f, TWO("drone/build", "drone/builds"));
	accepts(f, DRONE "handler drone/build { mode = wait }\n"
	    "handler drone/build.failure {}");
#undef TWO
#undef CLASH
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(refuses_values_that_are_not_of_their_kind),
		T(refuses_values_out_of_bounds),
		T(takes_each_number_up_to_its_bounds_and_not_beyond),
		T(refuses_handler_values_that_are_not_of_their_kind),
		T(refuses_handlers_that_no_event_can_start),
		T(refuses_two_handlers_that_wait_for_the_same_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
