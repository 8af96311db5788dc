#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "file.h"

enum { FILE_MAX = 1024 * 1024 };

/* The value in a line "key = value", without quotes and comments. This is
 * lenient: the real reader has refused the file. */
static struct bytes
guess_value(struct bytes line, const char *key)
{
	struct bytes name, value;
	char quote;

	if (!bytes_cut(&line, '=', &name) || line.data == NULL ||
	    !bytes_is(bytes_trim(name), key))
		return BYTES_NONE;
	line = bytes_trim(line);
	quote = line.len > 0 && (*line.data == '"' || *line.data == '\'') ?
	    *line.data : ' ';
	if (quote != ' ')
		line = bytes_from(line, 1);
	(void)bytes_cut(&line, quote, &value);
	if (quote == ' ') {
		line = value;
		(void)bytes_cut(&line, '#', &value);
	}
	return value;
}

/* The last line that has the key. */
static struct bytes
guess_last_value(struct bytes text, const char *key, struct bytes otherwise)
{
	struct bytes line, found = otherwise, value;
	bool more;

	do {
		more = bytes_cut_line(&text, &line);
		value = guess_value(line, key);
		if (value.len > 0)
			found = value;
	} while (more);
	return found;
}

const char *
config_guess_log(const char *path, struct arena *a)
{
	const struct bytes dir = path_dir(bytes_of(path));
	struct bytes text, log, state_dir;
	struct stat file, folder;

	if (file_read(path, FILE_MAX, a, &text, &file, NULL) != ST_OK ||
	    !S_ISREG(file.st_mode) || (file.st_mode & S_IWOTH) != 0)
		return NULL;
	log = guess_last_value(text, "log", BYTES("cgihook.log"));
	if (bytes_is(log, "stderr") || bytes_is(log, "syslog"))
		return arena_cstr(a, log);
	state_dir = path_join(a, dir, guess_last_value(text, "state_dir",
	    BYTES("/var/lib/cgihook")));
	if (state_dir.data == NULL || stat(state_dir.data, &folder) != 0 ||
	    !S_ISDIR(folder.st_mode))
		return NULL;
	return path_join(a, memchr(log.data, '/', log.len) == NULL ?
	    state_dir : dir, log).data;
}
