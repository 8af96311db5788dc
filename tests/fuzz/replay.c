/*
 * Feeds every file of the folders named as arguments to a fuzz target, once:
 * what the fuzzer and its corpus found stays found, without a fuzzer at hand.
 * Link with one tests/fuzz/fuzz_*.c. A property that does not hold aborts.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* not every target has one */
__attribute__((weak)) int
LLVMFuzzerInitialize(int *argc, char ***argv);

static int
replay_file(int folder, const char *name)
{
	struct stat st;
	uint8_t *data = NULL;
	ssize_t len = -1;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);

	/* its exact size, so that a sanitizer sees an overrun */
	if (fd >= 0 && fstat(fd, &st) == 0 &&
	    (data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1)) != NULL)
		len = read(fd, data, (size_t)st.st_size);
	if (len >= 0)
		LLVMFuzzerTestOneInput(data, (size_t)len);
	else
		perror(name);
	free(data);
	if (fd >= 0)
		close(fd);
	return len >= 0;
}

/* How many files were replayed; -1 when one of them, or the folder, was not. */
static int
replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (folder == NULL) {
		perror(path);
		return -1;
	}
	while (count >= 0 && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			count = replay_file(dirfd(folder), entry->d_name) ?
			    count + 1 : -1;
	closedir(folder);
	return count;
}

int
main(int argc, char **argv)
{
	int i, count = 0, more;

	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++) {
		more = replay_folder(argv[i]);
		if (more < 0)
			return 1;
		count += more;
	}
	printf("%d inputs replayed\n", count);
	return count > 0 ? 0 : 1;
}
