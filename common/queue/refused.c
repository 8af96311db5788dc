#include "refused.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "file.h"

enum { ABANDONED_S = 10 };

/* Headers that may hold what is not for this file. */
static const char *const private_headers[] = { "cookie",
	"proxy-authorization" };

/* Whether it can be a line that is read back: the name may be any byte that
 * came behind HTTP_. */
static bool
fits_a_line(const struct http_header *h)
{
	for (size_t i = 0; i < h->name.len; i++)
		if (!message_token_char(h->name.data[i]))
			return false;
	return h->name.len > 0 && (h->value.len == 0 ||
	    (memchr(h->value.data, '\n', h->value.len) == NULL &&
	    memchr(h->value.data, '\r', h->value.len) == NULL));
}

/* What is kept of a header, and under which name. Of Authorization that is an
 * HTTP signature alone, which proves something and opens nothing. */
static bool
kept_header(const struct http_header *h, struct http_header *out)
{
	*out = *h;
	if (!fits_a_line(h))
		return false;
	for (size_t i = 0; i < sizeof(private_headers) /
	    sizeof(private_headers[0]); i++) {
		if (bytes_is(h->name, private_headers[i]))
			return false;
	}
	if (!bytes_is(h->name, "authorization"))
		return true;
	out->name = BYTES("signature");
	out->value = message_credentials(h->value, "signature");
	return out->value.data != NULL;
}

/* The file: what is known of the request, an empty line, its headers, an empty
 * line, its body. */
static void
write_text(struct buf *b, const struct refused *r)
{
	const struct message *m = &r->message;
	struct http_header h;
	size_t head;

	buf_printf(b, "source: %s\nreceived: %lld\nremote: %.*s\n"
	    "method: %.*s\nwhy: ", r->source, (long long)m->received_ms,
	    (int)m->remote_addr.len, m->remote_addr.data, (int)m->method.len,
	    m->method.data);
	for (const char *c = r->why; *c != '\0'; c++)
		buf_add_char(b, *c == '\n' ? ' ' : *c);
	buf_printf(b, "\nlength: %zu\n\n", m->body.len);
	for (size_t i = 0; i < m->header_count; i++) {
		if (!kept_header(&m->headers[i], &h))
			continue;
		buf_add(b, h.name);
		buf_add_str(b, ": ");
		buf_add(b, h.value);
		buf_add_char(b, '\n');
	}
	buf_add_char(b, '\n');
	head = b->len;
	if (m->body.len <= b->limit - head)
		buf_add(b, m->body);
}

/* Folder "refused", made where it is missing; *fresh says that. */
static int
open_folder(const char *state_dir, bool *fresh)
{
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (state < 0)
		return -1;
	if (fresh != NULL)
		*fresh = mkdirat(state, "refused", 0770) == 0;
	fd = openat(state, "refused", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(state);
	return fd;
}

static void
name_of(int64_t number, char out[32])
{
	snprintf(out, 32, "r%lld", (long long)number);
}

static void
remove_number(int folder, int64_t number)
{
	char name[32];

	name_of(number, name);
	unlinkat(folder, name, 0);
}

static int
newest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The numbers that are kept, newest first. */
static size_t
list_numbers(int folder, int64_t out[2 * REFUSED_MAX])
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	size_t n = 0;

	if (dir == NULL)
		return 0;
	while (n < 2 * REFUSED_MAX && (e = readdir(dir)) != NULL) {
		unsigned long long number;

		if (e->d_name[0] == 'r' &&
		    bytes_to_u64(bytes_of(e->d_name + 1), &number))
			out[n++] = (int64_t)number;
	}
	closedir(dir);
	qsort(out, n, sizeof(*out), newest_first);
	return n;
}

/* The folder's time is that of the last one kept. */
static bool
too_soon(int folder)
{
	int64_t now_ms = clock_wall_ms(), last_ms;
	struct stat st;

	if (fstat(folder, &st) != 0)
		return true;
	last_ms = (int64_t)st.st_mtim.tv_sec * 1000 +
	    st.st_mtim.tv_nsec / 1000000;
	return last_ms <= now_ms && now_ms - last_ms < REFUSED_INTERVAL_MS;
}

/* The file "new" keeps other writers out until it has its name. A writer that
 * died with it must not do so for ever. */
