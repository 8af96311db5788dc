#include "runner_private.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "dispatch.h"
#include "handler_name.h"
#include "log.h"
#include "store_measure.h"

enum {
	EVERY_MS = 60 * 1000,
	OLD_MS = 60 * 60 * 1000,	/* then it is noted again */
	FINDINGS_MAX = 8 * 1024
};

struct checking_folders {
	const struct config *config;
	struct arena arena;
	struct buf findings;
};

/* A reason names the file. */
static void
checked_add(struct checking_folders *k, const struct reason *why)
{
	if (k->findings.len > 0)
		buf_add_char(&k->findings, '\n');
	buf_add_str(&k->findings, why->text);
}

static void
checked_handler(struct checking_folders *k, const char *source,
    const char *name)
{
	const struct config *c = k->config;
	struct reason why;

	if (handler_name_valid(bytes_of(name)) &&
	    dispatch_check(c->handlers_dir, c->state_dir, source, name,
	    geteuid(), &k->arena, &why) != ST_OK)
		checked_add(k, &why);
}

/* drone, and then drone/build.d: below is "" or "build.d/". */
static void
checked_folder(struct checking_folders *k, const char *source,
    const char *below)
{
	const char *dir = arena_printf(&k->arena, "%s/%s/%s",
	    k->config->handlers_dir, source, below).data;
	struct dirent **entries;
	int n = dir == NULL ? 0 : scandir(dir, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = arena_printf(&k->arena, "%s%s", below,
		    entries[i]->d_name).data;
		const char *path = arena_printf(&k->arena, "%s%s", dir,
		    entries[i]->d_name).data;
		struct stat sb;

		free(entries[i]);
		if (name == NULL || path == NULL || stat(path, &sb) != 0)
			continue;
		if (!S_ISDIR(sb.st_mode))
			checked_handler(k, source, name);
		else if (*below == '\0' && bytes_has_suffix(bytes_of(name),
		    ".d"))
			checked_folder(k, source, arena_printf(&k->arena,
			    "%s/", name).data);
	}
	if (n > 0)
		free(entries);
}

static void
checked_all(struct checking_folders *k)
{
	const struct config *c = k->config;
	struct reason why;

	for (size_t i = 0; i < c->source_count; i++)
		checked_folder(k, c->sources[i].name, "");
	if (c->on_dead != NULL && dispatch_check_program(c->on_dead,
	    c->state_dir, geteuid(), &why) != ST_OK)
		checked_add(k, &why);
	if (c->on_alert != NULL && dispatch_check_program(c->on_alert,
	    c->state_dir, geteuid(), &why) != ST_OK)
		checked_add(k, &why);
}

/* A runner that lives for one event need not note what the last one did. */
static bool
checked_is_noted(struct runner *r, struct arena *a,
    const struct store_checked *found)
{
	struct store_checked before;

	return store_checked_get(r->store, a, &before, NULL) == ST_OK &&
	    strcmp(before.findings, found->findings) == 0 &&
	    before.at_ms <= found->at_ms &&
	    found->at_ms < before.at_ms + OLD_MS;
}

void
checked_look(struct runner *r)
{
	struct checking_folders k = { .config = r->config,
		.findings = BUF(FINDINGS_MAX) };
	struct store_checked found = { .at_ms = clock_wall_ms() };
	struct reason why;

	if (clock_steady_ms() < r->checked.look_ms)
		return;
	r->checked.look_ms = clock_steady_ms() + EVERY_MS;
	checked_all(&k);
	/* more than there is room for: the first ones say enough */
	found.findings = arena_cstr(&k.arena, buf_bytes(&k.findings));
	if (!arena_failed(&k.arena) && !checked_is_noted(r, &k.arena,
	    &found) && store_checked_put(r->store, &found, &why) != ST_OK)
		log_note("warning", "what handlers lack cannot be noted: %s",
		    why.text);
	buf_free(&k.findings);
	arena_free(&k.arena);
}
