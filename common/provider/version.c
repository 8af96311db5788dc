#include "version.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct semver {
	int64_t number[3];
	struct bytes prerelease, build;
};

struct calver {
	struct bytes major, minor, micro, modifier;
};

static struct bytes
version_without_v(struct bytes tag)
{
	return bytes_has_prefix(tag, "v") ? bytes_from(tag, 1) : tag;
}

static bool
version_read_number(struct bytes text, int64_t *out)
{
	unsigned long long n;

	if (!bytes_to_u64(text, &n) || n > INT64_MAX)
		return false;
	*out = (int64_t)n;
	return true;
}

/* semver.org 9 and 10: identifiers of letters, digits and hyphens, with dots
 * between them. NULL, or what is wrong. None at all is allowed, as in Drone:
 * v1.2.3- is 1.2.3. */
static const char *
version_check_identifiers(struct bytes text)
{
	char before = '.';

	for (size_t i = 0; i < text.len; before = text.data[i++]) {
		char c = text.data[i];

		if (!ascii_alnum(c) && c != '-' && c != '.')
			return "has a byte other than [0-9A-Za-z.-] after "
			    "its numbers";
		if (c == '.' && before == '.')
			return "has an empty identifier after its numbers";
	}
	return text.len > 0 && before == '.' ?
	    "has an empty identifier after its numbers" : NULL;
}

/* NULL, or why not */
static const char *
version_read_semver(struct bytes tag, struct semver *v)
{
	struct bytes rest, core, part;
	const char *error;

	memset(v, 0, sizeof(*v));
	v->build = version_without_v(tag);
	bytes_cut(&v->build, '+', &rest);
	v->prerelease = rest;
	bytes_cut(&v->prerelease, '-', &core);
	for (int i = 0; i < 3; i++) {
		bool more = bytes_cut(&core, '.', &part);

		if (more != (i < 2))
			return "does not have the form MAJOR.MINOR.PATCH";
		if (!version_read_number(part, &v->number[i]))
			return "has something else than a number in "
			    "MAJOR.MINOR.PATCH";
	}
	error = version_check_identifiers(v->prerelease);
	return error != NULL ? error : version_check_identifiers(v->build);
}

static struct bytes
version_not_empty(struct bytes text)
{
	return text.len > 0 ? text : BYTES_NONE;
}

static struct bytes
version_semver_whole(const struct semver *v, struct arena *a)
{
	/* check_identifiers() has let no NUL pass: %.*s has them whole */
	return arena_printf(a, "%" PRId64 ".%" PRId64 ".%" PRId64
	    "%s%.*s%s%.*s", v->number[0], v->number[1], v->number[2],
	    v->prerelease.len > 0 ? "-" : "", (int)v->prerelease.len,
	    v->prerelease.len > 0 ? v->prerelease.data : "",
	    v->build.len > 0 ? "+" : "", (int)v->build.len,
	    v->build.len > 0 ? v->build.data : "");
}

struct bytes
version_semver(struct bytes tag, const char *part, struct arena *a)
{
	static const char *const numbers[] = { "_MAJOR", "_MINOR", "_PATCH" };
	struct semver v;
	const char *error = version_read_semver(tag, &v);

	if (strcmp(part, "_ERROR") == 0)
		return error == NULL ? BYTES_NONE :
		    arena_printf(a, "the tag %s", error);
	if (error != NULL)
		return BYTES_NONE;
	for (int i = 0; i < 3; i++)
		if (strcmp(part, numbers[i]) == 0)
			return arena_printf(a, "%" PRId64, v.number[i]);
	if (strcmp(part, "_PRERELEASE") == 0)
		return version_not_empty(v.prerelease);
	if (strcmp(part, "_BUILD") == 0)
		return version_not_empty(v.build);
	if (strcmp(part, "_SHORT") == 0)
		v.prerelease = v.build = BYTES_NONE;
	return version_semver_whole(&v, a);
}

/* --- calendar versions --------------------------------------------------- */

static bool
version_read_calver(struct bytes tag, struct calver *v)
{
	int64_t year, minor;

	v->micro = version_without_v(tag);
	if (!bytes_cut(&v->micro, '.', &v->major))
		return false;
	bytes_cut(&v->micro, '.', &v->minor);
	v->modifier = v->micro;
	bytes_cut(&v->modifier, '-', &v->micro);
	if (!version_read_number(v->major, &year) ||
	    !version_read_number(v->minor, &minor))
		return false;
	return (year >= 19 && year <= 99) || (year >= 2019 && year <= 9998);
}

/* text up to where the last of it ends: the parts stand in it one after
 * another, and so does what joins them */
static struct bytes
version_up_to(struct bytes text, struct bytes last)
{
	return (struct bytes){ text.data,
	    (size_t)(last.data + last.len - text.data) };
}

struct bytes
version_calver(struct bytes tag, const char *part, struct arena *a)
{
	struct calver v;
	struct bytes whole = version_without_v(tag), text = BYTES_NONE;

	if (!version_read_calver(tag, &v))
		return BYTES_NONE;
	if (strcmp(part, "_MAJOR_MINOR") == 0)
		text = version_up_to(whole, v.minor);
	else if (strcmp(part, "_MAJOR") == 0)
		text = v.major;
	else if (strcmp(part, "_MINOR") == 0)
		text = v.minor;
	else if (strcmp(part, "_MICRO") == 0)
		text = v.micro;
	else if (strcmp(part, "_MODIFIER") == 0)
		text = v.modifier;
	else if (strcmp(part, "_SHORT") == 0)
		text =
		    version_up_to(whole, v.micro.len > 0 ? v.micro : v.minor);
	else if (*part == '\0')
		text = version_up_to(whole, v.modifier.len > 0 ? v.modifier :
		    v.micro.len > 0 ? v.micro : v.minor);
	return text.len > 0 ? arena_copy(a, text) : BYTES_NONE;
}
