#ifndef CGIHOOK_SERVE_LINK_H
#define CGIHOOK_SERVE_LINK_H

#include "link.h"
#include "serve.h"

/* What both kinds of children do: enter the cage, hear the parent. */

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

#endif
