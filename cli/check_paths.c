#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "config_stamp.h"
#include "file.h"

/* --- who the server is -------------------------------------------------- */

static const char *const servers[] = { "apache2", "httpd", "lighttpd",
	"nginx" };

static bool
is_server(const char *comm)
{
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		if (strcmp(comm, servers[i]) == 0)
			return true;
	return false;
}

/* The owner of a web server's process, root's masters aside. */
static bool
find_process(struct arena *a, uid_t *uid, const char **server)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (proc != NULL && !found && (entry = readdir(proc)) != NULL) {
		unsigned long long pid;
		char path[64];
		struct bytes comm;
		struct stat sb;

		if (!bytes_to_u64(bytes_of(entry->d_name), &pid))
			continue;
		snprintf(path, sizeof(path), "/proc/%llu/comm", pid);
		if (file_read(path, 64, a, &comm, &sb, NULL) != ST_OK ||
		    sb.st_uid == 0 || comm.len == 0)
			continue;
		comm.len--;	/* its newline */
		*server = arena_cstr(a, comm);
		*uid = sb.st_uid;
		found = *server != NULL && is_server(*server);
	}
	if (proc != NULL)
		closedir(proc);
	return found;
}

static void
take_user(struct checking *k, const struct passwd *pw)
{
	struct check_user *u = &k->server;

	u->name = arena_cstr(&k->cli->arena, bytes_of(pw->pw_name));
	u->uid = pw->pw_uid;
	u->group_count = (int)(sizeof(u->groups) / sizeof(u->groups[0]));
	if (getgrouplist(pw->pw_name, pw->pw_gid, u->groups,
	    &u->group_count) < 0)
		u->group_count = (int)(sizeof(u->groups) /
		    sizeof(u->groups[0]));
}

bool
check_find_server(struct checking *k, const char *name)
{
	struct check_user *u = &k->server;
	struct arena *a = &k->cli->arena;
	struct passwd *pw;
	uid_t uid;

	if (name != NULL) {
		pw = getpwnam(name);
		u->server = "the responder";
		u->named = true;
	} else {
		pw = find_process(a, &uid, &u->server) ? getpwuid(uid) : NULL;
		if (pw == NULL)
			return true;
	}
	if (pw == NULL)
		return false;
	take_user(k, pw);
	return true;
}

bool
check_may(const struct check_user *u, const struct stat *sb, unsigned want)
{
	unsigned bits = sb->st_mode & 7;

	if (u->uid == 0)
		return true;
	if (sb->st_uid == u->uid) {
		bits = (sb->st_mode >> 6) & 7;
	} else {
		for (int i = 0; i < u->group_count; i++)
			if (u->groups[i] == sb->st_gid)
				bits = (sb->st_mode >> 3) & 7;
	}
	return (bits & want) == want;
}

/* --- along a path ------------------------------------------------------- */

