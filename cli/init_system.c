#include "init_system.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "init_make.h"
#include "json_out.h"
#include "out.h"
#include "paste.h"
#include "program.h"

#define CONFIG_DIR "/etc/cgihook"
#define STATE_DIR "/var/lib/cgihook"
#define UNIT_DIR "/etc/systemd/system"

enum { USERADD_MS = 30 * 1000, START_MS = 120 * 1000 };

/* --- users ---------------------------------------------------------------- */

static enum status
init_add_user(struct arena *a, const char *const *argv, const char *name,
    struct reason *why)
{
	struct child_request r = { .argv = argv, .input = BYTES(""),
		.timeout_ms = USERADD_MS };
	struct child_result out;
	enum status st;

	if (getpwnam(name) != NULL)
		return ST_OK;
	st = child_run(&r, a, &out, why);
	if (st == ST_OK && out.exit_code != 0)
		st = fail(why, ST_SYSTEM, "useradd %s: %.*s", name,
		    (int)(out.errors.len > 200 ? 200 : out.errors.len),
		    out.errors.data);
	return st;
}

/* The handlers' user has a home, which git and ssh need, and is in the
 * responder's group, to reach the store. */
static enum status
add_users(struct arena *a, struct reason *why)
{
	static const char *const responder[] = { "useradd", "--system",
		"--user-group", "--no-create-home", "--home-dir", STATE_DIR,
		"--shell", "/usr/sbin/nologin", "cgihook", NULL };
	static const char *const runner[] = { "useradd", "--system",
		"--user-group", "--groups", "cgihook", "--create-home",
		"--home-dir", "/var/lib/cgihook-run", "--shell",
		"/usr/sbin/nologin", "cgihook-run", NULL };
	enum status st = init_add_user(a, responder, "cgihook", why);

	return st == ST_OK ? init_add_user(a, runner, "cgihook-run", why) : st;
}

/* --- folders ------------------------------------------------------------ */

/* Both users write there: the group can change what either makes. */
static enum status
make_state(struct reason *why)
{
	const struct passwd *pw = getpwnam("cgihook");
	struct reason cause;

	if (pw == NULL)
		return fail(why, ST_SYSTEM, "there is no user cgihook");
	if ((mkdir(STATE_DIR, 0700) != 0 && errno != EEXIST) ||
	    chown(STATE_DIR, pw->pw_uid, pw->pw_gid) != 0 ||
	    chmod(STATE_DIR, 02770) != 0)
		return fail(why, ST_SYSTEM, STATE_DIR ": %s", strerror(errno));
	if (init_sync(AT_FDCWD, STATE_DIR "/..", &cause) != ST_OK)
		return fail(why, ST_SYSTEM, STATE_DIR ": %s", cause.text);
	return ST_OK;
}

/* Only the responder and root can read the secrets. */
static enum status
give_secrets(int dirfd, const struct init_file *files, size_t count,
    struct reason *why)
{
	const struct passwd *pw = getpwnam("cgihook");

	for (size_t i = 0; i < count; i++) {
		const struct init_file *f = &files[i];

		if (f->kind != INIT_SECRET && f->kind != INIT_KEY)
			continue;
		if (pw == NULL || fchownat(dirfd, f->path, pw->pw_uid,
		    pw->pw_gid, 0) != 0)
			return fail(why, ST_SYSTEM, CONFIG_DIR "/%s: %s",
			    f->path, strerror(errno));
	}
	return ST_OK;
}

static bool
has_systemd(void)
{
	return access(UNIT_DIR, F_OK) == 0;
}

/* "make install" installs the units; this adds to them. */
static enum status
find_units(struct reason *why)
{
	static const char *const places[] = {	/* systemd.unit(5) */
		UNIT_DIR "/cgihook.socket",
		"/run/systemd/system/cgihook.socket",
		"/usr/local/lib/systemd/system/cgihook.socket",
		"/usr/lib/systemd/system/cgihook.socket",
		"/lib/systemd/system/cgihook.socket",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], F_OK) == 0)
			return ST_OK;
	return fail(why, ST_CONFIG, "systemd has no cgihook.socket: install "
	    "cgihook first (make install)");
}

static enum status
make_units(struct arena *a, struct reason *why)
{
	struct init_place p = { .arena = a, .fd = -1 };
	enum status st;

	if (!has_systemd())
		return ST_OK;	/* run it by other means */
	st = init_open(&p, UNIT_DIR, why);
	if (st == ST_OK)
		st = init_make(&p, init_units, init_unit_count, why);
	if (p.fd >= 0)
		close(p.fd);
	return st;
}

static enum status
make_all(struct init_place *p, const struct init_file *files, size_t count,
    struct reason *why)
{
	enum status st = has_systemd() ? find_units(why) : ST_OK;

	if (st == ST_OK)
		st = add_users(p->arena, why);
	if (st == ST_OK)
		st = init_open(p, CONFIG_DIR, why);
	if (st == ST_OK)
		st = init_make(p, files, count, why);
	if (st == ST_OK)
		st = give_secrets(p->fd, files, count, why);
	if (st == ST_OK)
		st = make_state(why);
	if (st == ST_OK)
		st = make_units(p->arena, why);
	return st;
}

/* --- start ---------------------------------------------------------------- */

struct init_step {
	int also;			/* as good as exit status 0 */
	const char *argv[6];
};

static const struct init_step init_starts[] = {
	{ 0, { "systemctl", "daemon-reload", NULL } },
	{ 0, { "systemctl", "enable", "--now", "cgihook.socket",
	    "cgihook-runner.service", NULL } },
};

/* What makes a web server use the configuration that Debian's package puts
 * where the server looks for it. */