static int
open_new(int folder)
{
	int fd = openat(folder, "new", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
	    0660);
	struct stat st;

	if (fd < 0 && errno == EEXIST &&
	    fstatat(folder, "new", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    clock_wall_ms() / 1000 - st.st_mtim.tv_sec > ABANDONED_S)
		unlinkat(folder, "new", 0);
	return fd;
}

static enum status
name_new(int folder, struct reason *why)
{
	int64_t numbers[2 * REFUSED_MAX];
	size_t n = list_numbers(folder, numbers);
	char name[32];

	name_of(n > 0 ? numbers[0] + 1 : 1, name);
	if (renameat(folder, "new", folder, name) != 0)
		return fail(why, ST_SYSTEM, "refused/%s: %s", name,
		    strerror(errno));
	while (n >= REFUSED_MAX)
		remove_number(folder, numbers[--n]);
	return ST_OK;
}

static enum status
write_file(int folder, struct bytes text, struct reason *why)
{
	int fd = open_new(folder);
	enum status st;

	if (fd < 0 && errno == EEXIST)
		return ST_OK;
	if (fd < 0)
		return fail(why, ST_SYSTEM, "refused/new: %s",
		    strerror(errno));
	st = file_write_all(fd, text, why);
	if (st == ST_OK)
		st = name_new(folder, why);
	if (st != ST_OK)
		unlinkat(folder, "new", 0);
	close(fd);
	return st;
}

enum status
refused_keep(const char *state_dir, const struct refused *r,
    struct reason *why)
{
	struct buf text = BUF(REFUSED_MAX_BYTES);
	enum status st = ST_OK;
	bool fresh;
	int folder = open_folder(state_dir, &fresh);

	if (folder < 0)
		return fail(why, ST_SYSTEM, "%s/refused: %s", state_dir,
		    strerror(errno));
	if (fresh || !too_soon(folder)) {
		write_text(&text, r);
		if (!text.failed)
			st = write_file(folder, buf_bytes(&text), why);
		buf_free(&text);
	}
	close(folder);
	return st;
}

/* The value of the next line "key: value" of the first part. */
static struct bytes
next_value(struct bytes *rest)
{
	struct bytes line;

	bytes_cut(rest, '\n', &line);
	return bytes_cut(&line, ' ', &(struct bytes){ NULL, 0 }) ? line :
	    BYTES("");
}

/* The part up to the empty line; *rest goes on behind it. */
static bool
cut_part(struct bytes *rest, struct bytes *part)
{
	const char *end;

	if (rest->len > 0 && rest->data[0] == '\n') {
		*part = (struct bytes){ rest->data, 0 };
		*rest = bytes_from(*rest, 1);
		return true;
	}
	end = memmem(rest->data, rest->len, "\n\n", 2);
	if (end == NULL)
		return false;
	*part = (struct bytes){ rest->data, (size_t)(end - rest->data) + 1 };
	*rest = bytes_from(*rest, part->len + 1);
	return true;
}

static enum status
read_text(struct bytes text, struct arena *a, struct refused *out,
    struct reason *why)
{
	struct message *m = &out->message;
	struct bytes known, headers;
	unsigned long long received = 0, length = 0;

	if (!cut_part(&text, &known) || !cut_part(&text, &headers))
		return fail(why, ST_UNKNOWN, "not a refused request's file");
	out->source = arena_cstr(a, next_value(&known));
	bytes_to_u64(next_value(&known), &received);
	m->remote_addr = next_value(&known);
	m->method = next_value(&known);
	out->why = arena_cstr(a, next_value(&known));
	bytes_to_u64(next_value(&known), &length);
	if (out->source == NULL || out->why == NULL)
		return fail(why, ST_BUSY, "no memory");
	m->received_ms = (int64_t)received;
	m->body = text;
	out->cut = text.len != length;
	return message_read_headers(headers, a, m);
}

static enum status
read_number(int folder, int64_t number, struct arena *a, struct refused *out,
    struct reason *why)
{
	struct bytes text;
	char path[64];
	enum status st;

	*out = (struct refused){ .number = number };
	snprintf(path, sizeof(path), "/proc/self/fd/%d/r%lld", folder,
	    (long long)number);
	st = file_read(path, REFUSED_MAX_BYTES, a, &text, NULL, why);
	if (st == ST_UNKNOWN)
		return fail(why, st, "no refused request r%lld is kept",
		    (long long)number);
	return st == ST_OK ? read_text(text, a, out, why) : st;
}

enum status
refused_list(const char *state_dir, struct arena *a, struct refused **out,
    size_t *count, struct reason *why)
{
	int64_t numbers[2 * REFUSED_MAX];
	int folder = open_folder(state_dir, NULL);
	struct refused *all;
	size_t n, kept = 0;

	n = folder >= 0 ? list_numbers(folder, numbers) : 0;
	if ((all = arena_array(a, n + 1, sizeof(*all))) == NULL) {
		close(folder);
		return fail(why, ST_BUSY, "no memory");
	}
	for (size_t i = 0; i < n && kept < REFUSED_MAX; i++) {
		/* One that went meanwhile is no mistake. */
		if (read_number(folder, numbers[i], a, &all[kept], NULL) ==
		    ST_OK)
			kept++;
	}
	if (folder >= 0)
		close(folder);
	*out = all;
	*count = kept;
	return ST_OK;
}

enum status
refused_read(const char *state_dir, int64_t number, struct arena *a,
    struct refused *out, struct reason *why)
{
	int folder = open_folder(state_dir, NULL);
	enum status st;

	if (folder < 0)
		return fail(why, ST_UNKNOWN, "no refused request is kept");
	st = read_number(folder, number, a, out, why);
	close(folder);
	return st;
}

void
refused_remove(const char *state_dir, int64_t number)
{
	int folder = open_folder(state_dir, NULL);

	if (folder < 0)
		return;
	remove_number(folder, number);
	close(folder);
}
