"""What every end-to-end test stands on: a site (a configuration, its secrets,
handlers that record what they were given), raw HTTP, and TAP for the result."""
import contextlib
import fcntl
import functools
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, TOP + '/tests/fault')

# pylint: disable=wrong-import-position
import stores  # noqa: E402

BUILD = os.environ.get('BUILD', TOP + '/build')
RESPONDER = BUILD + '/cgihook.fcgi'
COMMAND = BUILD + '/cgihook'
# How long to wait for what has to happen, and does so within milliseconds: on a
# machine that is busy, or whose disk is, it may take long. A guard against
# hanging, never a bound on speed.
PATIENCE_S = float(os.environ.get('PATIENCE', 60))
F_OFD_GETLK = 36

DRONE_SECRET = b'bea26a2221fd8090ea38720fc445eca6'
OLD_SECRET = b'the secret before this one'
CIRCLECI_SECRET = b'circleci & its secret'
CUSTOM_SECRET = b'pa ss+w%rd&1'
# of Ed25519, as RFC 8410 writes it
DISCORD_KEY = bytes.fromhex('302e020100300506032b657004220420' + '5a' * 32)
DISCORD_PUBLIC_KEY = b'0d7550754e0800a5d237eef5826035766b9b3e5a15868a940ab289958788e3b0'
BODY_LIMIT = 2 << 20

CONFIG = '''
state_dir = state
handlers_dir = handlers
body_limit = 2MiB
body_timeout = 60s
keep = 80000d
runner_idle = 500ms
%s
source drone {
	provider = drone
	secret = {file:drone.secret, file:old.secret}
}
source captured {
	provider = drone
	secret = file:drone.secret
	max_age = 36500d
}
source circleci {
	provider = circleci
	secret = file:circleci.secret
}
source deploy {
	provider = custom
	secret = file:custom.secret
}
source ask {
	provider = custom
	secret = file:custom.secret
}
source hasty {
	provider = custom
	secret = file:custom.secret
}
source picky {
	provider = custom
	secret = file:custom.secret
}
source gitlab {
	provider = gitlab
	secret = file:custom.secret
}
source discord {
	provider = discord
	secret = file:discord.key
}
source message {
	provider = http-signature
	secret = file:custom.secret
	covers = { @method, @authority, @path, @query, content-digest }
}
source frail {
	provider = custom
	secret = file:custom.secret
}
source again {
	provider = custom
	secret = file:custom.secret
	redeliver = retry
}
handler frail/received {
	attempts = 1
}
handler again/received {
	attempts = 1
}
handler ask/received {
	mode = wait
	timeout = 60s
	env = { "STATUS=payload:exit" }
}
handler hasty/received {
	mode = wait
	timeout = 2s
}
handler picky/received {
	mode = wait
	timeout = 60s
	when = { "PAYLOAD_BRANCH = main", "PAYLOAD_REF != refs/tags/*" }
}
handler deploy/received {
	env = { "BRANCH=payload:branch" }
}
'''

# Keeps the exact environment, standard input, folder and name it was given.
RECORDER = '''#!/bin/sh
new=%(records)s/.$$.new
mkdir "$new"
cat /proc/$$/environ >"$new/environ"
cat >"$new/stdin"
pwd -P >"$new/folder"
echo "$HOOK_DELIVERY was recorded"
mv "$new" "%(records)s/$(echo "$HOOK_DELIVERY.$HOOK_ATTEMPT" | tr / :)"
'''

ASKED = '''#!/bin/sh
echo "the answer to $HOOK_ID"
exit "${STATUS:-0}"
'''

HASTY = '''#!/bin/sh
exec sleep 60
'''

# Dies until somebody makes a file for its event.
FRAIL = '''#!/bin/sh
test -e "%(folder)s/mended-$HOOK_ID"
'''


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(path, 'wb') as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)
    return path


class TooSlow(Exception):
    """the machine has let too much time pass in this round for it to show
    anything"""


@contextlib.contextmanager
def within(seconds):
    """what is done here takes less; or the round is too slow"""
    start = time.monotonic()
    yield
    took = time.monotonic() - start
    if took >= seconds:
        raise TooSlow(f'it took {took:.2f} s, not less than {seconds} s')


def in_rounds(test, all_arguments):
    slow = []
    for arguments in all_arguments:
        try:
            return test(*arguments)
        except TooSlow as reason:
            slow.append(str(reason))
    raise AssertionError(f'not once in {len(slow)} rounds: ' + '; '.join(slow))


