#include "exec_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RING_MIN = 4096 };

/* Where the next bytes go. The ring grows only when it is exactly full for the
 * first time, so that what is in it still lies in order. */
static char *
output_space(struct output *o, size_t *len)
{
	size_t at, size;
	char *bigger;

	if (o->total_bytes == (int64_t)o->size && o->size < OUTPUT_MAX) {
		size = o->size == 0 ? RING_MIN : 2 * o->size;
		bigger = realloc(o->data, size);
		if (bigger != NULL) {
			o->data = bigger;
			o->size = size;
		}
	}
	if (o->size == 0)
		return NULL;
	at = (size_t)o->total_bytes & (o->size - 1);
	*len = o->size - at;
	return o->data + at;
}

bool
output_read(struct output *o, int fd, size_t budget_bytes)
{
	char lost[512];		/* without memory: read, counted, forgotten */
	size_t done = 0, len;
	char *to;
	ssize_t n;

	while (done < budget_bytes) {
		len = sizeof(lost);
		to = output_space(o, &len);
		n = read(fd, to != NULL ? to : lost, len);
		if (n == 0)
			return false;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		o->total_bytes += n;
		done += (size_t)n;
		if ((size_t)n < len)
			break;		/* a pipe gave less: it is empty */
	}
	return true;
}

struct bytes
output_tail(const struct output *o, char *scratch)
{
	size_t at;

	if (o->size == 0)
		return BYTES("");
	if (o->total_bytes <= (int64_t)o->size)
		return (struct bytes){ o->data, (size_t)o->total_bytes };
	at = (size_t)o->total_bytes & (o->size - 1);
	memcpy(scratch, o->data + at, o->size - at);
	memcpy(scratch + o->size - at, o->data, at);
	return (struct bytes){ scratch, o->size };
}

void
output_reset(struct output *o)
{
	o->total_bytes = 0;
	if (o->size > RING_MIN)
		output_free(o);
}

void
output_free(struct output *o)
{
	free(o->data);
	*o = (struct output){ NULL, 0, 0 };
}