static const struct init_server {
	const char *name, *tool, *config;
	size_t count;
	struct init_step steps[3];
} init_servers[] = {
	{ "lighttpd", "/usr/sbin/lighttpd-enable-mod",
	    "/etc/lighttpd/conf-available/90-cgihook.conf", 2, {
	    /* 2: it is enabled already */
	    { 2, { "lighttpd-enable-mod", "cgihook", NULL } },
	    { 0, { "systemctl", "restart", "lighttpd", NULL } } } },
	{ "apache", "/usr/sbin/a2enmod",
	    "/etc/apache2/conf-available/cgihook.conf", 3, {
	    { 0, { "a2enmod", "--quiet", "proxy_fcgi", "setenvif", NULL } },
	    { 0, { "a2enconf", "--quiet", "cgihook", NULL } },
	    { 0, { "systemctl", "restart", "apache2", NULL } } } },
};

enum { STARTS = sizeof(init_starts) / sizeof(init_starts[0]),
	SERVERS = sizeof(init_servers) / sizeof(init_servers[0]) };

static bool
runs_systemd(void)
{
	/* sd_booted(3) */
	return access("/run/systemd/system", F_OK) == 0;
}

/* Its words, in one line. */
static const char *
init_said(struct bytes text, struct arena *a)
{
	char *line;

	text = bytes_trim(text);
	if (text.len > 300)
		text.len = 300;
	line = arena_alloc(a, text.len + 1);
	if (line == NULL)
		return "";
	for (size_t i = 0; i < text.len; i++)
		line[i] = text.data[i] == '\n' ? ' ' : text.data[i];
	line[text.len] = '\0';
	return line;
}

static enum status
init_take_steps(struct arena *a, const struct init_step *steps, size_t count,
    struct reason *why)
{
	for (size_t i = 0; i < count; i++) {
		struct child_request r = { .argv = steps[i].argv,
			.input = BYTES(""), .timeout_ms = START_MS };
		struct child_result out;
		enum status st = child_run(&r, a, &out, why);

		if (st == ST_OK && out.exit_code != 0 &&
		    out.exit_code != steps[i].also)
			st = fail(why, ST_SYSTEM, "%s: %s", r.argv[0],
			    init_said(out.errors, a));
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

/* What is made stays made. */
static int
init_start(struct cli *c, const struct init_server *server)
{
	struct reason why;
	enum status st = init_take_steps(&c->arena, init_starts, STARTS, &why);

	if (st == ST_OK && server != NULL)
		st = init_take_steps(&c->arena, server->steps, server->count,
		    &why);
	return st == ST_OK ? CLI_DONE : cli_error(c, CONFIG_DIR " is made, but "
	    "not everything has been started: %s", why.text);
}

/* Before anything is made: whether the wish can be granted. */
static int
init_find_server(struct cli *c, const struct init_system_wish *wish,
    const struct init_server **out)
{
	*out = NULL;
	if (wish->server == NULL)
		return CLI_DONE;
	for (size_t i = 0; i < SERVERS; i++)
		if (strcmp(init_servers[i].name, wish->server) == 0)
			*out = &init_servers[i];
	if (*out == NULL)
		return cli_misuse(c, "--server knows lighttpd and apache, not "
		    "\"%s\"; for others, see deploy/", wish->server);
	if (!runs_systemd())
		return cli_error(c, "--server needs systemd, which does not "
		    "run here");
	if (access((*out)->tool, X_OK) != 0)
		return cli_error(c, "there is no %s: install %s first",
		    (*out)->tool, (*out)->name);
	if (access((*out)->config, F_OK) != 0)
		return cli_error(c, "there is no %s: the Debian package "
		    "installs it", (*out)->config);
	return CLI_DONE;
}

/* --- all of it ------------------------------------------------------------ */

static int
init_system_report(struct cli *c, const struct init_place *p,
    const struct init_system_wish *wish, bool started)
{
	int what = PASTE_SYSTEM | (started ? 0 : PASTE_TO_START) |
	    (wish->server != NULL ? 0 : PASTE_TO_SERVE);
	struct cJSON *o;

	if (!c->json) {
		paste_print(c, what, &(struct paste_place){ p->dir,
		    p->responder, wish->url, wish->sources });
		return CLI_DONE;
	}
	o = json_out_object();
	json_out_str(o, "config", CONFIG_DIR "/cgihook.conf", &c->arena);
	json_out_str(o, "state_dir", STATE_DIR, &c->arena);
	json_out_str(o, "responder", p->responder, &c->arena);
	json_out_bool(o, "started", started);
	return out_json(c, o);
}

int
init_system(struct cli *c, const struct init_system_wish *wish)
{
	const struct init_server *server;
	const struct init_file *files;
	size_t count;
	struct init_place p = { .arena = &c->arena, .fd = -1 };
	struct reason why;
	bool start = !wish->no_start && runs_systemd();
	int code;

	if (geteuid() != 0)
		return cli_error(c, "only root can do this: sudo cgihook init "
		    "--system");
	code = init_find_server(c, wish, &server);
	if (code != CLI_DONE)
		return code;
	init_sources_files(wish->sources, true, &c->arena, &files, &count);
	if (arena_verdict(&c->arena, ST_OK, &why) != ST_OK ||
	    program_responder(&c->arena, &p.responder, &why) != ST_OK ||
	    make_all(&p, files, count, &why) != ST_OK)
		code = cli_error(c, "%s", why.text);
	else if (start)
		code = init_start(c, server);
	if (code == CLI_DONE)
		code = init_system_report(c, &p, wish, start);
	if (p.fd >= 0)
		close(p.fd);
	return code;
}
