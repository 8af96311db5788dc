#include "refused.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blind.h"
#include "buf.h"
#include "clock.h"
#include "event.h"
#include "file.h"
#include "leak.h"
#include "lock.h"
#include "refused_folder.h"
#include "refused_quota.h"
#include "refused_text.h"

enum {
	SOURCES_TRIED_MAX = 32,
	LOCK_MS = 100,
	BLIND_MAX_BYTES = 4 * 1024 * 1024
};

/* --- keeping ------------------------------------------------------------- */

/* Where a kind is full: the oldest one of the group that has the most. */
static const struct refused_name *
refused_least_missed(const struct refused_name *names, size_t n,
    enum nearness near)
{
	size_t counts[REFUSED_GROUPS] = { 0 }, kept = 0, most = 0;
	const struct refused_name *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (names[i].near != near)
			continue;
		kept++;
		if (++counts[names[i].group] > most)
			most = counts[names[i].group];
	}
	if (kept <= refused_room(near))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (names[i].near == near && counts[names[i].group] == most)
			found = &names[i];
	return found;
}

static void
refused_make_room(int folder, enum nearness near)
{
	struct refused_name names[REFUSED_NAMES_MAX];
	const struct refused_name *gone;
	size_t n;

	do {
		n = refused_list_names(folder, names);
		gone = refused_least_missed(names, n, near);
		if (gone != NULL)
			refused_remove_name(folder, gone);
	} while (gone != NULL);
}

/* With the lock held: nobody else writes a file "new", so one that is there was
 * left by a process that died. */
static enum status
refused_write_file(int folder, int limits, struct bytes text,
    struct refused_name *name, struct reason *why)
{
	struct refused_name names[REFUSED_NAMES_MAX];
	char to[REFUSED_NAME_SIZE];
	enum status st;
	int fd;

	unlinkat(folder, "new", 0);
	fd = openat(folder, "new", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
	    0660);
	if (fd < 0)
		return fail(why, ST_SYSTEM, "refused/new: %s",
		    strerror(errno));
	refused_share(fd, 0660);
	st = file_write_all(fd, text, why);
	close(fd);
	name->number = refused_next_number(limits,
	    refused_list_names(folder, names) > 0 ? names[0].number : 0);
	refused_name_text(name, to);
	if (st == ST_OK && renameat(folder, "new", folder, to) != 0)
		st = fail(why, ST_SYSTEM, "refused/%s: %s", to,
		    strerror(errno));
	if (st != ST_OK)
		unlinkat(folder, "new", 0);
	return st;
}