def rounds(test):
    """The test, as often as it is too slow. What else the machine does only makes
    it slower, so one round within the bound is enough; a program that is slow
    has none."""
    @functools.wraps(test)
    def repeated(*arguments):
        return in_rounds(test, [arguments] * 6)
    return repeated


def paced(test):
    """The same for a test that has to do something before something else happens.
    Its last argument says how many times as long that takes in this round."""
    @functools.wraps(test)
    def repeated(*arguments):
        return in_rounds(test, [(*arguments, pace) for pace in (1, 4, 16)])
    return repeated


def wait_until(condition, what, patience_s=PATIENCE_S):
    deadline = time.monotonic() + patience_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f'waited {patience_s} s for {what}')
        time.sleep(0.01)


def is_locked(path):
    """whether a process holds this lock, as lock.h takes it"""
    flock = 'hhqqi4x'
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        answer = fcntl.fcntl(fd, F_OFD_GETLK, struct.pack(
            flock, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    finally:
        os.close(fd)
    return struct.unpack(flock, answer)[0] != fcntl.F_UNLCK


# --- processes ---------------------------------------------------------------
# One that has ended has nothing, whenever that was: before its folder in /proc
# is opened, while it is read, or while it is a zombie.

def processes():
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]


def of_process(pid, name):
    """a file of /proc/PID; b'' if the process has ended, or is another user's"""
    with contextlib.suppress(OSError), open(f'/proc/{pid}/{name}', 'rb') as f:
        return f.read()
    return b''


def link_of(pid, name):
    """where a link of /proc/PID leads; likewise ''"""
    with contextlib.suppress(OSError):
        return os.readlink(f'/proc/{pid}/{name}')
    return ''


def stat_of(pid):
    """the words of /proc/PID/stat from the third on, which is the state;
    likewise none"""
    text = of_process(pid, 'stat').decode(errors='replace')
    return text.rpartition(')')[2].split()


def variables_of(pid):
    return of_process(pid, 'environ').split(b'\0')


def open_files(pid):
    """{descriptor: what it leads to}; likewise none"""
    found = {}
    with contextlib.suppress(OSError):
        for fd in os.listdir(f'/proc/{pid}/fd'):
            found[int(fd)] = link_of(pid, f'fd/{fd}')
    return {fd: path for fd, path in found.items() if path}


def is_alive(pid):
    """and no zombie that somebody has yet to ask for its end"""
    return stat_of(pid)[:1] not in ([], ['Z'], ['X'])


def in_role(role):
    """{pid: configuration} of the processes that the programs have started for
    this: "runner", "agent"; the runner's guard is "guard" """
    found = {}
    guards = role == 'guard'
    wanted = b'CGIHOOK_ROLE=' + ('runner' if guards else role).encode()
    for pid in processes():
        variables, name = variables_of(pid), of_process(pid, 'comm')
        if (wanted in variables and name
                and (name == b'cgihook-guard\n') == guards):
            found[pid] = b''.join(
                v.partition(b'=')[2] for v in variables
                if v.startswith(b'CGIHOOK_CONFIG=')).decode()
    return found


def runners(config):
    """the runners of this configuration that runner = auto has started"""
    return [pid for pid, of in in_role('runner').items() if of == config]


def is_caged(pid):
    status = of_process(pid, 'status')
    return b'NoNewPrivs:\t1\n' in status and b'Seccomp:\t2\n' in status


def child_of(pid):
    """the child of a FastCGI responder: the process that reads requests; the
    youngest, where an earlier one still finishes. It is caged: what starts a
    runner is a child, too, for a moment."""
    def find():
        caged = [child for child in children_of(pid) if is_caged(child)]
        return max(((int(fields[19]), child) for child in caged
                    if (fields := stat_of(child))), default=(0, None))[1]
    return wait_until(find, f'a child of {pid}')


def in_force(config, role='responder'):
    """{pid: [role, digest of the file, digest of the secrets, …]} of the
    processes that show what they have in force of this configuration"""
    shown = {}
    for pid in processes():
        for fd, path in open_files(pid).items():
            if 'memfd:cgihook-in-force' not in path:
                continue
            words = of_process(pid, f'fd/{fd}').decode().rstrip(
                '\n').split(' ', 8)
            # other tests show what nobody understands
            if len(words) == 9 and words[1] == role and words[8] == config:
                shown[pid] = words[1:]
    return shown


def wait_for_config(config, role='responder'):
    """until each of these processes has the file in force as it is now"""
    with open(config, 'rb') as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    wait_until(lambda: {shown[1] for shown in in_force(config, role).values()}
               == {digest}, 'the configuration to be in force')


def wait_for_store(config, state):
    """until the responder has the store of this folder in force as it is now"""
    def shown():
        with contextlib.suppress(FileNotFoundError):
            inode = str(os.stat(state + '/cgihook.db').st_ino)
            return {show[6] for show in in_force(config).values()} == {inode}
        return False
    wait_until(shown, 'the store to be in force')


def wait_for_log(pid, path):
    """until the process has this very file open, not one that was moved"""
    wait_until(lambda: path in open_files(pid).values(), f'{path} to be open')


def children_of(pid):
    return [child for child in processes()
            if stat_of(child)[1:2] == [str(pid)]]


def is_at_rest(config):
    """nothing waits or runs, also none that was told to run beside the store"""
    done = subprocess.run([COMMAND, '--config', config, '--json', 'stats'],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=PATIENCE_S, check=False)
    if done.returncode != 0 and not done.stdout:
        return False
    counts = json.loads(done.stdout)
    return (counts['queued'] == counts['waiting'] == counts['running'] == 0 and
            not any(map(children_of, runners(config))))


def end_idle_runners(config):
    """A runner stays for minutes after its last work (runner_idle). Says whether
    none is left."""
    found = runners(config)
    if found and is_at_rest(config):
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGTERM)
    return not found


