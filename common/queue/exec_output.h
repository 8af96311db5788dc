#ifndef CGIHOOK_EXEC_OUTPUT_H
#define CGIHOOK_EXEC_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* What a handler writes: the last of it is kept, in a ring that grows only as
 * far as it is needed. Gigabytes cost the time of reading them, no more. */
#define OUTPUT_MAX (64 * 1024)

struct output {
	char *data;
	size_t size;		/* of the ring; a power of two, or 0 */
	int64_t total_bytes;	/* ever read */
};

/**
 * output_read - what stands in a pipe now
 *
 * Takes:   fd, non-blocking; budget_bytes, to stop after about so many.
 * Returns: false at the end of file: nobody will write any more.
 */
bool
output_read(struct output *o, int fd, size_t budget_bytes);

/**
 * output_tail - the last of what was read, in order
 *
 * Takes:   scratch of OUTPUT_MAX bytes, used where the ring has turned.
 * Returns: a view into the ring or scratch.
 */
struct bytes
output_tail(const struct output *o, char *scratch);

/** output_reset - begin anew; a small ring stays for the next handler */
void
output_reset(struct output *o);

void
output_free(struct output *o);

#endif
