"""A new Debian in a folder (debootstrap), for what "make deb" has made. In
namespaces of its own, so that nothing stays mounted or at work. systemd is stood
in for: a program in the place of systemctl keeps what it is asked, and the test
does what concerns the units."""
import contextlib
import os
import shutil
import socket
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.append(TOP + '/tests/e2e')
from harness import portable_tarball, version, write

INSIDE = 'CGIHOOK_TEST_INSIDE'
# kept: what was asked; deb-systemd-invoke wants to hear that a unit is enabled
SYSTEMCTL = r'''#!/bin/sh
echo "$*" >>/run/asked
case "$*" in
enable*)
	mkdir -p /etc/systemd/system/some.target.wants
	for unit; do
		case $unit in
		*.*) ln -sf "/lib/systemd/system/$unit" \
			/etc/systemd/system/some.target.wants/ ;;
		esac
	done ;;
*is-enabled*) echo enabled ;;
*is-active*) exit 3 ;;
esac
exit 0
'''
# what installing and removing anything changes
NOISE = ('/var/lib/dpkg', '/var/lib/apt', '/var/cache', '/var/log', '/tmp',
         '/run', '/proc', '/dev', '/sys', '/deb', '/var/lib/systemd',
         '/etc/ld.so.cache', '/etc/passwd', '/etc/group', '/etc/shadow',
         '/etc/gshadow', '/etc/subuid', '/etc/subgid', '/etc/.pwd.lock',
         '/root')


def packages():
    return {name: f'{TOP}/dist/{name}_{version()}_{architecture()}.deb'
            for name in ('cgihook', 'cgihook-fcgi', 'cgihook-postgresql')}


def architecture():
    return subprocess.run(['dpkg', '--print-architecture'], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def mirror():
    """(where this machine's own packages come from, their suite)"""
    said = subprocess.run(
        ['apt-get', 'indextargets', '--format', '$(SITE) $(CODENAME)',
         'Created-By: Packages', 'Component: main'], stdout=subprocess.PIPE,
        text=True, check=False).stdout.split('\n')
    with open('/etc/os-release', encoding='utf-8') as f:
        own = dict(line.rstrip().split('=', 1) for line in f if '=' in line)
    suite = own.get('VERSION_CODENAME')
    for line in said:
        if suite and line.endswith(' ' + suite):
            return line.split()[0], suite
    return None, suite


class Machine:
    """a root folder with a small Debian"""

    def __init__(self, root, site, suite):
        self.root = root
        self.jobs = {}
        self.seen = 0
        run('debootstrap', '--variant=minbase', suite, root, site)
        for name in ('sources.list.d', 'apt.conf.d', 'sources.list'):
            with contextlib.suppress(OSError):
                self.copy_apt(name)
        for name in ('proc', 'dev'):
            run('mount', '--rbind', '/' + name, f'{root}/{name}')
        os.mkdir(root + '/deb')
        for path in packages().values():
            shutil.copy(path, root + '/deb/')

    def copy_apt(self, name):
        """the machine's own settings, such as a proxy"""
        place = f'{self.root}/etc/apt/{name}'
        if os.path.isdir('/etc/apt/' + name):
            if name == 'apt.conf.d':
                shutil.copytree('/etc/apt/' + name, place, dirs_exist_ok=True)
        else:
            shutil.copy('/etc/apt/' + name, place)

    def leave(self):
        self.stop_units()
        for name in ('proc', 'dev'):
            run('umount', '-l', f'{self.root}/{name}')

    def sh(self, script, status=0, **environment):
        done = subprocess.run(
            ['/usr/sbin/chroot', self.root, 'sh', '-ec', script],
            env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8',
                 'DEBIAN_FRONTEND': 'noninteractive', 'HOME': '/root',
                 **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == status, f'{script}\n{done.stdout}'
        return done.stdout

    def install(self, *names):
        return self.sh('apt-get -q -y --no-install-recommends install '
                       + ' '.join(names))

    def files(self):
        found = set()
        for path, folders, names in os.walk(self.root):
            short = path[len(self.root):] or '/'
            if short in NOISE:
                folders.clear()
                continue
            found |= {os.path.join(short, name) for name in folders + names}
        return {f for f in found if not f.startswith(NOISE)}

    # --- in place of systemd -----------------------------------------------

    def pretend_systemd(self):
        os.makedirs(self.root + '/run/systemd/system', exist_ok=True)
        where = self.sh('readlink -f "$(command -v systemctl)"').strip()
        write(self.root + where, SYSTEMCTL, 0o755)

    def asked(self):
        with contextlib.suppress(OSError), open(self.root + '/run/asked',
                                                encoding='utf-8') as f:
            return f.read().splitlines()
        return []

    def start(self, user, *words, **more):
        groups = self.sh('id -G ' + user).split()
        return subprocess.Popen(
            ['/usr/sbin/chroot', '--userspec=' + user, '--groups=' + ','.join(groups),
             self.root, *words], env={
                 'PATH': '/usr/bin:/bin',
                 'CGIHOOK_CONFIG': '/etc/cgihook/cgihook.conf'}, **more)

    def start_units(self):
        self.jobs['cgihook.service'] = self.start(
            'cgihook', '/usr/lib/cgi-bin/cgihook.fcgi', stdin=self.listener)
        self.jobs['cgihook-runner.service'] = self.start(
            'cgihook-run', '/usr/bin/cgihook', 'run')

    def listen(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.root + '/run/cgihook.sock')
        os.chmod(self.root + '/run/cgihook.sock', 0o666)
        self.listener.listen(1024)

    def stop_units(self):
        for job in self.jobs.values():
            job.terminate()
        for job in self.jobs.values():
            job.wait()

    def obey(self):
        """restart what the package's scripts want restarted"""
        asked = self.asked()
        for line in asked[self.seen:]:
            if 'restart' in line and 'cgihook.service' in line:
                self.stop_units()
                self.start_units()
        self.seen = len(asked)


def run(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    assert done.returncode == 0, (words, done.stdout[-2000:])
    return done.stdout


def go_inside(script, inside, portable=False):
    """run inside() in namespaces of its own; or say why that cannot be

    portable: the tarball is needed, too
    """
    if INSIDE in os.environ:
        inside()
        return
    for reason, holds in (
            ('there is no debootstrap', shutil.which('debootstrap')),
            ('"make deb" has not been run',
             all(map(os.path.exists, packages().values()))),
            ('"make portable" has not been run',
             not portable or os.path.exists(portable_tarball())),
            ('no package source is known here', mirror()[0]),
            ('it cannot have its own mounts', subprocess.run(
                ['unshare', '--mount', '--pid', '--fork', 'true'],
                check=False).returncode == 0)):
        if not holds:
            print(f'1..0 # SKIP: {reason}')
            sys.exit(77)
    os.execvpe('unshare', ['unshare', '--mount', '--pid', '--fork',
                           '--kill-child', '--mount-proc',
                           os.path.abspath(script)],
               {**os.environ, INSIDE: '1'})
