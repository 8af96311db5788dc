#ifndef CGIHOOK_CAGE_H
#define CGIHOOK_CAGE_H

#include "config.h"
#include "status.h"

/*
 * What the process that faces the net gives up once it knows its configuration:
 * with runner = external it needs its state folder, its configuration and
 * secrets, its log, and the sockets it has. Whoever breaks in finds no exec, no
 * other file, no way to the network.
 *
 * With runner = auto nothing of it can hold: all of it is for ever and passes
 * on to children, and the runner, which is one, has to be able to run anything.
 */

/**
 * cage_enter - no_new_privs, Landlock, seccomp: for ever, for this thread and
 *              those it will make
 *
 * Takes:   c, whose files stay readable; a changed one too, but not one that
 *          moved to another folder.
 * Returns: ST_OK, also when the kernel lacks a part: *lacking then names it,
 *          otherwise it is empty. ST_SYSTEM when the kernel has it and refused.
 * Spec:    prctl(2), landlock(7), seccomp(2)
 */
enum status
cage_enter(const struct config *c, struct reason *lacking, struct reason *why);

#endif
