#include "place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_config.h"

struct place
place_look(const char *state_dir)
{
	int dir = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct place p = { 0 };
	struct stat st;

	if (dir < 0)
		return p;
	if (fstat(dir, &st) == 0) {
		p.folder_device = st.st_dev;
		p.folder = st.st_ino;
	}
	if (fstatat(dir, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		p.store_device = st.st_dev;
		p.store = st.st_ino;
	}
	close(dir);
	return p;
}

bool
place_is_other(const struct place *before, const struct place *now)
{
	return (before->folder != 0 && now->folder != 0 &&
	    (before->folder != now->folder ||
	    before->folder_device != now->folder_device)) ||
	    (before->store != 0 && now->store != 0 &&
	    (before->store != now->store ||
	    before->store_device != now->store_device));
}
