#ifndef CGIHOOK_VERSION_H
#define CGIHOOK_VERSION_H

#include "arena.h"
#include "bytes.h"

/*
 * A tag read as a version, in the parts that Drone's pipelines have as
 * DRONE_SEMVER* and DRONE_CALVER*. One "v" in front is skipped.
 */

/**
 * version_semver - a part of a semantic version
 *
 * Takes:   part: "" for the whole, "_SHORT", "_MAJOR", "_MINOR", "_PATCH",
 *          "_PRERELEASE", "_BUILD"; or "_ERROR": why the tag is none.
 * Returns: absent where the tag is no such version or does not have the part.
 * Spec:    semver.org 2.0.0. As in Drone, zeros in front of a number are
 *          allowed and left out, and so is a '-' or '+' at the end.
 */
struct bytes
version_semver(struct bytes tag, const char *part, struct arena *a);

/**
 * version_calver - a part of a calendar version: YEAR.NUMBER[.MICRO[-MODIFIER]]
 *
 * Takes:   part: "" for the whole, "_SHORT", "_MAJOR_MINOR", "_MAJOR",
 *          "_MINOR", "_MICRO", "_MODIFIER".
 * Returns: as above; YEAR is 19 to 99 or 2019 to 9998, as Drone has it.
 */
struct bytes
version_calver(struct bytes tag, const char *part, struct arena *a);

#endif
