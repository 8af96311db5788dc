/*
 * In place of the few functions with which a static glibc would load shared
 * libraries at run time: its own version of them, which is not there on the
 * host. A static program takes these instead, and "make portable" lets the
 * linker treat it as an error if another one is used.
 *
 * Users and groups are those in /etc/passwd and /etc/group. Others (LDAP, NIS)
 * are unknown, as if they had no entry.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ENTRY_MAX = 16 * 1024 };

/* The entry with this name, or where there is none asked for, with this number.
 * Returns 0 also where it is not found, with *out NULL (getpwuid_r(3)). */
static int
find_user(const char *name, uid_t uid, struct passwd *entry, char *room,
    size_t size, struct passwd **out)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *found = NULL;
	int err = 0;

	*out = NULL;
	if (f == NULL)
		return errno == ENOENT ? 0 : errno;
	while (*out == NULL &&
	    (err = fgetpwent_r(f, entry, room, size, &found)) == 0)
		if (name != NULL ? strcmp(found->pw_name, name) == 0 :
		    found->pw_uid == uid)
			*out = found;
	fclose(f);
	return err == ENOENT ? 0 : err;
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *room, size_t size,
    struct passwd **out)
{
	return find_user(NULL, uid, entry, room, size, out);
}

struct passwd *
getpwuid(uid_t uid)
{
	static struct passwd entry;
	static char room[ENTRY_MAX];
	struct passwd *found;

	(void)find_user(NULL, uid, &entry, room, sizeof(room), &found);
	return found;
}

struct passwd *
getpwnam(const char *name)
{
	static struct passwd entry;
	static char room[ENTRY_MAX];
	struct passwd *found;

	(void)find_user(name, 0, &entry, room, sizeof(room), &found);
	return found;
}

/* Calls back for each group until it says that it has enough. */
static void
each_group(bool (*call)(const struct group *g, void *context), void *context,
    struct group *entry, char *room, size_t size)
{
	FILE *f = fopen("/etc/group", "re");
	struct group *found;

	if (f == NULL)
		return;
	while (fgetgrent_r(f, entry, room, size, &found) == 0 &&
	    !call(found, context))
		;
	fclose(f);
}

struct by_number {
	gid_t gid;
	bool found;
};

static bool
has_number(const struct group *g, void *context)
{
	struct by_number *wanted = context;

	wanted->found = g->gr_gid == wanted->gid;
	return wanted->found;
}

struct group *
getgrgid(gid_t gid)
{
	static struct group entry;
	static char room[ENTRY_MAX];
	struct by_number wanted = { gid, false };

	each_group(has_number, &wanted, &entry, room, sizeof(room));
	return wanted.found ? &entry : NULL;
}

struct by_member {
	const char *user;
	gid_t own, *groups;
	int room, count;
};

static void
add_group(struct by_member *m, gid_t gid)
{
	if (m->count < m->room)
		m->groups[m->count] = gid;
	m->count++;
}

static bool
has_member(const struct group *g, void *context)
{
	struct by_member *m = context;

	for (char **member = g->gr_mem; *member != NULL; member++)
		if (strcmp(*member, m->user) == 0 && g->gr_gid != m->own) {
			add_group(m, g->gr_gid);
			break;
		}
	return false;
}

int
getgrouplist(const char *user, gid_t own, gid_t *groups, int *count)
{
	struct by_member m = { user, own, groups, *count, 0 };
	struct group entry;
	char room[ENTRY_MAX];

	add_group(&m, own);
	each_group(has_member, &m, &entry, room, sizeof(room));
	*count = m.count;
	return m.count > m.room ? -1 : m.count;
}

/* An address as a number: nobody asks for names. */
int
getnameinfo(const struct sockaddr *sa, socklen_t sa_len, char *host,
    socklen_t host_len, char *service, socklen_t service_len, int flags)
{
	const void *address = NULL;

	if (sa->sa_family == AF_INET && sa_len >= sizeof(struct sockaddr_in))
		address = &((const struct sockaddr_in *)(const void *)sa)
		    ->sin_addr;
	if (sa->sa_family == AF_INET6 && sa_len >= sizeof(struct sockaddr_in6))
		address = &((const struct sockaddr_in6 *)(const void *)sa)
		    ->sin6_addr;
	if (address == NULL)
		return EAI_FAMILY;
	if ((flags & NI_NUMERICHOST) == 0 || host == NULL || service != NULL ||
	    service_len != 0)
		return EAI_NONAME;
	return inet_ntop(sa->sa_family, address, host, host_len) == NULL ?
	    EAI_OVERFLOW : 0;
}

/* libcrypto can connect to a host by its name; we do not. freeaddrinfo is here
 * since libc has it and getaddrinfo in one object. */
int
getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **out)
{
	(void)name;
	(void)service;
	(void)hints;
	(void)out;
	return EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

struct hostent *
gethostbyname(const char *name)
{
	(void)name;
	return NULL;
}

/* SQLite can load extensions; we load none. libc itself has dlopen, for
 * character sets that nobody asks for, so the linker gives the others this one:
 * --wrap=dlopen. */
void *
__wrap_dlopen(const char *path, int flags);

void *
__wrap_dlopen(const char *path, int flags)
{
	(void)path;
	(void)flags;
	return NULL;
}
