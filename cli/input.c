#include "input.h"

#include <string.h>
#include <unistd.h>

#include "file.h"

enum status
input_whole(const char *path, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct reason *why)
{
	if (path != NULL && strcmp(path, "-") != 0)
		return file_read(path, limit_bytes, a, out, NULL, why);
	return file_read_fd(STDIN_FILENO, "standard input", limit_bytes, a,
	    out, NULL, why);
}