def wait_for_idle_runner(config):
    """until there is none: nothing is due any more, and those that stay for more
    are told to end. One that a responder is about to start is not seen yet:
    where nothing else tells that it has begun, stop the server first."""
    wait_until(lambda: end_idle_runners(config), 'the runner to end')


class Run:
    """one handler's record of one attempt"""

    def __init__(self, folder):
        with open(folder + '/environ', 'rb') as f:
            pairs = [pair.partition(b'=') for pair in f.read().split(b'\0')
                     if pair]
        self.environment = {name.decode(): value for name, _, value in pairs}
        assert len(self.environment) == len(pairs), 'a variable came twice'
        with open(folder + '/stdin', 'rb') as f:
            self.stdin = f.read()
        with open(folder + '/folder', encoding='utf-8') as f:
            self.folder = f.read().rstrip('\n')

    def __getitem__(self, name):
        return self.environment[name].decode()


def version():
    with open(TOP + '/common/base/release.h', encoding='ascii') as f:
        return re.search('CGIHOOK_VERSION "(.*)"', f.read())[1]


def portable_tarball():
    """what "make portable" makes on this machine"""
    return f'{TOP}/dist/cgihook-{version()}-linux-{os.uname().machine}.tar.gz'


class Site:
    """a temporary folder with everything one responder needs"""

    def __init__(self, folder, extra_config='', handlers=True):
        self.folder = folder
        self.records = folder + '/records'
        os.makedirs(self.records)
        for name, secret in (('drone', DRONE_SECRET), ('old', OLD_SECRET),
                             ('circleci', CIRCLECI_SECRET),
                             ('custom', CUSTOM_SECRET + b'\n')):
            write(f'{folder}/{name}.secret', secret, 0o600)
        write(folder + '/discord.key', DISCORD_PUBLIC_KEY, 0o600)
        self.config = write(folder + '/cgihook.conf', CONFIG % extra_config)
        if handlers:
            self.write_handlers()
        else:
            # without any folder in it, it would count as not mounted
            for source in 'drone', 'circleci', 'deploy':
                os.makedirs(f'{folder}/handlers/{source}')

    def change_config(self, old, new):
        with open(self.config, encoding='utf-8') as f:
            text = f.read()
        assert old in text, text
        write(self.config, text.replace(old, new))

    def write_handlers(self):
        for name in ('drone/build', 'drone/build.failure', 'drone/build.updated',
                     'drone/build.completed', 'drone/build.d/10-first',
                     'drone/build.d/20-second', 'drone/all', 'captured/all',
                     'circleci/workflow-completed', 'circleci/all',
                     'deploy/received', 'gitlab/push', 'message/received'):
            write(f'{self.folder}/handlers/{name}',
                  RECORDER % {'records': self.records}, 0o755)
        # a name that run-parts would not run, and one without the x bit
        write(self.folder + '/handlers/drone/build.d/30-backup.orig',
              RECORDER % {'records': self.records}, 0o755)
        write(self.folder + '/handlers/drone/build.success',
              RECORDER % {'records': self.records}, 0o644)
        for source in 'ask', 'picky':
            write(f'{self.folder}/handlers/{source}/received', ASKED, 0o755)
        write(self.folder + '/handlers/hasty/received', HASTY, 0o755)
        for source in 'frail', 'again':
            write(f'{self.folder}/handlers/{source}/received',
                  FRAIL % {'folder': self.folder}, 0o755)

    def run_of(self, event_id, handler, attempt=1):
        name = f'{event_id}:{handler.replace("/", ":")}.{attempt}'
        path = f'{self.records}/{name}'
        wait_until(lambda: os.path.isdir(path), f'a run of {name}; there are '
                   f'{sorted(os.listdir(self.records))}')
        return Run(path)

    def handlers_run(self, event_id):
        """the names of an event's handlers that ran, each once"""
        return sorted(name.partition(':')[2].replace(':', '/')
                      for name in os.listdir(self.records)
                      if name.startswith(f'{event_id}:'))

    def ids_run(self):
        return {int(name.partition(':')[0])
                for name in os.listdir(self.records) if name[0] != '.'}

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            with open(self.folder + '/state/cgihook.log', 'rb') as f:
                return f.read()
        return b''