static const struct source *
refused_find_source(const struct source *all, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

/* A request that is genuine for another source is as good as genuine. Only some
 * sources and small bodies are tried, since a flood comes here, too. */
static enum nearness
refused_how_near(const struct refused *r, const struct source *all,
    size_t count)
{
	struct arena a = ARENA(BLIND_MAX_BYTES);
	enum nearness near = r->near;
	struct proof proof;

	for (size_t i = 0; i < count && i < SOURCES_TRIED_MAX &&
	    near == NEAR_SHAPE &&
	    r->message.body.len <= REFUSED_BODY_MAX; i++) {
		(void)event_verify(&all[i], &r->message, &a, NULL, &proof,
		    NULL);
		if (!all[i].unsigned_allowed && proof.near == NEAR_GENUINE)
			near = NEAR_GENUINE;
		arena_reset(&a);
	}
	arena_free(&a);
	return near;
}

/* A body that is too large is dropped first: it is not searched for secrets. */
static enum status
refused_make_text(const struct refused *r, enum nearness near,
    const struct source *all, size_t count, struct arena *a,
    struct buf *text, struct reason *why)
{
	struct refused kept = *r;
	struct message m = r->message;
	const struct source *s = refused_find_source(all, count, r->source);
	const struct leak_search *search = leak_search_make(all, count, a);

	if (s == NULL || search == NULL)
		return fail(why, ST_BUSY, "no memory, or no such source");
	if (m.body.len > REFUSED_BODY_MAX)
		m.body = BYTES("");
	kept.near = near;
	kept.cut = m.body.len < r->message.body.len;
	if (blind_message(&m, s, all, count, search, a, &kept.message) !=
	    ST_OK)
		return fail(why, ST_BUSY, "no memory, or no random numbers");
	kept.hidden = kept.message.body.data == NULL;
	/* it may quote what a stranger sent */
	if (leak_found(search, bytes_of(kept.why), a))
		kept.why = "(it quotes a secret)";
	refused_write_text(text, &kept);
	return text->failed ? fail(why, ST_BUSY, "no memory, or its headers "
	    "are too large") : ST_OK;
}

/* First without the lock: that ends it for most of a flood. If a process was
 * stopped while it had the lock, others keep nothing, but they do not wait for
 * it. */
static bool
refused_is_wanted(struct lock *limits, const struct refused_name *n)
{
	int64_t now_ms = clock_wall_ms();
	bool wanted;

	if (!refused_may_keep(limits->fd, n->near, n->group, now_ms, false) ||
	    lock_take(limits, LOCK_MS, NULL) != ST_OK)
		return false;
	wanted = refused_may_keep(limits->fd, n->near, n->group, now_ms, true);
	lock_give(limits);
	return wanted;
}

static enum status
refused_keep_in(int folder, struct lock *limits, const struct refused *r,
    const struct source *all, size_t count, struct reason *why)
{
	struct buf text = BUF(REFUSED_MAX_BYTES);
	struct arena a = ARENA(BLIND_MAX_BYTES);
	struct refused_name name = { 0, refused_how_near(r, all, count),
		refused_group(&r->message) };
	enum status st = ST_OK;

	if (refused_is_wanted(limits, &name)) {
		st = refused_make_text(r, name.near, all, count, &a, &text,
		    why);
		if (st == ST_OK && lock_take(limits, LOCK_MS, NULL) == ST_OK) {
			st = refused_write_file(folder, limits->fd,
			    buf_bytes(&text), &name, why);
			if (st == ST_OK)
				refused_make_room(folder, name.near);
			lock_give(limits);
		}
	}
	arena_free(&a);
	buf_free(&text);
	return st;
}

enum status
refused_keep(const char *state_dir, const struct refused *r,
    const struct source *all, size_t count, struct reason *why)
{
	int folder = refused_open_folder(state_dir, true);
	struct lock limits = LOCK_NONE;
	enum status st;

	if (folder < 0)
		return fail(why, ST_SYSTEM, "%s/refused: %s", state_dir,
		    strerror(errno));
	st = lock_open(folder, "limits", &limits, why);
	if (st == ST_OK)
		st = refused_keep_in(folder, &limits, r, all, count, why);
	lock_close(&limits);
	close(folder);
	return st;
}

/* --- reading ------------------------------------------------------------- */

static enum status
refused_read_one(int folder, const struct refused_name *name, struct arena *a,
    struct refused *out, struct reason *why)
{
	struct bytes text;
	char file[REFUSED_NAME_SIZE];
	enum status st;

	*out = (struct refused){ .number = name->number };
	refused_name_text(name, file);
	st = file_read_at(folder, file, REFUSED_MAX_BYTES, a, &text, why);
	if (st == ST_OK)
		st = refused_read_text(text, a, out, why);
	return arena_verdict(a, st, why);
}

enum status
refused_list(const char *state_dir, struct arena *a, struct refused **out,
    size_t *count, struct reason *why)
{
	struct refused_name names[REFUSED_NAMES_MAX];
	int folder = refused_open_folder(state_dir, false);
	size_t n = folder >= 0 ? refused_list_names(folder, names) : 0;
	struct refused *all = arena_array(a, n + 1, sizeof(*all));
	size_t kept = 0;

	for (size_t i = 0; all != NULL && i < n && kept < REFUSED_MAX; i++) {
		/* one may have been removed meanwhile */
		if (refused_read_one(folder, &names[i], a, &all[kept], NULL) ==
		    ST_OK)
			kept++;
	}
	if (folder >= 0)
		close(folder);
	*out = all;
	*count = kept;
	return arena_verdict(a, ST_OK, why);
}

enum status
refused_read(const char *state_dir, int64_t number, struct arena *a,
    struct refused *out, struct reason *why)
{
	int folder = refused_open_folder(state_dir, false);
	struct refused_name name;
	enum status st;

	if (folder >= 0 && refused_find_number(folder, number, &name))
		st = refused_read_one(folder, &name, a, out, why);
	else
		st = fail(why, ST_UNKNOWN, "no refused request r%lld is kept",
		    (long long)number);
	if (folder >= 0)
		close(folder);
	return st;
}

void
refused_remove(const char *state_dir, int64_t number)
{
	int folder = refused_open_folder(state_dir, false);
	struct refused_name name;

	if (folder < 0)
		return;
	if (refused_find_number(folder, number, &name))
		refused_remove_name(folder, &name);
	close(folder);
}

bool
refused_number(const char *text, int64_t *number)
{
	unsigned long long n;

	if (text[0] != 'r' || !bytes_to_u64(bytes_of(text + 1), &n) ||
	    n > INT64_MAX)
		return false;
	*number = (int64_t)n;
	return true;
}
