#ifndef CGIHOOK_CAGE_H
#define CGIHOOK_CAGE_H

#include <stdbool.h>

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
 *          moved to another folder, nor a replaced one that cage_pins_files
 *          means.
 * Returns: ST_OK, also when the kernel lacks a part: *lacking then names it,
 *          otherwise it is empty. ST_SYSTEM when the kernel has it and refused.
 * Spec:    prctl(2), landlock(7), seccomp(2)
 */
enum status
cage_enter(const struct config *c, struct reason *lacking, struct reason *why);

/**
 * cage_pins_files - whether the configuration or a secret is in a folder that
 *                   has the handlers below it
 *
 * To Landlock a file that is replaced is another one. Where its folder cannot
 * be allowed as a whole, since that would be the handlers too, such a file can
 * only be written in place, or the responder is to be restarted.
 */
bool
cage_pins_files(const struct config *c);

#endif
