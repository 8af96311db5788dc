#include "alert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "event.h"
#include "file.h"

#define ALERT_FILE "alarms"
#define ALERT_MAGIC "cgihook alarms 1"

enum {
	ROOM_BYTES = 64 * 1024,		/* at first; of about 800 rows */
	ALERT_FILE_MAX = 1024 * 1024
};

static const char *const cause_names[ALERT_CAUSES] = {
	[ALERT_SILENT] = "silent", [ALERT_REFUSED] = "refused",
	[ALERT_DEAD] = "dead", [ALERT_RUNNER] = "runner",
	[ALERT_BACKLOG] = "backlog", [ALERT_DISK] = "disk",
};

const char *
alert_cause_name(enum alert_cause cause)
{
	return cause_names[cause];
}

/* --- reading -------------------------------------------------------------- */

static bool
state_read_cause(const char *word, enum alert_cause *out)
{
	for (int i = 0; i < ALERT_CAUSES; i++) {
		if (strcmp(word, cause_names[i]) == 0) {
			*out = (enum alert_cause)i;
			return true;
		}
	}
	return false;
}

/* Responders may write to the folder: nothing in the file is believed to be
 * well-formed. A line that is not is left out. */
static bool
state_read_row(const char *line, struct arena *a, struct alarm *out)
{
	char cause[16], source[64];
	long long began, told, since, count, accepted;
	int holds;

	if (sscanf(line, "%15s %63s %d %lld %lld %lld %lld %lld", cause,
	    source, &holds, &began, &told, &since, &count, &accepted) != 8 ||
	    !state_read_cause(cause, &out->cause) || (strcmp(source, "-") != 0
	    && !event_word_valid(bytes_of(source))))
		return false;
	out->source = strcmp(source, "-") == 0 ? "" :
	    arena_cstr(a, bytes_of(source));
	out->holds = holds != 0;
	out->began_ms = began;
	out->told_ms = told;
	out->since_ms = since;
	out->count = count;
	out->accepted = accepted;
	return true;
}

static void
state_read_rows(struct bytes text, struct arena *a, struct alarm_list *out)
{
	struct bytes line;

	while (out->count < out->max && text.len > 0) {
		bytes_cut(&text, '\n', &line);
		if (state_read_row(arena_cstr(a, line), a,
		    &out->rows[out->count]))
			out->count++;
	}
}

static size_t
state_count_lines(struct bytes text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

enum status
alert_read(int dirfd, size_t more, struct arena *a, struct alarm_list *out,
    struct reason *why)
{
	struct bytes text = BYTES_NONE, head;
	long long looked;
	enum status st = file_read_at(dirfd, ALERT_FILE, ALERT_FILE_MAX, a,
	    &text, why);

	if (st != ST_OK && st != ST_UNKNOWN)
		return st;
	text.len = st == ST_OK ? strnlen(text.data, text.len) : 0;
	*out = (struct alarm_list){ .max = state_count_lines(text) + more };
	out->rows = arena_array(a, out->max, sizeof(*out->rows));
	if (out->rows != NULL && text.len > 0) {
		bytes_cut(&text, '\n', &head);
		if (sscanf(arena_cstr(a, head), ALERT_MAGIC " %lld",
		    &looked) == 1) {
			out->looked_ms = looked;
			state_read_rows(text, a, out);
		}
	}
	return arena_verdict(a, ST_OK, why);
}

enum status
alert_list(const char *state_dir, struct arena *a, struct alarm_list *out,
    struct reason *why)
{
	const int fd = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum status st;
	size_t n = 0;

	*out = (struct alarm_list){ .count = 0 };
	if (fd < 0 && errno == ENOENT)
		return ST_OK;
	if (fd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", state_dir,
		    strerror(errno));
	st = alert_read(fd, 0, a, out, why);
	close(fd);
	for (size_t i = 0; st == ST_OK && i < out->count; i++)
		if (out->rows[i].holds)
			out->rows[n++] = out->rows[i];
	out->count = n;
	return st;
}

/* --- writing -------------------------------------------------------------- */

static void
state_print(struct buf *b, const struct alarm_list *l)
{
	buf_printf(b, ALERT_MAGIC " %lld\n", (long long)l->looked_ms);
	for (size_t i = 0; i < l->count; i++) {
		const struct alarm *r = &l->rows[i];

		buf_printf(b, "%s %s %d %lld %lld %lld %lld %lld\n",
		    cause_names[r->cause], *r->source == '\0' ? "-" :
		    r->source, r->holds, (long long)r->began_ms,
		    (long long)r->told_ms, (long long)r->since_ms,
		    (long long)r->count, (long long)r->accepted);
	}
	/* the end, if what was there before is longer */
	buf_add_char(b, '\0');
}

/* One write of what has its room already. */
static enum status
state_put(int fd, struct bytes text, struct reason *why)
{
	struct stat sb;
	int error = 0;

	if (fstat(fd, &sb) != 0)
		error = errno;
	else if (sb.st_size < ROOM_BYTES || sb.st_size < (off_t)text.len)
		error = posix_fallocate(fd, 0, (off_t)(text.len < ROOM_BYTES ?
		    ROOM_BYTES : text.len + ROOM_BYTES));
	if (error == 0 && pwrite(fd, text.data, text.len, 0) !=
	    (ssize_t)text.len)
		error = errno;
	return error == 0 ? ST_OK : fail(why, ST_SYSTEM, ALERT_FILE
	    " cannot be written: %s", strerror(error));
}

enum status
alert_write(int fd, const struct alarm_list *l, struct reason *why)
{
	struct buf b = BUF(ALERT_FILE_MAX - ROOM_BYTES);
	enum status st;

	state_print(&b, l);
	st = b.failed ? fail(why, ST_BUSY, "no memory for all alarms") :
	    state_put(fd, buf_bytes(&b), why);
	buf_free(&b);
	return st;
}
