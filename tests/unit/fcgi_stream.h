#ifndef FCGI_STREAM_H
#define FCGI_STREAM_H

/* What a web server would send, as bytes. */

#include <fastcgi.h>
#include <string.h>

#include "buf.h"

enum { ROOM = 1024 * 1024 };

static inline void
put_record_padded(struct buf *b, int type, int id, struct bytes content,
    int padding)
{
	static const char zeros[256];
	const unsigned char head[8] = { 1, (unsigned char)type,
		(unsigned char)(id >> 8), (unsigned char)id,
		(unsigned char)(content.len >> 8), (unsigned char)content.len,
		(unsigned char)padding, 0 };

	buf_add(b, (struct bytes){ (const char *)head, sizeof(head) });
	buf_add(b, content);
	buf_add(b, (struct bytes){ zeros, (size_t)padding });
}

static inline void
put_record(struct buf *b, int type, int id, struct bytes content)
{
	put_record_padded(b, type, id, content, 0);
}

static inline void
put_begin(struct buf *b, int id, int role, int flags)
{
	const char body[8] = { 0, (char)role, (char)flags };

	put_record(b, FCGI_BEGIN_REQUEST, id,
	    (struct bytes){ body, sizeof(body) });
}

/* A request with one variable, "A=b", and a body. */
static inline void
put_request(struct buf *b, int id, int flags, const char *body)
{
	put_begin(b, id, FCGI_RESPONDER, flags);
	put_record(b, FCGI_PARAMS, id, BYTES("\1\1Ab"));
	put_record(b, FCGI_PARAMS, id, BYTES_NONE);
	if (*body != '\0')
		put_record(b, FCGI_STDIN, id, bytes_of(body));
	put_record(b, FCGI_STDIN, id, BYTES_NONE);
}

#endif
