#ifndef CGIHOOK_SERVE_LINK_H
#define CGIHOOK_SERVE_LINK_H

#include "link.h"
#include "serve.h"

/* What both kinds of children do: enter the cage, hear the parent, and hand
 * idle connections over at the end. */

enum serve_heard { SERVE_NOTHING, SERVE_CONNECTION, SERVE_FINISH };

/** serve_prepare - ignore the parent's signals, enter the cage, let lines for
 *  syslog go to the parent. Returns: false where it cannot be confined, and so
 *  is not to serve. */
bool
serve_prepare(struct serve_task *t);

/** serve_next - the parent's next message; m->fd is the caller's where it is a
 *  connection. A parent that has gone means SERVE_FINISH. */
enum serve_heard
serve_next(const struct serve_task *t, struct link_message *m);

/**
 * serve_hand_over - pass an idle connection to the parent, which passes it to
 *                   the next child
 *
 * Takes:   fd, which the caller closes then. Where the parent does not take it,
 *          the connection ends with that, as it may at any time.
 * Effect:  waits for the parent, but not again once it has not taken one.
 */
void
serve_hand_over(struct serve_task *t, int fd);

#endif
