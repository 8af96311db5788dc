#ifndef CGIHOOK_RECORD_H
#define CGIHOOK_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "bytes.h"

/*
 * Reads FastCGI's records from bytes that arrive in any pieces, and writes
 * records. Nothing here waits, calls the system or allocates, but for the
 * buffer that is written to.
 *
 * Spec: FastCGI specification 1.0, sections 3.3 and 8.
 */
enum { RECORD_SMALL = 128 };

enum record_event {
	RECORD_NONE,		/* all bytes are taken; more must come */
	RECORD_BEGIN,		/* content: the 8 bytes of the body */
	RECORD_ABORT,
	RECORD_VALUES,		/* content: the pairs, cut at RECORD_SMALL */
	RECORD_CONTENT,		/* a piece of a stream, at least one byte */
	RECORD_STREAM_END,	/* the empty record that ends a stream */
	RECORD_UNKNOWN,		/* of a type that the specification lacks */
	RECORD_BROKEN		/* not FastCGI; nothing more is read */
};

/* What an event is about. content is a view of the input or the reader. */
struct record {
	uint8_t type;		/* FCGI_PARAMS, … */
	uint16_t id;
	struct bytes content;
	size_t left;		/* CONTENT: of this record, still to come */
};

/* The state of reading; zeroed at the start. */
struct record_reader {
	unsigned char head[8];
	uint8_t head_len, small_len, padding;
	bool open, broken;	/* open: a record has begun and not ended */
	uint16_t left;		/* of the content */
	char small[RECORD_SMALL];
};

/**
 * record_next - read the next event
 *
 * Takes:   in, advanced over what is taken; the rest is for the next call.
 * Returns: an event with *out set. However a stream is cut, it gives the same
 *          events, but for the number of CONTENT's pieces. Records that mean
 *          nothing to a responder are skipped.
 */
enum record_event
record_next(struct record_reader *r, struct bytes *in, struct record *out);

/** record_is_between - whether a record has ended and none has begun */
bool
record_is_between(const struct record_reader *r);

/**
 * record_take_empty - take one empty record, if it comes next
 *
 * Takes:   in, advanced over it if it is there; type, FCGI_STDIN for the end
 *          of that stream, or FCGI_ABORT_REQUEST.
 * Returns: whether it came next.
 */
bool
record_take_empty(struct record_reader *r, struct bytes *in, uint8_t type,
    uint16_t id);

enum pair_result { PAIR_NONE, PAIR_FOUND, PAIR_BROKEN };

/**
 * record_pair - cut a name-value pair off the front of *rest
 *
 * Returns: PAIR_NONE at the end; PAIR_BROKEN when a length is larger than the
 *          rest.
 * Spec:    section 3.4
 */
enum pair_result
record_pair(struct bytes *rest, struct bytes *name, struct bytes *value);

/**
 * record_variables - make strings of a whole PARAMS stream, in place
 *
 * Takes:   text, len bytes, which are changed.
 * Returns: the number of strings "NAME=value", each ended by a NUL, that now
 *          follow each other at text. At a mistake it stops, and *whole is
 *          false: a length beyond the end, a NUL in a name or value, a '=' in a
 *          name.
 */
size_t
record_variables(char *text, size_t len, bool *whole);

/** record_put_stdout - write output as STDOUT records */
void
record_put_stdout(struct buf *out, uint16_t id, struct bytes output);

/** record_put_end - write END_REQUEST; status: FCGI_REQUEST_COMPLETE, …;
 *  streamed: end STDOUT first */
void
record_put_end(struct buf *out, uint16_t id, uint8_t status, bool streamed);

/** record_put_unknown - write UNKNOWN_TYPE, section 4.2 */
void
record_put_unknown(struct buf *out, uint8_t type);

/** record_put_values - write GET_VALUES_RESULT, section 4.1, with the asked
 *  names that are known */
void
record_put_values(struct buf *out, struct bytes asked);

#endif
