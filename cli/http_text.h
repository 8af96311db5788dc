#ifndef CGIHOOK_HTTP_TEXT_H
#define CGIHOOK_HTTP_TEXT_H

#include <stdbool.h>

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "status.h"

/* What happened to a recorded body on its way into a file. */
struct http_text {
	struct message message;
	struct bytes path;		/* of the target; may be absent */
	bool newline_cut;		/* an editor's, after the body */
	bool chunked;			/* and decoded */
	long long missing_bytes;	/* of Content-Length; negative: more */
};

/**
 * http_text_read - a raw HTTP/1 request, as recorders and logs show it
 *
 * Takes:   text, which must outlive *out; lines may end in \n alone; the
 *          request line may be missing.
 * Returns: ST_OK; ST_MALFORMED when it is no request: *why says what a request
 *          looks like; ST_BUSY without memory.
 * Spec:    RFC 9112
 */
enum status
http_text_read(struct bytes text, struct arena *a, struct http_text *out,
    struct reason *why);

#endif
