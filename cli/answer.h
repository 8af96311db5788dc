#ifndef CGIHOOK_ANSWER_H
#define CGIHOOK_ANSWER_H

#include <stdint.h>

#include "arena.h"
#include "bytes.h"

/* What the responder answers, told apart from the answers of others. */

enum answer_kind {
	ANSWER_OTHER,		/* a web server's reply, or a handler's */
	ANSWER_REFUSED,		/* {"error":…} */
	ANSWER_QUEUED,		/* {"id":…,"status":"queued"} */
	ANSWER_DUPLICATE,	/* the same with "duplicate" */
	ANSWER_RETRIED,		/* with "retried": a duplicate, and what failed
				   of the event runs again */
	ANSWER_CHECKED		/* {"status":"checked",…} */
};

struct answer {
	enum answer_kind kind;
	int64_t id;		/* of QUEUED, DUPLICATE and RETRIED */
	struct bytes state;	/* of DUPLICATE: "failed", "dead", "pruned", or
				   absent */
	struct bytes error;	/* of REFUSED; otherwise absent */
	struct bytes path_info;	/* of REFUSED: what came; may be absent */
	struct bytes folder;	/* of CHECKED: the mark of its state folder */
};

/**
 * answer_read - read a reply, if the responder wrote it
 *
 * Takes:   type, the reply's Content-Type, may be absent: a handler's output
 *          is text/plain, whatever it looks like. text, the reply's body.
 * Owns:    the texts are the arena's.
 */
struct answer
answer_read(struct bytes type, struct bytes text, struct arena *a);

#endif
