#include "advice.h"

#include <string.h>
#include <unistd.h>

#include "codec.h"
#include "owner.h"

enum { NAME_MAX_LEN = 64 };

/* "sudo -u NAME ", if that is another user. */
static const char *
as_user(struct cli *c, const char *name)
{
	char own[NAME_MAX_LEN];

	owner_name(geteuid(), own, sizeof(own));
	if (strcmp(own, name) == 0)
		return "";
	return arena_cstr(&c->arena, arena_printf(&c->arena, *name == '#' ?
	    "sudo -u '%s' " : "sudo -u %s ", name));
}

static const char *
with_config(struct cli *c, const char *user, const char *words)
{
	struct bytes path = shell_quote(bytes_of(c->config->path), &c->arena);

	return arena_cstr(&c->arena, arena_printf(&c->arena,
	    "%scgihook --config %.*s %s", as_user(c, user), (int)path.len,
	    path.data, words));
}

const char *
advice_run(struct cli *c)
{
	struct owner o = owner_find(c->config);
	char name[NAME_MAX_LEN];

	owner_runner(c->config, &o, name, sizeof(name));
	if (c->config->runner == RUNNER_AUTO)
		return with_config(c, name, "run --once");
	return arena_cstr(&c->arena, arena_printf(&c->arena,
	    "systemctl start cgihook-runner, or: %s",
	    with_config(c, name, "run")));
}

const char *
advice_as_owner(struct cli *c)
{
	struct owner o = owner_find(c->config);
	char name[NAME_MAX_LEN];

	owner_name(o.uid, name, sizeof(name));
	return with_config(c, name, arena_cstr(&c->arena,
	    arena_printf(&c->arena, "%s ...", c->command->name)));
}

const char *
advice_progress(struct cli *c, const struct progress *p)
{
	struct bytes text = BYTES("");

	if (p->state == PROGRESS_STOPPED)
		text = arena_printf(&c->arena, "the runner, process %ld, is "
		    "stopped (SIGSTOP): kill -CONT %ld", (long)p->pid,
		    (long)p->pid);
	else if (p->state == PROGRESS_STUCK)
		text = arena_printf(&c->arena, "the runner does not react: it "
		    "is stopped, or it waits for the disk or for the process "
		    "that holds %s/write.lock",
		    c->config->state_dir);
	return arena_cstr(&c->arena, text);
}