/* Everyone on the way to a file can replace it. */
static bool
check_owner(struct checking *k, const char *path, const struct stat *sb)
{
	bool sticky = S_ISDIR(sb->st_mode) && (sb->st_mode & S_ISVTX) != 0;
	struct passwd *pw;

	if (sb->st_uid != 0 && sb->st_uid != geteuid() &&
	    sb->st_uid != k->owner) {
		pw = getpwuid(sb->st_uid);
		check_add(k, CHECK_BAD, "path", "%s belongs to %s, who can "
		    "replace what lies in it", path, pw == NULL ?
		    "an unknown user" : pw->pw_name);
		pw = getpwuid(k->owner);
		check_mend(k, "chown %s '%s'", pw == NULL ? "root" :
		    pw->pw_name, path);
		return false;
	}
	/* a state folder of two users, as cgihook.conf(5) has it */
	if ((sb->st_mode & (S_ISGID | S_IWGRP | S_IRWXO)) ==
	    (S_ISGID | S_IWGRP) &&
	    strcmp(path, k->cli->config->state_dir) == 0)
		return true;
	if ((sb->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky) {
		check_add(k, (sb->st_mode & S_IWOTH) != 0 ? CHECK_BAD :
		    CHECK_WARN, "path", "%s may write to %s, and so replace "
		    "what lies in it", (sb->st_mode & S_IWOTH) != 0 ?
		    "everybody" : "its group", path);
		check_mend(k, "chmod go-w '%s'", path);
		return false;
	}
	return true;
}

/* What the responder's user, who is not us, needs of the last part. Where they
 * are only guessed, it is counted. */
static void
check_reach(struct checking *k, const char *path, const struct stat *sb,
    bool last, unsigned want)
{
	struct check_user *u = &k->server;
	struct group *gr;

	if (u->name == NULL || u->uid == geteuid() ||
	    check_may(u, sb, last ? want : 1))
		return;
	u->barred++;
	if (!u->named)
		return;
	check_add(k, CHECK_BAD, "access", "%s may not %s %s", u->name,
	    !last ? "go through" : (want & 2) != 0 ? "write into" : "read",
	    path);
	gr = u->group_count > 0 ? getgrgid(u->groups[0]) : NULL;
	if (!last)
		check_mend(k, "chmod o+x '%s'", path);
	else if ((want & 2) != 0)
		check_mend_state(k);
	else
		check_mend(k, "chgrp %s '%s' && chmod g+r '%s'",
		    gr == NULL ? u->name : gr->gr_name, path, path);
}

/* With two users the folder is their group's; otherwise it has one owner, who
 * also owns what others have made in it. */
void
check_mend_state(struct checking *k)
{
	const char *dir = k->cli->config->state_dir;
	const struct check_user *u = &k->server;
	struct group *gr = u->group_count > 0 ? getgrgid(u->groups[0]) : NULL;

	if (k->cli->config->runner == RUNNER_EXTERNAL && gr != NULL)
		check_mend(k, "chgrp -R %s '%s' && chmod -R g+rwX '%s' && "
		    "chmod g+s '%s'", gr->gr_name, dir, dir, dir);
	else
		check_mend(k, "chown -R %s '%s'", u->name, dir);
}

/* Each folder from the root to path, and path; false where something is
 * wrong. What was complained about once is not again. */
static bool
check_way(struct checking *k, const char *path, const char *what,
    unsigned want)
{
	struct bytes whole = bytes_of(path);
	bool well = true;
	struct stat sb;

	for (size_t i = 1; i <= whole.len; i++) {
		const char *part;

		if (i < whole.len && whole.data[i] != '/')
			continue;
		part = arena_cstr(&k->cli->arena,
		    (struct bytes){ whole.data, i });
		if (part == NULL)
			return false;
		if (stat(part, &sb) != 0) {
			check_add(k, CHECK_BAD, what, "%s: %s", part,
			    strerror(errno));
			return false;
		}
		well &= check_owner(k, part, &sb);
		check_reach(k, part, &sb, i == whole.len, want);
	}
	return well;
}

static bool
served(const char *path)
{
	static const char *const roots[] = { "/public_html", "/www/html",
		"/htdocs", "/wwwroot", "/httpdocs" };

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strstr(path, roots[i]) != NULL)
			return true;
	return false;
}

/* A way that was gone before is not gone again. */
static void
drop_repeats(struct checking *k, size_t from)
{
	size_t kept = from;

	for (size_t i = from; i < k->count; i++) {
		bool seen = false;

		for (size_t j = 0; j < from && !seen; j++)
			seen = strcmp(k->items[i].text, k->items[j].text) == 0;
		if (!seen) {
			k->items[kept++] = k->items[i];
			continue;
		}
		k->warnings -= k->items[i].level == CHECK_WARN;
		k->bad -= k->items[i].level == CHECK_BAD;
	}
	k->count = kept;
}

static void
check_one(struct checking *k, const char *path, const char *what,
    unsigned want)
{
	size_t from = k->count;

	if (check_way(k, path, what, want))
		check_add(k, CHECK_OK, "path", "%s: nobody else can change "
		    "it", path);
	drop_repeats(k, from);
	if (served(path)) {
		check_add(k, CHECK_WARN, "path", "%s seems to be where a web "
		    "server shows files from: it should lie elsewhere", path);
		check_mend(k, "move it out of the folder that is shown, and "
		    "run init there");
	}
}

