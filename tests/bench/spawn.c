/*
 * The ceiling of running handlers: a loop that only spawns the same program,
 * so many times, so many at once.
 *
 *	spawn COUNT AT_ONCE PROGRAM
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	int left, running = 0, at_once;
	double began_s;
	pid_t pid;

	if (argc != 4)
		return 2;
	left = atoi(argv[1]);
	at_once = atoi(argv[2]);
	began_s = now_s();
	while (left > 0 || running > 0) {
		if (left > 0 && running < at_once) {
			char *args[] = { argv[3], NULL };

			if (posix_spawn(&pid, argv[3], NULL, NULL, args,
			    environ) != 0)
				return 1;
			left--;
			running++;
		} else if (wait(NULL) > 0)
			running--;
	}
	printf("%.0f\n", atoi(argv[1]) / (now_s() - began_s));
	return 0;
}
