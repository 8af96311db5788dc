#include "pager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

/* sh(1) reads a command that is more than one word: its exit status would tell
 * too late that there is no such program. */
static const char pager_marks[] = " \t\n|&;<>()$`\\\"'*?[#~=%";

void
pager_begin(struct cli *c)
{
	const char *pager = getenv("PAGER"), *term = getenv("TERM");
	const char *argv[] = { "sh", "-c", pager, NULL };
	const char *word[] = { pager == NULL ? "less" : pager, NULL };
	const char *more[3] = { NULL };
	const char *const *env;
	bool words = pager != NULL && strpbrk(pager, pager_marks) != NULL;
	size_t n = 0;
	int fd;

	if (getenv("LESS") == NULL)
		more[n++] = "LESS=FRX";
	/* whoever may run this as root alone has no shell by it */
	if (geteuid() == 0 && getenv("LESSSECURE") == NULL)
		more[n++] = "LESSSECURE=1";
	if (!c->terminal || c->json || c->pager != 0 || term == NULL ||
	    strcmp(term, "dumb") == 0 || strcmp(word[0], "") == 0 ||
	    strcmp(word[0], "cat") == 0)
		return;
	env = child_environment(more, &c->arena);
	if (env == NULL || fflush(stdout) != 0 || child_start_reader(words ?
	    argv : word, env, &c->pager, &fd, NULL) != ST_OK)
		return;
	/* it is the pager that a key interrupts */
	signal(SIGINT, SIG_IGN);
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

void
pager_end(struct cli *c)
{
	if (c->pager == 0)
		return;
	close(STDOUT_FILENO);
	while (waitpid(c->pager, NULL, 0) < 0 && errno == EINTR)
		continue;
	c->pager = 0;
}
