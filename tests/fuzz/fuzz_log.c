/*
 * One line in, one line out: whatever the values are, the log gets one line
 * more, of printable UTF-8, no longer than promised, and its fields read back
 * to the same bytes, in order; if some are missing it says so, and they are the
 * last ones.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../temporary.h"
#include "codec.h"
#include "fuzz.h"
#include "log.h"

enum { FIELDS = 8, STAMP_LEN = 30 };

static char root[TEMPORARY_MAX];

static void
remove_tree(void)
{
	(void)remove_temporary(root);
}

/* The log from the first call on. */
static int
made_file(void)
{
	static int fd = -1;
	struct reason why;
	char path[TEMPORARY_MAX + 8];

	if (fd >= 0)
		return fd;
	MUST(make_temporary(root, "fuzz_log") == 0);
	atexit(remove_tree);
	snprintf(path, sizeof(path), "%s/log", root);
	MUST(log_open(path, "fuzz", &why) == ST_OK);
	fd = open(path, O_RDWR | O_CLOEXEC);
	MUST(fd >= 0);
	return fd;
}

/* Reads one quoted value off the front of *rest into out; its length. */
static size_t
read_quoted(struct bytes *rest, char *out)
{
	static const char from[] = "\"\\nrt", to[] = "\"\\\n\r\t";
	const char *p = rest->data + 1;
	size_t len = 0;

	while (*p != '"') {
		MUST((size_t)(p - rest->data) < rest->len);
		if (*p != '\\') {
			out[len++] = *p++;
		} else if (p[1] == 'x') {
			out[len++] = (char)(hex_digit(p[2]) << 4 |
			    hex_digit(p[3]));
			p += 4;
		} else {
			MUST(strchr(from, p[1]) != NULL);
			out[len++] = to[strchr(from, p[1]) - from];
			p += 2;
		}
	}
	*rest = bytes_from(*rest, (size_t)(p + 1 - rest->data));
	return len;
}

/* Reads " key=value" off the front of *rest; false at its end. */
static int
read_field(struct bytes *rest, struct bytes *key, char *value, size_t *len)
{
	const char *p;

	if (rest->len == 0)
		return 0;
	MUST(*rest->data == ' ');
	*rest = bytes_from(*rest, 1);
	MUST(bytes_cut(rest, '=', key));
	MUST(rest->len > 0);
	if (*rest->data == '"') {
		*len = read_quoted(rest, value);
		return 1;
	}
	for (p = rest->data; p < rest->data + rest->len && *p != ' '; p++)
		MUST(*p != '"' && *p != '=');
	*len = (size_t)(p - rest->data);
	MUST(*len > 0);
	memcpy(value, rest->data, *len);
	*rest = bytes_from(*rest, *len);
	return 1;
}

static void
check_line(struct bytes line, const struct bytes *values, size_t count)
{
	static char value[LOG_LINE_MAX];
	struct bytes key;
	size_t i, len, seen = 0;

	MUST(line.len > STAMP_LEN && line.len <= LOG_LINE_MAX);
	MUST(line.data[line.len - 1] == '\n');
	line.len--;
	MUST(is_utf8(line));
	for (i = 0; i < line.len; i++)
		MUST((unsigned char)line.data[i] >= ' ' &&
		    line.data[i] != 0x7f);
	MUST(bytes_has_prefix(line, "time="));
	line = bytes_from(line, STAMP_LEN);
	MUST(bytes_has_prefix(line, "request"));
	line = bytes_from(line, strlen("request"));
	while (read_field(&line, &key, value, &len)) {
		if (bytes_is(key, "cut")) {
			MUST(line.len == 0 && seen < count);
			return;
		}
		MUST(seen < count);
		MUST(key.len == 1 && *key.data == (char)('a' + seen));
		MUST(len == values[seen].len);
		MUST(memcmp(value, values[seen].data, len) == 0);
		seen++;
	}
	MUST(seen == count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char line[LOG_LINE_MAX + 1];
	struct bytes values[FIELDS], rest = { (const char *)data, size };
	struct log_line l;
	size_t count = 0;
	ssize_t len;
	int fd = made_file();
	char key[2] = "a";

	MUST(ftruncate(fd, 0) == 0);
	log_begin(&l, "request");
	/* cut at a byte that may stand in the last value too */
	while (count < FIELDS - 1 && bytes_cut(&rest, '\xfe', &values[count]))
		count++;
	if (rest.data != NULL)
		values[count++] = rest;
	else if (values[count].data != NULL)
		count++;
	for (size_t i = 0; i < count; i++) {
		key[0] = (char)('a' + i);
		log_bytes(&l, key, values[i]);
	}
	log_end(&l);
	len = pread(fd, line, sizeof(line), 0);
	MUST(len > 0);
	check_line((struct bytes){ line, (size_t)len }, values, count);
	return 0;
}
