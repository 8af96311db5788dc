#ifndef CGIHOOK_SERVE_LINK_H
#define CGIHOOK_SERVE_LINK_H

#include "link.h"
#include "serve.h"

/* What both kinds of children do: enter the cage, listen to the parent, and
 * hand idle connections over at the end. */

enum serve_heard { SERVE_NOTHING, SERVE_CONNECTION, SERVE_FINISH };

/** serve_prepare - ignore the signals that the parent acts on, enter the cage,
 *  send lines for syslog to the parent. Returns: false when the process cannot
 *  be confined: it must not serve then. */
bool
serve_prepare(struct serve_task *t);

/** serve_next - read the parent's next message. Owns: m->fd, which is the
 *  caller's where it is a connection. Returns: SERVE_FINISH also when the
 *  parent has gone. */
enum serve_heard
serve_next(const struct serve_task *t, struct link_message *m);

/**
 * serve_hand_over - pass an idle connection to the parent, which passes it to
 *                   the next child
 *
 * Takes:   task, a struct serve_task; fd, which the caller closes afterwards.
 *          If the parent does not take it, that ends the connection, as may
 *          happen at any time.
 * Effect:  waits for the parent, but never again once it took none.
 */
void
serve_hand_over(void *task, int fd);

#endif
