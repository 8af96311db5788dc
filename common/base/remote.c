#include "remote.h"

#include <linux/magic.h>
#include <stddef.h>
#include <sys/vfs.h>

/* WAL needs memory shared by all that have the file open, and on these it seems
 * to work (sqlite.org/wal.html, "Use of WAL without shared memory"). */
bool
remote_is_folder(int dirfd)
{
	static const unsigned long magics[] = {
		NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
		SMB2_SUPER_MAGIC, FUSE_SUPER_MAGIC, V9FS_MAGIC,
		AFS_SUPER_MAGIC, AFS_FS_MAGIC, CODA_SUPER_MAGIC,
		CEPH_SUPER_MAGIC, NCP_SUPER_MAGIC, OCFS2_SUPER_MAGIC,
		0x01161970 /* GFS2 */, 0x0bd00bd0 /* Lustre */,
		0x47504653 /* GPFS */, 0x19830326 /* BeeGFS */,
		0x786f4256 /* vboxsf */, 0xbacbacbc /* vmhgfs */,
		0x013111a8 /* IBRIX */, 0xaad7aaea /* PanFS */,
	};
	struct statfs fs;

	if (fstatfs(dirfd, &fs) != 0)
		return true;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == magics[i])
			return true;
	return false;
}
