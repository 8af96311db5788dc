#ifndef CGIHOOK_SAID_H
#define CGIHOOK_SAID_H

#include <stdint.h>

#include "arena.h"
#include "bytes.h"

/* What a reply says, where the responder wrote it. */

enum said_kind {
	SAID_NOTHING,		/* a web server's reply, or a handler's */
	SAID_REFUSED,		/* {"error":…} */
	SAID_QUEUED,		/* {"id":…,"status":"queued"} */
	SAID_DUPLICATE,		/* the same with "duplicate" */
	SAID_CHECKED		/* {"status":"checked",…} */
};

struct said {
	enum said_kind kind;
	int64_t id;		/* of QUEUED and DUPLICATE */
	struct bytes error;	/* of REFUSED; otherwise absent */
	struct bytes path_info;	/* of REFUSED: what came; may be absent */
	struct bytes folder;	/* of CHECKED: the mark of its state folder */
};

/**
 * said_read - tell the responder's replies from all others
 *
 * Takes:   type, the reply's Content-Type, may be absent: a handler's output
 *          is text/plain, whatever it looks like. text, the reply's body.
 * Owns:    the texts are the arena's.
 */
struct said
said_read(struct bytes type, struct bytes text, struct arena *a);

#endif
