"""Mounts of a test's own, which nobody else sees (mount_namespaces(7))."""


def unshare():
    """the beginning of a command that runs another one with its own mounts

    In a chroot, whose / is no mount point, unshare(1) cannot make them private;
    mostly nothing is shared there."""
    with open('/proc/self/mountinfo', encoding='utf-8') as f:
        shared = ' shared:' in f.read()
    return ['unshare', '--mount', '--propagation',
            'private' if shared else 'unchanged']


# A shell command: $1 becomes a copy of /etc. While somebody adds a user, locks
# and half-written files come and go there.
COPY_ETC = 'copy_etc() { cp -a /etc "$1" 2>/dev/null || [ -s "$1/passwd" ]; }; '
