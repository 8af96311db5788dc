#ifndef CGIHOOK_CAGE_H
#define CGIHOOK_CAGE_H

#include "config.h"
#include "status.h"

/*
 * What the process that reads requests gives up before it reads a byte of one.
 * It has its configuration and secrets in memory and its log open; it needs
 * only its state folder and the sockets that it has. An attacker who breaks in
 * finds no exec, no other file, no way to another process or to the network.
 *
 * This lasts for ever and children inherit it. So a process that must start the
 * runner cannot be confined: plain CGI with runner = auto.
 */
enum cage_kind {
	CAGE_ALONE,	/* plain CGI: it talks to no other process */
	CAGE_LINKED	/* FastCGI: it exchanges descriptors with its parent */
};

/**
 * cage_enter - confine this thread for ever, and those that it will make:
 *              no_new_privs, Landlock, seccomp
 *
 * Takes:   c, whose state folder stays usable; NULL: no file is.
 * Returns: ST_OK, also when the kernel lacks a part: *lacking then says which,
 *          otherwise it is untouched. ST_SYSTEM when the kernel has a part and
 *          refused it.
 * Spec:    prctl(2), landlock(7), seccomp(2)
 */
enum status
cage_enter(const struct config *c, enum cage_kind kind, struct reason *lacking,
    struct reason *why);

#endif
