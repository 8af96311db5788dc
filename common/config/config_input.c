#include "config_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto.h"

/* At most size bytes, past EINTR and short reads; -1 with errno on error. */
static ssize_t
read_up_to(int fd, unsigned char *to, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, to + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static enum status
read_open_file(int fd, size_t limit_bytes, unsigned char **data, size_t *len,
    struct stat *st, struct reason *why)
{
	unsigned char *room;
	ssize_t n;

	if (fstat(fd, st) != 0)
		return fail(why, ST_CONFIG, "%s", strerror(errno));
	if (!S_ISREG(st->st_mode))
		return fail(why, ST_CONFIG, "it is not a regular file");
	room = malloc(limit_bytes + 1);
	if (room == NULL)
		return fail(why, ST_CONFIG, "no memory to read it");
	n = read_up_to(fd, room, limit_bytes + 1);
	if (n >= 0 && (size_t)n <= limit_bytes) {
		room[n] = '\0';
		*data = room;
		*len = (size_t)n;
		return ST_OK;
	}
	(void)fail(why, ST_CONFIG, "%s", n < 0 ? strerror(errno) :
	    "too big to be what it should be");
	crypto_wipe(room, limit_bytes + 1);
	free(room);
	return ST_CONFIG;
}

enum status
input_read(const char *path, size_t limit_bytes, unsigned char **data,
    size_t *len, struct stat *st, struct reason *why)
{
	enum status result;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail(why, ST_CONFIG, "%s", strerror(errno));
	result = read_open_file(fd, limit_bytes, data, len, st, why);
	(void)close(fd);
	return result;
}
