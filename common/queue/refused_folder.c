#include "refused_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

static const char kind_letters[] = { [NEAR_NOT] = 'n', [NEAR_SHAPE] = 's',
	[NEAR_GENUINE] = 'g' };

void
refused_name_text(const struct refused_name *n, char out[REFUSED_NAME_SIZE])
{
	snprintf(out, REFUSED_NAME_SIZE, "r%lld-%c%x", (long long)n->number,
	    kind_letters[n->near], n->group);
}

static bool
refused_read_name(const char *text, struct refused_name *out)
{
	unsigned long long number;
	char again[REFUSED_NAME_SIZE];

	if (text[0] != 'r' || strchr(text, '-') == NULL ||
	    !bytes_to_u64((struct bytes){ text + 1, strcspn(text, "-") - 1 },
	    &number) || number > INT64_MAX)
		return false;
	text = strchr(text, '-') + 1;
	*out = (struct refused_name){ .number = (int64_t)number };
	while (out->near < NEAR_GENUINE && kind_letters[out->near] != *text)
		out->near++;
	out->group = *text != '\0' ? (unsigned)strtoul(text + 1, NULL, 16) : 0;
	refused_name_text(out, again);
	return strcmp(strchr(again, '-') + 1, text) == 0 &&
	    out->group < REFUSED_GROUPS;
}

void
refused_share(int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & mode) != mode)
		(void)fchmod(fd, (st.st_mode & 07777) | mode);
}

int
refused_open_folder(const char *state_dir, bool make)
{
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool made;
	int fd;

	if (state < 0)
		return -1;
	made = make && mkdirat(state, "refused", 0770) == 0;
	fd = openat(state, "refused", O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (made && fd >= 0)
		refused_share(fd, 0770);
	close(state);
	return fd;
}

static int
refused_newest_first(const void *a, const void *b)
{
	int64_t x = ((const struct refused_name *)a)->number;
	int64_t y = ((const struct refused_name *)b)->number;

	return x < y ? 1 : x > y ? -1 : 0;
}

size_t
refused_list_names(int folder, struct refused_name out[REFUSED_NAMES_MAX])
{
	DIR *dir = folder_names(folder);
	const struct dirent *e;
	size_t n = 0;

	if (dir == NULL)
		return 0;
	while (n < REFUSED_NAMES_MAX && (e = readdir(dir)) != NULL)
		n += refused_read_name(e->d_name, &out[n]);
	closedir(dir);
	qsort(out, n, sizeof(*out), refused_newest_first);
	return n;
}

bool
refused_find_number(int folder, int64_t number, struct refused_name *out)
{
	struct refused_name names[REFUSED_NAMES_MAX];
	size_t n = refused_list_names(folder, names);

	for (size_t i = 0; i < n; i++) {
		if (names[i].number != number)
			continue;
		*out = names[i];
		return true;
	}
	return false;
}

void
refused_remove_name(int folder, const struct refused_name *n)
{
	char text[REFUSED_NAME_SIZE];

	refused_name_text(n, text);
	unlinkat(folder, text, 0);
}
