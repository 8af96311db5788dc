/*
 * Whatever a refused request was, what is kept of it can be read again, is
 * what it was, has no secret in it and nothing else that is private, and is
 * refused where it is sent again; and whatever a file in that folder says,
 * reading it ends.
 *
 * The input: with a first byte that is even, lines of headers "name: value", an
 * empty line, the body of a request; with an odd one, a file.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../temporary.h"
#include "file.h"
#include "fuzz.h"
#include "refused.h"

enum { HEADERS = 32 };

static char root[TEMPORARY_MAX];
static char folder[80], file[96];
static unsigned char secret_text[] = "s3cret of sixteen+ bytes";
static unsigned char short_text[] = "sh0rt";

static void
remove_folder(void)
{
	(void)remove_temporary(root);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(make_temporary(root, "fuzz_refused") == 0, "no temporary folder");
	(void)snprintf(folder, sizeof(folder), "%s/refused", root);
	(void)snprintf(file, sizeof(file), "%s/r1-n1", folder);
	atexit(remove_folder);
	return 0;
}

static struct secret secrets[2] = { { secret_text, sizeof(secret_text) - 1 },
	{ short_text, sizeof(short_text) - 1 } };
static const struct source sources[] = {
	{ .name = "drone", .provider = &provider_drone, .secrets = secrets,
	    .secret_count = 2 },
	{ .name = "deploy", .provider = &provider_custom, .secrets = secrets,
	    .secret_count = 1 },
};

static int
has(const struct message *m, const struct http_header *h)
{
	for (size_t i = 0; i < m->header_count; i++)
		if (bytes_equal(m->headers[i].name, h->name) &&
		    bytes_equal(m->headers[i].value, h->value))
			return 1;
	return 0;
}

/* Without the case: as a secret is looked for. */
static int
holds(struct bytes text, const struct secret *s)
{
	for (size_t i = 0; i + s->len <= text.len; i++)
		if (bytes_is_nocase((struct bytes){ text.data + i, s->len },
		    (const char *)s->data))
			return 1;
	return 0;
}

/* A header that decides comes back, where it can stand on a line. */
static int
must_come_back(const struct http_header *h)
{
	return (bytes_is(h->name, "date") || bytes_is(h->name, "digest")) &&
	    !holds(h->value, &secrets[0]) && !holds(h->value, &secrets[1]) &&
	    (h->value.len == 0 ||
	    (memchr(h->value.data, '\n', h->value.len) == NULL &&
	    memchr(h->value.data, '\0', h->value.len) == NULL &&
	    memchr(h->value.data, '\r', h->value.len) == NULL));
}

/* What looks like something in base64 may hold a secret, and go. */
static int
is_plain(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '%' || text.data[i] == '\\' ||
		    ascii_alnum(text.data[i]))
			return 0;
	return 1;
}

static void
check_same(const struct refused *r, const struct refused *kept)
{
	const struct message *m = &r->message, *k = &kept->message;

	must(strcmp(kept->source, r->source) == 0, "another source");
	must(strcmp(kept->why, r->why) == 0, "another reason");
	must(k->received_ms == m->received_ms, "another time");
	must(bytes_is(k->method, "POST"), "another method");
	must(k->blind, "it is not blind");
	must(kept->cut || kept->hidden || bytes_equal(k->body, m->body),
	    "another body");
	must(!kept->cut || m->body.len > 0, "nothing, and cut");
	must(!kept->hidden || !is_plain(m->body) || m->header_count > 0,
	    "hidden, and nothing in it");
	for (size_t i = 0; i < m->header_count; i++)
		must(!must_come_back(&m->headers[i]) ||
		    !is_plain(m->headers[i].value) ||
		    has(k, &m->headers[i]), "a header is lost");
	for (size_t i = 0; i < k->header_count; i++)
		must(!bytes_is(k->headers[i].name, "cookie") &&
		    !bytes_is(k->headers[i].name, "x-original-url") &&
		    !bytes_is(k->headers[i].name, "proxy-authorization"),
		    "something private is kept");
}