def end_agents(folder):
    """they outlive whoever started them by some minutes"""
    def all_of_them():
        return [pid for pid, config in in_role('agent').items()
                if config.startswith(folder + '/')]

    for pid in all_of_them():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not all_of_them(), 'the agents to end')


@contextlib.contextmanager
def stored_site(folder, extra_config=''):
    """a Site with the kind of store that TEST_STORE names (tests/run)"""
    with stores.dropped_at_the_end():
        store = stores.new(folder)
        site = Site(folder, store.config + extra_config)
        store.write_secret(folder)
        try:
            yield site
        finally:
            wait_for_idle_runner(site.config)
            end_agents(folder)


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def id(self):
        return self.json()['id']

    def __str__(self):
        return f'{self.status} {self.body[:300]!r}'


def raw_request(method, path, headers, body=b'', framing='length'):
    """framing: 'length', 'chunked', or None to send the body as it is"""
    lines = [f'{method} {path} HTTP/1.1', 'Host: example.org',
             'Connection: close']
    lines += [f'{name}: {value}' for name, value in headers]
    if framing == 'chunked':
        lines.append('Transfer-Encoding: chunked')
        pieces = [body[at:at + 1000] for at in range(0, len(body), 1000)]
        body = b''.join(b'%x\r\n%s\r\n' % (len(piece), piece)
                        for piece in pieces) + b'0\r\n\r\n'
    elif framing == 'length':
        lines.append(f'Content-Length: {len(body)}')
    return '\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n' + body


def exchange(port, raw, patience_s=PATIENCE_S):
    with socket.create_connection(('127.0.0.1', port), patience_s) as s:
        # a server that refuses early may close before all of it is sent
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            s.sendall(raw)
        response = http.client.HTTPResponse(s)
        response.begin()
        return Reply(response)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def listening(port):
    """where nobody does, one may be connected to oneself"""
    try:
        with socket.create_connection(('127.0.0.1', port), 1) as s:
            return s.getsockname() != s.getpeername()
    except OSError:
        return False


def end(process, sig=signal.SIGTERM):
    process.send_signal(sig)
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f'{process.args[0]} did not end by itself') \
            from None


class Tap:
    """counts and prints; a test is a function that raises when it fails"""

    def __init__(self):
        self.count = self.failed = 0

    def test(self, name, function, *arguments):
        self.count += 1
        try:
            function(*arguments)
        except Exception:  # whatever it was: the test has failed
            self.failed += 1
            print(f'not ok {self.count} - {name}')
            for line in traceback.format_exc().splitlines():
                print('# ' + line)
        else:
            print(f'ok {self.count} - {name}')
        sys.stdout.flush()

    def finish(self):
        print(f'1..{self.count}')
        sys.exit(1 if self.failed else 0)


@contextlib.contextmanager
def temporary_folder():
    folder = tempfile.mkdtemp(prefix='cgihook-e2e-')
    os.chmod(folder, 0o755)
    try:
        yield folder
    finally:
        if os.environ.get('KEEP'):
            print('# kept: ' + folder)
        else:
            shutil.rmtree(folder)
