#include "input.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
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

bool
input_secret(const char *prompt, char *out, size_t size)
{
	struct termios before, silent;
	const bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;

	if (terminal) {
		silent = before;
		silent.c_lflag &= (tcflag_t)~ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
		fprintf(stderr, "%s: ", prompt);
	}
	if (fgets(out, (int)size, stdin) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	return out[0] != '\0';
}