/* The file as it lies there: no secret, and no signature that is one. */
static void
check_file(const struct refused *kept)
{
	struct arena a = ARENA(0);
	struct message m = kept->message;
	struct bytes text;
	struct proof proof;

	must(file_read(file, 1 << 20, &a, &text, NULL, NULL) == ST_OK,
	    "no file");
	for (size_t i = 0; i < 2; i++)
		must(!holds(text, &secrets[i]), "a secret is kept");
	m.blind = false;
	for (size_t i = 0; i < 2; i++)
		must(sources[i].provider->verify(&sources[i], &m, &a, NULL,
		    &proof, NULL) != ST_OK, "what is kept is genuine");
	arena_free(&a);
}

/* Its kind and group are in its name. */
static void
find_file(void)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;

	must(dir != NULL, "no folder");
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] == 'r')
			(void)snprintf(file, sizeof(file), "%.70s/%.16s",
			    folder, e->d_name);
	closedir(dir);
}

static void
keep_and_read(struct bytes rest)
{
	struct http_header headers[HEADERS];
	struct refused r = { .source = rest.len % 2 == 0 ? "drone" : "deploy",
		.why = "a reason",
		.message = { .method = BYTES("POST"), .headers = headers,
		    .received_ms = 1700000000123,
		    .remote_addr = BYTES("192.0.2.7") } }, kept;
	struct arena a = ARENA(0);
	struct bytes line;

	while (bytes_cut(&rest, '\n', &line) && line.len > 0) {
		struct http_header *h = &headers[r.message.header_count];
		struct bytes name;

		if (r.message.header_count == HEADERS ||
		    !bytes_cut(&line, ':', &name) || line.data == NULL)
			continue;
		/* names as message.h has them */
		for (char *c = (char *)(uintptr_t)name.data;
		    c < name.data + name.len; c++)
			*c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
		/* what a line cannot hold comes from variables, too */
		for (char *c = (char *)(uintptr_t)line.data;
		    c < line.data + line.len; c++)
			*c = *c == '\1' ? '\n' : *c;
		*h = (struct http_header){ name, bytes_trim(line) };
		r.message.header_count++;
	}
	r.message.body = rest.data != NULL ? rest : BYTES("");
	r.message.query = r.message.body;
	must(refused_keep(root, &r, sources, 2, NULL) == ST_OK, "not kept");
	find_file();
	must(refused_read(root, 1, &a, &kept, NULL) == ST_OK,
	    "kept, and cannot be read");
	check_same(&r, &kept);
	check_file(&kept);
	arena_free(&a);
}

static void
read_any(struct bytes text)
{
	struct arena a = ARENA(0);
	struct refused r, *all;
	size_t count;
	enum status st;
	int fd;

	must(mkdir(folder, 0700) == 0, "no folder");
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len,
	    "no file");
	close(fd);
	st = refused_read(root, 1, &a, &r, NULL);
	must(st != ST_OK || (r.source != NULL && r.why != NULL &&
	    r.message.body.len <= text.len), "read, and not whole");
	must(refused_list(root, &a, &all, &count, NULL) == ST_OK &&
	    count == (st == ST_OK), "not listed");
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy;

	if (size == 0 || (copy = malloc(size)) == NULL)
		return 0;
	memcpy(copy, data, size);
	if (copy[0] & 1)
		read_any((struct bytes){ copy + 1, size - 1 });
	else
		keep_and_read((struct bytes){ copy + 1, size - 1 });
	free(copy);
	(void)unlink(file);
	(void)snprintf(file, sizeof(file), "%s/limits", folder);
	(void)unlink(file);
	(void)snprintf(file, sizeof(file), "%s/r1-n1", folder);
	must(rmdir(folder) == 0, "something was left");
	return 0;
}
