#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_handler.h"


enum { HEAD_MAX = 512 };

static bool
runs(const char *dir, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, X_OK) == 0;
}

/* In the PATH of handlers: cgihook-handler(7). */
static bool
in_path(const char *name)
{
	return runs("/usr/local/bin", name) || runs("/usr/bin", name) ||
	    runs("/bin", name);
}

static void
check_interpreter(struct checking *k, const char *shown,
    const char *path, struct bytes line)
{
	struct bytes rest = bytes_trim(bytes_from(line, 2)), word;
	char interpreter[256];

	bytes_cut(&rest, ' ', &word);
	snprintf(interpreter, sizeof(interpreter), "%.*s", (int)word.len,
	    word.data);
	if (access(interpreter, X_OK) != 0) {
		check_add(k, CHECK_BAD, "handler", "%s: its interpreter %s "
		    "does not exist", shown, interpreter);
		check_mend(k, "install it, or name another one in the first "
		    "line of '%s'", path);
		return;
	}
	rest = bytes_trim(rest);
	if (strcmp(interpreter, "/usr/bin/env") != 0 || rest.len == 0)
		return;
	if (bytes_has_prefix(rest, "-S "))
		rest = bytes_trim(bytes_from(rest, 3));
	bytes_cut(&rest, ' ', &word);
	snprintf(interpreter, sizeof(interpreter), "%.*s", (int)word.len,
	    word.data);
	if (strchr(interpreter, '=') == NULL && !in_path(interpreter))
		check_add(k, CHECK_BAD, "handler", "%s: %s is not in the "
		    "PATH of handlers, /usr/local/bin:/usr/bin:/bin",
		    shown, interpreter);
}

void
check_handler_script(struct checking *k, const struct check_handler *h)
{
	const char *shown = h->shown, *path = h->path;
	char head[HEAD_MAX];
	struct bytes rest, line;
	FILE *f = fopen(path, "re");
	size_t n = f == NULL ? 0 : fread(head, 1, sizeof(head), f);

	if (f != NULL)
		fclose(f);
	rest = (struct bytes){ head, n };
	if (f != NULL && n == 0) {
		check_add(k, CHECK_BAD, "handler", "%s is empty, so the kernel "
		    "refuses to run it", shown);
		check_mend(k, "echo '#!/bin/sh' >'%s'", path);
		return;
	}
	if (n == 0 || bytes_has_prefix(rest, "\177ELF"))
		return;
	if (bytes_has_prefix(rest, "\357\273\277")) {
		check_add(k, CHECK_BAD, "handler", "%s begins with a byte "
		    "order mark, which hides its #!", shown);
		check_mend(k, "sed -i '1s/^\\xEF\\xBB\\xBF//' '%s'", path);
		return;
	}
	if (!bytes_has_prefix(rest, "#!")) {
		check_add(k, CHECK_BAD, "handler", "%s cannot be run: its "
		    "first line is not #! and an interpreter", shown);
		check_mend(k, "sed -i '1i #!/bin/sh' '%s'", path);
		return;
	}
	bytes_cut(&rest, '\n', &line);
	if (line.len > 0 && line.data[line.len - 1] == '\r') {
		check_add(k, CHECK_BAD, "handler", "%s has Windows line "
		    "endings, so its interpreter is not found",
		    shown);
		check_mend_path(k, "sed -i 's/\\r$//'", path);
		return;
	}
	check_interpreter(k, shown, path, line);
	bytes_cut(&rest, '\n', &line);
	if (line.len > 0 && line.data[line.len - 1] == '\r') {
		check_add(k, CHECK_WARN, "handler", "%s has Windows line "
		    "endings", shown);
		check_mend_path(k, "sed -i 's/\\r$//'", path);
	}
}
