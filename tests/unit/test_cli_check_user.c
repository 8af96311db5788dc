/* Whether the mode bits let a user do what a responder has to do: all 512
 * modes, against the rule as POSIX.1-2017 4.5 words it. */
#include <sys/stat.h>

#include "check_user.h"
#include "testing.h"

enum { OWNER = 1000, GROUP = 2000, OTHER = 3000, STRANGER = 9999 };

static const struct check_user user = {
	.uid = OWNER, .groups = { GROUP, GROUP + 1 }, .group_count = 2
};

/* shift: which of the three classes of bits counts */
static void
follows(uid_t uid, gid_t gid, unsigned shift)
{
	for (mode_t mode = 0; mode < 01000; mode++) {
		struct stat sb = { .st_uid = uid, .st_gid = gid,
			.st_mode = S_IFREG | mode };

		for (unsigned want = 0; want < 8; want++)
			assert_int_equal(check_user_may(&user, &sb, want),
			    (((mode >> shift) & 7) & want) == want);
	}
}

static void
the_owners_bits_count_for_the_owner_alone(void **state)
{
	(void)state;
	follows(OWNER, STRANGER, 6);
	follows(OWNER, GROUP, 6);
}

static void
the_groups_bits_count_for_every_group_one_is_in(void **state)
{
	(void)state;
	follows(STRANGER, GROUP, 3);
	follows(STRANGER, GROUP + 1, 3);
}

static void
the_others_bits_count_for_the_others(void **state)
{
	(void)state;
	follows(STRANGER, OTHER, 0);
	follows(0, 0, 0);
}

static void
root_may_do_everything(void **state)
{
	const struct check_user root = { .uid = 0 };
	const struct stat sb = { .st_uid = STRANGER, .st_mode = S_IFREG };

	(void)state;
	assert_true(check_user_may(&root, &sb, 7));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owners_bits_count_for_the_owner_alone),
		cmocka_unit_test(
		    the_groups_bits_count_for_every_group_one_is_in),
		cmocka_unit_test(the_others_bits_count_for_the_others),
		cmocka_unit_test(root_may_do_everything),
	};

	return cmocka_run_group_tests_name("check_user", tests, NULL, NULL);
}
