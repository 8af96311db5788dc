#ifndef CGIHOOK_RECORD_H
#define CGIHOOK_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "bytes.h"

/*
 * FastCGI's records, read from bytes that arrive in any pieces, and written.
 * Nothing here waits, asks the system for anything, or allocates but in the
 * buffer that is written to.
 *
 * Spec: FastCGI specification 1.0, sections 3.3 and 8.
 */
enum { RECORD_SMALL = 128 };

enum record_event {
	RECORD_NONE,		/* all bytes are taken; more are needed */
	RECORD_BEGIN,		/* content: the 8 bytes of the body */
	RECORD_ABORT,
	RECORD_VALUES,		/* content: the pairs, cut at RECORD_SMALL */
	RECORD_CONTENT,		/* a piece of a stream, at least one byte */
	RECORD_STREAM_END,	/* the empty record that ends a stream */
	RECORD_UNKNOWN,		/* of a type that the specification lacks */
	RECORD_BROKEN		/* not FastCGI; nothing behind it is read */
};

/* What an event is about. content is a view of the input or the reader. */
struct record {
	uint8_t type;		/* FCGI_PARAMS, … */
	uint16_t id;
	struct bytes content;
	size_t left;		/* CONTENT: of this record, still to come */
};

/* How far the reading is; zeroed at the start. */
struct record_reader {
	unsigned char head[8];
	uint8_t head_len, small_len, padding;
	bool open, broken;	/* open: a record has begun, and not ended */
	uint16_t left;		/* of the content */
	char small[RECORD_SMALL];
};

/**
 * record_next - what comes next
 *
 * Takes:   in, advanced over what is taken; the rest is for the next call.
 * Returns: an event with *out set. The same stream gives the same events
 *          wherever it is cut, but for the number of CONTENT's pieces.
 *          Records that mean nothing to a responder are passed over.
 */
enum record_event
record_next(struct record_reader *r, struct bytes *in, struct record *out);

/** record_is_between - whether a record has ended and none has begun */
bool
record_is_between(const struct record_reader *r);

/**
 * record_take_empty - take one empty record, where it is what comes next
 *
 * Takes:   in, advanced over it if it is there; type, FCGI_STDIN for the end
 *          of that stream, or FCGI_ABORT_REQUEST.
 * Returns: whether it was.
 */
bool
record_take_empty(struct record_reader *r, struct bytes *in, uint8_t type,
    uint16_t id);

enum pair_result { PAIR_NONE, PAIR_FOUND, PAIR_BROKEN };

/**
 * record_pair - cut a name-value pair off the front of *rest
 *
 * Returns: PAIR_NONE at the end; PAIR_BROKEN where a length says more than
 *          there is.
 * Spec:    section 3.4
 */
enum pair_result
record_pair(struct bytes *rest, struct bytes *name, struct bytes *value);

/**
 * record_variables - make strings of a whole PARAMS stream, in place
 *
 * Takes:   text, len bytes, which are changed.
 * Returns: how many strings "NAME=value", each with a NUL behind it, stand at
 *          text one behind the other; those in front of a mistake alone.
 *          *whole is false where there was one: a length over the end, a NUL
 *          in a name or value, a '=' in a name.
 */
size_t
record_variables(char *text, size_t len, bool *whole);

/** record_put_stdout - output as STDOUT records */
void
record_put_stdout(struct buf *out, uint16_t id, struct bytes output);

/** record_put_end - END_REQUEST; status: FCGI_REQUEST_COMPLETE, …; streamed:
 *  STDOUT is ended first */
void
record_put_end(struct buf *out, uint16_t id, uint8_t status, bool streamed);

/** record_put_unknown - UNKNOWN_TYPE, section 4.2 */
void
record_put_unknown(struct buf *out, uint8_t type);

/** record_put_values - GET_VALUES_RESULT, section 4.1: of the names asked for
 *  those that are known */
void
record_put_values(struct buf *out, struct bytes asked);

#endif