/* Said once: only the operator knows whether this is the user who matters. */
static void
check_server(struct checking *k)
{
	const struct check_user *u = &k->server;

	if (u->name == NULL)
		return;
	if (u->barred == 0) {
		check_add(k, CHECK_OK, "access", "%s can get at all of it",
		    u->name);
	} else if (!u->named) {
		check_add(k, CHECK_WARN, "access", "%s runs here as %s, who "
		    "cannot get at %zu of these; fine where the responder "
		    "runs as another user (suexec, a service of its own)",
		    u->server, u->name, u->barred);
		check_mend(k, "otherwise: cgihook --config '%s' check --user "
		    "%s", k->cli->config->path, u->name);
	}
}

void
check_paths(struct checking *k)
{
	const struct config *c = k->cli->config;
	const struct passwd *pw;
	struct stat sb;

	/* root looks on behalf of whom it all belongs to */
	k->owner = geteuid() == 0 && stat(c->state_dir, &sb) == 0 ?
	    sb.st_uid : geteuid();
	if (!k->server.named && k->owner != geteuid() &&
	    (pw = getpwuid(k->owner)) != NULL) {
		take_user(k, pw);
		k->server.named = true;
	}
	check_one(k, c->path, "configuration", 4);
	for (size_t i = 0; i < c->stamp_count; i++)
		if (strcmp(c->stamps[i].path, c->path) != 0)
			check_one(k, c->stamps[i].path, "secret", 4);
	check_one(k, c->handlers_dir, "handlers", 0);
	if (stat(c->state_dir, &sb) == 0 || errno != ENOENT)
		check_one(k, c->state_dir, "state", 7);
	check_server(k);
}

/* --- secrets ------------------------------------------------------------ */

enum { SHORT_SECRET = 16 };

static bool
same(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void
check_shape(struct checking *k, const struct source *s,
    const struct secret *secret)
{
	static const struct {
		char byte;
		const char *name;
	} odd[] = {
		{ '\n', "a newline" },
		{ '\r', "a carriage return (a Windows line end)" },
		{ ' ', "a blank" }, { '\t', "a tab" },
		{ '"', "a double quote" }, { '\'', "a single quote" },
	};
	char last = (char)secret->data[secret->len - 1];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		if (last != odd[i].byte)
			continue;
		check_add(k, CHECK_WARN, "secret", "that of %s has %s at its "
		    "end, which the sender's probably has not", s->name,
		    odd[i].name);
		check_mend(k, "write the file anew: printf %%s SECRET >FILE");
		return;
	}
	if (secret->len < SHORT_SECRET) {
		check_add(k, CHECK_WARN, "secret", "that of %s has %zu "
		    "characters only: it can be guessed", s->name,
		    secret->len);
		check_mend(k, "openssl rand -hex 16");
	}
}

void
check_secrets(struct checking *k)
{
	const struct config *c = k->cli->config;

	for (size_t i = 0; i < c->source_count; i++) {
		const struct source *s = &c->sources[i];
		size_t before = k->warnings;

		if (s->unsigned_allowed) {
			check_add(k, CHECK_WARN, "secret", "%s has none: "
			    "anybody who knows the address can run its "
			    "handlers", s->name);
			continue;
		}
		for (size_t j = 0; j < s->secret_count; j++)
			check_shape(k, s, &s->secrets[j]);
		for (size_t o = 0; o < i; o++)
			for (size_t j = 0; j < c->sources[o].secret_count; j++)
				if (s->secret_count > 0 && same(&s->secrets[0],
				    &c->sources[o].secrets[j]))
					check_add(k, CHECK_WARN, "secret",
					    "%s and %s have the same one",
					    c->sources[o].name, s->name);
		if (k->warnings == before)
			check_add(k, CHECK_OK, "secret", "%s has %zu",
			    s->name, s->secret_count);
	}
}
