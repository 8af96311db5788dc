#include "config_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto.h"
#include "file.h"

static enum status
input_read_open(int fd, size_t limit_bytes, unsigned char **data, size_t *len,
    struct stat *st, struct reason *why)
{
	unsigned char *room;
	enum status result;
	size_t n = 0;

	if (fstat(fd, st) != 0)
		return fail(why, ST_CONFIG, "%s", strerror(errno));
	if (!S_ISREG(st->st_mode))
		return fail(why, ST_CONFIG, "it is not a regular file");
	room = malloc(limit_bytes + 1);
	if (room == NULL)
		return fail(why, ST_CONFIG, "no memory to read it");
	result = file_read_into(fd, (char *)room, limit_bytes + 1, &n);
	if (result == ST_OK) {
		room[n] = '\0';
		*data = room;
		*len = n;
		return ST_OK;
	}
	(void)fail(why, ST_CONFIG, "%s", result == ST_SYSTEM ?
	    strerror(errno) : "too big to be what it should be");
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
	result = input_read_open(fd, limit_bytes, data, len, st, why);
	(void)close(fd);
	return result;
}
