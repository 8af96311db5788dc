#ifndef CGIHOOK_CAGE_H
#define CGIHOOK_CAGE_H

#include "config.h"
#include "status.h"

/*
 * What the process that reads requests gives up before it reads a byte of one.
 * It has its configuration and secrets in memory and its log open, and needs
 * its state folder and the sockets that it has. Whoever breaks in finds no
 * exec, no other file, no way to another process or the network.
 *
 * All of it is for ever and passes on to children. So a process that has to
 * start the runner cannot have it: plain CGI with runner = auto.
 */
enum cage_kind {
	CAGE_ALONE,	/* plain CGI: it talks to nobody else */
	CAGE_LINKED	/* FastCGI: it exchanges descriptors with its parent */
};

/**
 * cage_enter - no_new_privs, Landlock, seccomp: for ever, for this thread and
 *              those it will make
 *
 * Takes:   c, whose state folder can still be used; NULL: no file at all.
 * Returns: ST_OK, also when the kernel lacks a part: *lacking then says so,
 *          otherwise it is untouched. ST_SYSTEM when the kernel has it and
 *          refused.
 * Spec:    prctl(2), landlock(7), seccomp(2)
 */
enum status
cage_enter(const struct config *c, enum cage_kind kind, struct reason *lacking,
    struct reason *why);

#endif
